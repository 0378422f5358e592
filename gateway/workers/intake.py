"""Takes recorded events in the order they were committed and acts on each in one commit (2)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog

from gateway.operations.gateway import Gateway
from gateway.operations.intake import take_in
from gateway.operations.tell import alert, tell_untold_alerts
from gateway.storage import events
from gateway.storage.desk import NewAlert
from gateway.storage.errors import StorageError
from gateway.storage.events import StoredEvent

BATCH_MAX = 200
"""Events taken from the inbox at once: enough to fill commit groups, and little memory."""

WAITING_ALERT_AFTER = timedelta(days=1)
"""Money and objections for an invoice nobody sent: an hour is a late webhook, a day is a fault."""

Observer = Callable[[StoredEvent, str], None]
"""Told of each event that was acted on, and its outcome."""

TAKEN = "taken"
"""Stands for the outcome of an event that was dealt with elsewhere: it is that one's to tell."""

logger = structlog.get_logger(__name__)


async def run_once(
    gateway: Gateway, now: datetime, *, observe: Observer = lambda _stored, _outcome: None
) -> Counter[str]:
    """Handle one batch; returns how many events came to which outcome."""
    batch = await gateway.database.read(lambda connection: events.unhandled(connection, BATCH_MAX))
    # Submitted together they share commits, and the one writer keeps their order.
    outcomes = await asyncio.gather(*(_take(gateway, stored, now, observe) for stored in batch))
    if batch:
        gateway.wake.deliver()
    return Counter(outcome for outcome in outcomes if outcome != TAKEN)


async def _take(gateway: Gateway, stored: StoredEvent, now: datetime, observe: Observer) -> str:
    with gateway.tracing.span(
        "event.decide",
        parent=stored.trace,
        as_="consumer",
        creditor_id=stored.creditor_id,
        event_id=stored.event_id,
    ) as span:
        outcome = await _act(gateway.under(span.traceparent), stored, now)
        span.tell(type=stored.type, outcome=outcome)
    if outcome == TAKEN:
        return outcome
    observe(stored, outcome)
    logger.info(
        "event.handled",
        event_id=stored.event_id,
        creditor_id=stored.creditor_id,
        type=stored.type,
        outcome=outcome,
    )
    return outcome


async def _act(gateway: Gateway, stored: StoredEvent, now: datetime) -> str:
    try:
        return await gateway.database.write(
            lambda connection: _take_once(connection, gateway, stored, now),
            scope=stored.creditor_id,
        )
    except StorageError:
        raise
    except Exception as error:
        # A fault of ours must not stop the inbox: keep the event where a person can replay it.
        logger.exception("event.failed", creditor_id=stored.creditor_id, event_id=stored.event_id)
        problem = f"could not be handled ({type(error).__name__}): a fault of the gateway's"
        return await gateway.database.write(
            _reject(gateway, stored, problem, now), scope=stored.creditor_id
        )


def _take_once(
    connection: sa.Connection, gateway: Gateway, stored: StoredEvent, now: datetime
) -> str:
    """Take an event in unless another process, or a person, has dealt with it since it was read."""
    outcome = events.outcome_of(connection, stored.seq)
    return take_in(connection, gateway, stored, now) if outcome == "recorded" else TAKEN


def _reject(
    gateway: Gateway, stored: StoredEvent, problem: str, now: datetime
) -> Callable[[sa.Connection], str]:
    def reject(connection: sa.Connection) -> str:
        alert(
            connection,
            gateway,
            NewAlert(
                creditor_id=stored.creditor_id,
                kind="event_failed",
                about=stored.event_id,
                text=f"event {stored.event_id} {problem}",
                command=f"kravia-gateway events show {stored.event_id}",
            ),
            now,
        )
        return events.mark(connection, stored, "rejected", now, problem=problem)

    return reject


async def tell_alerts(gateway: Gateway, now: datetime) -> int:
    """Queue for ``notify`` what was raised at the edge; returns how many alerts."""
    told = await gateway.database.write(
        lambda connection: tell_untold_alerts(connection, gateway, now)
    )
    if told:
        gateway.wake.deliver()
    return told


async def alert_waiting(gateway: Gateway, now: datetime) -> int:
    """Alert of money and objection events that have waited too long for their invoice."""

    def tell(connection: sa.Connection) -> int:
        late = events.waited_too_long(connection, now - WAITING_ALERT_AFTER)
        for stored in late:
            new = NewAlert(
                creditor_id=stored.creditor_id,
                kind=events.WAITING_ALERT,
                about=stored.event_id,
                text=f"{stored.type} {stored.event_id} has waited a day: {stored.problem}",
                command=f"kravia-gateway events show {stored.event_id}",
            )
            alert(connection, gateway, new, now)
        return len(late)

    return await gateway.database.write(tell)
