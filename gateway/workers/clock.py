"""Holds whose day has come are decided again, after the bank's files have come in."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from functools import partial

from gateway.domain.oslo import OSLO, oslo_date
from gateway.operations.decide import decide_debtor
from gateway.operations.gateway import Gateway
from gateway.storage import claims

DAY_BEGINS = time(10)
"""Oslo time. What was paid on a deadline's last day is in the ledger by then: bank files come
early on the next business day."""

BATCH_MAX = 200
"""Debtors decided at once: enough to fill commit groups."""


def day_to_decide(now: datetime) -> date:
    """The latest Oslo day whose holds may be decided at ``now``."""
    today = oslo_date(now)
    return today if now.astimezone(OSLO).time() >= DAY_BEGINS else today - timedelta(days=1)


async def run_once(gateway: Gateway, now: datetime) -> int:
    """Decide one batch of debtors again; returns how many, 0 when nothing is due."""
    day = day_to_decide(now)
    due = await gateway.database.read(
        lambda connection: claims.due_debtors(connection, day, BATCH_MAX)
    )
    known = [pair for pair in due if pair[0] in gateway.creditors]
    await asyncio.gather(
        *(
            gateway.database.write(
                partial(
                    decide_debtor,
                    gateway=gateway,
                    creditor_id=creditor_id,
                    debtor_number=debtor_number,
                    now=now,
                )
            )
            for creditor_id, debtor_number in known
        )
    )
    if known:
        gateway.wake.delivery.set()
    return len(known)
