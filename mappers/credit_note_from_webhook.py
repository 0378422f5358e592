"""A credit note as a webhook states it, as the domain's value."""

from __future__ import annotations

from decimal import Decimal

from gateway.domain.invoice import CreditNote
from gateway.schema.invoice import InvoiceCreditNoteModel
from gateway.schema.webhooks import CreditNoteModel


def credit_note_from_webhook(model: CreditNoteModel | InvoiceCreditNoteModel) -> CreditNote:
    """Map a credit note; its currency, where it has one of its own, stays with the model."""
    return CreditNote(id=model.id, issued_on=model.issued_on, amount=Decimal(model.amount))
