"""Ends doubts from what the receiver shows.

Kravia: the mirror for registers, the case's details for money. A ledger: what is on the invoice.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from functools import partial

import sqlalchemy as sa
import structlog

from clients.errors import ClientError
from clients.kravia.wire import InvoiceDetails
from gateway.operations import doubts
from gateway.operations.booking_doubts import LookedAt
from gateway.operations.booking_orders import BOOKING
from gateway.operations.case_actions import CALLS
from gateway.operations.gateway import Gateway
from gateway.operations.mark_booked import VOUCHER, ListedAt
from gateway.operations.messages import Kind
from gateway.operations.settled import alert_parked
from gateway.operations.voucher_doubts import VouchersAt
from gateway.operations.voucher_orders import voucher_order, voucher_side
from gateway.storage import bookings, claims
from gateway.storage.desk import alerts_of
from gateway.storage.errors import StorageError
from gateway.storage.tables import message as table
from gateway.workers.bookings import look_at
from gateway.workers.polling import Poller
from gateway.workers.vouchers import look_for
from outbox import store
from outbox.message import Message, MessageState

BATCH_MAX = 500
"""Doubts looked at in one run; a remote that times out on everything makes many at once."""

logger = structlog.get_logger(__name__)


async def run_once(gateway: Gateway, poller: Poller, now: datetime) -> Counter[str]:
    """Look at every doubt that is due; returns how many came to which end."""
    open_ones = await gateway.database.read(lambda connection: _open(connection, now))
    open_ones = [message for message in open_ones if message.scope in gateway.creditors]
    if not open_ones:
        return Counter()
    at_kravia = {message.scope for message in open_ones if message.kind not in {BOOKING, VOUCHER}}
    await _refresh(gateway, poller, at_kravia, now)
    ends: Counter[str] = Counter()
    for message in open_ones:
        ends[await _resolve(gateway, message, now)] += 1
    gateway.wake.deliver()
    return ends


async def alert_parked_messages(gateway: Gateway, now: datetime) -> None:
    """Alert of what was parked outside a settlement, as after a crash."""
    silent = await gateway.database.read(_parked_silently)
    if silent:
        await gateway.database.write(partial(_alert_parked, gateway=gateway, ids=silent, now=now))


def _parked_silently(connection: sa.Connection) -> list[str]:
    told = {about for _, _, about in alerts_of(connection, {"parked"})}
    parked = _all(connection, MessageState.PARKED)
    return [message.message_id for message in parked if message.message_id not in told]


def _alert_parked(
    connection: sa.Connection, gateway: Gateway, ids: list[str], now: datetime
) -> None:
    for message_id in ids:
        message = store.find(connection, table, message_id)
        if message is not None and message.state is MessageState.PARKED:
            alert_parked(connection, gateway, message, message.last_error or "", now)


def _open(connection: sa.Connection, now: datetime) -> list[Message]:
    in_doubt = store.listing(
        connection, table, state=MessageState.IN_DOUBT, due_by=now, limit=BATCH_MAX
    )
    return [*in_doubt, *doubts.in_quarantine(connection, limit=BATCH_MAX)]


def _all(connection: sa.Connection, state: MessageState) -> list[Message]:
    """Every message in ``state``, read page by page."""
    found: list[Message] = []
    while True:
        after = found[-1].seq if found else None
        page = store.listing(connection, table, state=state, limit=BATCH_MAX, after=after)
        found += page
        if len(page) < BATCH_MAX:
            return found


async def _resolve(gateway: Gateway, message: Message, now: datetime) -> str:
    """End one doubt if it can be ended; a fault of ours must not keep the others waiting."""
    with gateway.tracing.span(
        "doubt.resolve", parent=message.trace, message_id=message.message_id
    ) as span:
        end = await _judge(gateway.under(span.traceparent), message, now)
        span.tell(creditor_id=message.scope, claim_id=message.subject, outcome=end)
        return end


async def _judge(gateway: Gateway, message: Message, now: datetime) -> str:
    shown = await _shown(gateway, message)
    try:
        return await gateway.database.write(
            partial(doubts.resolve, gateway=gateway, message=message, shown=shown, now=now),
            scope=message.scope,
        )
    except StorageError:
        raise
    except Exception:
        logger.exception(
            "doubt.failed",
            creditor_id=message.scope,
            claim_id=message.subject,
            message_id=message.message_id,
        )
        return "failed"


async def _refresh(gateway: Gateway, poller: Poller, creditor_ids: set[str], now: datetime) -> None:
    """Read the feeds first: an answer older than the question proves nothing."""
    for creditor_id in sorted(creditor_ids & set(gateway.creditors)):
        try:
            await poller.poll(creditor_id, now)
        except ClientError:
            continue  # judged from the mirror as it is; without a witness nothing is sent


async def _shown(gateway: Gateway, message: Message) -> doubts.Shown:
    if message.kind == BOOKING:
        return await _on_invoice(gateway, message)
    if message.kind == VOUCHER:
        return await _of_its_name(gateway, message)
    if message.kind == Kind.BOOKKEEP:
        return await _listed(gateway, message)
    return await _details(gateway, message)


async def _listed(gateway: Gateway, message: Message) -> ListedAt | None:
    """The settlements that Kravia says are not booked yet; None if they cannot be read."""
    creditor = gateway.creditors[message.scope]
    began_at = gateway.clock()
    try:
        listed = await gateway.kravia.settlements(creditor.kravia_creditor_id)
    except ClientError:
        return None
    return ListedAt(settlements=listed, began_at=began_at)


async def _on_invoice(gateway: Gateway, message: Message) -> LookedAt | None:
    """What stands now on the invoice that a booking was for; None if that cannot be read."""
    ledger = gateway.ledgers.get(message.scope)
    row = await gateway.database.read(
        lambda connection: bookings.of_message(connection, message.message_id)
    )
    if ledger is None or ledger.bookings is None or row is None:
        return None
    try:
        return await look_at(gateway, ledger.bookings, row.invoice_id)
    except ClientError:
        return None


async def _of_its_name(gateway: Gateway, message: Message) -> VouchersAt | None:
    """The vouchers in the ledger that carry this one's name; None if they cannot be read."""
    side = voucher_side(gateway, message.scope)
    if side is None:
        return None
    try:
        return await look_for(gateway, side, voucher_order(gateway, message.payload))
    except ClientError:
        return None


async def _details(gateway: Gateway, message: Message) -> InvoiceDetails | None:
    if message.kind not in (Kind.PAYMENT, Kind.CREDIT_NOTE, *CALLS):
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
