"""Differences that are known, and how far the nightly comparison of each creditor is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa

from gateway.domain.reconciliation.difference import Difference, Sign
from gateway.storage.insertion import insertion_once, replacement
from gateway.storage.tables import difference, reconciliation
from outbox.instants import from_ms, to_ms

Key = tuple[str, str]
"""Sign and about: what makes a difference of a creditor's the same one."""

_SAID: Final = (
    *("part", "invoice_id", "claim_id", "kravia_invoice_id", "ledger", "gateway", "kravia"),
)
"""The fields of a ``Difference`` but its sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a known difference stands among all. ``first_seen`` in milliseconds."""

    first_seen: int
    creditor_id: str
    sign: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A difference as the comparison that began at ``last_seen`` (ms) saw it.

    ``said`` is None where only a release before this one saw it.
    """

    place: Place
    last_seen: int
    said: Difference | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """How many differences of a creditor's and a sign there are; ``oldest`` in milliseconds."""

    creditor_id: str
    sign: str
    differences: int
    oldest: int
    younger: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A nightly comparison. ``cursor``: where to go on; ``compared``: how many of what so far."""

    creditor_id: str
    day: date
    began_at: datetime
    ended_at: datetime | None = None
    cursor: str | None = None
    compared: Mapping[str, int] = field(default_factory=dict)


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


def saw(
    connection: sa.Connection, creditor_id: str, found: Iterable[Difference], at: datetime
) -> None:
    """These were seen by the comparison that began ``at``; new ones for the first time."""
    many = [
        {
            "creditor_id": creditor_id,
            "sign": each.sign.value,
            "about": each.about,
            "seen": to_ms(at),
            "said": _said(each),
        }
        for each in {(each.sign, each.about): each for each in found}.values()
    ]
    if not many:
        return
    first: dict[str, sa.BindParameter[object]] = {
        "first_seen": sa.bindparam("seen"),
        "last_seen": sa.bindparam("seen"),
    }
    connection.execute(insertion_once(connection, difference).values(**first), many)
    here = (
        difference.c.creditor_id == sa.bindparam("of_creditor"),
        difference.c.sign == sa.bindparam("of_sign"),
        difference.c.about == sa.bindparam("of_about"),
    )
    now: dict[str, sa.BindParameter[object]] = {
        "last_seen": sa.bindparam("seen"),
        "said": sa.bindparam("now_said"),
    }
    connection.execute(
        sa.update(difference).where(*here).values(**now),
        [
            {
                "of_creditor": each["creditor_id"],
                "of_sign": each["sign"],
                "of_about": each["about"],
                "seen": each["seen"],
                "now_said": each["said"],
            }
            for each in many
        ],
    )


def _said(found: Difference) -> str:
    """What is kept of a difference beside its key."""
    said = {name: getattr(found, name) for name in _SAID}
    return json.dumps({name: value for name, value in said.items() if value is not None})


def listing(
    connection: sa.Connection,
    creditor_id: str,
    signs: Iterable[str] | None,
    *,
    after: Place | None,
    limit: int,
    newest_first: bool,
) -> tuple[Known, ...]:
    """Known differences of a creditor by when each was first seen; ``after`` may be another's."""
    key = (difference.c.first_seen, difference.c.sign, difference.c.about)
    statement = sa.select(difference).where(difference.c.creditor_id == creditor_id).limit(limit)
    if signs is not None:
        statement = statement.where(difference.c.sign.in_(sorted(signs)))
    statement = statement.order_by(*(each.desc() if newest_first else each for each in key))
    if after is not None:
        bound = after.first_seen, after.sign, after.about
        if creditor_id == after.creditor_id:
            whole, place = sa.tuple_(*key), sa.tuple_(*map(sa.literal, bound))
            statement = statement.where(whole < place if newest_first else whole > place)
        else:  # a creditor behind the cursor's may begin at the same instant
            seen = after.first_seen
            if (creditor_id < after.creditor_id) is newest_first:
                condition = key[0] <= seen if newest_first else key[0] >= seen
            else:
                condition = key[0] < seen if newest_first else key[0] > seen
            statement = statement.where(condition)
    return tuple(_known(row) for row in connection.execute(statement))


def _known(row: sa.Row[tuple[object, ...]]) -> Known:
    said = None if row.said is None else Difference(sign=Sign(row.sign), **json.loads(row.said))
    return Known(
        place=Place(
            first_seen=row.first_seen,
            creditor_id=row.creditor_id,
            sign=row.sign,
            about=row.about,
        ),
        last_seen=row.last_seen,
        said=said,
    )


def ages(
    connection: sa.Connection, creditors: Iterable[str], since: Sequence[datetime]
) -> tuple[Age, ...]:
    """How many known differences there are of each creditor and sign, and how old they are.

    ``since`` are instants: of each is told how many were first seen at it or later.
    """
    first = difference.c.first_seen
    younger = [sa.func.sum(sa.case((first >= to_ms(at), 1), else_=0)) for at in since]
    rows = connection.execute(
        sa.select(
            difference.c.creditor_id,
            difference.c.sign,
            sa.func.count(),
            sa.func.min(first),
            *younger,
        )
        .where(difference.c.creditor_id.in_(sorted(creditors)))
        .group_by(difference.c.creditor_id, difference.c.sign)
    )
    return tuple(
        Age(
            creditor_id=row[0],
            sign=row[1],
            differences=row[2],
            oldest=row[3],
            younger=tuple(map(int, row[4:])),
        )
        for row in rows
    )


def forget_of_invoice(connection: sa.Connection, creditor_id: str, invoice_id: str) -> None:
    """Forget what is known about an invoice; the next comparison finds what is still there."""
    about = difference.c.about
    connection.execute(
        sa.delete(difference).where(
            difference.c.creditor_id == creditor_id,
            (about == invoice_id) | about.startswith(f"{invoice_id}/", autoescape=True),
        )
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
