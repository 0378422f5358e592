"""A settlement that stands in the ledger whole is marked booked at Kravia, once, with its voucher.

::

    every line is known in the ledger, and no task about it is open
        '── the voucher is known ── one message ── look, mark ── in doubt ── look again

Kravia does not say what a second mark does, so none is sent without a look: a settlement that its
list of those not booked no longer holds is marked, by us or in the portal. A doubt whose settlement
a later look still shows is proved to have had no effect: the list is Kravia's own answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from clients.kravia.wire import SettlementList
from gateway.operations.gateway import Gateway
from gateway.operations.look_again import is_late_enough, look_again
from gateway.operations.messages import Kind
from gateway.storage import settlement_marks, settlements, vouchers
from gateway.storage.settlement_marks import StoredSettlement
from gateway.storage.settlements import Line
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import Delivered, InDoubt, Message, NewMessage, Parked, Retry

BY_HAND: Final = "book_settlement"
"""The kind of task that lists what of a settlement a person must book."""

VOUCHER: Final = "ledger.voucher"
"""The kind of the message that books what is no principal."""

VOUCHER_MAX_CHARS: Final = 64
"""Vouchers are numbers or GUIDs; what Kravia takes at most is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkOrder:
    """The frozen payload of the message that marks a settlement booked."""

    settlement_id: str
    voucher_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAt:
    """Kravia's list of settlements not booked yet, asked for at ``began_at`` by our clock."""

    settlements: SettlementList
    began_at: datetime


def books_itself(gateway: Gateway, creditor_id: str) -> bool:
    """Whether the gateway books this creditor's pay-outs in the ledger."""
    ledger = gateway.ledgers.get(creditor_id)
    return ledger is not None and ledger.bookings is not None


def mark_if_booked(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    settlement_id: str,
    now: datetime,
    *,
    voucher_id: str | None = None,
) -> bool:
    """Queue the mark once nothing of the settlement is left to book; whether it is queued now.

    ``voucher_id`` is given by the ledger itself or by a person, who then says that all is booked
    but what our own messages still have to book.
    """
    kept = settlement_marks.get(connection, creditor_id, settlement_id)
    if kept is None or kept.message_id is not None:
        return False
    if voucher_id is not None:
        settlement_marks.keep_voucher(connection, kept.seq, voucher_id)
    voucher_id = voucher_id or kept.voucher_id
    lines = settlements.lines_of(connection, creditor_id, settlement_id)
    payments = _payments(connection, lines)
    ours = vouchers.of_settlement(connection, creditor_id, VOUCHER, settlement_id)
    if None in payments.values() or (ours is not None and not ours.is_over):
        return False
    if voucher_id is None:
        if settlement_marks.has_open_task(connection, creditor_id, BY_HAND, settlement_id):
            return False
        if ours is not None and ours.voucher_id is None:
            return False  # a person gave it up, and has not said yet under which voucher it is
        voucher_id = _voucher(lines, payments, None if ours is None else ours.voucher_id)
        if voucher_id is None:
            return False
        settlement_marks.keep_voucher(connection, kept.seq, voucher_id)
    _add_mark(connection, gateway, kept, voucher_id, now)
    return True


def mark_order(gateway: Gateway, payload: bytes) -> MarkOrder:
    """Read what was frozen."""
    document = json.loads(gateway.seal.open(payload))
    return MarkOrder(settlement_id=document["settlement_id"], voucher_id=document["voucher_id"])


def judge_mark(
    gateway: Gateway, message: Message, listed: ListedAt | None, now: datetime
) -> Delivered | Retry | InDoubt | Parked:
    """Decide a doubt about a mark from Kravia's list."""
    if message.sent_fence != message.fence:
        return Retry(at=now, error="it was never sent")
    if listed is None:
        return look_again(gateway, message, "Kravia's settlements could not be read", now)
    order = mark_order(gateway, message.payload)
    is_open = listed.settlements.has(order.settlement_id)
    if is_open is False:
        return Delivered(result=order.voucher_id)
    window = timedelta(seconds=gateway.pace.settle_window_seconds)
    if is_open and is_late_enough(message, listed.began_at, window):
        return Retry(at=now, error="Kravia still lists it as not booked: marked again")
    return look_again(gateway, message, "Kravia may not have taken it in yet", now)


def _payments(connection: sa.Connection, lines: tuple[Line, ...]) -> dict[str, str | None]:
    """Under which id each line that is taken stands in the ledger; None: it is being booked."""
    taken = [line.taken_by for line in lines if line.taken_by is not None]
    ours = settlement_marks.payments_of(connection, taken)
    return {each: ours.get(each, each) for each in taken}


def _voucher(
    lines: tuple[Line, ...], payments: dict[str, str | None], ours: str | None
) -> str | None:
    """Our voucher's id, else the first posting's and how many more; None: a line is not booked."""
    if any(line.taken_by is None and _has_principal(line) and not line.by_hand for line in lines):
        return None
    if ours is not None:
        return ours[:VOUCHER_MAX_CHARS]
    ids = [each for each in dict.fromkeys(payments.values()) if each is not None]
    if not ids:
        return None
    more = f"+{len(ids) - 1}" if len(ids) > 1 else ""
    return f"{ids[0][: VOUCHER_MAX_CHARS - len(more)]}{more}"


def _has_principal(line: Line) -> bool:
    return line.principal is None or line.principal != 0


def _add_mark(
    connection: sa.Connection,
    gateway: Gateway,
    kept: StoredSettlement,
    voucher_id: str,
    now: datetime,
) -> None:
    message_id = gateway.new_id("msg_")
    if not settlement_marks.keep_message(connection, kept.seq, message_id):
        return
    document = {"settlement_id": kept.settlement_id, "voucher_id": voucher_id}
    store.add(
        connection,
        table,
        NewMessage(
            message_id=message_id,
            scope=kept.creditor_id,
            key=f"bookkeep.{kept.creditor_id}/{kept.settlement_id}",
            kind=Kind.BOOKKEEP,
            subject=None,
            payload=gateway.seal.seal(json.dumps(document).encode()),
            due_at=now,
            doubtful=True,
            trace=gateway.trace,
        ),
        now=now,
    )
