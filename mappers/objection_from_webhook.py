"""An objection as a webhook states it, as the domain's value."""

from __future__ import annotations

from decimal import Decimal

from gateway.domain.invoice import Objection, ObjectionOutcome
from gateway.schema.invoice import InvoiceObjectionModel, ObjectionModel


def objection_from_webhook(model: ObjectionModel) -> Objection:
    """Map an objection: one just raised, or one on an invoice that may be resolved already."""
    resolved_on = outcome = None
    if isinstance(model, InvoiceObjectionModel):
        resolved_on = model.resolved_on
        outcome = None if model.outcome is None else ObjectionOutcome(model.outcome)
    return Objection(
        raised_on=model.raised_on,
        text=model.text,
        amount=None if model.amount is None else Decimal(model.amount),
        resolved_on=resolved_on,
        outcome=outcome,
    )
