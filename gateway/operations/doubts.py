"""A call whose outcome nobody knows: adopt, prove absent, or leave to a person.

::

    in doubt ── the case is in the mirror, every told field equal ──> adopted (delivered)
             ── something like it is there ────────────────────────> quarantine (parked)
             ── nothing there, and a witness ──────────────────────> proved absent (pending)
             ── nothing there, no witness ─────────────────────────> look again, then quarantine

A *witness* is a row of Kravia's feed that Kravia's own clock stamps later than our send and the
settle window: had the call been applied, its row would have come before. Without one, absence
proves nothing and nothing is sent again. Bookings in a ledger: ``booking_doubts``. Settlements
that are marked booked: ``mark_booked``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from clients.kravia.feed_time import instant_from_feed
from clients.kravia.wire import DetailPayment, InvoiceDetails
from gateway.domain.matching import Candidate, Match, SameCase, Unclear, match
from gateway.operations.booking_doubts import (
    SEVERAL,
    LookedAt,
    check_adoption,
    judge_booking,
)
from gateway.operations.booking_orders import BOOKING
from gateway.operations.case_actions import CALLS, judge_action
from gateway.operations.decide import wanted_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.look_again import look_again
from gateway.operations.mark_booked import VOUCHER, ListedAt, judge_mark
from gateway.operations.messages import (
    ANOTHERS_CASE,
    Kind,
    receipt_order,
    register_order,
)
from gateway.operations.settled import after_settle, sent_again
from gateway.operations.voucher_doubts import SEVERAL_VOUCHERS, VouchersAt, judge_voucher
from gateway.storage import bookings, claims, mirror
from gateway.storage.desk import record_action
from gateway.storage.tables import QUARANTINE, QUARANTINED
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import Delivered, InDoubt, Message, MessageState, Parked, Retry

Shown = InvoiceDetails | LookedAt | VouchersAt | ListedAt | None
"""What a receiver shows: a case's details, what stands on an invoice, vouchers of a name, the
settlements that are not booked yet; None: not readable."""

SHOWN_TO_PERSON = (ANOTHERS_CASE, SEVERAL, SEVERAL_VOUCHERS)
"""How the reasons begin of what only a person may have sent again."""

SENT_AGAIN = "sent again by "
"""How the last error of a message begins that a person had sent again after looking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """The newest stamp of Kravia's feed, and whether it proves absence for the message.

    ``stamped_at`` is the stamp by our clock, where it can be read.
    """

    stamp: str | None
    proves_absence: bool
    stamped_at: datetime | None = None


def witness_for(connection: sa.Connection, gateway: Gateway, message: Message) -> Witness:
    """Compare Kravia's newest stamp with when, by Kravia's clock, the message was last sent."""
    stamp = mirror.newest_stamp(connection, message.scope)
    sent_at = message.sent_at_theirs
    if stamp is None:
        return Witness(stamp=stamp, proves_absence=False)
    try:
        stamped = instant_from_feed(stamp, gateway.assumptions.time_zone)
    except ValueError:
        return Witness(stamp=stamp, proves_absence=False)
    window = timedelta(seconds=gateway.pace.settle_window_seconds)
    # Without the fence of its last lease it never came to the first byte.
    proves = message.sent_fence != message.fence or (
        sent_at is not None and stamped > sent_at + window
    )
    return Witness(stamp=stamp, proves_absence=proves, stamped_at=stamped)


def candidates_for(
    connection: sa.Connection, gateway: Gateway, message: Message
) -> tuple[tuple[Candidate, ...], Match]:
    """Cases at Kravia that may be what a register message made, and what the comparison says."""
    order = register_order(gateway, message.payload)
    wanted = wanted_of(order.invoice, order.amount)
    rows = tuple(
        row
        for row in mirror.candidates(connection, message.scope, wanted)
        if _is_free(connection, message, row.kravia_invoice_id)
    )
    return rows, match(wanted, rows)


def judge(
    connection: sa.Connection,
    gateway: Gateway,
    message: Message,
    shown: Shown,
    now: datetime,
) -> Delivered | Retry | InDoubt | Parked:
    """Decide one doubt from what its receiver shows; registers from the mirror."""
    if message.kind in {BOOKING, VOUCHER}:
        return _judge_in_ledger(connection, gateway, message, shown, now)
    if message.kind == Kind.BOOKKEEP:
        listed = shown if isinstance(shown, ListedAt) else None
        return judge_mark(gateway, message, listed, now)
    if message.kind == Kind.REGISTER:
        _, found = candidates_for(connection, gateway, message)
        if isinstance(found, SameCase):
            return Delivered(result=found.kravia_invoice_id)
        if isinstance(found, Unclear):
            return Parked(reason=f"{QUARANTINE}{found.why}")
    elif isinstance(shown, InvoiceDetails):
        told = (
            judge_action(gateway, message, shown)
            if message.kind in CALLS
            else _told(gateway, message, shown)
        )
        if told is not None:
            return told
    else:
        return look_again(gateway, message, "the case could not be read", now)
    if witness_for(connection, gateway, message).proves_absence:
        return Retry(at=now, error="proved absent at Kravia: sent again")
    return look_again(gateway, message, "not seen at Kravia, and no witness yet", now)


def _judge_in_ledger(
    connection: sa.Connection, gateway: Gateway, message: Message, shown: Shown, now: datetime
) -> Delivered | Retry | InDoubt | Parked:
    if message.kind == VOUCHER:
        vouchers = shown if isinstance(shown, VouchersAt) else None
        return judge_voucher(gateway, message, vouchers, now)
    looked = shown if isinstance(shown, LookedAt) else None
    return judge_booking(connection, gateway, message, looked, now)


def resolve(
    connection: sa.Connection,
    gateway: Gateway,
    message: Message,
    shown: Shown,
    now: datetime,
) -> str:
    """Judge and write one doubt; returns adopted | absent | waiting | quarantined | gone."""
    current = store.find(connection, table, message.message_id)
    if current is None or not is_open(current):
        return "gone"
    outcome = judge(connection, gateway, current, shown, now)
    if current.state is MessageState.PARKED and isinstance(outcome, InDoubt | Parked):
        return "quarantined"
    if isinstance(outcome, Retry) and (current.last_error or "").startswith(SHOWN_TO_PERSON):
        return "quarantined"  # it was there, or too much was: absence is no reason to ask once more
    if current.kind == BOOKING:
        bookings.doubt(connection, message.message_id)
    if not store.resolve(connection, table, message.message_id, outcome, now):
        return "gone"
    after_settle(connection, gateway, current, outcome, now)
    match outcome:
        case Delivered():
            return "adopted"
        case Retry():
            return "absent"
        case Parked():
            return "quarantined"
        case _:
            return "waiting"


def open_ones(
    connection: sa.Connection,
    *,
    creditor_id: str | None = None,
    limit: int,
    after: int | None = None,
) -> list[Message]:
    """Up to ``limit`` messages whose effect is unknown, oldest first, past the ``seq`` given."""
    in_doubt = store.listing(
        connection,
        table,
        scope=creditor_id,
        state=MessageState.IN_DOUBT,
        limit=limit,
        after=after,
    )
    others = in_quarantine(connection, creditor_id=creditor_id, limit=limit, after=after)
    return sorted([*in_doubt, *others], key=lambda message: message.seq)[:limit]


def in_quarantine(
    connection: sa.Connection,
    *,
    creditor_id: str | None = None,
    limit: int,
    after: int | None = None,
) -> list[Message]:
    """Up to ``limit`` parked messages whose effect is unknown, oldest first."""
    return store.listing(
        connection, table, scope=creditor_id, condition=QUARANTINED, limit=limit, after=after
    )


def is_open(message: Message) -> bool:
    """Whether the message's effect is unknown: in doubt, or quarantined."""
    return message.state is MessageState.IN_DOUBT or (
        message.state is MessageState.PARKED and (message.last_error or "").startswith(QUARANTINE)
    )


def adopt(
    connection: sa.Connection,
    gateway: Gateway,
    message_id: str,
    kravia_invoice_id: str,
    *,
    actor: str,
    reason: str,
    now: datetime,
) -> None:
    """A person says which case of Kravia's is ours, or which payment in the ledger."""
    message = _open_doubt(connection, message_id)
    if message.scope not in gateway.creditors:
        raise OperationError(f"creditor {message.scope} is not in the settings", kind="refused")
    if message.kind == Kind.REGISTER and not mirror.find(
        connection, message.scope, kravia_invoice_id
    ):
        raise OperationError(
            f"the mirror has no case {kravia_invoice_id} of {message.scope};"
            f" see the candidates with: doubts show {message_id}",
            kind="invalid",
        )
    if message.kind == Kind.REGISTER and not _is_free(connection, message, kravia_invoice_id):
        raise OperationError(
            f"case {kravia_invoice_id} belongs to another claim;"
            f" see the candidates with: doubts show {message_id}",
            kind="refused",
        )
    if message.kind == BOOKING:
        check_adoption(connection, message, kravia_invoice_id)
    outcome = Delivered(result=kravia_invoice_id)
    store.resolve(connection, table, message_id, outcome, now, by_person=True)
    after_settle(connection, gateway, message, outcome, now)
    record_action(
        connection,
        actor=actor,
        action="doubts.adopt",
        subject=f"{message_id} = {kravia_invoice_id}",
        reason=reason,
        now=now,
    )


def resend(
    connection: sa.Connection, message_id: str, *, actor: str, reason: str, now: datetime
) -> None:
    """A person has checked that the receiver does not have it: send again, through the gate."""
    message = _open_doubt(connection, message_id)
    if message.kind == BOOKING:
        bookings.forget(connection, message_id)
    sent_again(connection, message)
    again = Retry(at=now, error=f"{SENT_AGAIN}{actor}: {reason}")
    store.resolve(connection, table, message_id, again, now, by_person=True)
    record_action(
        connection,
        actor=actor,
        action="doubts.resend",
        subject=message_id,
        reason=reason,
        now=now,
    )


def _open_doubt(connection: sa.Connection, message_id: str) -> Message:
    message = store.find(connection, table, message_id)
    if message is None:
        raise OperationError(
            f"there is no message {message_id}; list doubts with: doubts list", kind="not_found"
        )
    if not is_open(message):
        raise OperationError(
            f"{message_id} is {message.state}, not in doubt; see: outbox show {message_id}",
            kind="refused",
        )
    return message


def _told(gateway: Gateway, message: Message, details: InvoiceDetails) -> Delivered | Parked | None:
    """What the case's own list of payments says of ours."""
    if details.payments is None:
        return Parked(reason=f"{QUARANTINE}the assumptions name no list of payments to look in")
    order = receipt_order(gateway, message.payload)
    same = told_before(gateway, message.kind, order.receipt_id, details)
    if not same:
        return None
    if len(same) > 1 or abs(same[0].amount) != order.amount:
        return Parked(reason=f"{QUARANTINE}Kravia has it with another amount, or twice")
    return Delivered(result=same[0].paymentId)


def told_before(
    gateway: Gateway, kind: str, receipt_id: str, details: InvoiceDetails
) -> tuple[DetailPayment, ...]:
    """What Kravia lists under our id; a payment and a credit note may have the same one."""
    tells_kind = "isCreditNote" in gateway.assumptions.details.payment_fields
    return tuple(
        payment
        for payment in details.payments or ()
        if payment.AccountingPaymentId == receipt_id
        and (not tells_kind or payment.isCreditNote == (kind == Kind.CREDIT_NOTE))
    )


def _is_free(connection: sa.Connection, message: Message, kravia_invoice_id: str) -> bool:
    owner = claims.by_kravia_id(connection, message.scope, kravia_invoice_id)
    return owner is None or owner.claim_id == message.subject
