"""Ends doubts from what Kravia shows: the mirror for registers, the case's details for money."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from clients.errors import ClientError
from clients.kravia.wire import InvoiceDetails
from gateway.operations import doubts
from gateway.operations.gateway import Gateway
from gateway.operations.messages import Kind
from gateway.storage import claims
from gateway.storage.tables import message as table
from gateway.workers.polling import Poller
from outbox import store
from outbox.message import Message, MessageState

BATCH_MAX = 500
"""Doubts looked at in one run; a remote that times out on everything makes many at once."""


async def run_once(gateway: Gateway, poller: Poller, now: datetime) -> Counter[str]:
    """Look at every doubt that is due; returns how many came to which end."""
    open_ones = await gateway.database.read(lambda connection: _open(connection, now))
    if not open_ones:
        return Counter()
    await _refresh(gateway, poller, {message.scope for message in open_ones}, now)
    ends: Counter[str] = Counter()
    for message in open_ones:
        details = await _details(gateway, message)
        ends[
            await gateway.database.write(
                partial(doubts.resolve, gateway=gateway, message=message, details=details, now=now)
            )
        ] += 1
    gateway.wake.delivery.set()
    return ends


def _open(connection: sa.Connection, now: datetime) -> list[Message]:
    in_doubt = store.listing(
        connection, table, state=MessageState.IN_DOUBT, due_by=now, limit=BATCH_MAX
    )
    parked = store.listing(connection, table, state=MessageState.PARKED, limit=BATCH_MAX)
    return [*in_doubt, *(message for message in parked if doubts.is_open(message))]


async def _refresh(gateway: Gateway, poller: Poller, creditor_ids: set[str], now: datetime) -> None:
    """Read the feeds first: an answer older than the question proves nothing."""
    for creditor_id in sorted(creditor_ids & set(gateway.creditors)):
        try:
            await poller.poll(creditor_id, now)
        except ClientError:
            continue  # judged from the mirror as it is; without a witness nothing is sent


async def _details(gateway: Gateway, message: Message) -> InvoiceDetails | None:
    if message.kind not in (Kind.PAYMENT, Kind.CREDIT_NOTE):
        return None
    claim = await gateway.database.read(
        lambda connection: claims.get(connection, message.subject or "")
    )
    if claim is None or claim.kravia_invoice_id is None:
        return None
    try:
        return await gateway.kravia.details(claim.kravia_invoice_id)
    except ClientError:
        return None
