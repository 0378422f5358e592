"""The day of a line in an invoice's timeline."""

from __future__ import annotations

from datetime import date

from clients.conta.assumptions import Assumptions
from clients.conta.wire import InvoiceEvent


def event_day_from_conta(event: InvoiceEvent, assumptions: Assumptions) -> date | None:
    """Return the day the line is about, else the local day it was entered, None if neither."""
    if event.date is not None or event.createdAt is None:
        return event.date
    try:
        return event.createdAt.astimezone(assumptions.time_zone).date()
    except OverflowError:  # the last hour of the calendar
        return None
