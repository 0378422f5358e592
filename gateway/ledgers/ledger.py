"""What the gateway needs of a ledger, whatever its kind."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from gateway.domain.invoice import Invoice


class Ledger(Protocol):
    """One creditor's ledger.

    A ledger that pushes webhooks and cannot be asked answers ``None`` to the reading calls.
    """

    async def deliver(
        self, *, message_id: str, kind: str, timestamp: str, data: dict[str, object], now: datetime
    ) -> str | None:
        """Book or tell one thing; returns the ledger's own id for it, if it gives one.

        Raises ``clients.errors.ClientError`` by what to do next.
        """
        ...

    async def fetch_invoice(self, invoice_id: str) -> Invoice | None:
        """The invoice as the ledger has it now."""
        ...

    async def open_invoices_of_debtor(self, debtor_number: str) -> tuple[Invoice, ...] | None:
        """All the debtor's overdue invoices."""
        ...
