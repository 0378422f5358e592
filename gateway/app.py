"""The composition root: settings in, a running gateway out. Only here are all parts known."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import secrets
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Final

import structlog

from clients.kravia.client import KraviaClient
from clients.kravia.path_words import PATH_WORDS
from clients.paced_transport import PacedTransport
from clients.transport import HttpTransport, Transport
from gateway.app_edge import build_edge
from gateway.app_loops import hand_over, hear, loops, workers
from gateway.app_remotes import (
    addresses,
    hint_secrets,
    kravia_timeouts,
    kravia_token,
    notifiers,
    open_hosts,
    open_ledgers,
    pace,
)
from gateway.metrics import Metrics
from gateway.operations import creditor_identity, restored
from gateway.operations.gateway import Gateway, RemoteClock
from gateway.operations.reach import KRAVIA, Reach
from gateway.settings import Settings
from gateway.settings_documents import load_assumptions, load_policy, load_retention, load_rules
from gateway.settings_faults import Fault, SettingsError
from gateway.storage import sealed_values
from gateway.storage.database import Database
from gateway.storage.group_commit import UNLOCKED
from gateway.storage.seal import AesGcmSeal, PlainSeal, Seal, key_id_of
from gateway.token_key import say_if_key_was_lost, shared_token_key, token_key
from gateway.tracing import NoTracing, Tracing
from gateway.watched_transport import Watching
from gateway.web.server import Listening, serving
from gateway.workers.runner import run_all

logger = structlog.get_logger(__name__)

GC_ALLOCATIONS: Final = 20_000
"""Objects between two searches for cycles among the young: about what ten claims make on their way.
Python's own 700 searched several times within each claim, for cycles that hardly ever are."""


def system_clock() -> datetime:
    """The machine's clock, as an aware UTC instant."""
    return datetime.now(UTC)


def random_id(prefix: str) -> str:
    """A fresh id: 96 random bits, so that two databases never meet."""
    return f"{prefix}{secrets.token_hex(12)}"


@asynccontextmanager
async def open_gateway(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = system_clock,
    monotonic: Callable[[], float] = time.monotonic,
    new_id: Callable[[str], str] = random_id,
    metrics: Metrics | None = None,
    tracing: Tracing | None = None,
    kravia_transport: Transport | None = None,
    outside_transport: Transport | None = None,
    ledger_transports: Mapping[str, Transport] | None = None,
) -> AsyncIterator[Gateway]:
    """Open the database and put the parts together; starts no loop and listens nowhere.

    Raises ``SettingsError`` and ``StorageError``. The transports replace the network: to Kravia,
    to webhook ledgers and ``notify``, and by creditor to ledgers that are asked. ``tracing`` draws
    what happens, by default nothing does.
    """
    rules = load_rules(settings)
    assumptions = load_assumptions(settings)
    metrics = metrics or Metrics()
    tracing = tracing or NoTracing()
    async with contextlib.AsyncExitStack() as stack:
        database = await Database.open(settings.database.address, group_observer=metrics.committed)
        stack.push_async_callback(database.close)
        if kravia_transport is None:
            kravia_transport = HttpTransport(
                base_url=settings.kravia.base_url,
                response_max_bytes=settings.kravia.response_max_bytes,
                connections_max=settings.kravia.concurrency,
            )
            stack.push_async_callback(kravia_transport.aclose)
        if outside_transport is None:
            outside_transport = HttpTransport()
            stack.push_async_callback(outside_transport.aclose)
        hosts = open_hosts(settings, monotonic)
        remote_clock = RemoteClock()
        reach = Reach()
        watching = Watching(metrics=metrics, tracing=tracing, reach=reach, clock=clock)
        kravia = KraviaClient(
            PacedTransport(
                watching.around(kravia_transport, KRAVIA, words=PATH_WORDS),
                hosts,
                base_url=settings.kravia.base_url,
            ),
            assumptions,
            partial(kravia_token, settings),
            timeouts=kravia_timeouts(settings),
            observe_date=lambda remote: remote_clock.observe(remote, clock()),
        )
        key, is_new = await _token_key(settings, database)
        gateway = Gateway(
            database=database,
            seal=await _seal(settings, database, key, clock()),
            rules=rules,
            retention=load_retention(settings),
            creditors=settings.to_creditors(load_policy(settings)),
            kravia=kravia,
            assumptions=assumptions,
            ledgers=open_ledgers(
                settings, outside_transport, ledger_transports or {}, stack, watching, hosts
            ),
            notifiers=notifiers(settings, outside_transport, watching, hosts),
            hint_secrets=hint_secrets(settings),
            pace=pace(settings),
            clock=clock,
            new_id=new_id,
            language=settings.language,
            remote_clock=remote_clock,
            reach=reach,
            tracing=tracing,
            hosts=hosts,
            addresses=addresses(settings),
        )
        hosts.on_back = gateway.wake.delivery.set
        metrics.watch_hosts(hosts)
        if settings.database_path is not None:
            await say_if_key_was_lost(gateway, settings.database_path, is_new=is_new)
        await _take_up_a_copy(gateway)
        yield gateway


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


async def _take_up_a_copy(gateway: Gateway) -> None:
    """Before anything is done with a database that came from a copy, doubt what it holds."""
    doubted = await gateway.database.write(
        lambda connection: restored.take_up(connection, gateway, gateway.clock())
    )
    if doubted is not None:
        logger.warning("database.restored", count=doubted)


async def _seal(settings: Settings, database: Database, token_key: bytes, now: datetime) -> Seal:
    """The seal of the settings; ``SettingsError`` where values need a key that is not there."""
    keys = settings.seal.key_bytes()
    seal = AesGcmSeal(token_key, keys) if keys else PlainSeal(token_key)
    needed = await database.read(sealed_values.noted_keys)
    missing = sorted(needed - {key_id_of(key) for key in keys})
    if missing:
        raise SettingsError(
            Fault(
                source=settings.source,
                key="seal.keys",
                message=f"the database has values sealed with key {key_id}, which is not among"
                " these or cannot be read here: name it, behind the key that seals now",
            )
            for key_id in missing
        )
    if seal.key_id not in needed:
        await database.write(
            lambda connection: sealed_values.note_key(connection, seal.key_id, now), scope=UNLOCKED
        )
    return seal


async def _token_key(settings: Settings, database: Database) -> tuple[bytes, bool]:
    """The key of identity hashes, and whether it may be another than before."""
    if settings.database_path is None:
        return await shared_token_key(database), False
    return token_key(settings.database_path)


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
