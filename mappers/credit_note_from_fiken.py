"""A credit note in Fiken, as the domain's."""

from __future__ import annotations

from clients.fiken.wire import CreditNote as FikenCreditNote
from gateway.domain.invoice import CreditNote
from mappers.amount_from_fiken import amount_from_fiken


def credit_note_from_fiken(note: FikenCreditNote, *, invoice_id: int) -> CreditNote | None:
    """Return None for one of another invoice, or without a day or an amount.

    The amount counts without its sign, which is not documented.
    """
    of_another = note.associatedInvoiceId not in {None, invoice_id}
    if of_another or note.issueDate is None or not note.gross:
        return None
    return CreditNote(
        id=str(note.creditNoteId),
        issued_on=note.issueDate,
        amount=amount_from_fiken(abs(note.gross)),
    )
