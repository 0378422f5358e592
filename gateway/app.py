"""The composition root: settings in, a running gateway out. Only here are all parts known."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import secrets
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa
import structlog
from pydantic import SecretStr

from clients.conta.client import ContaClient
from clients.kravia.client import KraviaClient
from clients.kravia.hints import verify_hint
from clients.transport import HttpTransport, Timeouts, Transport
from clients.webhook.client import WebhookClient
from clients.webhook.signature import decode_secret
from gateway.ledgers.conta import ContaLedger, ContaSource
from gateway.ledgers.ledger import Ledger
from gateway.ledgers.webhook import WebhookLedger
from gateway.operations import registry
from gateway.operations.creditor import PayoutModel
from gateway.operations.gateway import Gateway, Pace, RemoteClock
from gateway.operations.settled import after_settle
from gateway.operations.tell import alert
from gateway.settings import Settings
from gateway.settings_creditor import (
    ContaLedgerSettings,
    CreditorSettings,
    WebhookLedgerSettings,
)
from gateway.settings_documents import (
    load_assumptions,
    load_conta_assumptions,
    load_policy,
    load_rules,
)
from gateway.storage import claims, inbox, mirror
from gateway.storage.database import Database
from gateway.storage.desk import NewAlert, clear_alert
from gateway.storage.errors import DatabaseBusy, DatabaseFull
from gateway.storage.inbox import NewEvent, Recorded
from gateway.storage.seal import PlainSeal
from gateway.storage.tables import message as table
from gateway.telemetry import Metrics
from gateway.web.edge import Drain, Edge
from gateway.web.rate import Rate
from gateway.web.server import Listening, serving
from gateway.web.webhooks import WebhookLimits
from gateway.workers import clock as clock_worker
from gateway.workers import doubts as doubts_worker
from gateway.workers import intake as intake_worker
from gateway.workers.delivery import Delivery
from gateway.workers.ledger_polling import LedgerPoller
from gateway.workers.polling import Poller
from gateway.workers.runner import Loop, run_all
from outbox import store
from outbox.dispatcher import Dispatcher
from outbox.message import Message, Outcome
from outbox.retry import RetryPolicy

logger = structlog.get_logger(__name__)

CLOCK_LOOP_SECONDS = 30.0
"""How often the clock looks for holds whose day has come: days change slowly."""

LEDGER_LOOP_SECONDS = 5.0
"""How often it is looked whose ledger's turn it is; their own pace is ``ledger.poll_seconds``."""

INTAKE_LOOP_SECONDS = 1.0
"""The longest an event waits for intake when its wake-up was lost."""

CONTA_TIMEOUTS = Timeouts(
    connect_seconds=5.0, write_seconds=5.0, read_seconds=15.0, total_seconds=20.0
)
"""A page of 500 invoices is about 0.6 MB; a slower hour is waited out by the next sweep."""

WATCH_LOOP_SECONDS = 2.0
"""How often depths are counted for metrics and for the inbox's limit."""

TOKEN_KEY_BYTES = 32
"""The key of the hashes by which debtors are compared: 256 random bits, made at the first start."""


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
    new_id: Callable[[str], str] = random_id,
    metrics: Metrics | None = None,
    kravia_transport: Transport | None = None,
    outside_transport: Transport | None = None,
    ledger_transports: Mapping[str, Transport] | None = None,
) -> AsyncIterator[Gateway]:
    """Open the database and put the parts together; starts no loop and listens nowhere.

    Raises ``SettingsError`` and ``StorageError``. The transports replace the network: to Kravia,
    to webhook ledgers and ``notify``, and by creditor to ledgers that are asked.
    """
    rules = load_rules(settings)
    assumptions = load_assumptions(settings)
    metrics = metrics or Metrics()
    async with contextlib.AsyncExitStack() as stack:
        database = await Database.open(settings.database.url, group_observer=metrics.committed)
        stack.push_async_callback(database.close)
        if kravia_transport is None:
            kravia_transport = HttpTransport(
                base_url=settings.kravia.base_url,
                response_max_bytes=settings.kravia.response_max_bytes,
                connections_max=settings.kravia.concurrency,
                observer=metrics.remote_observer("kravia"),
            )
            stack.push_async_callback(kravia_transport.aclose)
        if outside_transport is None:
            outside_transport = HttpTransport(observer=metrics.remote_observer("ledger"))
            stack.push_async_callback(outside_transport.aclose)
        remote_clock = RemoteClock()
        kravia = KraviaClient(
            kravia_transport,
            assumptions,
            partial(_token, settings),
            timeouts=_timeouts(settings),
            observe_date=lambda remote: remote_clock.observe(remote, clock()),
        )
        ledgers: dict[str, Ledger] = {}
        for name, each in settings.creditors.items():
            asked = (ledger_transports or {}).get(name)
            if asked is None and isinstance(each.ledger, ContaLedgerSettings):
                asked = HttpTransport(
                    base_url=each.ledger.base_url, observer=metrics.remote_observer("ledger")
                )
                stack.push_async_callback(asked.aclose)
            ledger = _ledger(each, outside_transport, asked)
            if ledger is not None:
                ledgers[name] = ledger
        key, is_new = _token_key(settings.database_path)
        gateway = Gateway(
            database=database,
            seal=PlainSeal(key),
            rules=rules,
            creditors=settings.to_creditors(load_policy(settings)),
            kravia=kravia,
            assumptions=assumptions,
            ledgers=ledgers,
            notifiers=_notifiers(settings, outside_transport),
            hint_secrets=_hint_secrets(settings),
            pace=_pace(settings),
            clock=clock,
            new_id=new_id,
            remote_clock=remote_clock,
        )
        await _say_if_key_was_lost(gateway, settings, is_new=is_new)
        yield gateway


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """The loops of one gateway, each with its ``run_once``."""

    gateway: Gateway
    poller: Poller
    ledger_poller: LedgerPoller
    dispatcher: Dispatcher


def workers(
    settings: Settings, gateway: Gateway, metrics: Metrics, jitter: random.Random | None = None
) -> Workers:
    """Put the loops together; starts none."""
    jitter = jitter or random.Random()  # noqa: S311 - spreads retries, guards nothing
    delivery = Delivery(gateway, jitter)

    def on_settle(connection: sa.Connection, message: Message, outcome: Outcome) -> None:
        after_settle(connection, gateway, message, outcome, gateway.clock())

    def observe(message: Message, outcome: Outcome, held: bool) -> None:
        name = type(outcome).__name__.lower()
        metrics.delivered(name)
        logger.info(
            "message.settled" if held else "message.superseded",
            message_id=message.message_id,
            creditor_id=message.scope,
            claim_id=message.subject,
            kind=message.kind,
            attempts=message.attempts,
            outcome=name,
        )

    dispatcher = Dispatcher(
        gateway.database.write,
        table,
        delivery.deliver,
        lease_seconds=settings.outbox.lease_seconds,
        concurrency=settings.kravia.concurrency,
        policy=gateway.pace.retry,
        jitter=jitter,
        on_settle=on_settle,
        observer=observe,
        transient=(DatabaseBusy, DatabaseFull),
        drain_seconds=settings.server.drain_timeout_seconds,
        doubt_seconds=gateway.pace.doubt_recheck_seconds,
    )
    return Workers(
        gateway=gateway,
        poller=Poller(gateway, settings.kravia.poll_seconds),
        ledger_poller=LedgerPoller(gateway, _ledger_pace(settings)),
        dispatcher=dispatcher,
    )


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
    depth = _Depth(settings.server.inbox_max)
    async with open_gateway(settings, clock=clock, metrics=metrics) as gateway:
        parts = workers(settings, gateway, metrics)
        edge = build_edge(settings, gateway, metrics, depth.is_full)
        async with serving(
            edge,
            host=settings.server.host,
            port=settings.server.port,
            admin_socket=settings.socket_path,
        ) as listening:
            ended = asyncio.Event()
            running = asyncio.create_task(
                run_all(
                    _loops(settings, parts, partial(depth.count, gateway, metrics)),
                    lambda halt: parts.dispatcher.run(
                        stop=halt, clock=clock, wake=gateway.wake.delivery
                    ),
                    clock=clock,
                    stop=ended,
                )
            )
            try:
                with _signals(stop):
                    on_ready(listening)
                    await _until(stop, gateway.database.failed, running)
            finally:
                # Webhooks get 503 while what is in flight ends; then the port is let go of.
                edge.drain.begin()
                logger.info("server.draining")
                ended.set()
                await running
        if gateway.database.failed.is_set():
            await gateway.database.write(lambda _connection: None)  # raises why it failed


def _loops(
    settings: Settings, parts: Workers, watch: Callable[[datetime], Awaitable[object]]
) -> tuple[Loop, ...]:
    gateway, poller = parts.gateway, parts.poller

    async def poll(now: datetime) -> None:
        # A report is not a reason to poll again at once: its turn comes, or a hint.
        await poller.run_once(now)

    async def sweep(now: datetime) -> bool:
        # What a sweep leaves, the next one reads at once.
        return any(report.left for report in await parts.ledger_poller.run_once(now))

    async def resolve(now: datetime) -> None:
        await doubts_worker.run_once(gateway, poller, now)

    async def remind(now: datetime) -> None:
        await intake_worker.alert_waiting(gateway, now)
        await doubts_worker.alert_parked_messages(gateway, now)
        await intake_worker.tell_alerts(gateway, now)

    recheck = settings.kravia.doubt_recheck_seconds
    return (
        Loop(
            name="intake",
            once=partial(intake_worker.run_once, gateway),
            every_seconds=INTAKE_LOOP_SECONDS,
            wake=gateway.wake.intake,
        ),
        Loop(
            name="clock",
            once=partial(clock_worker.run_once, gateway),
            every_seconds=CLOCK_LOOP_SECONDS,
        ),
        Loop(
            name="polling",
            once=poll,
            every_seconds=min(settings.kravia.poll_seconds, CLOCK_LOOP_SECONDS),
            wake=gateway.wake.polling,
        ),
        Loop(
            name="ledgers",
            once=sweep,
            every_seconds=LEDGER_LOOP_SECONDS,
            wake=gateway.wake.sweeping,
            may_be_cut=True,
        ),
        Loop(name="doubts", once=resolve, every_seconds=min(recheck, CLOCK_LOOP_SECONDS)),
        Loop(name="reminders", once=remind, every_seconds=CLOCK_LOOP_SECONDS),
        Loop(name="watch", once=watch, every_seconds=WATCH_LOOP_SECONDS),
    )


class _Depth:
    """How much waits in the inbox: counted now and then, asked at every request."""

    def __init__(self, inbox_max: int) -> None:
        self._inbox_max = inbox_max
        self.full = False

    def is_full(self) -> bool:
        """Whether new webhooks must wait."""
        return self.full

    async def count(self, gateway: Gateway, metrics: Metrics, _now: datetime) -> None:
        """Count the inbox and the outbox."""

        def read(connection: sa.Connection) -> tuple[int, dict[str, int]]:
            pending = inbox.pending_count(connection, at_most=self._inbox_max)
            counts = {s.value: n for s, n in store.counts(connection, table).items()}
            return pending, counts

        pending, counts = await gateway.database.read(read)
        self.full = pending >= self._inbox_max
        metrics.inbox_counted(pending)
        metrics.outbox_counted(counts)


def build_edge(
    settings: Settings, gateway: Gateway, metrics: Metrics, is_full: Callable[[], bool]
) -> Edge:
    """Put together what the HTTP edge asks of the gateway; listens nowhere yet."""
    server = settings.server

    async def record(event: NewEvent) -> Recorded:
        recorded = await inbox.record(gateway.database, gateway.seal, event)
        gateway.wake.intake.set()
        return recorded

    async def call(name: str, arguments: Mapping[str, object], actor: str) -> Mapping[str, object]:
        return await registry.call(gateway, name, arguments, actor)

    async def is_known(creditor_id: str, kravia_invoice_id: str) -> bool:
        return await gateway.database.read(
            lambda connection: mirror.find(connection, creditor_id, kravia_invoice_id)
        )

    async def database_answers() -> str | None:
        await gateway.database.read(lambda connection: connection.execute(sa.text("SELECT 1")))
        return "the database has failed" if gateway.database.failed.is_set() else None

    token = server.admin_token
    return Edge(
        secrets={
            name: tuple(decode_secret(s.get_secret_value()) for s in each.webhook_secrets)
            for name, each in settings.creditors.items()
        },
        record=record,
        now=gateway.clock,
        call=call,
        is_known=is_known,
        hint=gateway.wake.poll,
        checks={"database": database_answers},
        drain=Drain(),
        limits=WebhookLimits(
            body_bytes_max=server.body_max_bytes,
            body_seconds_max=server.body_timeout_seconds,
            depth_max=server.json_depth_max,
            rate=Rate(per_second=server.rate_per_second, burst=server.rate_burst),
        ),
        is_full=is_full,
        observe=metrics.webhook_answered,
        render_metrics=metrics.render,
        hint_verifier=_hint_verifier(gateway),
        admin_token=None if token is None else token.get_secret_value(),
        operation_names=tuple(registry.OPERATIONS),
    )


def _hint_verifier(gateway: Gateway) -> Callable[[str, bytes], bool] | None:
    recipe = gateway.assumptions.webhook_recipe
    if recipe is None:
        return None

    def verify(creditor_id: str, body: bytes) -> bool:
        secret = gateway.hint_secrets.get(creditor_id)
        return secret is not None and verify_hint(body, secret=secret, recipe=recipe)

    return verify


def _token(settings: Settings) -> str:
    if settings.kravia.token is None:
        raise LookupError("kravia.token is not set")
    return settings.kravia.token.get_secret_value()


def _timeouts(settings: Settings) -> Timeouts:
    kravia = settings.kravia
    return Timeouts(
        connect_seconds=kravia.connect_timeout_seconds,
        write_seconds=kravia.write_timeout_seconds,
        read_seconds=kravia.read_timeout_seconds,
        total_seconds=kravia.total_timeout_seconds,
    )


def _pace(settings: Settings) -> Pace:
    kravia, queue = settings.kravia, settings.outbox
    return Pace(
        retry=RetryPolicy(
            first_seconds=queue.first_retry_seconds,
            max_seconds=queue.max_retry_seconds,
            attempts_max=queue.attempts_max,
            total_age_max_seconds=queue.total_age_max_hours * 3600,
        ),
        gate_wait_seconds=queue.gate_wait_seconds,
        mirror_max_age_seconds=kravia.mirror_max_age_seconds,
        settle_window_seconds=kravia.settle_window_seconds,
        doubt_recheck_seconds=kravia.doubt_recheck_seconds,
        doubt_quarantine_seconds=kravia.doubt_quarantine_hours * 3600,
        feed_overlap_minutes=kravia.feed_overlap_minutes,
    )


def _ledger(
    creditor: CreditorSettings, outside: Transport, asked: Transport | None
) -> Ledger | None:
    """Put a creditor's ledger together; None where its secret was not asked for."""
    match creditor.ledger:
        case WebhookLedgerSettings(url=url, secret=SecretStr() as secret):
            return WebhookLedger(
                WebhookClient(outside, url, decode_secret(secret.get_secret_value()))
            )
        case ContaLedgerSettings(api_key=SecretStr() as key) if asked is not None:
            client = ContaClient(
                asked,
                load_conta_assumptions(creditor.ledger),
                key.get_secret_value,
                organization_id=creditor.ledger.organization_id,
                timeouts=CONTA_TIMEOUTS,
            )
            source = ContaSource(client, bank_account_id=creditor.ledger.bank_account_id)
            by_bank = creditor.payout_model is PayoutModel.KID
            return ContaLedger(source, bank_books_pay_outs=by_bank)
        case _:
            return None


def _ledger_pace(settings: Settings) -> dict[str, float]:
    return {
        name: each.ledger.poll_seconds
        for name, each in settings.creditors.items()
        if isinstance(each.ledger, ContaLedgerSettings)
    }


def _notifiers(settings: Settings, transport: Transport) -> dict[str, WebhookClient]:
    return {
        name: WebhookClient(
            transport, each.notify.url, decode_secret(each.notify.secret.get_secret_value())
        )
        for name, each in settings.creditors.items()
        if each.notify is not None and each.notify.secret is not None
    }


def _hint_secrets(settings: Settings) -> dict[str, str]:
    return {
        name: each.kravia_webhook_secret.get_secret_value()
        for name, each in settings.creditors.items()
        if each.kravia_webhook_secret is not None
    }


def _token_key(database_path: Path) -> tuple[bytes, bool]:
    """The key beside the database, and whether it was made just now: it is made once."""
    path = _token_key_path(database_path)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return bytes.fromhex(path.read_text(encoding="ascii").strip()), False
    key = secrets.token_bytes(TOKEN_KEY_BYTES)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(key.hex())
    return key, True


def _token_key_path(database_path: Path) -> Path:
    return Path(f"{database_path}.key")


async def _say_if_key_was_lost(gateway: Gateway, settings: Settings, *, is_new: bool) -> None:
    """Alert, until the next start, where there are claims hashed with a key that is gone.

    A debtor's new claim then looks like another person's than the old ones, and goes to review.
    """
    path = _token_key_path(settings.database_path)

    def say(connection: sa.Connection) -> None:
        for creditor_id in gateway.creditors:
            if not is_new or not claims.exist(connection, creditor_id):
                clear_alert(connection, creditor_id, "key_lost", path.name)
                continue
            logger.warning("key.lost", creditor_id=creditor_id)
            new = NewAlert(
                creditor_id=creditor_id,
                kind="key_lost",
                about=path.name,
                text=f"{path.name} was gone and is made anew: identity hashes of claims from before"
                " cannot be compared, and their debtors' new claims go to review",
                command=f"stop serve, restore {path} from the backup, start serve",
            )
            alert(connection, gateway, new, gateway.clock())

    await gateway.database.write(say)


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
