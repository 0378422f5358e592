"""An objection as Conta's timeline shows it, as the domain's value."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from clients.conta.assumptions import Assumptions
from clients.conta.wire import InvoiceEvent
from gateway.domain.invoice import Objection
from mappers.event_day_from_conta import event_day_from_conta


def objection_from_conta(
    events: Sequence[InvoiceEvent], assumptions: Assumptions, *, otherwise: date
) -> Objection | None:
    """Return the newest objection; one without a day counts from ``otherwise``.

    Conta tells neither its text nor its amount, nor how it ended: it stays open until a person
    says otherwise.
    """
    days = [
        event_day_from_conta(event, assumptions) or otherwise
        for event in events
        if event.eventType == "OBJECTION_FROM_CUSTOMER"
    ]
    return Objection(raised_on=max(days)) if days else None
