"""The only place that speaks HTTP to others: one request out, one whole answer back.

::

    send(request) ── answered whole ───────────────────────────> Response (any status)
                  ── positively known that no byte was sent ───> NotSentError
                  ── everything else ──────────────────────────> InDoubtError

httpx2's aiohttp transport hides the difference that matters here: a connection reset
*after* the request went out surfaces as the same ``ConnectTimeout`` as a refused one, and a garbled
answer escapes as aiohttp's own error. Only the chain of causes tells, so the rule is: not sent is
what is *known* as not sent (refused, DNS, TLS, no connection in time); all else is in doubt.

Nothing is sent twice: redirects are not followed, and there are no retries. aiohttp's own are off:
it would repeat a PUT or DELETE whose connection was reset, and some remotes book by PUT.
"""

from __future__ import annotations

import asyncio
import functools
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Final, Protocol, Self, cast

import aiohttp
import httpx2

from clients.errors import InDoubtError, NotSentError
from clients.exchange import Request, Response

httpx2.alias_httpx()  # the aiohttp transport imports httpx; it shall get httpx2

from httpx_aiohttp import AiohttpTransport  # noqa: E402 - after the line above

RESPONSE_MAX_BYTES = 8 * 1024 * 1024
"""A feed page of 500 rows is well under 1 MiB; more than 8 MiB is not an answer but an accident."""

CONNECTIONS_MAX = 64
"""Far above what delivery uses at once, far below what a process may open."""

KEEPALIVE_SECONDS = 4.0
"""Shorter than the 5 s after which common servers close: a write on a closing one is a doubt."""

_HEADERS: Final = {
    "user-agent": "kravia-gateway",
    "accept": "*/*",
    "accept-encoding": "identity",
}

MESSAGE_MAX_CHARS = 256
"""What is kept of a foreign error's text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """Limits of one exchange, in seconds.

    ``write_seconds`` is honoured by httpx2's own transport; aiohttp has no such phase, there
    ``total_seconds`` bounds the writing too.
    """

    connect_seconds: float = 5.0  # a TCP and TLS handshake takes far less; then it is worth a retry
    write_seconds: float = 10.0  # bodies are a few kB
    read_seconds: float = 30.0  # peers' registers are known to take up to 30 s
    total_seconds: float = 45.0  # an answer that dribbles in must end some time


Observer = Callable[[Request, int | None, float], None]
"""Told of each exchange: the request, the status (None if unanswered), seconds taken."""


class Transport(Protocol):
    """Carries one request; ``HttpTransport`` on sockets, simulators' transports in the process."""

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        """Return the whole answer, or raise ``NotSentError`` or ``InDoubtError`` only."""
        ...


class HttpTransport:
    """A pool of connections to one remote (``base_url``) or to any (absolute ``Request.path``).

    No proxies or credentials are taken from the environment, cookies are not kept, compression is
    not asked for (no bombs). Close with ``aclose()`` or use as an async context manager.
    """

    def __init__(
        self,
        *,
        base_url: str = "",
        response_max_bytes: int = RESPONSE_MAX_BYTES,
        connections_max: int = CONNECTIONS_MAX,
        keepalive_seconds: float = KEEPALIVE_SECONDS,
        observer: Observer | None = None,
        ssl_context: ssl.SSLContext | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        self._response_max_bytes = response_max_bytes
        self._observer = observer
        self._base_url = base_url.rstrip("/")
        # Without httpx2's client around it: that is for redirects, cookies and credentials, none of
        # which are wanted here, and takes as long as the exchange itself.
        self._transport = transport or _aiohttp_transport(
            ssl_context or _trusted(), connections_max, keepalive_seconds
        )

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        """Send once; see the module for what is raised."""
        loop = asyncio.get_running_loop()
        started = loop.time()
        status: int | None = None
        try:
            outgoing = self._build(request, timeouts)
            response = await self._exchange(outgoing, timeouts)
            status = response.status
            return response
        finally:
            if self._observer is not None:
                self._observer(request, status, loop.time() - started)

    async def aclose(self) -> None:
        """Close all connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def _build(self, request: Request, timeouts: Timeouts) -> httpx2.Request:
        try:
            outgoing = httpx2.Request(
                request.method,
                _url(self._base_url, request.path),
                params=dict(request.query) or None,
                headers={**_HEADERS, **request.headers},
                content=request.body or None,
                extensions={"timeout": _phases(timeouts)},
            )
            outgoing.headers.encoding = "ascii"  # which they are; else it is found out at each use
        except Exception as error:
            # A bad address or header: nothing has left the process yet.
            raise NotSentError(
                f"the request could not be built: {_told(error)}", shows_down=False
            ) from error
        return outgoing

    async def _exchange(self, outgoing: httpx2.Request, timeouts: Timeouts) -> Response:
        try:
            async with asyncio.timeout(timeouts.total_seconds):
                response = await self._transport.handle_async_request(outgoing)
                try:
                    body = await self._read(response)
                finally:
                    await response.aclose()
        except InDoubtError:
            raise
        except Exception as error:  # whatever it is, it must not leave here under a foreign name
            if _is_not_sent(error):
                raise NotSentError(f"not sent: {_told(error)}") from error
            raise InDoubtError(f"sent, but not answered: {_told(error)}") from error
        return Response(
            status=response.status_code, headers=_told_headers(response.headers.raw), body=body
        )

    async def _read(self, response: httpx2.Response) -> bytes:
        body = bytearray()
        # The stream itself: the bytes as they came, whatever the answer says they are.
        async for chunk in cast("httpx2.AsyncByteStream", response.stream):
            body += chunk
            if len(body) > self._response_max_bytes:
                raise InDoubtError(
                    f"the answer is larger than {self._response_max_bytes} bytes",
                    status=response.status_code,
                )
        return bytes(body)


def _told_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Headers by lower-case name; what came several times is one list, as RFC 9110 §5.3 has it."""
    told: dict[str, str] = {}
    for name_bytes, value_bytes in raw:
        name, value = name_bytes.decode("latin-1").lower(), value_bytes.decode("latin-1")
        told[name] = f"{told[name]}, {value}" if name in told else value
    return told


@functools.lru_cache(maxsize=256)  # the paths that do not vary; the others push each other out
def _url(base_url: str, path: str) -> httpx2.URL:
    return httpx2.URL(f"{base_url}{path}" if path.startswith("/") else path)


@functools.lru_cache(maxsize=32)
def _phases(timeouts: Timeouts) -> dict[str, float]:
    """The timeouts as a transport reads them."""
    return {
        "connect": timeouts.connect_seconds,
        "write": timeouts.write_seconds,
        "read": timeouts.read_seconds,
        "pool": timeouts.connect_seconds,
    }


@functools.cache
def _trusted() -> ssl.SSLContext:
    """The machine's trusted roots, read once: that takes as long as opening a database."""
    return ssl.create_default_context()


def _aiohttp_transport(
    context: ssl.SSLContext, connections_max: int, keepalive_seconds: float
) -> httpx2.AsyncBaseTransport:
    def session() -> aiohttp.ClientSession:
        # Made at the first request: a connector belongs to the loop it is made in.
        connector = aiohttp.TCPConnector(
            ssl=context, limit=connections_max, keepalive_timeout=keepalive_seconds
        )
        made = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        )
        # There is no public switch; aiohttp's own test client throws it the same way.
        made._retry_connection = False  # noqa: SLF001
        return made

    transport = AiohttpTransport(verify=context, trust_env=False, client=session)
    return cast("httpx2.AsyncBaseTransport", transport)


_NOT_SENT_AIOHTTP = (
    aiohttp.ClientConnectorError,  # refused, unreachable, DNS, TLS
    aiohttp.ConnectionTimeoutError,  # no connection in time, or none free in the pool
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)
_NOT_SENT_HTTPX = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
)


def _is_not_sent(error: BaseException) -> bool:
    """Tell whether ``error`` proves that no byte of the request left.

    The first aiohttp error in the chain of causes decides. httpx2's own word counts only where
    there is none, that is on its own transports.
    """
    current: BaseException | None = error
    while current is not None:
        if isinstance(current, aiohttp.ClientError):
            return isinstance(current, _NOT_SENT_AIOHTTP)
        current = current.__cause__
    return isinstance(error, _NOT_SENT_HTTPX)


def _told(error: BaseException) -> str:
    """One line for people; the inner reason where the chain has one."""
    inner = error.__cause__ if isinstance(error.__cause__, aiohttp.ClientError) else error
    text = "".join(c if c.isprintable() else " " for c in str(inner)).strip()
    return f"{type(inner).__name__}: {text}"[:MESSAGE_MAX_CHARS]
