"""The loops of a running gateway: how often each runs, and what wakes it."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa
import structlog

from gateway.app_remotes import ledger_pace, patience
from gateway.metrics import Metrics
from gateway.operations.gateway import Gateway
from gateway.operations.settled import after_settle
from gateway.settings import Settings
from gateway.storage.errors import DatabaseBusy, DatabaseFull
from gateway.storage.events import StoredEvent
from gateway.storage.server_clock import server_now
from gateway.storage.tables import message as table
from gateway.workers import clock as clock_worker
from gateway.workers import comparison as comparison_worker
from gateway.workers import doubts as doubts_worker
from gateway.workers import intake as intake_worker
from gateway.workers import relay
from gateway.workers.courses import Courses
from gateway.workers.delivery import Delivery, word_of
from gateway.workers.duties import (
    AGENCY,
    ASK_SECONDS,
    CLOCK,
    COMPARISON,
    LEDGERS,
    PURGING,
    REMINDERS,
    REPLAYS,
    SEALING,
    Duties,
)
from gateway.workers.ledger_polling import LedgerPoller
from gateway.workers.polling import Poller
from gateway.workers.purging import Purger
from gateway.workers.remotes import watch_remotes
from gateway.workers.replaying import Replayer
from gateway.workers.resealing import Resealer
from gateway.workers.runner import Loop
from gateway.workers.watch import Watch
from outbox.dispatcher import Dispatcher, LeaseClock
from outbox.message import Message, Outcome

logger = structlog.get_logger(__name__)

CLOCK_LOOP_SECONDS = 30.0
"""How often the clock looks for holds whose day has come: days change slowly."""

COMPARISON_LOOP_SECONDS = 60.0
"""How often it is looked whether tonight's comparison is due: a minute late is early enough."""

LEDGER_LOOP_SECONDS = 5.0
"""How often it is looked whose ledger's turn it is; their own pace is ``ledger.poll_seconds``."""

REPLAY_LOOP_SECONDS = 1.0
"""How often a replay that waits for its rate or for room looks again; also the end of one that is
left by a process that died."""

INTAKE_LOOP_SECONDS = 1.0
"""The longest an event waits for intake when its wake-up was lost."""

TELL_LOOP_SECONDS = 1.0
"""The longest that other processes are not told of work, when the wake-up for that was lost."""

WATCH_LOOP_SECONDS = 2.0
"""How often depths are counted for metrics and for the inbox's limit, and remotes looked at."""

LIVE_SLOTS_SHARE = 0.125
"""The share of deliveries at once that a replay leaves free, so that a live message waits for none;
with the rest a replay still does more than the 0.8 of live delivery that it promises."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """The loops of one gateway, each with its ``run_once``."""

    gateway: Gateway
    poller: Poller
    ledger_poller: LedgerPoller
    dispatcher: Dispatcher
    replayer: Replayer
    resealer: Resealer
    purger: Purger
    watch: Watch
    duties: Duties
    process: str  # a name of this process's own, for those that share its database


def workers(
    settings: Settings, gateway: Gateway, metrics: Metrics, jitter: random.Random | None = None
) -> Workers:
    """Put the loops together; starts none."""
    jitter = jitter or random.Random()  # noqa: S311 - spreads retries, guards nothing
    delivery = Delivery(gateway, jitter)
    slots = settings.kravia.concurrency
    courses = Courses(gateway, slots)
    replayer = Replayer(gateway, outbox_room=max(1, slots - math.ceil(slots * LIVE_SLOTS_SHARE)))
    waits = patience(settings)

    def on_settle(connection: sa.Connection, message: Message, outcome: Outcome) -> None:
        cause = gateway.under(delivery.cause_of(message))
        after_settle(connection, cause, message, outcome, gateway.clock())

    def observe(message: Message, outcome: Outcome, held: bool) -> None:
        name = word_of(outcome)
        delivery.settled(message, outcome)
        metrics.delivered(message.kind, name)
        if not held:
            metrics.leased("lost")
        logger.info(
            "message.settled" if held else "message.superseded",
            message_id=message.message_id,
            creditor_id=message.scope,
            claim_id=message.subject,
            kind=message.kind,
            attempts=message.attempts,
            outcome=name,
        )
        if replayer.delivery_ended():
            gateway.wake.replaying.set()

    dispatcher = Dispatcher(
        gateway.database.write,
        table,
        delivery.deliver,
        lease_seconds=settings.outbox.lease_seconds,
        concurrency=courses.slots,
        policy=gateway.pace.retry,
        jitter=jitter,
        on_settle=on_settle,
        observer=observe,
        lease_observer=metrics.leased,
        transient=(DatabaseBusy, DatabaseFull),
        course_of=courses.course_of,
        drain_seconds=settings.server.drain_timeout_seconds,
        doubt_seconds=gateway.pace.doubt_recheck_seconds,
        shared=gateway.database.is_shared,
        lease_clock=_lease_clock(gateway),
    )
    process = gateway.new_id("prc_")
    return Workers(
        gateway=gateway,
        poller=Poller(gateway, settings.kravia.poll_seconds, patience=waits.remote_down),
        ledger_poller=LedgerPoller(gateway, ledger_pace(settings), patience=waits.remote_down),
        dispatcher=dispatcher,
        replayer=replayer,
        resealer=Resealer(gateway),
        purger=Purger(gateway),
        watch=Watch(gateway, metrics, waits, inbox_max=settings.server.inbox_max),
        duties=Duties(gateway, process),
        process=process,
    )


def _lease_clock(gateway: Gateway) -> LeaseClock:
    """Leases of several processes are judged by the one clock they share, their server's."""
    if not gateway.database.is_shared:
        return lambda _connection, now: now
    return lambda connection, _now: server_now(connection)


def loops(settings: Settings, parts: Workers, metrics: Metrics) -> tuple[Loop, ...]:
    """Every loop of a running gateway but delivery's, which paces itself."""
    gateway, poller = parts.gateway, parts.poller

    async def poll(now: datetime) -> None:
        # A report is not a reason to poll again at once: its turn comes, or a hint.
        await poller.run_once(now)

    async def sweep(now: datetime) -> bool:
        # What a sweep leaves, the next one reads at once.
        return any(report.left for report in await parts.ledger_poller.run_once(now))

    async def resolve(now: datetime) -> None:
        metrics.doubts_looked_up(await doubts_worker.run_once(gateway, poller, now))

    async def remind(now: datetime) -> None:
        await parts.watch.alert(now)
        await intake_worker.alert_waiting(gateway, now)
        await doubts_worker.alert_parked_messages(gateway, now)
        await intake_worker.tell_alerts(gateway, now)

    def handled(stored: StoredEvent, outcome: str) -> None:
        waited = gateway.clock() - stored.received_at
        metrics.event_handled(stored.type, outcome, waited.total_seconds())

    recheck = settings.kravia.doubt_recheck_seconds
    under = parts.duties.under
    return (
        *(_shared_loops(parts) if gateway.database.is_shared else ()),
        Loop(
            name="intake",
            once=partial(intake_worker.run_once, gateway, observe=handled),
            every_seconds=INTAKE_LOOP_SECONDS,
            wake=gateway.wake.intake,
        ),
        Loop(
            name="clock",
            once=under(CLOCK, partial(clock_worker.run_once, gateway)),
            every_seconds=CLOCK_LOOP_SECONDS,
        ),
        Loop(
            name="polling",
            once=under(AGENCY, poll),
            every_seconds=min(settings.kravia.poll_seconds, CLOCK_LOOP_SECONDS),
            wake=gateway.wake.polling,
        ),
        Loop(
            name="ledgers",
            once=under(LEDGERS, sweep),
            every_seconds=LEDGER_LOOP_SECONDS,
            wake=gateway.wake.sweeping,
            may_be_cut=True,
        ),
        Loop(
            name="replays",
            once=under(REPLAYS, parts.replayer.run_once),
            every_seconds=REPLAY_LOOP_SECONDS,
            wake=gateway.wake.replaying,
        ),
        Loop(
            name="sealing",
            once=under(SEALING, parts.resealer.run_once),
            every_seconds=CLOCK_LOOP_SECONDS,
        ),
        Loop(
            name="purging",
            once=under(PURGING, parts.purger.run_once),
            every_seconds=CLOCK_LOOP_SECONDS,
        ),
        Loop(
            name="comparison",
            once=under(
                COMPARISON,
                partial(comparison_worker.run_once, gateway, settings.reconcile.at_hour),
            ),
            every_seconds=COMPARISON_LOOP_SECONDS,
            wake=gateway.wake.comparing,
        ),
        Loop(
            name="remotes",
            once=partial(watch_remotes, gateway),
            every_seconds=WATCH_LOOP_SECONDS,
        ),
        Loop(
            name="doubts",
            once=under(AGENCY, resolve),
            every_seconds=min(recheck, CLOCK_LOOP_SECONDS),
        ),
        Loop(
            name="reminders",
            once=under(REMINDERS, remind),
            every_seconds=min(settings.kravia.poll_seconds, CLOCK_LOOP_SECONDS),
        ),
        Loop(name="watch", once=parts.watch.run_once, every_seconds=WATCH_LOOP_SECONDS),
    )


def _shared_loops(parts: Workers) -> tuple[Loop, ...]:
    """What a process does because others share its database."""
    gateway = parts.gateway
    return (
        Loop(name="duties", once=parts.duties.run_once, every_seconds=ASK_SECONDS),
        Loop(
            name="telling",
            once=partial(relay.tell, gateway, parts.process),
            every_seconds=TELL_LOOP_SECONDS,
            wake=gateway.wake.telling,
        ),
    )


async def hear(settings: Settings, gateway: Gateway, parts: Workers) -> None:
    """Hear what other processes call for, until cancelled; ends at once where there are none."""
    if gateway.database.is_shared:
        await relay.hear(gateway, settings.database.address, parts.process)


async def hand_over(gateway: Gateway, parts: Workers) -> None:
    """At a clean stop: give duties back, and tell the others what this process leaves undone."""
    if gateway.database.is_shared and not gateway.database.failed.is_set():
        await parts.duties.release()
        gateway.wake.deliver()
        await relay.tell(gateway, parts.process, gateway.clock())
