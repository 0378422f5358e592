"""Money in the simulated Conta's books: what a payment, its removal and a credit note do.

Pure bookkeeping: whether Conta would refuse is ``simulator_checks``' to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from clients.conta.simulator_books import (
    Books,
    SimulatedInvoice,
    SimulatedPart,
    SimulatedPayment,
)


def pay(
    books: Books,
    shares: Mapping[int, Decimal],
    on: date,
    *,
    payment_type: str = "MANUAL",
    from_kravia: bool = False,
    by_api: bool = False,
    description: str | None = None,
    bank_account_id: int | None = None,
    department_id: int | None = None,
    project_id: int | None = None,
) -> SimulatedPayment:
    """Book one payment on one or more invoices (``shares``: invoice id to amount)."""
    payment = SimulatedPayment(
        id=books.next_id("payment"),
        payment_type=payment_type,
        on=on,
        parts=tuple(
            SimulatedPart(id=books.next_id("part"), invoice_id=invoice_id, amount=amount)
            for invoice_id, amount in shares.items()
        ),
        transaction_id=books.next_id("transaction"),
        created_at=books.now,
        from_kravia=from_kravia,
        by_api=by_api,
        description=description,
        bank_account_id=bank_account_id,
        department_id=department_id,
        project_id=project_id,
    )
    books.enter_payment(payment)
    event_type = "OCR_PAYMENT_RECEIVED" if payment_type == "OCR_CREMUL" else "PAYMENT_RECEIVED"
    if from_kravia:
        event_type = "PAYMENT_RECEIVED_FROM_KRAVIA"
    for part in payment.parts:
        invoice = books.invoices[part.invoice_id]
        _move(invoice, -part.amount)
        books.tell(invoice, event_type, on=on, changed=-part.amount)
    return payment


def remove_payment(
    books: Books, payment: SimulatedPayment, event_type: str = "DELETED_PAYMENT"
) -> None:
    """Take a payment off all its invoices; what it had closed is open again."""
    if payment.from_kravia:
        event_type = "DELETED_PAYMENT_FROM_KRAVIA"
    payment.deleted = True
    for part in payment.parts:
        invoice = books.invoices[part.invoice_id]
        _move(invoice, part.amount)
        books.tell(invoice, event_type, changed=part.amount)


def credit(books: Books, invoice: SimulatedInvoice, on: date) -> SimulatedInvoice:
    """Credit what remains of an invoice; returns the credit note."""
    amount = invoice.remaining
    note = SimulatedInvoice(
        id=books.next_id("invoice"),
        invoice_type="CREDIT",
        status="CLOSED_BY_CREDIT_NOTE",
        invoice_no=books.next_id("invoice_no"),
        invoice_date=on,
        due_date=on,
        follow_up_date=on,
        delivery_date=None,
        customer_id=invoice.customer_id,
        department_id=invoice.department_id,
        project_id=invoice.project_id,
        bank_account_id=invoice.bank_account_id,
        currency=invoice.currency,
        kid=None,
        total=-amount,
        remaining=Decimal(0),
        description=f"Credit note to invoice {invoice.invoice_no}",
        file_id=books.next_id("file"),
        created_at=books.now,
        credited_invoice_id=invoice.id,
    )
    books.invoices[note.id] = note
    invoice.remaining = Decimal(0)
    invoice.status = "CLOSED_BY_CREDIT_NOTE"
    invoice.credited_by = note.id
    books.tell(
        invoice,
        "INVOICE_CREDITED",
        on=on,
        changed=-amount,
        facts={"creditNoteInvoiceId": note.id, "creditNoteInvoiceNo": note.invoice_no},
    )
    books.tell(
        note, "CREDIT_NOTE_CREATED", on=on, changed=-amount, facts={"creditedInvoiceId": invoice.id}
    )
    return note


def remove_credit_note(books: Books, note: SimulatedInvoice) -> None:
    """Delete a credit note; the invoice is open again."""
    invoice = books.invoices[note.credited_invoice_id or 0]
    amount = -note.total
    del books.invoices[note.id]
    invoice.credited_by = None
    invoice.remaining += amount
    invoice.status = open_status(invoice)
    books.tell(
        invoice,
        "CREDIT_NOTE_DELETED",
        changed=amount,
        facts={"creditNoteInvoiceId": note.id, "creditNoteInvoiceNo": note.invoice_no},
    )


def open_status(invoice: SimulatedInvoice) -> str:
    """Return the status of an invoice that is open."""
    if invoice.kravia_status == "ACTIVE":
        return "SENT_TO_KRAVIA"
    return "INVOICE_CREATED" if invoice.letter is None else "PAYMENT_REMINDER_CREATED"


def _move(invoice: SimulatedInvoice, change: Decimal) -> None:
    invoice.remaining += change
    if invoice.remaining <= 0:
        invoice.status = "CLOSED_BY_PAYMENT"
    elif invoice.status == "CLOSED_BY_PAYMENT":
        invoice.status = open_status(invoice)
