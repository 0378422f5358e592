"""Every night, once, and when a person asks: the books of each creditor are compared.

::

    due ── batch ── batch … ── end: forget what is gone, alert of what is new
            '── what was seen and where to go on, one commit each

What is new is alerted, what is known is not again. Whoever is killed goes on behind the last batch.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa

from gateway.domain.oslo import OSLO, oslo_date, start_of_day
from gateway.domain.reconciliation.difference import Sign
from gateway.domain.reconciliation.signs import EXPLAINED
from gateway.operations.alert_kinds import DIFFERENCES
from gateway.operations.gateway import Gateway
from gateway.operations.reconcile import compare_batch, setting_of
from gateway.operations.tell import alert
from gateway.storage import differences
from gateway.storage.desk import NewAlert, alerts_of, clear_alert
from gateway.storage.differences import Run

NIGHT_HOURS: Final = 4
"""How long after its hour a comparison still begins for a creditor never compared before: a new
gateway is left alone by day."""


async def run_once(gateway: Gateway, at_hour: int, now: datetime) -> bool:
    """Compare one batch of the first creditor that is due; whether there is more to do now."""
    for creditor_id in sorted(gateway.creditors):
        run = await gateway.database.read(
            partial(_due, gateway=gateway, creditor_id=creditor_id, at_hour=at_hour, now=now)
        )
        if run is not None:
            await _go_on(gateway, run, now)
            return True
    return False


def _due(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, at_hour: int, now: datetime
) -> Run | None:
    """The comparison that is under way or should begin; none while Kravia's list is not whole."""
    last = differences.last_run(connection, creditor_id)
    if last is not None and last.ended_at is None:
        return last
    local = now.astimezone(OSLO)
    day = oslo_date(now) if local.hour >= at_hour else oslo_date(now) - timedelta(days=1)
    is_night = 0 <= local.hour - at_hour < NIGHT_HOURS
    if (last is None and not is_night) or (last is not None and last.day >= day):
        return None
    if setting_of(connection, gateway, creditor_id).polled_at is None:
        return None
    return Run(creditor_id=creditor_id, day=day, began_at=now)


async def _go_on(gateway: Gateway, run: Run, now: datetime) -> None:
    found = await gateway.database.read(
        lambda connection: compare_batch(connection, gateway, run.creditor_id, run.cursor)
    )
    compared = Counter(run.compared)
    compared.update(found.compared)
    after = replace(run, cursor=found.following, compared=dict(compared))

    def write(connection: sa.Connection) -> None:
        differences.saw(connection, run.creditor_id, found.differences, run.began_at)
        if found.following is not None:
            differences.keep_run(connection, after)
            return
        differences.keep_run(connection, replace(after, ended_at=now))
        differences.forget_gone(connection, run.creditor_id, run.began_at)
        _alert(connection, gateway, run, now)

    await gateway.database.write(write, scope=run.creditor_id)


def _alert(connection: sa.Connection, gateway: Gateway, run: Run, now: datetime) -> None:
    """One alert a day on which something new was first seen; gone when all of that is."""
    creditor_id = run.creditor_id
    for raised_for, kind, about in alerts_of(connection, [DIFFERENCES]):
        if raised_for == creditor_id and not _of_day(connection, creditor_id, about):
            clear_alert(connection, creditor_id, kind, about)
    today = oslo_date(run.began_at).isoformat()
    new = Counter[str]()
    for sign, count in _of_day(connection, creditor_id, today).items():
        new[EXPLAINED[Sign(sign)].kind.value] += count
    if not new:
        return
    named = ", ".join(f"{count} {kind}" for kind, count in sorted(new.items()))
    told = NewAlert(
        creditor_id=creditor_id,
        kind=DIFFERENCES,
        about=today,
        text=f"ledger, gateway and Kravia differ where they did not before {today}: {named}",
        command=f"kravia-gateway reconcile --creditor {creditor_id}",
    )
    alert(connection, gateway, told, now)


def _of_day(connection: sa.Connection, creditor_id: str, day: str) -> dict[str, int]:
    """By sign, how many known differences were first seen on this Oslo day."""
    first = date.fromisoformat(day)
    begin, end = start_of_day(first), start_of_day(first + timedelta(days=1))
    return differences.first_seen_between(connection, creditor_id, begin, end)
