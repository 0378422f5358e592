"""A claim beside the invoice as a ledger that is asked last told it."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.domain.claim import ClaimState
from gateway.domain.reconciliation.books import LAG, ClaimBooks, LedgerSide, Setting
from gateway.domain.reconciliation.cases import differs
from gateway.domain.reconciliation.difference import Difference, Sign, kroner


def ledger_differences(books: ClaimBooks, setting: Setting) -> Iterator[Difference]:
    """Compare; a claim that is over no longer follows its ledger, and news takes a moment."""
    ledger = books.ledger
    if ledger is None or books.state is ClaimState.CLOSED or setting.now - ledger.read_at <= LAG:
        return
    for ours, theirs in (
        (books.invoice_number, ledger.invoice_number),
        (books.issued_on, ledger.issued_on),
        (books.debtor_number, ledger.debtor_number),
    ):
        if ours != theirs:
            yield differs(books, Sign.LEDGER_IDENTITY, theirs, ledger=theirs, gateway=ours)
    found = [*_payments(books, ledger)]
    yield from found
    not_there = sum(
        each.amount for each in books.money if each.is_awaited and each.state != "reversed"
    )
    if not found and not 0 <= ledger.outstanding - books.outstanding <= not_there:
        yield differs(
            books,
            Sign.LEDGER_OUTSTANDING,
            ledger=f"{kroner(ledger.outstanding)} open",
            gateway=f"{kroner(books.outstanding)} open",
        )
    yield from _bookings(books, ledger)


def _payments(books: ClaimBooks, ledger: LedgerSide) -> Iterator[Difference]:
    ours = {(each.is_credit_note, each.receipt_id): each for each in books.money}
    theirs = {(each.is_credit_note, each.receipt_id): each for each in ledger.money}
    for key, told in theirs.items():
        kept, amount = ours.get(key), kroner(told.amount)
        if kept is None:
            yield differs(
                books, Sign.LEDGER_PAYMENT_UNKNOWN, key[1], ledger=amount, gateway="not known"
            )
        elif kept.state == "reversed":
            yield differs(
                books, Sign.LEDGER_PAYMENT_UNKNOWN, key[1], ledger=amount, gateway="reversed"
            )
        elif kept.amount != told.amount:
            yield differs(
                books,
                Sign.LEDGER_PAYMENT_AMOUNT,
                key[1],
                ledger=amount,
                gateway=kroner(kept.amount),
            )
    for key, kept in ours.items():
        if key not in theirs and kept.state != "reversed" and not kept.is_of_bank:
            yield differs(books, Sign.LEDGER_PAYMENT_GONE, key[1], gateway=kroner(kept.amount))


def _bookings(books: ClaimBooks, ledger: LedgerSide) -> Iterator[Difference]:
    """Whether what we booked stands in the ledger, once; settled bookings only."""
    bookings = [each.booking for each in books.lines if each.booking is not None]
    if not bookings or any(each.order is None for each in bookings):
        return
    settled = [each.order.settled_at for each in bookings if each.order is not None]
    if any(at is None or ledger.read_at - at <= LAG for at in settled):
        return
    ours = sum(each.amount for each in bookings if each.payment_id is not None)
    theirs = sum(each.amount for each in ledger.money if each.from_agency)
    if theirs != ours:
        sign = Sign.BOOKING_MISSING if theirs < ours else Sign.BOOKING_DOUBLED
        yield differs(books, sign, ledger=kroner(theirs), gateway=kroner(ours))
