"""What the transport makes of real sockets that fail in every way we know of, on both loops.

The question is always the same: may the request be sent again (not sent), or must it be looked up
first (in doubt)?
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import uvloop

from clients.errors import InDoubtError, NotSentError
from clients.exchange import Request, Response
from clients.transport import HttpTransport, Timeouts

PATIENT = Timeouts(connect_seconds=5, write_seconds=5, read_seconds=5, total_seconds=10)
HASTY = Timeouts(connect_seconds=0.2, write_seconds=0.2, read_seconds=0.2, total_seconds=5)
RESET = struct.pack("ii", 1, 0)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

Run = Callable[[Coroutine[Any, Any, None]], None]
Answer = Callable[["Peer", asyncio.StreamWriter], Awaitable[None]]


@pytest.fixture(params=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    factory = uvloop.new_event_loop if request.param == "uvloop" else asyncio.new_event_loop

    def run_on_it(main: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(main)

    return run_on_it


class Peer:
    """A server that reads each request whole and then does as ``answer`` says."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self.base_url = ""
        self.arrived = asyncio.Event()
        self.done = asyncio.Event()
        self._answer = answer

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = 0
                for line in head.lower().split(b"\r\n"):
                    if line.startswith(b"content-length:"):
                        length = int(line.split(b":")[1])
                self.requests.append(head + await reader.readexactly(length))
                self.arrived.set()
                await self._answer(self, writer)
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()


@asynccontextmanager
async def listening(answer: Answer, tls: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    peer = Peer(answer)
    server = await asyncio.start_server(peer.meet, "127.0.0.1", 0, ssl=tls)
    scheme = "http" if tls is None else "https"
    peer.base_url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield peer
    finally:
        peer.done.set()
        server.close()
        await server.wait_closed()


async def say(writer: asyncio.StreamWriter, text: bytes) -> None:
    writer.write(text)
    await writer.drain()


async def answer_ok(_: Peer, writer: asyncio.StreamWriter) -> None:
    await say(writer, OK)


async def close_unanswered(_: Peer, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset_unanswered(_: Peer, writer: asyncio.StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()


async def half_answer(_: Peer, writer: asyncio.StreamWriter) -> None:
    await say(writer, b'HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{"invoiceId": 15')
    writer.close()


async def half_a_head(_: Peer, writer: asyncio.StreamWriter) -> None:
    await say(writer, b"HTTP/1.1 200 OK\r\nContent-Le")
    writer.close()


async def broken_chunks(_: Peer, writer: asyncio.StreamWriter) -> None:
    await say(writer, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot-hex\r\nabc\r\n")
    writer.close()


async def babble(_: Peer, writer: asyncio.StreamWriter) -> None:
    await say(writer, b"\x16\x03\x01\x00 220 smtp.example ESMTP\r\n\r\n")
    writer.close()


async def keep_quiet(peer: Peer, _: asyncio.StreamWriter) -> None:
    await peer.done.wait()


async def stop_halfway(peer: Peer, writer: asyncio.StreamWriter) -> None:
    await say(writer, b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n{")
    await peer.done.wait()


async def too_much(_: Peer, writer: asyncio.StreamWriter) -> None:
    await say(writer, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _i in range(40):
        await say(writer, b"1000\r\n" + b"x" * 0x1000 + b"\r\n")
    await say(writer, b"0\r\n\r\n")


async def announce_too_much(_: Peer, writer: asyncio.StreamWriter) -> None:
    await say(writer, b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n" + b"x" * 99999)


def post(base_url: str = "") -> Request:
    return Request(
        method="POST",
        path=f"{base_url}/api/v2/invoice/register",
        headers={"content-type": "application/json"},
        body=b'{"invoiceNo":"20003"}',
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize(
    ("answer", "timeouts"),
    [
        (close_unanswered, PATIENT),
        (reset_unanswered, PATIENT),
        (half_answer, PATIENT),
        (half_a_head, PATIENT),
        (broken_chunks, PATIENT),
        (babble, PATIENT),
        (keep_quiet, HASTY),
        (stop_halfway, HASTY),
        (too_much, PATIENT),
        (announce_too_much, PATIENT),
    ],
)
def test_whatever_happens_after_sending_is_in_doubt_and_sent_once(
    run: Run, answer: Answer, timeouts: Timeouts, method: str
) -> None:
    """Also what HTTP calls idempotent: aiohttp would repeat it, and some remotes book by PUT."""

    async def main() -> None:
        async with (
            listening(answer) as peer,
            HttpTransport(base_url=peer.base_url, response_max_bytes=65_536) as transport,
        ):
            with pytest.raises(InDoubtError) as caught:
                await transport.send(replace(post(), method=method), timeouts=timeouts)
            assert caught.type is InDoubtError
            assert len(peer.requests) == 1

    run(main())


def test_an_answer_that_dribbles_in_for_too_long_is_in_doubt(run: Run) -> None:
    async def main() -> None:
        async with listening(stop_halfway) as peer, HttpTransport() as transport:
            limits = Timeouts(connect_seconds=5, read_seconds=60, total_seconds=0.2)
            with pytest.raises(InDoubtError):
                await transport.send(post(peer.base_url), timeouts=limits)
            assert len(peer.requests) == 1

    run(main())


def test_a_refused_connection_is_not_sent(run: Run) -> None:
    async def main() -> None:
        with socket.socket() as bound:  # bound, not listening: nobody can take the port meanwhile
            bound.bind(("127.0.0.1", 0))
            base_url = f"http://127.0.0.1:{bound.getsockname()[1]}"
            async with HttpTransport(base_url=base_url) as transport:
                with pytest.raises(NotSentError):
                    await transport.send(post(), timeouts=PATIENT)

    run(main())


def test_a_name_that_does_not_resolve_is_not_sent(run: Run) -> None:
    async def main() -> None:
        async with HttpTransport(base_url="http://nowhere.invalid") as transport:
            with pytest.raises(NotSentError):
                await transport.send(post(), timeouts=PATIENT)

    run(main())


@pytest.mark.parametrize("base_url", ["ftp://127.0.0.1", "http://[::1", "http://"])
def test_an_impossible_address_is_not_sent(run: Run, base_url: str) -> None:
    async def main() -> None:
        async with HttpTransport() as transport:
            with pytest.raises(NotSentError):
                await transport.send(post(base_url), timeouts=PATIENT)

    run(main())


def test_a_peer_that_speaks_no_tls_is_not_sent(run: Run) -> None:
    async def main() -> None:
        async with listening(answer_ok) as peer:
            base_url = peer.base_url.replace("http:", "https:")
            async with HttpTransport(base_url=base_url) as transport:
                with pytest.raises(NotSentError):
                    await transport.send(post(), timeouts=HASTY)
            assert peer.requests == []

    run(main())


def test_a_peer_that_answers_tls_with_text_is_not_sent(run: Run) -> None:
    async def main() -> None:
        async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await say(writer, b"220 smtp.example ESMTP\r\n")
            writer.close()

        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        async with server, HttpTransport() as transport:
            base_url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            with pytest.raises(NotSentError):
                await transport.send(post(base_url), timeouts=PATIENT)

    run(main())


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs the openssl command to make a certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, cert = folder / "key.pem", folder / "cert.pem"
    made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    named = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "3650"]
    files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run([openssl, *made, *named, *files], check=True, capture_output=True)
    return cert, key


def test_a_certificate_nobody_vouches_for_is_not_sent(
    run: Run, certificate: tuple[Path, Path]
) -> None:
    async def main() -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*certificate)
        async with listening(answer_ok, tls) as peer:
            async with HttpTransport(base_url=peer.base_url) as stranger:
                with pytest.raises(NotSentError, match="certificate"):
                    await stranger.send(post(), timeouts=PATIENT)
            assert peer.requests == []
            trusting = ssl.create_default_context(cafile=str(certificate[0]))
            async with HttpTransport(base_url=peer.base_url, ssl_context=trusting) as friend:
                assert (await friend.send(post(), timeouts=PATIENT)).body == b"{}"

    run(main())


def test_a_full_pool_is_not_sent(run: Run) -> None:
    async def main() -> None:
        async with (
            listening(keep_quiet) as peer,
            HttpTransport(base_url=peer.base_url, connections_max=1) as transport,
        ):
            first = asyncio.create_task(transport.send(post(), timeouts=PATIENT))
            await peer.arrived.wait()
            with pytest.raises(NotSentError):
                await transport.send(post(), timeouts=HASTY)
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            assert len(peer.requests) == 1

    run(main())


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_write_on_a_connection_gone_stale_is_in_doubt_and_not_repeated(
    run: Run, method: str
) -> None:
    async def main() -> None:
        async def once(peer: Peer, writer: asyncio.StreamWriter) -> None:
            if len(peer.requests) == 1:
                await say(writer, OK)
            else:
                await close_unanswered(peer, writer)

        async with listening(once) as peer, HttpTransport(base_url=peer.base_url) as transport:
            await transport.send(replace(post(), method=method), timeouts=PATIENT)
            with pytest.raises(InDoubtError):
                await transport.send(replace(post(), method=method), timeouts=PATIENT)
            assert len(peer.requests) == 2
            assert peer.connections == 1

    run(main())


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(run: Run, status: int) -> None:
    async def main() -> None:
        async def redirect(peer: Peer, writer: asyncio.StreamWriter) -> None:
            head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {peer.base_url}/login\r\n"
            await say(writer, head.encode() + b"Content-Length: 0\r\n\r\n")

        async with listening(redirect) as peer, HttpTransport(base_url=peer.base_url) as transport:
            response = await transport.send(post(), timeouts=PATIENT)
            assert response.status == status
            assert len(peer.requests) == 1

    run(main())


def test_the_request_arrives_as_built_and_the_answer_as_given(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    seen: list[tuple[str, int | None]] = []

    def observe(request: Request, status: int | None, seconds: float) -> None:
        assert 0 <= seconds < 10
        seen.append((request.path, status))

    async def main() -> None:
        async def greet(_: Peer, writer: asyncio.StreamWriter) -> None:
            await say(
                writer,
                b"HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 09:00:00 GMT\r\nX-Mixed: Case\r\n"
                b"Set-Cookie: a=b\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n[]",
            )

        async with (
            listening(greet) as peer,
            HttpTransport(base_url=peer.base_url, observer=observe) as transport,
        ):
            request = Request(
                method="GET",
                path="/api/v2/invoice/search",
                query={"lastUpdatedTime": "2021-06-01T15:13:14.4044853", "name": "æ&=+ #"},
                headers={"authorization": "s3cret"},
            )
            response = await transport.send(request, timeouts=PATIENT)
            await transport.send(request, timeouts=PATIENT)
            assert response == Response(status=200, headers=response.headers, body=b"[]")
            assert response.headers["date"] == "Tue, 24 Nov 2026 09:00:00 GMT"
            assert response.headers["x-mixed"] == "Case"
            head = peer.requests[1].decode()
            assert "name=%C3%A6%26%3D%2B+%23 " in head
            assert "lastUpdatedTime=2021-06-01T15" in head
            assert "authorization: s3cret" in head.lower()
            assert "accept-encoding: identity" in head.lower()
            assert "cookie" not in head.lower()
            assert peer.connections == 1

    run(main())
    assert seen == [("/api/v2/invoice/search", 200)] * 2
