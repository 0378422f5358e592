"""The aiohttp applications, and serving them on a TCP port and on the operators' Unix socket.

::

    TCP          /webhooks/…  /kravia/webhooks/…  /ledger/webhooks/…  /health/…  /metrics
                 /openapi.json  /docs  /admin/… (with a token)  /console/… (signed in)
    Unix socket  /admin/… (file mode 0600)  /health/…  /metrics
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from aiohttp import web

from gateway.operations.catalogue import CATALOGUE
from gateway.schema.openapi import openapi_document
from gateway.web.admin import Admin
from gateway.web.console.console import build_console
from gateway.web.console.door import PREFIX
from gateway.web.documents import Documents
from gateway.web.edge import Edge
from gateway.web.health import Health
from gateway.web.kravia_hints import KraviaHints
from gateway.web.ledger_hints import LedgerHints
from gateway.web.problem import problems_only
from gateway.web.webhooks import WebhookEndpoint

_log: Final = structlog.get_logger()

EDGE: Final = web.AppKey("edge", Edge)
"""Where an application keeps what it was built from."""

SHUTDOWN_SECONDS = 10.0
"""How long requests in flight may finish: a write takes far less, a supervisor waits 30 s."""

LINGERING_SECONDS = 5.0
"""After refusing a body unread: time for the sender to stop and read the answer."""

KEEPALIVE_SECONDS = 75.0
"""Longer than the 60 s of common proxies, so that they close first."""

READ_BUFFER_BYTES = 64 * 1024
"""What is buffered per connection before the sender must wait; a webhook is a few kB."""

BACKLOG = 1_024
"""Connections the kernel holds while the loop is busy: a burst of senders, not an attack."""

_PRIVATE: Final = 0o600


class ListenError(Exception):
    """The server cannot listen where it was told to; the message says what to do."""


class PortInUseError(ListenError):
    """Another program listens there already."""


def build_app(edge: Edge) -> web.Application:
    """Build the public application; ``/admin`` in it asks for the token."""
    app = web.Application(client_max_size=edge.limits.body_bytes_max, middlewares=[problems_only])
    app[EDGE] = edge
    webhooks = WebhookEndpoint(
        secrets=edge.secrets,
        record=edge.record,
        now=edge.now,
        is_draining=edge.drain.is_draining,
        is_full=edge.is_full,
        observe=edge.observe,
        limits=edge.limits,
        tracing=edge.tracing,
    )
    hints = KraviaHints(
        creditor_ids=tuple(edge.secrets),
        is_known=edge.is_known,
        hint=edge.hint,
        verifier=edge.hint_verifier,
    )
    app.router.add_post("/webhooks/{creditor_id}", webhooks.handle)
    app.router.add_post("/kravia/webhooks/{creditor_id}", hints.handle)
    ledger_hints = LedgerHints(verifiers=edge.ledger_verifiers, hint=edge.ledger_hint)
    app.router.add_post("/ledger/webhooks/{creditor_id}", ledger_hints.handle)
    admin = Admin(call=edge.call, token=edge.admin_token, over_socket=False, tokens=edge.tokens)
    _add_inner_routes(app, edge, admin)
    if edge.console is not None:
        app.add_subapp(PREFIX, build_console(edge.console, edge.drain.is_draining))
    return app


def build_admin_app(edge: Edge) -> web.Application:
    """Build the application for the Unix socket: whoever may open the file may do all."""
    app = web.Application(middlewares=[problems_only])
    app[EDGE] = edge
    _add_inner_routes(app, edge, Admin(call=edge.call, token=None, over_socket=True))
    return app


def _add_inner_routes(app: web.Application, edge: Edge, admin: Admin) -> None:
    health = Health(checks=edge.checks, is_draining=edge.drain.is_draining)

    def describe() -> dict[str, object]:
        described = {name: CATALOGUE[name] for name in edge.operation_names}
        return openapi_document(version=edge.version, operations=described)

    documents = Documents(render_metrics=edge.render_metrics, describe=describe)
    app.router.add_post("/admin/operations/{name}", admin.handle)
    app.router.add_get("/health/live", health.live)
    app.router.add_get("/health/ready", health.ready)
    app.router.add_get("/metrics", documents.metrics)
    app.router.add_get("/openapi.json", documents.openapi)
    app.router.add_get("/docs", documents.page)
    app.router.add_get("/docs/reference.css", documents.style)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where the server listens: ``port`` is the real one where 0 was asked for."""

    host: str
    port: int
    admin_socket: Path | None


@asynccontextmanager
async def serving(
    edge: Edge,
    *,
    host: str,
    port: int,
    admin_socket: Path | None = None,
    shutdown_seconds: float = SHUTDOWN_SECONDS,
) -> AsyncIterator[Listening]:
    """Serve while the context is open. Raises ``ListenError`` before anything is accepted.

    On leaving, the drain flag goes up first, requests in flight finish (at most
    ``shutdown_seconds``), and the Unix socket is removed.
    """
    async with contextlib.AsyncExitStack() as stack:
        public = await _runner(stack, build_app(edge), shutdown_seconds)
        if admin_socket is not None:
            listener = stack.enter_context(_private_socket(admin_socket))
            admin = await _runner(stack, build_admin_app(edge), shutdown_seconds)
            await web.SockSite(admin, listener).start()
        await _listen(public, host, port)
        bound = public.addresses[0][1]
        stack.callback(edge.drain.begin)
        _log.info("server.started", host=host, port=bound)
        yield Listening(host=host, port=bound, admin_socket=admin_socket)
        _log.info("server.stopping")


async def _runner(
    stack: contextlib.AsyncExitStack, app: web.Application, shutdown_seconds: float
) -> web.AppRunner:
    runner = web.AppRunner(
        app,
        access_log=None,  # one line per request would cost more than the request
        handle_signals=False,
        shutdown_timeout=shutdown_seconds,
        auto_decompress=False,  # no bombs; a compressed body is refused
        lingering_time=LINGERING_SECONDS,
        keepalive_timeout=KEEPALIVE_SECONDS,
        read_bufsize=READ_BUFFER_BYTES,
    )
    await runner.setup()
    stack.push_async_callback(runner.cleanup)
    return runner


async def _listen(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port, backlog=BACKLOG).start()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUseError(
                f"port {port} on {host} is in use: stop the program that has it, "
                "or set server.port to another"
            ) from error
        raise ListenError(
            f"cannot listen on {host} port {port} ({_reason(error)}): set server.host and "
            "server.port to an address of this machine and a port above 1023"
        ) from error


@contextlib.contextmanager
def _private_socket(path: Path) -> Iterator[socket.socket]:
    """Bind a Unix socket only its owner may open; a stale one in the way is removed."""
    # The kernel takes 107 bytes of path: the spelling from here may be the shorter one.
    spelling = min(str(path), os.path.relpath(path), key=len)
    _remove_stale(path, spelling)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    with listener:
        try:
            listener.bind(spelling)
            path.chmod(_PRIVATE)  # before it listens: nobody can have connected yet
        except OSError as error:
            raise ListenError(
                f"cannot make the operators' socket {path} ({_reason(error)}): the directory must "
                "be writable and the path at most about 100 characters"
            ) from error
        try:
            yield listener
        finally:
            path.unlink(missing_ok=True)


def _remove_stale(path: Path, spelling: str) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ListenError(f"{path} is in the way of the operators' socket: move it elsewhere")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(spelling)
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)  # left behind by a server that was killed
        except OSError as error:
            raise ListenError(f"{path} cannot be opened ({_reason(error)})") from error
        else:
            raise PortInUseError(f"another gateway serves {path}: stop it first")


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__
