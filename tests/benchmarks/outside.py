"""The world outside the server under test, cheap enough not to be what is measured.

Both ends speak HTTP by hand on raw sockets: ``send_all`` is the load, ``Stub`` answers the server's
own calls as Kravia and as the ledger. All of it runs in one process on a core of its own, so one
clock tells when a webhook was answered and when its register came.
"""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import cast

import orjson

PATIENCE_SECONDS = 120.0
"""Ten times what the slowest part takes on two cores: others may use them too."""

_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")


def _split(buffer: bytearray) -> tuple[bytes, bytes] | None:
    """Take one whole message (head, body) off the front; ``None`` while it is not there."""
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        return None
    head = bytes(buffer[:end])
    found = _LENGTH.search(head)
    total = end + 4 + (int(found[1]) if found else 0)
    if len(buffer) < total:
        return None
    body = bytes(buffer[end + 4 : total])
    del buffer[:total]
    return head, body


class _Sender(asyncio.Protocol):
    """One connection: sends a request, waits for its answer, sends the next."""

    def __init__(self, requests: Iterator[bytes], statuses: Counter[int]) -> None:
        self._requests = requests
        self._statuses = statuses
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while (answer := _split(self._buffer)) is not None:
            self._statuses[int(answer[0][9:12])] += 1
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(exc or ConnectionError("the server closed the connection"))

    def _next(self) -> None:
        assert self._transport is not None
        request = next(self._requests, None)
        if request is not None:
            self._transport.write(request)
        elif not self.done.done():
            self.done.set_result(None)
            self._transport.close()


async def send_all(port: int, requests: Sequence[bytes], *, connections: int) -> float:
    """Send every request over so many connections; gives the seconds taken.

    Raises ``RuntimeError`` unless each was answered 202.
    """
    loop = asyncio.get_running_loop()
    waiting = iter(requests)
    statuses: Counter[int] = Counter()
    started = time.perf_counter()
    senders = await asyncio.gather(
        *(
            loop.create_connection(lambda: _Sender(waiting, statuses), "127.0.0.1", port)
            for _ in range(connections)
        )
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*(sender.done for _, sender in senders))
    seconds = time.perf_counter() - started
    if statuses != {202: len(requests)}:
        raise RuntimeError(f"answers by status: {dict(statuses)}")
    return seconds


async def get(port: int, path: str) -> bytes:
    """The whole answer to a GET, head and body."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    return answer


async def scrape(port: int) -> dict[str, float]:
    """What the gateway at the port counts: ``/metrics`` by name, those with labels left out."""
    _, _, body = (await get(port, "/metrics")).partition(b"\r\n\r\n")
    lines = (line.split() for line in body.decode().splitlines() if line[0] != "#")
    return {words[0]: float(words[1]) for words in lines if "{" not in words[0]}


class Stub:
    """A Kravia that takes every register, and a ledger that takes everything it is told.

    ``registered`` holds when each invoice's register came (``time.perf_counter``), ``told`` when
    the ledger learnt of it; ``replayed`` has an entry for each webhook that was told again.
    """

    def __init__(self) -> None:
        self.registered: dict[str, float] = {}
        self.told: dict[str, float] = {}
        self.replayed: dict[str, float] = {}
        self.repeated = 0
        self._ids = itertools.count(1)
        self._awaited: tuple[dict[str, float], int, asyncio.Future[None]] | None = None

    async def listen(self) -> int:
        """Listen on a free port; gives it."""
        server = await asyncio.get_running_loop().create_server(
            lambda: _Answerer(self), "127.0.0.1", 0
        )
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def holds(self, book: dict[str, float], count: int) -> None:
        """Wait until ``book`` (``registered`` or ``told``) has so many entries."""
        if len(book) < count:
            self._awaited = (book, count, asyncio.get_running_loop().create_future())
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._awaited[2]

    def answer(self, head: bytes, body: bytes) -> object:
        """Answer one call, and note when it came."""
        came = time.perf_counter()
        path = head.split(b" ", 2)[1]
        if path.endswith(b"/invoice/register"):
            invoice_id = orjson.loads(body)["accountingInvoiceId"]
            self.repeated += invoice_id in self.registered
            self.registered[invoice_id] = came
            self._check()
            return {"invoiceId": next(self._ids)}
        if path.startswith(b"/collections"):
            document = orjson.loads(body)
            if "replay_of" in document["data"]:
                self.replayed[str(len(self.replayed))] = came
                self._check()
            elif document["type"] == "claim.registered":
                self.told[document["data"]["claim"]["invoice_id"]] = came
                self._check()
            return {}
        return {"data": []} if b"/search" in path else {"value": []}

    def _check(self) -> None:
        if self._awaited is not None:
            book, count, future = self._awaited
            if len(book) >= count and not future.done():
                future.set_result(None)


class _Answerer(asyncio.Protocol):
    def __init__(self, stub: Stub) -> None:
        self._stub = stub
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own is no subclass

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._buffer += data
        while (request := _split(self._buffer)) is not None:
            body = orjson.dumps(self._stub.answer(*request))
            self._transport.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
                % (len(body), body)
            )
