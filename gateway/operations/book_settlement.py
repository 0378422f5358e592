"""A settlement's lines, each booked in the ledger once, or left to a person with the reason.

Only principal is booked: it is what reduces the invoice. Nothing is guessed: a line that names no
claim of ours, or does not say its principal, is listed in a task. What Kravia paid out before its
feed was first read whole may be booked already, so a person looks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import sqlalchemy as sa

from clients.kravia.wire import Settlement
from gateway.domain.oslo import oslo_date, start_of_day
from gateway.operations.booking_orders import BookingOrder, add_booking
from gateway.operations.gateway import Gateway
from gateway.storage import claims, mirror, receipts, settlements
from gateway.storage.claims import Claim
from gateway.storage.desk import NewTask, add_task
from gateway.storage.receipts import ReceiptState
from gateway.storage.settlements import Line

BY_HAND: Final = "book_settlement"
"""The kind of task that lists what of a settlement a person must book."""

LINES_TOLD_MAX: Final = 20
"""Lines a task names; who has more to book by hand reads the settlement itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bookable:
    claim: Claim
    principal: Decimal
    settled_on: date


def books_itself(gateway: Gateway, creditor_id: str) -> bool:
    """Whether the gateway books this creditor's pay-outs in the ledger."""
    ledger = gateway.ledgers.get(creditor_id)
    return ledger is not None and ledger.bookings is not None


def book_settlement(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    told: Settlement,
    now: datetime,
) -> None:
    """Queue a booking for each line that is certain; one task names all others."""
    lines = settlements.lines_of(connection, creditor_id, told.settlementId)
    problem = _problem(connection, creditor_id, told, lines)
    by_hand: list[str] = []
    for place, line in enumerate(lines if problem is None else (), start=1):
        found = _look_at(connection, creditor_id, told, line)
        if isinstance(found, str):
            by_hand.append(f"case {line.kravia_invoice_id}, {line.amount}: {found}")
        elif found is not None:
            _book(connection, gateway, told, line, place, found, now)
    if problem is not None:
        _ask(
            connection, gateway, creditor_id, told, f"all of it is booked once, for {problem}", now
        )
    elif by_hand:
        named = "; ".join(by_hand[:LINES_TOLD_MAX])
        rest = len(by_hand) - LINES_TOLD_MAX
        more = f"; and {rest} more" if rest > 0 else ""
        what = f"this is booked once, the rest books itself: {named}{more}"
        _ask(connection, gateway, creditor_id, told, what, now)


def _problem(
    connection: sa.Connection, creditor_id: str, told: Settlement, lines: tuple[Line, ...]
) -> str | None:
    """Why nothing of the settlement can be booked."""
    if not lines:
        return "it names no invoices, or not where the assumptions look for them"
    if told.date is None:
        return "it does not say when it was paid"
    begun = mirror.get_feed(connection, creditor_id).completed_at
    if begun is None or told.date < oslo_date(begun):
        return "it was paid before the gateway began, so it may be booked already"
    if told.amount > sum((line.amount for line in lines), Decimal(0)):
        return "its lines explain only a part of its amount"
    return None


def _look_at(
    connection: sa.Connection, creditor_id: str, told: Settlement, line: Line
) -> _Bookable | str | None:
    """What to book of a line, why a person must, or None where nothing reduces an invoice."""
    claim = claims.by_kravia_id(connection, creditor_id, line.kravia_invoice_id)
    if claim is None or told.date is None:
        return "no claim of ours"
    if line.principal is None:
        return "Kravia does not say how much of it is principal"
    if line.principal == 0:
        return None
    if not 0 < line.principal <= line.amount:
        return f"its principal of {line.principal} is no part of it"
    if claim.currency != told.currencyCode:
        return f"the invoice is in {claim.currency}"
    if any(
        receipt.state is ReceiptState.AMBIGUOUS and receipt.amount in (line.principal, line.amount)
        for receipt in receipts.of_claim(connection, claim.claim_id)
    ):
        return (
            "a payment of this amount stands on the invoice already; answer its task first, and"
            " book this only if that was the debtor's own"
        )
    return _Bookable(claim=claim, principal=line.principal, settled_on=told.date)


def _book(
    connection: sa.Connection,
    gateway: Gateway,
    told: Settlement,
    line: Line,
    place: int,
    found: _Bookable,
    now: datetime,
) -> None:
    invoice = found.claim.invoice(gateway.seal)
    add_booking(
        connection,
        gateway,
        found.claim,
        BookingOrder(
            settlement_id=told.settlementId,
            line=place,
            kravia_invoice_id=line.kravia_invoice_id,
            amount=found.principal,
            department=invoice.department,
            project=invoice.project,
        ),
        line_seq=line.seq,
        settled_on=found.settled_on,
        # No ledger takes a payment dated in the future.
        due_at=max(now, start_of_day(found.settled_on)),
        now=now,
    )


def _ask(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    told: Settlement,
    what: str,
    now: datetime,
) -> None:
    """Say what a person must book; ids and amounts only."""
    paid_out = f"{told.amount} {told.currencyCode} with settlement {told.settlementId}"
    new = NewTask(
        creditor_id=creditor_id,
        claim_id=None,
        kind=BY_HAND,
        about=told.settlementId,
        text=f"Kravia paid out {paid_out}: see that in the ledger {what}",
    )
    add_task(connection, new, gateway.new_id("tsk_"), now)
