"""Differences that are known, and how far the nightly comparison of each creditor is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from gateway.storage.insertion import insertion_once, replacement
from gateway.storage.tables import difference, reconciliation
from outbox.instants import from_ms, to_ms

Key = tuple[str, str]
"""Sign and about: what makes a difference of a creditor's the same one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A nightly comparison. ``cursor``: where to go on; ``compared``: how many of what so far."""

    creditor_id: str
    day: date
    began_at: datetime
    ended_at: datetime | None
    cursor: str | None
    compared: Mapping[str, int]


def last_run(connection: sa.Connection, creditor_id: str) -> Run | None:
    """The creditor's last comparison, or the one under way."""
    row = connection.execute(
        sa.select(reconciliation).where(reconciliation.c.creditor_id == creditor_id)
    ).first()
    if row is None:
        return None
    return Run(
        creditor_id=creditor_id,
        day=date.fromisoformat(row.day),
        began_at=from_ms(row.began_at),
        ended_at=None if row.ended_at is None else from_ms(row.ended_at),
        cursor=row.cursor,
        compared=json.loads(row.compared),
    )


def keep_run(connection: sa.Connection, run: Run) -> None:
    """Keep how far it is, in the place of the one before."""
    values = {
        "creditor_id": run.creditor_id,
        "day": run.day.isoformat(),
        "began_at": to_ms(run.began_at),
        "ended_at": None if run.ended_at is None else to_ms(run.ended_at),
        "cursor": run.cursor,
        "compared": json.dumps(dict(run.compared)),
    }
    connection.execute(replacement(connection, reconciliation), values)


def saw(connection: sa.Connection, creditor_id: str, keys: Iterable[Key], at: datetime) -> None:
    """These differences were seen by the comparison that began ``at``; new ones for the first."""
    many = [
        {"creditor_id": creditor_id, "sign": sign, "about": about, "seen": to_ms(at)}
        for sign, about in dict.fromkeys(keys)
    ]
    if not many:
        return
    first: dict[str, sa.BindParameter[int]] = {
        "first_seen": sa.bindparam("seen"),
        "last_seen": sa.bindparam("seen"),
    }
    connection.execute(insertion_once(connection, difference).values(**first), many)
    here = (
        difference.c.creditor_id == sa.bindparam("of_creditor"),
        difference.c.sign == sa.bindparam("of_sign"),
        difference.c.about == sa.bindparam("of_about"),
    )
    connection.execute(
        sa.update(difference).where(*here).values(last_seen=sa.bindparam("seen")),
        [
            {
                "of_creditor": each["creditor_id"],
                "of_sign": each["sign"],
                "of_about": each["about"],
                "seen": each["seen"],
            }
            for each in many
        ],
    )


def forget_gone(connection: sa.Connection, creditor_id: str, began_at: datetime) -> int:
    """Forget what the comparison that began then did not see; gives how many."""
    result = connection.execute(
        sa.delete(difference).where(
            difference.c.creditor_id == creditor_id, difference.c.last_seen < to_ms(began_at)
        )
    )
    return result.rowcount


def first_seen(connection: sa.Connection, creditor_id: str, keys: Iterable[Key]) -> dict[Key, int]:
    """When the nightly comparison first saw each, in milliseconds; those it never saw are out."""
    wanted = set(keys)
    rows = connection.execute(
        sa.select(difference.c.sign, difference.c.about, difference.c.first_seen).where(
            difference.c.creditor_id == creditor_id,
            difference.c.about.in_(sorted({about for _, about in wanted})),
        )
    )
    return {(r.sign, r.about): r.first_seen for r in rows if (r.sign, r.about) in wanted}


def first_seen_between(
    connection: sa.Connection, creditor_id: str, begin: datetime, end: datetime
) -> dict[str, int]:
    """How many known differences of each sign were first seen from ``begin`` until ``end``."""
    rows = connection.execute(
        sa.select(difference.c.sign, sa.func.count())
        .where(
            difference.c.creditor_id == creditor_id,
            difference.c.first_seen >= to_ms(begin),
            difference.c.first_seen < to_ms(end),
        )
        .group_by(difference.c.sign)
        .order_by(difference.c.sign)
    )
    return {row[0]: row[1] for row in rows}
