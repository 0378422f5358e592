"""Doubts as lists and shows give them: what we sent, what may be it, the witness, what comes next.

The payload is opened for its numbers, dates and amounts; nothing of a person is shown.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from clients.errors import ClientError
from clients.kravia.wire import InvoiceDetails
from gateway.domain.matching import Candidate, SameCase, Unclear
from gateway.operations.arguments import Arguments, needed
from gateway.operations.booking_doubts import (
    booking_candidates,
    booking_doubt,
    booking_sent,
    booking_witness,
)
from gateway.operations.booking_orders import BOOKING
from gateway.operations.comparison import alike, compared, lacks
from gateway.operations.doubts import (
    candidates_for,
    is_open,
    open_ones,
    told_before,
    witness_for,
)
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.mark_booked import VOUCHER, mark_order
from gateway.operations.message_pages import standing
from gateway.operations.messages import ANOTHERS_CASE, Kind, receipt_order, register_order
from gateway.operations.paging import Document, Query, page
from gateway.operations.short_ids import with_whole_ids
from gateway.operations.voucher_doubts import voucher_sent, voucher_witness
from gateway.storage import claims, mirror
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import Message, MessageState

CANDIDATES_MAX = 20
"""Cases or payments put beside one doubt: more than a few alike is for the portal."""

ASK_SECONDS_MAX = 45
"""A person waits for it: two tries of a slow answer, and well within what a command waits for."""

Found = dict[str, InvoiceDetails]
"""What Kravia said when it was asked, by its invoice id."""


def doubts_list(connection: sa.Connection, gateway: Gateway, query: Query) -> Document:
    """Messages whose outcome is unknown, with what Kravia shows that may be theirs."""

    def fetch(creditor_id: str | None) -> Sequence[Message]:
        return open_ones(connection, creditor_id=creditor_id, limit=query.limit, after=query.after)

    return page(
        query,
        fetch,
        lambda row: row.seq,
        lambda row: doubt_row(connection, gateway, row),
        newest_first=False,
    )


def doubt_row(connection: sa.Connection, gateway: Gateway, row: Message) -> Document:
    """A doubt's minimum fields."""
    sent_at = row.sent_at or row.last_attempt_at
    told: Document = {
        "message_id": row.message_id,
        "claim_id": row.subject,
        "creditor_id": row.scope,
        "kind": row.kind,
        "state": row.state.value,
        "standing": standing(row),
        "sent_at": sent_at.isoformat() if sent_at else None,
        "last_error": row.last_error,
    }
    if row.kind == BOOKING:
        return told | booking_doubt(connection, row)
    if row.kind == VOUCHER:
        return told | {"candidates": [], "witness": None}
    found = candidates_for(connection, gateway, row)[0] if row.kind == Kind.REGISTER else ()
    witness = witness_for(connection, gateway, row)
    return told | {
        "candidates": [candidate.kravia_invoice_id for candidate in found],
        "witness": witness.stamp if witness.proves_absence else None,
    }


def doubt_show(
    connection: sa.Connection, gateway: Gateway, message_id: str, said: Found | None = None
) -> Document:
    """A doubt: what we sent beside each candidate, the witness, what comes next.

    ``said`` is what Kravia answered when it was asked for details; without it the mirror speaks.
    """
    found = _doubtful(connection, message_id)
    row = doubt_row(connection, gateway, found)
    sent = _sent(connection, gateway, found)
    candidates = _candidates(connection, gateway, found, sent, said or {})
    return {
        **row,
        "sent": sent,
        "candidates": candidates[:CANDIDATES_MAX],
        "more_to_ask": _more_to_ask(found, candidates, said or {}),
        "witness_row": _witness_row(connection, gateway, found),
        "next": _next(connection, gateway, found),
    }


async def ask(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
    """The same, with the details that Kravia's list does not tell: reading calls, retried.

    What Kravia does not answer is said in ``not_answered``; the mirror then speaks for it.
    """
    message_id = needed(arguments, "message_id")
    message_id, wanted = await gateway.database.read(
        lambda connection: _to_ask(connection, gateway, message_id)
    )
    said: Found = {}
    silent: list[str] = []
    try:
        async with asyncio.timeout(ASK_SECONDS_MAX):
            for kravia_invoice_id in wanted:
                try:
                    said[kravia_invoice_id] = await gateway.kravia.details(kravia_invoice_id)
                except ClientError as error:
                    silent.append(f"Kravia did not tell of {kravia_invoice_id}: {error}")
    except TimeoutError:
        silent.append(f"Kravia took longer than {ASK_SECONDS_MAX} s; the rest was not asked")
    shown = await gateway.database.read(
        lambda connection: doubt_show(connection, gateway, message_id, said)
    )
    return {**shown, "asked": [*wanted], "not_answered": silent}


def _doubtful(connection: sa.Connection, message_id: str) -> Message:
    found = store.find(connection, table, message_id)
    if found is None:
        raise OperationError(
            f"there is no message {message_id}; list doubts with: doubts list", kind="not_found"
        )
    if not found.doubtful:
        raise OperationError(
            f"{message_id} ({found.kind}) is never in doubt: it may be sent twice without harm; "
            f"see: outbox show {message_id}",
            kind="invalid",
        )
    return found


def _sent(connection: sa.Connection, gateway: Gateway, message: Message) -> Document:
    """What we sent that a receiver may show, under the names it is compared by."""
    if message.kind == Kind.REGISTER:
        order = register_order(gateway, message.payload)
        return {
            "accounting_invoice_id": order.invoice.id,
            "invoice_number": order.invoice.number,
            "invoice_date": order.invoice.issue_date.isoformat(),
            "amount": str(order.amount),
            "debtor_number": order.invoice.debtor.number,
        }
    if message.kind in (Kind.PAYMENT, Kind.CREDIT_NOTE):
        receipt = receipt_order(gateway, message.payload)
        return {
            "kravia_invoice_id": _case_of(connection, message),
            "receipt_id": receipt.receipt_id,
            "date": receipt.on.isoformat(),
            "amount": str(receipt.amount),
        }
    if message.kind == Kind.BOOKKEEP:
        mark = mark_order(gateway, message.payload)
        return {"settlement_id": mark.settlement_id, "voucher_id": mark.voucher_id}
    if message.kind == VOUCHER:
        return voucher_sent(gateway, message)
    return booking_sent(connection, message) if message.kind == BOOKING else {}


def _candidates(
    connection: sa.Connection, gateway: Gateway, message: Message, sent: Document, said: Found
) -> list[Document]:
    """What may have come of the message, likest first."""
    found: list[Document] = []
    if message.kind == Kind.REGISTER:
        rows, _ = candidates_for(connection, gateway, message)
        found = [
            _case(connection, message, sent, row, said.get(row.kravia_invoice_id)) for row in rows
        ]
    elif message.kind == BOOKING:
        found = booking_candidates(connection, message, sent)
    elif details := said.get(str(sent.get("kravia_invoice_id"))):
        found = _payments(gateway, message, sent, details)
    return sorted(found, key=lambda each: -alike(_comparison(each)))


def _case(
    connection: sa.Connection,
    message: Message,
    sent: Document,
    row: Candidate,
    details: InvoiceDetails | None,
) -> Document:
    """A case at Kravia, as the mirror has it or as the details now tell it."""
    theirs = _told_by_mirror(row) if details is None else _told_by_details(row, details)
    in_mirror = mirror.get(connection, message.scope, row.kravia_invoice_id)
    return {
        "kravia_invoice_id": row.kravia_invoice_id,
        **theirs,
        "changed": None if in_mirror is None else in_mirror.last_updated,
        "told_by": "mirror" if details is None else "details",
        "comparison": compared(sent, theirs),
    }


def _told_by_mirror(row: Candidate) -> Document:
    return {
        "accounting_invoice_id": row.accounting_invoice_id,
        "invoice_number": row.invoice_number,
        "invoice_date": row.invoice_date and row.invoice_date.isoformat(),
        "amount": None if row.amount is None else str(row.amount),
        "debtor_number": row.debtor_number,
        "status": row.status,
    }


def _told_by_details(row: Candidate, details: InvoiceDetails) -> Document:
    """What the details say, and the mirror where they are silent."""
    known = _told_by_mirror(row)
    amount, issued = details.originalAmount, details.invoiceDate
    told = {
        "accounting_invoice_id": details.accountingInvoiceId,
        "invoice_number": details.invoiceNo,
        "invoice_date": issued and issued.isoformat(),
        "amount": None if amount is None else str(amount),
        "debtor_number": details.debtorNumber,
        "status": details.status,
    }
    return {field: told[field] or value for field, value in known.items()}


def _payments(
    gateway: Gateway, message: Message, sent: Document, details: InvoiceDetails
) -> list[Document]:
    """Payments that Kravia has on the claim's case."""
    ours = str(sent["receipt_id"])
    known = {each.paymentId for each in told_before(gateway, message.kind, ours, details)}
    found: list[Document] = []
    for each in details.payments or ():
        theirs: Document = {
            "kravia_invoice_id": details.invoiceId,
            "receipt_id": each.AccountingPaymentId,
            "date": each.date.isoformat(),
            "amount": str(abs(each.amount)),
        }
        found.append(
            {
                "kravia_payment_id": each.paymentId,
                **theirs,
                "is_under_our_id": each.paymentId in known,
                "told_by": "details",
                "comparison": compared(sent, theirs),
            }
        )
    return found


def _comparison(candidate: Document) -> list[Document]:
    rows = candidate["comparison"]
    return rows if isinstance(rows, list) else []


def _more_to_ask(message: Message, candidates: list[Document], said: Found) -> bool:
    """Whether Kravia's details may tell what is not known yet."""
    if said or not is_open(message):
        return False
    if message.kind == Kind.REGISTER:
        return any(lacks(_comparison(each)) for each in candidates)
    return message.kind in (Kind.PAYMENT, Kind.CREDIT_NOTE)


def _to_ask(
    connection: sa.Connection, gateway: Gateway, message_id: str
) -> tuple[str, tuple[str, ...]]:
    """The whole message id, and the Kravia ids whose details may tell more."""
    message_id = str(with_whole_ids(connection, {"message_id": message_id})["message_id"])
    message = _doubtful(connection, message_id)
    if message.kind == Kind.REGISTER:
        rows, _ = candidates_for(connection, gateway, message)
        return message_id, tuple(row.kravia_invoice_id for row in rows)[:CANDIDATES_MAX]
    case = _case_of(connection, message)
    is_asked = case is not None and message.kind in (Kind.PAYMENT, Kind.CREDIT_NOTE)
    return message_id, (case,) if case is not None and is_asked else ()


def _case_of(connection: sa.Connection, message: Message) -> str | None:
    claim = claims.get(connection, message.subject or "")
    return None if claim is None else claim.kravia_invoice_id


def _witness_row(connection: sa.Connection, gateway: Gateway, message: Message) -> Document:
    """The newest row of the creditor's feed, and what it says of the message's absence."""
    if message.kind == BOOKING:
        return booking_witness(connection, gateway, message)
    if message.kind == VOUCHER:
        return voucher_witness(gateway, message)
    newest = mirror.newest(connection, message.scope)
    witness = witness_for(connection, gateway, message)
    sent_at = message.sent_at_theirs
    window = timedelta(seconds=gateway.pace.settle_window_seconds)
    feed = mirror.get_feed(connection, message.scope)
    return {
        "kravia_invoice_id": None if newest is None else newest.kravia_invoice_id,
        "stamp": None if newest is None else newest.last_updated,
        "stamped_at": witness.stamped_at and witness.stamped_at.isoformat(),
        "must_be_after": None if sent_at is None else (sent_at + window).isoformat(),
        "proves_absence": witness.proves_absence,
        "feed_read_at": feed.polled_at and feed.polled_at.isoformat(),
    }


def _next(connection: sa.Connection, gateway: Gateway, message: Message) -> Document:
    """What happens by itself, when, and what a person may type."""
    if not is_open(message):
        return _no_doubt(message)
    sent_at = message.sent_at or message.last_attempt_at
    gives_up = timedelta(seconds=gateway.pace.doubt_quarantine_seconds)
    parked = message.state is MessageState.PARKED
    return {
        "at": None if parked else message.due_at.isoformat(),
        "does": _does(connection, gateway, message),
        "left_to_a_person_at": None
        if parked or sent_at is None
        else (sent_at + gives_up).isoformat(),
        "commands": [
            f"kravia-gateway doubts adopt {message.message_id} KRAVIA_ID",
            f"kravia-gateway doubts resend {message.message_id}",
        ],
    }


def _no_doubt(message: Message) -> Document:
    waits = message.state in (MessageState.PENDING, MessageState.LEASED)
    does = f"it is {message.state.value}, no longer in doubt"
    return {
        "at": message.due_at.isoformat() if waits else None,
        "does": does,
        "left_to_a_person_at": None,
        "commands": [f"kravia-gateway outbox show {message.message_id}"],
    }


def _does(connection: sa.Connection, gateway: Gateway, message: Message) -> str:
    """The sentence for what the next look will find, as far as it can be told now."""
    if message.kind != Kind.REGISTER:
        return (
            "it is looked up at the receiver: there, it counts as delivered; certainly absent, it "
            "is sent again; else it is looked up once more"
        )
    _, match = candidates_for(connection, gateway, message)
    if isinstance(match, SameCase):
        return f"case {match.kravia_invoice_id} is taken for it: nothing is sent"
    if isinstance(match, Unclear):
        return f"nothing is sent: {match.why}. A person decides"
    if (message.last_error or "").startswith(ANOTHERS_CASE):
        return "nothing by itself: Kravia answered with a case that another claim has"
    if witness_for(connection, gateway, message).proves_absence:
        return "it is proved absent, and sent again through the send gate"
    return (
        "it is looked up again: found, it is adopted; a row that Kravia stamps later proves it "
        "absent, and it is sent again"
    )
