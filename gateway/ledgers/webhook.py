"""A ledger that is told by signed webhooks (contract §5) and cannot be asked."""

from __future__ import annotations

from datetime import datetime

from clients.webhook.client import WebhookClient
from gateway.ledgers.ledger import Answer


class WebhookLedger:
    """Tells a URL what happened; the receiver tells repeats apart by ``webhook-id``."""

    source = None
    bookings = None  # it is told of each settlement and books it itself

    def __init__(self, client: WebhookClient) -> None:
        self._client = client

    async def deliver(
        self, *, message_id: str, kind: str, timestamp: str, data: dict[str, object], now: datetime
    ) -> Answer:
        """Send one webhook; raises ``clients.errors.ClientError``."""
        voucher_id = await self._client.send(
            webhook_id=message_id, type=kind, timestamp=timestamp, data=data, now=now
        )
        return Answer(result=voucher_id, voucher_id=voucher_id)
