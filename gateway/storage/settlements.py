"""What Kravia collected and paid out, as told by its details and settlements."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

import sqlalchemy as sa

from gateway.domain.money import from_minor, to_minor
from gateway.storage.claims import Claim
from gateway.storage.tables import collected, receipt, settlement, settlement_line
from outbox.instants import to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A payment Kravia took from the debtor; ``principal`` is the part that reduced the claim."""

    payment_id: str
    paid_on: date
    amount: Decimal
    principal: Decimal | None
    reversed: bool


def collected_of(connection: sa.Connection, claim_id: str) -> dict[str, Collected]:
    """What is known to be collected on a claim, by Kravia's payment id."""
    rows = connection.execute(
        sa.select(collected).where(collected.c.claim_id == claim_id).order_by(collected.c.seq)
    ).mappings()
    return {
        row["payment_id"]: Collected(
            payment_id=row["payment_id"],
            paid_on=date.fromisoformat(row["paid_on"]),
            amount=from_minor(row["amount_minor"]),
            principal=None
            if row["principal_minor"] is None
            else from_minor(row["principal_minor"]),
            reversed=bool(row["reversed"]),
        )
        for row in rows
    }


def add_collected(
    connection: sa.Connection, claim: Claim, payment: Collected, now: datetime
) -> None:
    """Keep a payment that Kravia collected."""
    connection.execute(
        sa.insert(collected).values(
            creditor_id=claim.creditor_id,
            claim_id=claim.claim_id,
            payment_id=payment.payment_id,
            paid_on=payment.paid_on.isoformat(),
            amount_minor=to_minor(payment.amount),
            principal_minor=None if payment.principal is None else to_minor(payment.principal),
            reversed=int(payment.reversed),
            told_at=to_ms(now),
        )
    )


def set_reversed(connection: sa.Connection, claim_id: str, payment_id: str) -> None:
    """Kravia took a collected payment back."""
    connection.execute(
        sa.update(collected)
        .where(collected.c.claim_id == claim_id, collected.c.payment_id == payment_id)
        .values(reversed=1)
    )


def collected_principal(connection: sa.Connection, claim_id: str) -> Decimal:
    """Principal that Kravia has collected; a payment that does not say counts whole."""
    return sum(
        (
            payment.amount if payment.principal is None else payment.principal
            for payment in collected_of(connection, claim_id).values()
            if not payment.reversed
        ),
        Decimal(0),
    )


def unknown_of(
    connection: sa.Connection, creditor_id: str, settlement_ids: Iterable[str]
) -> frozenset[str]:
    """Of the given settlements, those that are not kept yet."""
    asked = frozenset(settlement_ids)
    known = connection.execute(
        sa.select(settlement.c.settlement_id).where(
            settlement.c.creditor_id == creditor_id, settlement.c.settlement_id.in_(sorted(asked))
        )
    )
    return asked - {row.settlement_id for row in known}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine:
    """What one case brought in a settlement that is new to us; None: Kravia does not say."""

    kravia_invoice_id: str
    amount: Decimal
    principal: Decimal | None
    interest: Decimal | None
    fees: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSettlement:
    """A settlement that is new to us; ``costs`` and ``vat`` are what Kravia kept, positive."""

    creditor_id: str
    settlement_id: str
    paid_on: date | None
    amount: Decimal
    currency: str
    costs: Decimal | None
    vat: Decimal | None
    lines: tuple[NewLine, ...]


def add_settlement(connection: sa.Connection, new: NewSettlement, now: datetime) -> bool:
    """Keep a settlement and its lines; ``False`` if it is known."""
    if not unknown_of(connection, new.creditor_id, [new.settlement_id]):
        return False
    connection.execute(
        sa.insert(settlement).values(
            creditor_id=new.creditor_id,
            settlement_id=new.settlement_id,
            paid_on=new.paid_on.isoformat() if new.paid_on else None,
            amount_minor=to_minor(new.amount),
            currency=new.currency,
            received_at=to_ms(now),
            costs_minor=_minor(new.costs),
            vat_minor=_minor(new.vat),
        )
    )
    for line in new.lines:
        connection.execute(
            sa.insert(settlement_line).values(
                creditor_id=new.creditor_id,
                settlement_id=new.settlement_id,
                kravia_invoice_id=line.kravia_invoice_id,
                amount_minor=to_minor(line.amount),
                principal_minor=_minor(line.principal),
                interest_minor=_minor(line.interest),
                fees_minor=_minor(line.fees),
            )
        )
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a settlement; its parts are None where Kravia does not say.

    ``taken_by`` is the receipt it was recognised as, or the message that books it; ``by_hand``: a
    person was asked to book its principal.
    """

    seq: int
    kravia_invoice_id: str
    amount: Decimal
    principal: Decimal | None
    interest: Decimal | None
    fees: Decimal | None
    taken_by: str | None
    by_hand: bool


def lines_of(connection: sa.Connection, creditor_id: str, settlement_id: str) -> tuple[Line, ...]:
    """A settlement's lines in the order Kravia told them."""
    rows = connection.execute(
        sa.select(settlement_line)
        .where(
            settlement_line.c.creditor_id == creditor_id,
            settlement_line.c.settlement_id == settlement_id,
        )
        .order_by(settlement_line.c.seq)
    )
    return tuple(
        Line(
            seq=row.seq,
            kravia_invoice_id=row.kravia_invoice_id,
            amount=from_minor(row.amount_minor),
            principal=_amount(row.principal_minor),
            interest=_amount(row.interest_minor),
            fees=_amount(row.fees_minor),
            taken_by=row.receipt_id,
            by_hand=bool(row.by_hand),
        )
        for row in rows
    )


def leave_line(connection: sa.Connection, line_seq: int) -> None:
    """A person was asked to book the line's principal."""
    connection.execute(
        sa.update(settlement_line).where(settlement_line.c.seq == line_seq).values(by_hand=1)
    )


def take_line(connection: sa.Connection, line_seq: int, taken_by: str) -> None:
    """Nothing that comes in is this line's pay-out any more: ``taken_by`` is."""
    connection.execute(
        sa.update(settlement_line)
        .where(settlement_line.c.seq == line_seq)
        .values(receipt_id=taken_by)
    )


def free_line(
    connection: sa.Connection,
    creditor_id: str,
    taken_by: str,
    kravia_invoice_id: str | None = None,
) -> None:
    """What had taken a line gave it up: whoever books it now is recognised by it.

    A receipt may have taken lines of several cases; then only those of one are freed.
    """
    freed = sa.update(settlement_line).where(
        settlement_line.c.creditor_id == creditor_id, settlement_line.c.receipt_id == taken_by
    )
    if kravia_invoice_id is not None:
        freed = freed.where(settlement_line.c.kravia_invoice_id == kravia_invoice_id)
    connection.execute(freed.values(receipt_id=None))


def consume_line(
    connection: sa.Connection, claim: Claim, amount: Decimal, receipt_id: str
) -> str | None:
    """Take the claim's settlement line with this amount for a receipt; each line once.

    Where no single line has it, all the claim's free lines of one settlement may. Returns the
    settlement's id, None if nothing was taken.
    """
    minor = to_minor(amount)
    free = connection.execute(
        sa.select(settlement_line)
        .where(
            settlement_line.c.creditor_id == claim.creditor_id,
            settlement_line.c.kravia_invoice_id == claim.kravia_invoice_id,
            settlement_line.c.receipt_id.is_(None),
        )
        .order_by(settlement_line.c.seq)
    ).all()
    taken = [row for row in free if minor in {row.amount_minor, row.principal_minor}][:1]
    for settlement_id in dict.fromkeys(row.settlement_id for row in free) if not taken else ():
        rows = [row for row in free if row.settlement_id == settlement_id]
        totals = {
            sum(row.amount_minor for row in rows),
            sum(row.principal_minor or 0 for row in rows),
        }
        if minor in totals:
            taken = rows
            break
    for row in taken:
        take_line(connection, row.seq, receipt_id)
    return taken[0].settlement_id if taken else None


def receipts_with_line(connection: sa.Connection, claim: Claim) -> frozenset[str]:
    """The receipts (and bookings) that have taken a line of the claim's case."""
    rows = connection.execute(
        sa.select(settlement_line.c.receipt_id).where(
            settlement_line.c.creditor_id == claim.creditor_id,
            settlement_line.c.kravia_invoice_id == claim.kravia_invoice_id,
            settlement_line.c.receipt_id.is_not(None),
        )
    )
    return frozenset(row.receipt_id for row in rows)


def looks_like_payout(
    connection: sa.Connection, claim: Claim, amount: Decimal, *, in_part: bool
) -> bool:
    """Whether Kravia collected this much on the claim and was not yet seen to pay it.

    Alike is one payment or all of them, whole or their principal; ``in_part``: any amount that is
    no more than all of them.
    """
    due = [each for each in collected_of(connection, claim.claim_id).values() if not each.reversed]
    seen = connection.execute(
        sa.select(receipt.c.amount_minor)
        .where(
            receipt.c.claim_id == claim.claim_id,
            receipt.c.state.in_(("payout", "ambiguous")),
        )
        .order_by(receipt.c.seq)
    )
    beyond = Decimal(0)
    for row in seen:
        paid = from_minor(row.amount_minor)
        same = next((each for each in due if paid in {each.amount, each.principal}), None)
        if same is None:
            beyond += paid
        else:
            due.remove(same)
    whole = sum((each.amount for each in due), -beyond)
    principal = sum((each.principal or Decimal(0) for each in due), -beyond)
    alike = {whole, principal, *(each.amount for each in due), *(each.principal for each in due)}
    return amount <= whole and (in_part or amount in alike)


def _minor(amount: Decimal | None) -> int | None:
    return None if amount is None else to_minor(amount)


def _amount(minor: int | None) -> Decimal | None:
    return None if minor is None else from_minor(minor)
