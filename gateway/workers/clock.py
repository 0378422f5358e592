"""Holds whose day has come are decided again, after the bank's files have come in."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta

import sqlalchemy as sa
import structlog

from gateway.domain.oslo import OSLO, oslo_date
from gateway.operations.decide import decide_debtor
from gateway.operations.gateway import Gateway
from gateway.operations.tell import alert
from gateway.storage import claims
from gateway.storage.desk import NewAlert, clear_alert
from gateway.storage.errors import StorageError

DAY_BEGINS = time(10)
"""Oslo time. What was paid on a deadline's last day is in the ledger by then: bank files come
early on the next business day."""

BATCH_MAX = 200
"""Debtors decided at once: enough to fill commit groups."""

logger = structlog.get_logger(__name__)


def day_to_decide(now: datetime) -> date:
    """The latest Oslo day whose holds may be decided at ``now``."""
    today = oslo_date(now)
    return today if now.astimezone(OSLO).time() >= DAY_BEGINS else today - timedelta(days=1)


async def run_once(gateway: Gateway, now: datetime) -> int:
    """Decide one batch of debtors again; returns how many, 0 when nothing is due."""
    day = day_to_decide(now)
    due = await gateway.database.read(
        lambda connection: claims.due_debtors(connection, gateway.creditors, day, BATCH_MAX)
    )
    await asyncio.gather(*(_decide(gateway, *debtor, day, now) for debtor in due))
    if due:
        gateway.wake.deliver()
    return len(due)


async def _decide(
    gateway: Gateway, creditor_id: str, debtor_number: str, day: date, now: datetime
) -> None:
    """Decide one debtor; a fault of ours is told, and tried again on the next day."""

    def decide(connection: sa.Connection) -> None:
        decide_debtor(connection, gateway, creditor_id, debtor_number, now)
        clear_alert(connection, creditor_id, "decision_failed", debtor_number)

    try:
        with gateway.tracing.span("debtor.decide", creditor_id=creditor_id) as span:
            gateway = gateway.under(span.traceparent)
            await gateway.database.write(decide, scope=creditor_id)
    except StorageError:
        raise
    except Exception as error:
        logger.exception("decision.failed", creditor_id=creditor_id)
        new = NewAlert(
            creditor_id=creditor_id,
            kind="decision_failed",
            about=debtor_number,
            text=f"the claims on debtor {debtor_number} could not be decided"
            f" ({type(error).__name__}): a fault of the gateway's",
            command=f"kravia-gateway claims list --creditor {creditor_id}",
        )

        def put_off(connection: sa.Connection) -> None:
            claims.postpone(connection, creditor_id, debtor_number, day + timedelta(days=1))
            alert(connection, gateway, new, now)

        await gateway.database.write(put_off, scope=creditor_id)
