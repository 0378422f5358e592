"""Settlement lines that we book in the ledger: what stood on the invoice before, and what came.

::

    add ── begin ──> out ── booked
             ^        |──── not_applied (certainly), to go out again or not
             |        '──── doubt ── look, look … ── booked
             '─ absent or forget ────┘

While a booking is *out* a new payment on its invoice may be the one it made.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from gateway.domain.money import from_minor, to_minor
from gateway.storage.tables import booking
from outbox.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A payment that stands on the invoice and did not before; None where the ledger is silent."""

    payment_id: str
    on: date | None
    amount: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRow:
    """One settlement line to be booked once; ``before_ids`` is None while no call is out.

    ``doubted``: a call's outcome was unknown once, so ``before_ids`` stays what it was before that
    call. ``seen`` and ``seen_at`` are of the last look in doubt.
    """

    creditor_id: str
    claim_id: str
    invoice_id: str
    settlement_id: str
    amount: Decimal
    settled_on: date
    booked_on: date
    message_id: str
    before_ids: frozenset[str] | None
    doubted: bool
    seen: tuple[Seen, ...]
    seen_at: datetime | None
    payment_id: str | None

    @property
    def is_out(self) -> bool:
        """Whether a payment of ours may stand in the ledger whose id we do not know."""
        return self.payment_id is None and self.before_ids is not None

    def may_be(self, payment_id: str, on: date | None, amount: Decimal | None) -> bool:
        """Whether a payment on the invoice may be what this call made; None counts as equal."""
        return (
            self.before_ids is not None
            and self.payment_id is None
            and payment_id not in self.before_ids
            and on in {None, self.booked_on}
            and amount in {None, self.amount}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBooking:
    """A line that is to be booked; ``line_seq`` is that of ``settlement_line``."""

    creditor_id: str
    claim_id: str
    invoice_id: str
    settlement_id: str
    line_seq: int
    amount: Decimal
    settled_on: date
    message_id: str


def add(connection: sa.Connection, new: NewBooking) -> None:
    """Add a line; an integrity error if it has a booking already."""
    connection.execute(
        sa.insert(booking).values(
            creditor_id=new.creditor_id,
            claim_id=new.claim_id,
            invoice_id=new.invoice_id,
            settlement_id=new.settlement_id,
            line_seq=new.line_seq,
            amount_minor=to_minor(new.amount),
            settled_on=new.settled_on.isoformat(),
            booked_on=new.settled_on.isoformat(),
            message_id=new.message_id,
        )
    )


def of_message(connection: sa.Connection, message_id: str) -> BookingRow | None:
    """The booking that a message orders."""
    found = _where(connection, booking.c.message_id == message_id)
    return found[0] if found else None


def of_invoice(
    connection: sa.Connection, creditor_id: str, invoice_id: str
) -> tuple[BookingRow, ...]:
    """All bookings on an invoice, oldest first."""
    return _where(
        connection, booking.c.creditor_id == creditor_id, booking.c.invoice_id == invoice_id
    )


def begin(connection: sa.Connection, message_id: str, before_ids: Iterable[str]) -> None:
    """A call goes out now: keep what stands on the invoice; what was kept in doubt stays."""
    _change(
        connection,
        message_id,
        booking.c.doubted == 0,
        before_ids=json.dumps(sorted(before_ids)),
    )


def not_applied(connection: sa.Connection, message_id: str) -> None:
    """The call certainly had no effect; one that was ever in doubt stays out."""
    _change(connection, message_id, booking.c.doubted == 0, before_ids=None)


def doubt(connection: sa.Connection, message_id: str) -> None:
    """The outcome of a call is unknown."""
    _change(connection, message_id, booking.c.before_ids.is_not(None), doubted=1)


def forget(connection: sa.Connection, message_id: str) -> None:
    """A person says that nothing of it was booked: begin anew."""
    _change(connection, message_id, before_ids=None, doubted=0, seen=None, seen_at=None)


def look(
    connection: sa.Connection, message_id: str, seen: Iterable[Seen], seen_at: datetime
) -> None:
    """Keep what the last look showed, for people."""
    document = [
        {
            "payment_id": each.payment_id,
            "on": None if each.on is None else each.on.isoformat(),
            "amount": None if each.amount is None else str(each.amount),
        }
        for each in seen
    ]
    _change(connection, message_id, seen=json.dumps(document), seen_at=to_ms(seen_at))


def book_on(connection: sa.Connection, message_id: str, day: date) -> None:
    """The settlement's own day is closed: book it on this one."""
    _change(connection, message_id, booked_on=day.isoformat())


def booked(connection: sa.Connection, message_id: str, payment_id: str) -> None:
    """It stands in the ledger under this id."""
    _change(connection, message_id, payment_id=payment_id)


def _change(
    connection: sa.Connection,
    message_id: str,
    *conditions: sa.ColumnElement[bool],
    **values: object,
) -> None:
    connection.execute(
        sa.update(booking).where(booking.c.message_id == message_id, *conditions).values(**values)
    )


def _where(
    connection: sa.Connection, *conditions: sa.ColumnElement[bool]
) -> tuple[BookingRow, ...]:
    query = sa.select(booking).where(*conditions).order_by(booking.c.seq)
    return tuple(_row(row) for row in connection.execute(query).mappings())


def _row(row: sa.RowMapping) -> BookingRow:
    before, seen, seen_at = row["before_ids"], row["seen"], row["seen_at"]
    return BookingRow(
        creditor_id=row["creditor_id"],
        claim_id=row["claim_id"],
        invoice_id=row["invoice_id"],
        settlement_id=row["settlement_id"],
        amount=from_minor(row["amount_minor"]),
        settled_on=date.fromisoformat(row["settled_on"]),
        booked_on=date.fromisoformat(row["booked_on"]),
        message_id=row["message_id"],
        before_ids=None if before is None else frozenset(json.loads(before)),
        doubted=bool(row["doubted"]),
        seen=tuple(_seen(each) for each in json.loads(seen)) if seen else (),
        seen_at=None if seen_at is None else from_ms(seen_at),
        payment_id=row["payment_id"],
    )


def _seen(document: dict[str, str | None]) -> Seen:
    on, amount = document["on"], document["amount"]
    return Seen(
        payment_id=str(document["payment_id"]),
        on=None if on is None else date.fromisoformat(on),
        amount=None if amount is None else Decimal(amount),
    )
