"""A voucher whose outcome nobody knows, judged by the vouchers that carry its name.

::

    in doubt ── one of its name ────────────────────────────> adopted (delivered)
             ── several ────────────────────────────────────> quarantine (parked)
             ── none, in a look later than send and window ─> proved absent (pending)
             ── none yet, or the ledger could not be read ──> look again, then quarantine

Unlike a payment, a voucher has a name that only we give it, so nothing has to be written down
before the call: one of that name is ours, whenever it was made and by which of our calls.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from gateway.operations.gateway import Gateway
from gateway.operations.look_again import is_late_enough, look_again
from gateway.operations.paging import Document
from gateway.operations.voucher_orders import voucher_order, voucher_side
from gateway.storage.tables import QUARANTINE
from outbox.message import Delivered, InDoubt, Message, Parked, Retry

SEVERAL_VOUCHERS: Final = f"{QUARANTINE}which voucher is ours cannot be told: "
"""How the reason begins when several carry its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VouchersAt:
    """The vouchers of the name, as a ledger showed them, asked at ``began_at`` by our clock."""

    ids: tuple[str, ...]
    began_at: datetime
    settle_window: timedelta


def found_already(looked: VouchersAt) -> Delivered | Parked | None:
    """What the look says where the voucher is there; None where it is not."""
    if not looked.ids:
        return None
    if len(looked.ids) == 1:
        return Delivered(result=looked.ids[0])
    return Parked(reason=f"{SEVERAL_VOUCHERS}{', '.join(looked.ids)} carry the settlement's name")


def judge_voucher(
    gateway: Gateway, message: Message, looked: VouchersAt | None, now: datetime
) -> Delivered | Retry | InDoubt | Parked:
    """Decide a doubt about a voucher from what the ledger shows."""
    if message.sent_fence != message.fence:
        return Retry(at=now, error="it was never sent")
    if looked is None:
        return look_again(gateway, message, "the ledger could not be read", now)
    found = found_already(looked)
    if found is not None:
        return found
    if is_late_enough(message, looked.began_at, looked.settle_window):
        return Retry(at=now, error="proved absent in the ledger: sent again")
    return look_again(gateway, message, "not seen in the ledger yet", now)


def voucher_sent(gateway: Gateway, message: Message) -> Document:
    """What was sent, as ``doubts show`` gives it."""
    order = voucher_order(gateway, message.payload)
    return {
        "settlement_id": order.settlement_id,
        "date": order.settled_on.isoformat(),
        "amount": str(sum(line.amount for line in order.lines)),
        "text": order.text,
    }


def voucher_witness(gateway: Gateway, message: Message) -> Document:
    """When a look into the ledger proves absence; each look is judged at once, none is kept."""
    side = voucher_side(gateway, message.scope)
    after = None
    if side is not None and message.sent_at is not None:
        after = message.sent_at + side.settle_window
    return {
        "kravia_invoice_id": None,
        "stamp": None,
        "stamped_at": None,
        "must_be_after": after and after.isoformat(),
        "proves_absence": False,
        "feed_read_at": None,
    }
