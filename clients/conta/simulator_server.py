"""A thin aiohttp shell: the simulated Conta on a real socket, its trouble included."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import orjson
from aiohttp import web

from clients.conta.simulator import ContaSimulator
from clients.conta.simulator_control import PREFIX, ControlError, control
from clients.conta.simulator_faults import FaultKind, SimulatedFault
from clients.exchange import Request, Response

BODY_MAX_BYTES = 16 * 1024 * 1024
"""Above what the simulated Conta itself refuses with 413."""

_LINGER_RESET = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 s: close() sends RST


def build_app(
    simulator: ContaSimulator, *, clock: Callable[[], datetime] | None = None
) -> web.Application:
    """Return the application.

    ``clock``, if given, sets the simulated time before every call; else time stands until
    ``PUT /_sim/clock``.
    """

    async def answer(incoming: web.Request) -> web.StreamResponse:
        if clock is not None:
            simulator.set_now(clock())
        body = await incoming.read()
        try:
            if incoming.path.startswith(PREFIX):
                return _controlled(simulator, incoming, body)
            return _web_response(simulator.handle(_request(incoming, body)))
        except SimulatedFault as struck:
            return await _misbehave(incoming, struck)

    app = web.Application(client_max_size=BODY_MAX_BYTES)
    app.router.add_route("*", "/{path:.*}", answer)
    return app


async def serve(
    simulator: ContaSimulator,
    *,
    host: str,
    port: int,
    clock: Callable[[], datetime] | None = None,
    started: Callable[[int], None] = lambda _: None,
) -> None:
    """Serve until cancelled. ``started`` is told the port; ``port`` 0 takes a free one."""
    app = build_app(simulator, clock=clock)
    # A client that gave up must not leave a hanging handler behind; nothing to wait for at the end.
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        started(int(runner.addresses[0][1]))
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _request(incoming: web.Request, body: bytes) -> Request:
    return Request(
        method=incoming.method,
        path=incoming.rel_url.raw_path,
        query=dict(incoming.query),
        headers={name.lower(): value for name, value in incoming.headers.items()},
        body=body,
    )


def _web_response(response: Response) -> web.Response:
    return web.Response(status=response.status, headers=response.headers, body=response.body)


def _controlled(simulator: ContaSimulator, incoming: web.Request, body: bytes) -> web.Response:
    status: int = 200
    try:
        document = orjson.loads(body) if body else {}
        answer = control(simulator, incoming.method, incoming.path, document)
    except orjson.JSONDecodeError:
        status, answer = 400, {"error": "the body is not JSON"}
    except ControlError as error:
        status, answer = error.status, {"error": str(error)}
    written = orjson.dumps(answer, default=_plain)
    return web.Response(status=status, body=written, content_type="application/json")


async def _misbehave(incoming: web.Request, struck: SimulatedFault) -> web.StreamResponse:
    fault, connection = struck.fault, incoming.transport
    body = struck.response.body if struck.response is not None else b'{"id":1}'
    unsent = web.Response(status=500)  # aiohttp drops it once the connection is closing
    if connection is None:
        return unsent
    if fault.kind is FaultKind.SLOW:
        await asyncio.sleep(fault.seconds)
        return unsent if struck.response is None else _web_response(struck.response)
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


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    raise TypeError(f"{type(value).__name__}: not a state's value")
