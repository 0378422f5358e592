"""The composition root: settings in, a gateway out that neither listens nor runs by itself."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial

import structlog

from clients.kravia.client import KraviaClient
from clients.kravia.path_words import PATH_WORDS
from clients.paced_transport import PacedTransport
from clients.transport import HttpTransport, Transport
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
from gateway.operations import restored
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

logger = structlog.get_logger(__name__)


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
