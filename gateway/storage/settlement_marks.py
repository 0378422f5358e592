"""Settlements as they are kept, the voucher each is booked under, and those not understood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from gateway.domain.money import from_minor
from gateway.storage.desk import NewTask
from gateway.storage.insertion import insertion_once
from gateway.storage.tables import booking, settlement, task, unread_settlement
from outbox.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSettlement:
    """A settlement as kept. ``voucher_id``: the ledger's, once known to be booked.

    ``message_id``: the message that marks it booked at Kravia.
    """

    seq: int
    creditor_id: str
    settlement_id: str
    paid_on: date | None
    amount: Decimal
    currency: str
    costs: Decimal | None
    vat: Decimal | None
    received_at: datetime
    voucher_id: str | None
    message_id: str | None


def get(connection: sa.Connection, creditor_id: str, settlement_id: str) -> StoredSettlement | None:
    """One settlement of a creditor."""
    row = (
        connection.execute(
            sa.select(settlement).where(
                settlement.c.creditor_id == creditor_id,
                settlement.c.settlement_id == settlement_id,
            )
        )
        .mappings()
        .first()
    )
    return None if row is None else _stored(row)


def of_id(connection: sa.Connection, settlement_id: str) -> tuple[StoredSettlement, ...]:
    """The settlements with this id, of whatever creditor."""
    rows = connection.execute(
        sa.select(settlement).where(settlement.c.settlement_id == settlement_id)
    ).mappings()
    return tuple(_stored(row) for row in rows)


def listing(
    connection: sa.Connection, *, creditor_id: str | None, limit: int, after: int | None
) -> list[StoredSettlement]:
    """Settlements, newest first, before the ``seq`` given."""
    query = sa.select(settlement).order_by(settlement.c.seq.desc()).limit(limit)
    if creditor_id is not None:
        query = query.where(settlement.c.creditor_id == creditor_id)
    if after is not None:
        query = query.where(settlement.c.seq < after)
    return [_stored(row) for row in connection.execute(query).mappings()]


def keep_voucher(connection: sa.Connection, seq: int, voucher_id: str) -> None:
    """It is booked in the ledger under this voucher."""
    connection.execute(
        sa.update(settlement).where(settlement.c.seq == seq).values(voucher_id=voucher_id)
    )


def keep_message(connection: sa.Connection, seq: int, message_id: str) -> bool:
    """This message marks it booked at Kravia; ``False`` if another one does already."""
    result = connection.execute(
        sa.update(settlement)
        .where(settlement.c.seq == seq, settlement.c.message_id.is_(None))
        .values(message_id=message_id)
    )
    return result.rowcount == 1


def payments_of(connection: sa.Connection, message_ids: Iterable[str]) -> dict[str, str | None]:
    """By message, under which id its booking stands in the ledger; None: not known to be there."""
    rows = connection.execute(
        sa.select(booking.c.message_id, booking.c.payment_id).where(
            booking.c.message_id.in_(sorted(message_ids))
        )
    )
    return {row.message_id: row.payment_id for row in rows}


def has_open_task(connection: sa.Connection, creditor_id: str, kind: str, about: str) -> bool:
    """Whether a person has something of the creditor's, not of one claim, still to do."""
    return (
        connection.execute(
            sa.select(sa.literal(1)).where(
                task.c.creditor_id == creditor_id,
                task.c.claim_id.is_(None),
                task.c.kind == kind,
                task.c.about == about,
                task.c.done_at.is_(None),
            )
        ).first()
        is not None
    )


def finish_task(
    connection: sa.Connection, creditor_id: str, kind: str, about: str, by: str, now: datetime
) -> None:
    """Close an open task that is of the creditor, not of one claim."""
    connection.execute(
        sa.update(task)
        .where(
            task.c.creditor_id == creditor_id,
            task.c.claim_id.is_(None),
            task.c.kind == kind,
            task.c.about == about,
            task.c.done_at.is_(None),
        )
        .values(done_at=to_ms(now), done_by=by, done_note="done by itself")
    )


def reopen_task(connection: sa.Connection, new: NewTask, now: datetime) -> None:
    """Ask again what was done: a task of the creditor's whose cause has come back."""
    connection.execute(
        sa.update(task)
        .where(
            task.c.creditor_id == new.creditor_id,
            task.c.claim_id.is_(None),
            task.c.kind == new.kind,
            task.c.about == new.about,
            task.c.done_at.is_not(None),
        )
        .values(text=new.text, created_at=to_ms(now), done_at=None, done_by=None, done_note=None)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A settlement that is not understood; ``about`` is its id, or a hash of what came."""

    about: str
    sealed_raw: bytes
    why: str


def unread_of(connection: sa.Connection, creditor_id: str) -> dict[str, Unread]:
    """The creditor's settlements that are not understood."""
    rows = connection.execute(
        sa.select(unread_settlement)
        .where(unread_settlement.c.creditor_id == creditor_id)
        .order_by(unread_settlement.c.about)
    )
    return {
        row.about: Unread(about=row.about, sealed_raw=row.sealed_raw, why=row.why) for row in rows
    }


def keep_unread(connection: sa.Connection, creditor_id: str, new: Unread, now: datetime) -> None:
    """Keep what came; what is kept already stays as it was first seen."""
    connection.execute(
        insertion_once(connection, unread_settlement).values(
            creditor_id=creditor_id,
            about=new.about,
            sealed_raw=new.sealed_raw,
            why=new.why,
            seen_at=to_ms(now),
        )
    )


def forget_unread(connection: sa.Connection, creditor_id: str, about: str) -> None:
    """It is understood now, or no longer listed."""
    connection.execute(
        sa.delete(unread_settlement).where(
            unread_settlement.c.creditor_id == creditor_id, unread_settlement.c.about == about
        )
    )


def _stored(row: sa.RowMapping) -> StoredSettlement:
    paid_on, costs, vat = row["paid_on"], row["costs_minor"], row["vat_minor"]
    return StoredSettlement(
        seq=row["seq"],
        creditor_id=row["creditor_id"],
        settlement_id=row["settlement_id"],
        paid_on=None if paid_on is None else date.fromisoformat(paid_on),
        amount=from_minor(row["amount_minor"]),
        currency=row["currency"],
        costs=None if costs is None else from_minor(costs),
        vat=None if vat is None else from_minor(vat),
        received_at=from_ms(row["received_at"]),
        voucher_id=row["voucher_id"],
        message_id=row["message_id"],
    )
