"""Money the ledger booked on a claim, and what became of each booking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa

from gateway.domain.invoice import CreditNote, Invoice, Payment
from gateway.domain.money import from_minor, to_minor
from gateway.domain.money_events import with_credit_note, with_payment, without_payment
from gateway.storage.tables import receipt
from outbox.instants import from_ms, to_ms


class ReceiptKind(StrEnum):
    """A payment or a credit note."""

    PAYMENT = "payment"
    CREDIT_NOTE = "credit_note"


class ReceiptState(StrEnum):
    """What became of a receipt."""

    BEFORE_HAND_OVER = "before_hand_over"  # inside the amount that Kravia was or will be given
    TO_REPORT = "to_report"  # a message to Kravia is under way
    REPORTED = "reported"  # Kravia has it
    NOT_REPORTED = "not_reported"  # a person, or the end of the case, stopped the message
    PAYOUT = "payout"  # Kravia's own money: never reported back
    AMBIGUOUS = "ambiguous"  # a person must say whether it is a pay-out
    SURPLUS = "surplus"  # beyond what Kravia could still collect: nothing to report
    REVERSED = "reversed"
    TOLD_BY_BANK = "told_by_bank"  # the ledger's word of money that a line of the bank told before


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One booking of the ledger; ``amount`` is positive for payments and credit notes alike."""

    seq: int
    creditor_id: str
    claim_id: str
    kind: ReceiptKind
    receipt_id: str
    on: date
    amount: Decimal
    event_at: datetime
    state: ReceiptState
    message_id: str | None


def add(
    connection: sa.Connection,
    *,
    creditor_id: str,
    claim_id: str,
    kind: ReceiptKind,
    receipt_id: str,
    on: date,
    amount: Decimal,
    event_at: datetime,
    state: ReceiptState,
    message_id: str | None = None,
) -> bool:
    """Add a receipt; ``False`` if this claim already has one of that kind and id."""
    result = connection.execute(
        sa.text(
            'INSERT INTO receipt (creditor_id, claim_id, kind, receipt_id, "on", amount_minor,'
            " event_at, state, message_id) VALUES (:creditor_id, :claim_id, :kind, :receipt_id,"
            " :on, :amount_minor, :event_at, :state, :message_id)"
            " ON CONFLICT (claim_id, kind, receipt_id) DO NOTHING"
        ),
        {
            "creditor_id": creditor_id,
            "claim_id": claim_id,
            "kind": kind.value,
            "receipt_id": receipt_id,
            "on": on.isoformat(),
            "amount_minor": to_minor(amount),
            "event_at": to_ms(event_at),
            "state": state.value,
            "message_id": message_id,
        },
    )
    return result.rowcount == 1


def of_claim(connection: sa.Connection, claim_id: str) -> tuple[Receipt, ...]:
    """All receipts of a claim in the order they came."""
    rows = connection.execute(
        sa.select(receipt).where(receipt.c.claim_id == claim_id).order_by(receipt.c.seq)
    ).mappings()
    return tuple(_receipt(row) for row in rows)


def set_state(
    connection: sa.Connection, seq: int, state: ReceiptState, message_id: str | None = None
) -> None:
    """Record what became of a receipt, and the message that tells it where there is one."""
    values: dict[str, object] = {"state": state.value}
    if message_id is not None:
        values["message_id"] = message_id
    connection.execute(sa.update(receipt).where(receipt.c.seq == seq).values(**values))


def reverse(connection: sa.Connection, seq: int, event_at: datetime) -> None:
    """The ledger took the booking back at ``event_at``."""
    connection.execute(
        sa.update(receipt)
        .where(receipt.c.seq == seq)
        .values(state=ReceiptState.REVERSED.value, event_at=to_ms(event_at))
    )


def of_message(connection: sa.Connection, message_id: str) -> Receipt | None:
    """The receipt that a message tells of."""
    row = (
        connection.execute(sa.select(receipt).where(receipt.c.message_id == message_id))
        .mappings()
        .first()
    )
    return None if row is None else _receipt(row)


def told_by(invoice: Invoice) -> list[tuple[ReceiptKind, str, date, Decimal]]:
    """What a snapshot tells of money: kind, id, day and amount of each, payments first."""
    return [(ReceiptKind.PAYMENT, p.id, p.paid_on, p.amount) for p in invoice.payments] + [
        (ReceiptKind.CREDIT_NOTE, c.id, c.issued_on, c.amount) for c in invoice.credit_notes
    ]


def applied(invoice: Invoice, receipt: Receipt) -> Invoice:
    """The invoice after the receipt; one it already knows changes nothing."""
    if receipt.state is ReceiptState.REVERSED:
        return without_payment(invoice, receipt.receipt_id)
    if receipt.kind is ReceiptKind.PAYMENT:
        return with_payment(
            invoice, Payment(id=receipt.receipt_id, paid_on=receipt.on, amount=receipt.amount)
        )
    return with_credit_note(
        invoice,
        CreditNote(id=receipt.receipt_id, issued_on=receipt.on, amount=receipt.amount),
    )


def _receipt(row: sa.RowMapping) -> Receipt:
    return Receipt(
        seq=row["seq"],
        creditor_id=row["creditor_id"],
        claim_id=row["claim_id"],
        kind=ReceiptKind(row["kind"]),
        receipt_id=row["receipt_id"],
        on=date.fromisoformat(row["on"]),
        amount=from_minor(row["amount_minor"]),
        event_at=from_ms(row["event_at"]),
        state=ReceiptState(row["state"]),
        message_id=row["message_id"],
    )
