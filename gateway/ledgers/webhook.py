"""A ledger that is told by signed webhooks (contract §5) and cannot be asked."""

from __future__ import annotations

from datetime import datetime

from clients.webhook.client import WebhookClient
from gateway.domain.invoice import Invoice


class WebhookLedger:
    """Tells a URL what happened; the receiver tells repeats apart by ``webhook-id``."""

    def __init__(self, client: WebhookClient) -> None:
        self._client = client

    async def deliver(
        self, *, message_id: str, kind: str, timestamp: str, data: dict[str, object], now: datetime
    ) -> str | None:
        """Send one webhook; raises ``clients.errors.ClientError``."""
        await self._client.send(
            webhook_id=message_id, type=kind, timestamp=timestamp, data=data, now=now
        )
        return None

    async def fetch_invoice(self, invoice_id: str) -> Invoice | None:  # noqa: ARG002 - protocol
        """Nothing can be asked of it."""
        return None

    async def open_invoices_of_debtor(
        self,
        debtor_number: str,  # noqa: ARG002 - protocol
    ) -> tuple[Invoice, ...] | None:
        """Nothing can be asked of it."""
        return None
