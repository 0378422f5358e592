"""The credit notes on an invoice, from its timeline."""

from __future__ import annotations

from collections.abc import Sequence

from clients.conta.assumptions import Assumptions
from clients.conta.wire import InvoiceEvent
from gateway.domain.invoice import CreditNote
from mappers.event_day_from_conta import event_day_from_conta


def credit_notes_from_conta(
    events: Sequence[InvoiceEvent], assumptions: Assumptions
) -> tuple[CreditNote, ...]:
    """Return the credit notes that stand; ``events`` as the client orders them.

    The amount is what it took off the invoice. A line without credit note, day or amount is left
    out: the drop of ``outstanding`` then has no explanation, and goes to a person.
    """
    notes: dict[int, CreditNote] = {}
    for event in events:
        note_id = event.creditNoteInvoiceId
        if note_id is None:
            continue
        if event.eventType == "CREDIT_NOTE_DELETED":
            notes.pop(note_id, None)
        elif event.eventType == "INVOICE_CREDITED":
            day = event_day_from_conta(event, assumptions)
            if day is not None and event.sumRemainingChanged:
                amount = abs(event.sumRemainingChanged)
                notes[note_id] = CreditNote(id=str(note_id), issued_on=day, amount=amount)
    return tuple(notes.values())
