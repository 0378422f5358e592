"""A gateway that serves: its edge listens and its loops run, until a signal ends both."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Final

import structlog

from gateway.app import open_gateway, system_clock
from gateway.app_edge import build_edge
from gateway.app_loops import hand_over, hear, loops, workers
from gateway.metrics import Metrics
from gateway.operations import creditor_identity
from gateway.operations.gateway import Gateway
from gateway.settings import Settings
from gateway.settings_faults import Fault, SettingsError
from gateway.tracing import NoTracing, Tracing
from gateway.web.server import Listening, serving
from gateway.workers.runner import run_all

logger = structlog.get_logger(__name__)

GC_ALLOCATIONS: Final = 20_000
"""Objects between two searches for cycles among the young: about what ten claims make on their way.
Python's own 700 searched several times within each claim, for cycles that hardly ever are."""


async def serve(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = system_clock,
    stop: asyncio.Event | None = None,
    on_ready: Callable[[Listening], None] = lambda _listening: None,
) -> None:
    """Serve until ``stop`` is set or a signal asks for it; then drain.

    Raises ``SettingsError``, ``StorageError``, ``ListenError`` before anything is accepted, and
    ``DatabaseUnavailable`` when the database fails while serving.
    """
    stop = stop or asyncio.Event()
    metrics = Metrics()
    async with (
        traced(settings) as tracing,
        open_gateway(settings, clock=clock, metrics=metrics, tracing=tracing) as gateway,
    ):
        await _refuse_orphans(settings, gateway)
        parts = workers(settings, gateway, metrics)
        edge = build_edge(settings, gateway, metrics, parts.watch.is_full)
        async with serving(
            edge,
            host=settings.server.host,
            port=settings.server.port,
            admin_socket=settings.socket_path,
        ) as listening:
            ended = asyncio.Event()
            running = asyncio.create_task(
                run_all(
                    loops(settings, parts, metrics),
                    lambda halt: parts.dispatcher.run(
                        stop=halt, clock=clock, wake=gateway.wake.delivery
                    ),
                    clock=clock,
                    stop=ended,
                )
            )
            hearing = asyncio.create_task(hear(settings, gateway, parts))
            _settle_memory()
            try:
                with _signals(stop):
                    on_ready(listening)
                    await _until(stop, gateway.database.failed, running)
            finally:
                # Webhooks get 503 while what is in flight ends; then the port is let go of.
                edge.drain.begin()
                logger.info("server.draining")
                ended.set()
                hearing.cancel()
                await running
                await hand_over(gateway, parts)
        if gateway.database.failed.is_set():
            await gateway.database.write(lambda _connection: None)  # raises why it failed


async def _refuse_orphans(settings: Settings, gateway: Gateway) -> None:
    """Serve nobody while a setting would orphan live claims; raises ``SettingsError``."""
    identities = {name: each.identity() for name, each in settings.creditors.items()}
    found = await gateway.database.write(
        lambda connection: creditor_identity.take_note(connection, identities, gateway.clock())
    )
    if found:
        raise SettingsError(
            Fault(source=settings.source, key=each.key, message=each.message) for each in found
        )


def _settle_memory() -> None:
    """Leave what a start has made out of every later search for cycles: it stays to the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS)


@asynccontextmanager
async def traced(settings: Settings) -> AsyncIterator[Tracing]:
    """Draw traces where the settings ask for it; raises ``SettingsError`` without the extra."""
    if not settings.trace.enabled:
        yield NoTracing()
        return
    try:
        from gateway.otel_tracing import open_telemetry  # noqa: PLC0415 - only where it is wanted
    except ModuleNotFoundError as error:
        fault = Fault(
            source=settings.source,
            key="trace.enabled",
            message="needs OpenTelemetry: install kravia-gateway[otel], or set it to false",
        )
        raise SettingsError([fault]) from error
    tracing = open_telemetry()
    try:
        yield tracing
    finally:
        await asyncio.to_thread(tracing.close)  # it sends what waits, and may wait for an answer


@contextlib.contextmanager
def _signals(stop: asyncio.Event) -> Iterator[None]:
    """Let SIGTERM and SIGINT set ``stop`` while the context is open."""
    loop = asyncio.get_running_loop()
    names = (signal.SIGTERM, signal.SIGINT)
    for name in names:
        loop.add_signal_handler(name, stop.set)
    try:
        yield
    finally:
        for name in names:
            loop.remove_signal_handler(name)


async def _until(stop: asyncio.Event, failed: asyncio.Event, running: asyncio.Task[None]) -> None:
    waits = [asyncio.ensure_future(stop.wait()), asyncio.ensure_future(failed.wait())]
    try:
        await asyncio.wait([*waits, running], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
