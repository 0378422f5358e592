"""A settlement's parts, each booked in the ledger once, or left to a person with the reason.

Principal is what reduces an invoice: a ledger in which we book gets it line by line. Everything
else (interest, fees, what Kravia kept for itself) is one voucher, in a ledger that takes such and
where each part has an account; else it is named in one task, with its account and amount. Nothing
is guessed: what nobody explains, a line that names no claim of ours, or does not say its
principal, stands in that task too. What Kravia paid out before its feed was first read whole may be
booked already, so a person looks. A ledger that is told by webhooks books all of it itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import sqlalchemy as sa

from clients.kravia.wire import Settlement
from gateway.domain.oslo import oslo_date, start_of_day
from gateway.domain.settlement_parts import Part
from gateway.operations.booking_orders import BookingOrder, add_booking
from gateway.operations.creditor import PayoutModel
from gateway.operations.gateway import Gateway
from gateway.operations.mark_booked import BY_HAND, books_itself
from gateway.operations.settlement_entries import Entry, entries, sentence
from gateway.operations.voucher_orders import add_voucher, voucher_of, voucher_side
from gateway.storage import claims, mirror, receipts, settlements
from gateway.storage.claims import Claim
from gateway.storage.desk import NewTask, add_task
from gateway.storage.receipts import ReceiptState
from gateway.storage.settlements import Line

LINES_TOLD_MAX: Final = 20
"""Parts a task names; ``settlements show`` has them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bookable:
    claim: Claim
    principal: Decimal
    settled_on: date


def book_settlement(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    told: Settlement,
    now: datetime,
) -> None:
    """Queue a booking for each line that is certain; one task names all others."""
    found = entries(connection, gateway, creditor_id, told.settlementId)
    ledger = gateway.ledgers.get(creditor_id)
    if ledger is None or ledger.source is None:
        return  # it was told all this and books it
    if not books_itself(gateway, creditor_id):
        is_kid = gateway.creditors[creditor_id].payout_model is PayoutModel.KID
        todo = [each for each in found if each.part is not Part.PRINCIPAL or not is_kid]
        if todo:
            what = "the bank's file books the principal, and this" if is_kid else "this"
            _ask(connection, gateway, creditor_id, told, what, _sentences(creditor_id, todo), now)
        return
    _book_lines(connection, gateway, creditor_id, told, found, now)


def _book_lines(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    told: Settlement,
    found: tuple[Entry, ...],
    now: datetime,
) -> None:
    lines = settlements.lines_of(connection, creditor_id, told.settlementId)
    problem = _problem(connection, creditor_id, told, lines)
    by_hand: list[str] = []
    left: set[int] = set()
    for place, line in enumerate(lines, start=1):
        looked = _look_at(connection, creditor_id, told, line) if problem is None else problem
        if isinstance(looked, _Bookable):
            _book(connection, gateway, told, line, place, looked, now)
        elif isinstance(looked, str):
            settlements.leave_line(connection, line.seq)
            left.add(place)
            if problem is None:
                by_hand.append(f"case {line.kravia_invoice_id}, {line.amount}: {looked}")
    if problem is not None:
        what = f"all of it is booked once, for {problem}: this"
        _ask(connection, gateway, creditor_id, told, what, _sentences(creditor_id, found), now)
        return
    # The whole of a line that was left is named above.
    rest = [each for each in found if each.part is not Part.PRINCIPAL and each.line not in left]
    if not _add_voucher(connection, gateway, creditor_id, told, rest, now):
        by_hand += _sentences(creditor_id, rest)
    if by_hand:
        what = "the rest books itself, and this"
        _ask(connection, gateway, creditor_id, told, what, by_hand, now)


def _add_voucher(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    told: Settlement,
    rest: list[Entry],
    now: datetime,
) -> bool:
    """Queue the voucher of what is no principal; whether that could be done whole."""
    if told.date is None or voucher_side(gateway, creditor_id) is None:
        return False
    voucher = voucher_of(told.settlementId, told.date, told.currencyCode, rest)
    if voucher is None:
        return False
    due_at = max(now, start_of_day(told.date))
    add_voucher(connection, gateway, creditor_id, voucher, due_at=due_at, now=now)
    return True


def _sentences(creditor_id: str, found: tuple[Entry, ...] | list[Entry]) -> list[str]:
    return [sentence(creditor_id, each) for each in found]


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
    parts: list[str],
    now: datetime,
) -> None:
    """Say what a person must book; ids, accounts and amounts only."""
    paid_out = f"{told.amount} {told.currencyCode} with settlement {told.settlementId}"
    show = f"kravia-gateway settlements show {told.settlementId}"
    rest = len(parts) - LINES_TOLD_MAX
    more = f"; and {rest} more, see {show}" if rest > 0 else ""
    named = "; ".join(parts[:LINES_TOLD_MAX]) or "see Kravia's portal"
    new = NewTask(
        creditor_id=creditor_id,
        claim_id=None,
        kind=BY_HAND,
        about=told.settlementId,
        text=(
            f"Kravia paid out {paid_out}: see that in the ledger {what} is booked once:"
            f" {named}{more}. Then: kravia-gateway settlements booked {told.settlementId}"
            " --voucher NUMBER"
        ),
    )
    add_task(connection, new, gateway.new_id("tsk_"), now)
