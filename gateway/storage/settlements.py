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


def add_settlement(
    connection: sa.Connection,
    *,
    creditor_id: str,
    settlement_id: str,
    paid_on: date | None,
    amount: Decimal,
    currency: str,
    lines: list[tuple[str, Decimal, Decimal | None]],
    now: datetime,
) -> bool:
    """Keep a settlement and its lines (Kravia id, amount, principal); ``False`` if it is known."""
    if not unknown_of(connection, creditor_id, [settlement_id]):
        return False
    connection.execute(
        sa.insert(settlement).values(
            creditor_id=creditor_id,
            settlement_id=settlement_id,
            paid_on=paid_on.isoformat() if paid_on else None,
            amount_minor=to_minor(amount),
            currency=currency,
            received_at=to_ms(now),
        )
    )
    for kravia_invoice_id, line_amount, principal in lines:
        connection.execute(
            sa.insert(settlement_line).values(
                creditor_id=creditor_id,
                settlement_id=settlement_id,
                kravia_invoice_id=kravia_invoice_id,
                amount_minor=to_minor(line_amount),
                principal_minor=None if principal is None else to_minor(principal),
            )
        )
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a settlement; ``principal`` None where Kravia does not say."""

    seq: int
    kravia_invoice_id: str
    amount: Decimal
    principal: Decimal | None


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
            principal=None if row.principal_minor is None else from_minor(row.principal_minor),
        )
        for row in rows
    )


def take_line(connection: sa.Connection, line_seq: int, taken_by: str) -> None:
    """Nothing that comes in is this line's pay-out any more: ``taken_by`` is."""
    connection.execute(
        sa.update(settlement_line)
        .where(settlement_line.c.seq == line_seq)
        .values(receipt_id=taken_by)
    )


def free_line(connection: sa.Connection, creditor_id: str, taken_by: str) -> None:
    """What had taken a line gave it up: whoever books it now is recognised by it."""
    connection.execute(
        sa.update(settlement_line)
        .where(
            settlement_line.c.creditor_id == creditor_id,
            settlement_line.c.receipt_id == taken_by,
        )
        .values(receipt_id=None)
    )


def consume_line(connection: sa.Connection, claim: Claim, amount: Decimal, receipt_id: str) -> bool:
    """Take one settlement line of the claim with this amount for a receipt; each line once."""
    minor = to_minor(amount)
    row = connection.execute(
        sa.select(settlement_line.c.seq)
        .where(
            settlement_line.c.creditor_id == claim.creditor_id,
            settlement_line.c.kravia_invoice_id == claim.kravia_invoice_id,
            settlement_line.c.receipt_id.is_(None),
            sa.or_(
                settlement_line.c.amount_minor == minor,
                settlement_line.c.principal_minor == minor,
            ),
        )
        .order_by(settlement_line.c.seq)
        .limit(1)
    ).first()
    if row is None:
        return False
    connection.execute(
        sa.update(settlement_line)
        .where(settlement_line.c.seq == row.seq)
        .values(receipt_id=receipt_id)
    )
    return True


def looks_like_payout(connection: sa.Connection, claim: Claim, amount: Decimal) -> bool:
    """Whether Kravia collected this very amount on the claim and was not yet seen to pay it."""
    minor = to_minor(amount)
    of_claim = collected.c.claim_id == claim.claim_id
    same_amount = sa.or_(collected.c.amount_minor == minor, collected.c.principal_minor == minor)
    took = connection.execute(
        sa.select(sa.func.count())
        .select_from(collected)
        .where(of_claim, collected.c.reversed == 0, same_amount)
    ).scalar_one()
    seen = connection.execute(
        sa.select(sa.func.count())
        .select_from(receipt)
        .where(
            receipt.c.claim_id == claim.claim_id,
            receipt.c.state.in_(("payout", "ambiguous")),
            receipt.c.amount_minor == minor,
        )
    ).scalar_one()
    return bool(took > seen)
