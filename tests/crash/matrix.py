"""Plays the story on a gateway that is killed on the way, and started again until it is done."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from clients.errors import ClientError
from clients.exchange import Request
from clients.kravia.simulator import KraviaSimulator
from clients.kravia.simulator_server import build_app as build_kravia
from clients.simulated_server import listening
from clients.transport import HttpTransport, Timeouts
from clients.webhook.ledger_events import event_body
from clients.webhook.signature import encode_secret, signed_headers
from clients.webhook.simulator import LedgerSimulator
from clients.webhook.simulator_server import build_ledger_app
from gateway.settings import Settings
from gateway.settings_documents import load_assumptions
from tests.crash.gateway_process import Order
from tests.crash.story import (
    KRAVIA_CREDITOR_ID,
    START,
    STORY,
    Document,
    Sent,
    neighbours,
    witness,
)

ROOT = Path(__file__).parents[2]
MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - nothing is kept there
"""A real file system without a disk: what is killed here are processes, not disks."""

NewDatabase = Callable[[], AbstractContextManager[str]]

_TIMEOUTS = Timeouts(connect_seconds=5, read_seconds=20, total_seconds=30)
_RESTS_MAX = 8
"""How often time passes before a doubt that does not end is called stuck."""


class Killed(Exception):  # noqa: N818 - no error: it is what was wanted
    """The gateway's process has died."""


@dataclass(slots=True, kw_only=True)
class Played:
    """How a story ended, and what its processes passed."""

    seen: Document
    neighbours: Document
    deaths: int
    passed: list[int]
    """Boundaries that each process passed, as far as it came to tell."""
    labels: list[str]
    """Of the last process, which ended by itself."""


@dataclass(slots=True, kw_only=True)
class Neighbours:
    """Both remotes of one play, on sockets."""

    kravia: KraviaSimulator
    ledger: LedgerSimulator
    kravia_url: str
    ledger_url: str
    secret: bytes
    now: datetime = START

    def set_now(self, now: datetime) -> None:
        """Move every clock on; the gateway is told at its next turn."""
        self.now = now
        self.kravia.set_now(now)
        self.ledger.set_now(now)


@dataclass(slots=True, kw_only=True)
class Process:
    """One process of the gateway, as the matrix speaks with it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    port: int = 0
    passed: int = 0
    labels: list[str] = field(default_factory=list)

    async def heard(self) -> Document:
        """What it says next; raises ``Killed`` where it is dead."""
        try:
            line = await self.reader.readline()
        except ConnectionError:
            line = b""
        if not line:
            raise Killed
        words: Document = json.loads(line)
        self.passed = words["passed"]
        return words

    async def told(self, **words: str) -> Document:
        """Tell it something; gives its answer."""
        try:
            self.writer.write(json.dumps(words).encode() + b"\n")
            await self.writer.drain()
        except ConnectionError:
            raise Killed from None
        return await self.heard()


class Matrix:
    """Keeps the process that forks, and plays the story as often as asked."""

    def __init__(
        self, nursery: asyncio.subprocess.Process, folder: Path, new_database: NewDatabase
    ) -> None:
        self._nursery = nursery
        self._folder = folder
        self._new_database = new_database
        self._plays = 0

    async def play(self, *kill_at: int) -> Played:
        """Play the story; the first processes die at the boundaries given, the next one lives."""
        self._plays += 1
        folder = self._folder / f"play-{self._plays}"
        folder.mkdir()
        try:
            async with _neighbours() as around:
                with self._new_database() as url:
                    return await _Play(self._nursery, folder, url, around, list(kill_at)).play()
        finally:
            shutil.rmtree(folder)


class _Play:
    def __init__(
        self,
        nursery: asyncio.subprocess.Process,
        folder: Path,
        database_url: str,
        around: Neighbours,
        kill_at: list[int],
    ) -> None:
        self._nursery = nursery
        self._folder = folder
        self._database_url = database_url
        self._around = around
        self._kill_at = kill_at
        self._arrivals: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.Queue()
        )
        self._process: Process | None = None
        self._passed: list[int] = []
        self._deaths = 0
        self._deaths_max = len(kill_at)

    async def play(self) -> Played:
        socket = self._folder / "words"
        server = await asyncio.start_unix_server(
            lambda reader, writer: self._arrivals.put_nowait((reader, writer)), socket
        )
        async with server, HttpTransport() as http:
            for step in STORY:
                step.life(self._around.kravia)
                for sent in step.sent:
                    await self._surviving(lambda process, s=sent: self._send(http, process, s))
                await self._come_to_rest()
            seen = await self._surviving(lambda process: process.told(do="look"))
            end = await self._surviving(lambda process: process.told(do="end"))
            assert self._process is not None
            self._passed.append(self._process.passed)
            self._process.writer.close()
        return Played(
            seen=seen["seen"],
            neighbours=neighbours(self._around.kravia, self._around.ledger),
            deaths=len(self._passed) - 1,
            passed=self._passed,
            labels=end["labels"],
        )

    async def _surviving(self, what: Any) -> Document:
        """Do something with a living process; a death on the way means doing it again."""
        while True:
            try:
                if self._process is None:
                    await self._start()
                found: Document = await what(self._process)
            except Killed:
                self._expected()
                if self._process is not None:
                    self._passed.append(self._process.passed)
                    self._process.writer.close()
                self._process = None
            else:
                return found

    def _expected(self) -> None:
        """A death that nobody ordered is a failure of the test or of the gateway."""
        self._deaths += 1
        assert self._deaths <= self._deaths_max, "the gateway died by itself"

    async def _start(self) -> None:
        around = self._around
        order = Order(
            settings=_settings(around, self._database_url),
            environ={"SECRET": encode_secret(around.secret), "TOKEN": "a-token-for-tests"},
            folder=str(self._folder),
            now=around.now.isoformat(),
            socket=str(self._folder / "words"),
            kill_at=self._kill_at.pop(0) if self._kill_at else None,
        )
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(json.dumps(asdict(order)).encode() + b"\n")
        await self._nursery.stdin.drain()
        reader, writer = await asyncio.wait_for(self._arrivals.get(), timeout=20)
        self._process = Process(reader=reader, writer=writer)
        self._process.port = (await self._process.heard())["port"]

    async def _send(self, http: HttpTransport, process: Process, sent: Sent) -> Document:
        """Send one event as its sender would; one that died with it is sent again by it."""
        around = self._around
        body = orjson.dumps(event_body(sent.type, sent.data, START.isoformat()))
        headers = signed_headers(
            [around.secret], sent.webhook_id, int(around.now.timestamp()), body
        )
        path = f"http://127.0.0.1:{process.port}/webhooks/acme"
        request = Request(method="POST", path=path, headers=headers, body=body)
        try:
            response = await http.send(request, timeouts=_TIMEOUTS)
        except ClientError:
            raise Killed from None
        assert response.status == 202, response.body
        return {}

    async def _come_to_rest(self) -> None:
        """Turn the loops; while anything waits, let time pass and something happen at Kravia."""
        around = self._around
        for _ in range(_RESTS_MAX):
            await self._surviving(
                lambda process: process.told(do="turn", now=around.now.isoformat())
            )
            seen = (await self._surviving(lambda process: process.told(do="look")))["seen"]
            if not any(state in _UNFINISHED for _kind, state, _count in seen["messages"]):
                return
            around.set_now(around.now + timedelta(minutes=30))
            witness(around.kravia)
        raise AssertionError(f"stuck: {seen['messages']}")


_UNFINISHED = {"pending", "leased", "in_doubt"}


@asynccontextmanager
async def open_matrix(store: str, new_database: NewDatabase) -> AsyncIterator[Matrix]:
    """Start the process that forks; all is gone afterwards.

    ``new_database`` gives the URL of one that nobody has used, for as long as it is open.
    """
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        nursery = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.crash.nursery", store),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
        )
        try:
            matrix = Matrix(nursery, Path(folder), new_database)
            await matrix.play()  # the nursery itself plays this one
            yield matrix
        finally:
            assert nursery.stdin is not None
            nursery.stdin.close()
            await nursery.wait()


@asynccontextmanager
async def _neighbours() -> AsyncIterator[Neighbours]:
    secret = secrets.token_bytes(32)
    shipped = load_assumptions(Settings.build({}, {}, base=ROOT))
    kravia = KraviaSimulator(shipped, now=START, seed=1)
    ledger = LedgerSimulator(secret=secret, now=START)
    async with AsyncExitStack() as stack:
        ports = [
            await stack.enter_async_context(listening(app, host="127.0.0.1", port=0))
            for app in (build_kravia(kravia), build_ledger_app(ledger))
        ]
        yield Neighbours(
            kravia=kravia,
            ledger=ledger,
            kravia_url=f"http://127.0.0.1:{ports[0]}",
            ledger_url=f"http://127.0.0.1:{ports[1]}",
            secret=secret,
        )


def _settings(around: Neighbours, database_url: str) -> Document:
    return {
        "database": {"url": database_url},
        "kravia": {"base_url": around.kravia_url, "token": "env:TOKEN"},
        "creditors": {
            "acme": {
                "kravia_creditor_id": KRAVIA_CREDITOR_ID,
                "webhook_secrets": ["env:SECRET"],
                "ledger": {
                    "kind": "webhook",
                    "url": f"{around.ledger_url}/in",
                    "secret": "env:SECRET",
                },
            }
        },
    }
