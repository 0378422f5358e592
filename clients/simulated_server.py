"""A thin aiohttp shell: a simulated remote on a real socket, its trouble included."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from decimal import Decimal

import orjson
from aiohttp import web

from clients.exchange import Request, Response
from clients.simulated_control import PREFIX, ControlError, R, Switches, control
from clients.simulated_faults import FaultKind, SimulatedFault

BODY_MAX_BYTES = 16 * 1024 * 1024
"""Generous, and above what a simulated remote itself refuses; the simulator is not under test."""

_SHUTDOWN_SECONDS = 0.5
"""A handler that hangs on purpose is cut off; there is nothing to finish."""

_LINGER_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close() sends RST


def build_app(
    simulator: R,
    switches: Switches[R],
    *,
    clock: Callable[[], datetime] | None = None,
    afterwards: Callable[[], None] = lambda: None,
) -> web.Application:
    """Return the application. ``afterwards`` is called behind every call, failed ones included.

    ``clock``, if given, sets the simulated time before every call; else time stands until
    ``PUT /_sim/clock``.
    """

    async def answer(incoming: web.Request) -> web.StreamResponse:
        if clock is not None:
            simulator.set_now(clock())
        body = await incoming.read()
        try:
            if incoming.path.startswith(PREFIX):
                return _controlled(simulator, switches, incoming, body)
            with simulator.one_more_under_way():
                try:
                    return web_response(simulator.handle(request_of(incoming, body)))
                except SimulatedFault as struck:
                    return await misbehave(incoming, struck)
        finally:
            afterwards()

    app = web.Application(client_max_size=BODY_MAX_BYTES)
    app.router.add_route("*", "/{path:.*}", answer)
    return app


@contextlib.asynccontextmanager
async def listening(app: web.Application, *, host: str, port: int) -> AsyncIterator[int]:
    """Serve inside the context. Yields the port; ``port`` 0 takes a free one."""
    # A client that gave up must not leave a hanging handler behind.
    runner = web.AppRunner(
        app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        yield int(runner.addresses[0][1])
    finally:
        await runner.cleanup()


def request_of(incoming: web.Request, body: bytes) -> Request:
    """Return what came, as a simulator takes it."""
    return Request(
        method=incoming.method,
        path=incoming.rel_url.raw_path,
        query=dict(incoming.query),
        headers={name.lower(): value for name, value in incoming.headers.items()},
        body=body,
    )


def web_response(response: Response) -> web.Response:
    """Return what a simulator answers, as the server sends it."""
    return web.Response(status=response.status, headers=response.headers, body=response.body)


async def misbehave(incoming: web.Request, struck: SimulatedFault) -> web.StreamResponse:
    """Let the fault strike on the socket."""
    fault, connection = struck.fault, incoming.transport
    body = struck.response.body if struck.response is not None else b'{"id":1}'
    unsent = web.Response(status=500)  # aiohttp drops it once the connection is closing
    if connection is None:
        return unsent
    if fault.kind is FaultKind.SLOW:
        await asyncio.sleep(fault.seconds)
        return unsent if struck.response is None else web_response(struck.response)
    if fault.kind in {FaultKind.HANG, FaultKind.ACCEPT_THEN_TIMEOUT}:
        await asyncio.sleep(fault.seconds)
    elif fault.kind is FaultKind.HALF_ANSWER:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        connection.write(head.encode() + b"\r\n\r\n" + body[: len(body) // 2])
    elif fault.kind is FaultKind.GARBAGE:
        connection.write(b"\x16\x03\x01 no, this is not HTTP\r\n\r\n")
    elif fault.kind in {FaultKind.RESET, FaultKind.REFUSE}:
        raw = connection.get_extra_info("socket")
        with contextlib.suppress(OSError):  # the other side may have gone already
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        connection.abort()
    connection.close()
    return unsent


def _controlled(
    simulator: R, switches: Switches[R], incoming: web.Request, body: bytes
) -> web.Response:
    status: int = 200
    try:
        document = orjson.loads(body) if body else {}
        answer = control(simulator, switches, incoming.method, incoming.path, document)
    except orjson.JSONDecodeError:
        status, answer = 400, {"error": "the body is not JSON"}
    except ControlError as error:
        status, answer = error.status, {"error": str(error)}
    written = orjson.dumps(answer, default=_plain)
    return web.Response(status=status, body=written, content_type="application/json")


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    raise TypeError(f"{type(value).__name__}: not a state's value")
