"""The invoicing system's own book: what it sent as overdue, and what it booked since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import cast


@dataclass(slots=True)
class LedgerBook:
    """Open amounts by invoice id, and which bookings were Kravia's pay-outs.

    The bank's account statement books pay-outs; ``payment.collected`` only tells of them, so that
    no krone is booked twice.
    """

    open: dict[str, Decimal] = field(default_factory=dict)
    payout_ids: set[str] = field(default_factory=set)

    def booked(self, type_: str, data: Mapping[str, object]) -> None:
        """Book what an event says; the same rules as any ledger's."""
        match type_:
            case "invoice.overdue" | "invoice.updated":
                invoice = _part(data, "invoice")
                self.open[str(invoice["id"])] = Decimal(str(invoice["outstanding"]))
            case "payment.received":
                self._reduce(data, "payment")
            case "credit_note.issued":
                self._reduce(data, "credit_note")

    def _reduce(self, data: Mapping[str, object], name: str) -> None:
        invoice_id = str(data["invoice_id"])
        rest = self.open[invoice_id] - Decimal(str(_part(data, name)["amount"]))
        self.open[invoice_id] = max(Decimal(0), rest)  # what is too much stands on another account


def _part(data: Mapping[str, object], name: str) -> Mapping[str, object]:
    return cast("Mapping[str, object]", data[name])
