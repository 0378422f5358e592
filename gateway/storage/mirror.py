"""Our copy of Kravia's feed of a creditor's invoices, and how far it has been read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from gateway.domain.matching import Candidate, Wanted
from gateway.domain.money import from_minor, to_minor
from gateway.storage.tables import feed, mirror
from outbox.instants import from_ms, to_ms
from outbox.prepared import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorRow:
    """One case at Kravia as its feed last told it. ``last_updated`` is Kravia's own string."""

    kravia_invoice_id: str
    last_updated: str
    accounting_invoice_id: str | None = None
    invoice_number: str | None = None
    invoice_date: date | None = None
    amount: Decimal | None = None
    debtor_number: str | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """How far one creditor's feed is read."""

    watermark: str | None
    completed_at: datetime | None
    polled_at: datetime | None


def unseen(connection: sa.Connection, creditor_id: str, stamps: dict[str, str]) -> frozenset[str]:
    """Of Kravia ids with their stamps, those the mirror does not hold with that very stamp."""
    rows = connection.execute(
        sa.select(mirror.c.kravia_invoice_id, mirror.c.last_updated).where(
            mirror.c.creditor_id == creditor_id, mirror.c.kravia_invoice_id.in_(list(stamps))
        )
    )
    held = {row.kravia_invoice_id: row.last_updated for row in rows}
    return frozenset(key for key, stamp in stamps.items() if held.get(key) != stamp)


def put(
    connection: sa.Connection, creditor_id: str, rows: Iterable[MirrorRow], now: datetime
) -> None:
    """Write rows over what the mirror had; a field the feed no longer tells keeps its value."""
    for row in rows:
        _put(connection, creditor_id, row, now)


def _put(connection: sa.Connection, creditor_id: str, row: MirrorRow, now: datetime) -> None:
    told = {
        "accounting_invoice_id": row.accounting_invoice_id,
        "invoice_number": row.invoice_number,
        "invoice_date": row.invoice_date.isoformat() if row.invoice_date else None,
        "amount_minor": None if row.amount is None else to_minor(row.amount),
        "debtor_number": row.debtor_number,
        "status": row.status,
    }
    values = {
        "last_updated": row.last_updated,
        "seen_at": to_ms(now),
        **{name: value for name, value in told.items() if value is not None},
    }
    here = sa.and_(
        mirror.c.creditor_id == creditor_id, mirror.c.kravia_invoice_id == row.kravia_invoice_id
    )
    if connection.execute(sa.update(mirror).where(here).values(**values)).rowcount == 0:
        connection.execute(
            sa.insert(mirror).values(
                creditor_id=creditor_id, kravia_invoice_id=row.kravia_invoice_id, **values
            )
        )


def seen(
    connection: sa.Connection, creditor_id: str, kravia_invoice_id: str
) -> tuple[str | None, datetime] | None:
    """The status that Kravia's feed last told of a case, raw, and when it was read."""
    row = connection.execute(
        sa.select(mirror.c.status, mirror.c.seen_at).where(
            mirror.c.creditor_id == creditor_id, mirror.c.kravia_invoice_id == kravia_invoice_id
        )
    ).first()
    return None if row is None else (row.status, from_ms(row.seen_at))


_CANDIDATE: Final = sa.select(
    mirror.c.kravia_invoice_id,
    mirror.c.accounting_invoice_id,
    mirror.c.invoice_number,
    mirror.c.invoice_date,
    mirror.c.amount_minor,
    mirror.c.debtor_number,
    mirror.c.status,
).where(mirror.c.creditor_id == sa.bindparam("of_creditor"))
# Asked twice for every claim that is handed over. Two questions, each with its index: one with "or"
# walks all that the creditor has on SQLite.
_CANDIDATES: Final = Prepared(
    _CANDIDATE.where(mirror.c.accounting_invoice_id == sa.bindparam("of_invoice")).union(
        _CANDIDATE.where(mirror.c.invoice_number == sa.bindparam("of_number"))
    )
)


def candidates(
    connection: sa.Connection, creditor_id: str, wanted: Wanted
) -> tuple[Candidate, ...]:
    """Rows that could be the wanted claim: by its id or by its number."""
    rows = _CANDIDATES.all(
        connection,
        of_creditor=creditor_id,
        of_invoice=wanted.invoice_id,
        of_number=wanted.invoice_number,
    )
    return tuple(
        Candidate(
            kravia_invoice_id=kravia_invoice_id,
            accounting_invoice_id=accounting_invoice_id,
            invoice_number=invoice_number,
            invoice_date=date.fromisoformat(invoice_date) if invoice_date else None,
            amount=None if amount_minor is None else from_minor(amount_minor),
            debtor_number=debtor_number,
            status=status,
        )
        for (
            kravia_invoice_id,
            accounting_invoice_id,
            invoice_number,
            invoice_date,
            amount_minor,
            debtor_number,
            status,
        ) in rows
    )


def find(connection: sa.Connection, creditor_id: str, kravia_invoice_id: str) -> bool:
    """Whether the mirror holds this case."""
    return (
        connection.execute(
            sa.select(sa.literal(1)).where(
                mirror.c.creditor_id == creditor_id,
                mirror.c.kravia_invoice_id == kravia_invoice_id,
            )
        ).first()
        is not None
    )


def get(connection: sa.Connection, creditor_id: str, kravia_invoice_id: str) -> MirrorRow | None:
    """The case with this id, as the feed last told it."""
    return _one(
        connection,
        sa.select(mirror).where(
            mirror.c.creditor_id == creditor_id, mirror.c.kravia_invoice_id == kravia_invoice_id
        ),
    )


def newest(connection: sa.Connection, creditor_id: str) -> MirrorRow | None:
    """The row with the greatest of Kravia's own stamps, compared as strings."""
    return _one(
        connection,
        sa.select(mirror)
        .where(mirror.c.creditor_id == creditor_id)
        .order_by(mirror.c.last_updated.desc())
        .limit(1),
    )


def _one(connection: sa.Connection, query: sa.Select[Any]) -> MirrorRow | None:
    row = connection.execute(query).mappings().first()
    if row is None:
        return None
    return MirrorRow(
        kravia_invoice_id=row["kravia_invoice_id"],
        last_updated=row["last_updated"],
        accounting_invoice_id=row["accounting_invoice_id"],
        invoice_number=row["invoice_number"],
        invoice_date=date.fromisoformat(row["invoice_date"]) if row["invoice_date"] else None,
        amount=None if row["amount_minor"] is None else from_minor(row["amount_minor"]),
        debtor_number=row["debtor_number"],
        status=row["status"],
    )


def newest_stamp(connection: sa.Connection, creditor_id: str) -> str | None:
    """The greatest of Kravia's own stamps in the mirror, compared as strings."""
    stamp: str | None = connection.execute(
        sa.select(sa.func.max(mirror.c.last_updated)).where(mirror.c.creditor_id == creditor_id)
    ).scalar_one()
    return stamp


_FEED: Final = Prepared(
    sa.select(feed.c.watermark, feed.c.completed_at, feed.c.polled_at).where(
        feed.c.creditor_id == sa.bindparam("of_creditor")
    )
)


def get_feed(connection: sa.Connection, creditor_id: str) -> Feed:
    """How far the creditor's feed is read; nothing read yet is all ``None``."""
    row = _FEED.first(connection, of_creditor=creditor_id)
    watermark, completed_at, polled_at = row or (None, None, None)
    return Feed(
        watermark=watermark,
        completed_at=None if completed_at is None else from_ms(completed_at),
        polled_at=None if polled_at is None else from_ms(polled_at),
    )


def set_feed(
    connection: sa.Connection, creditor_id: str, *, watermark: str | None, ended_at: datetime | None
) -> None:
    """Move the watermark; ``ended_at`` says that this poll began then and reached the end."""
    before = get_feed(connection, creditor_id)
    values: dict[str, object] = {"watermark": watermark or before.watermark}
    if ended_at is not None:
        values["polled_at"] = to_ms(ended_at)
        if before.completed_at is None:
            values["completed_at"] = to_ms(ended_at)
    updated = connection.execute(
        sa.update(feed).where(feed.c.creditor_id == creditor_id).values(**values)
    )
    if updated.rowcount == 0:
        connection.execute(sa.insert(feed).values(creditor_id=creditor_id, **values))
