"""What Kravia collected, settled and paid out, and what of it stands in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from gateway.domain.oslo import oslo_date
from gateway.domain.reconciliation.books import (
    KEPT,
    LAG,
    UNDER_WAY,
    Booking,
    ClaimBooks,
    Line,
    Setting,
    SettlementBooks,
    Unread,
)
from gateway.domain.reconciliation.cases import differs
from gateway.domain.reconciliation.difference import Difference, Sign, kroner


def payout_differences(books: ClaimBooks, setting: Setting) -> Iterator[Difference]:
    """Compare the pay-outs of one claim with its settlement lines, and with what was collected."""
    for line in books.lines:
        yield from _line(books, line, setting)
    yield from _shared(books)
    yield from _payouts(books, setting)
    if books.entries is not None and books.details_at is not None:
        yield from _beside_collected(books, setting)


def _line(books: ClaimBooks, line: Line, setting: Setting) -> Iterator[Difference]:
    principal = line.amount if line.principal is None else line.principal
    if line.booking is not None and line.taken_by == line.booking.message_id:
        yield from _booking(books, line, line.booking)
    elif line.taken_by is not None:
        if line.taken_by not in {each.receipt_id for each in books.money}:
            yield differs(books, Sign.BOOKING_LOST, line.settlement_id, gateway=kroner(principal))
    elif (
        not line.by_hand
        and line.voucher_id is None
        and principal
        and setting.now - line.received_at > timedelta(days=setting.payout_days)
    ):
        yield differs(
            books,
            Sign.SETTLED_NOT_PAID,
            line.settlement_id,
            ledger="not seen",
            gateway="not booked",
            kravia=kroner(line.amount),
        )


def _booking(books: ClaimBooks, line: Line, booking: Booking) -> Iterator[Difference]:
    order, amount = booking.order, kroner(booking.amount)
    if booking.payment_id is not None:
        return
    sign, part = None, booking.message_id
    if order is None or order.state == "cancelled":
        sign, part = Sign.BOOKING_LOST, line.settlement_id
    elif order.is_in_doubt:
        sign = Sign.BOOKING_IN_DOUBT
    elif order.state == "parked":
        sign = Sign.BOOKING_PARKED
    elif order.state == "delivered":
        sign = Sign.BOOKING_UNNAMED
    if sign is not None:
        yield differs(books, sign, part, ledger="not known", gateway=amount, kravia=amount)


def _shared(books: ClaimBooks) -> Iterator[Difference]:
    seen: dict[str, str] = {}
    for line in books.lines:
        payment_id = None if line.booking is None else line.booking.payment_id
        if payment_id is None:
            continue
        if payment_id in seen:
            both = f"settlements {seen[payment_id]} and {line.settlement_id}"
            yield differs(
                books, Sign.BOOKING_SHARED, line.settlement_id, ledger=payment_id, gateway=both
            )
        seen[payment_id] = line.settlement_id


def _payouts(books: ClaimBooks, setting: Setting) -> Iterator[Difference]:
    """Pay-outs in the ledger that no line and no booking of ours has taken, and stay so."""
    linked = {line.taken_by for line in books.lines}
    linked |= {line.booking.payment_id for line in books.lines if line.booking is not None}
    # A ledger may call the part that falls on one invoice otherwise than the whole.
    booked = [line.booking.amount for line in books.lines if line.booking is not None]
    today = oslo_date(setting.now)
    for money in books.money:
        if money.state != "payout" or money.receipt_id in linked:
            continue
        if money.amount in booked:
            booked.remove(money.amount)
        elif today - money.on > timedelta(days=setting.payout_days):
            yield differs(
                books,
                Sign.PAYOUT_NOT_SETTLED,
                money.receipt_id,
                ledger=kroner(money.amount),
                gateway="pay-out",
                kravia="no settlement",
            )


def _beside_collected(books: ClaimBooks, setting: Setting) -> Iterator[Difference]:
    standing = [each for each in books.collected if not each.is_reversed]
    collected = sum(each.amount for each in standing)
    paid = sum(each.amount for each in books.money if each.state == "payout")
    # What is reversed later may have been paid out before.
    ever = sum(each.amount for each in books.collected)
    if paid > ever:
        yield differs(
            books,
            Sign.PAYOUT_DOUBLED,
            ledger=f"{kroner(paid)} paid out",
            gateway=f"{kroner(paid)} paid out",
            kravia=f"{kroner(collected)} collected",
        )
    principals = [each.principal for each in books.collected]
    parts = [each.principal for each in books.lines]
    newest = max((each.received_at for each in books.lines), default=None)
    if (
        newest is not None
        and None not in principals
        and None not in parts
        and books.details_at is not None
        and books.details_at - newest > LAG
        and sum(each or 0 for each in parts) > sum(each or 0 for each in principals)
    ):
        yield differs(
            books,
            Sign.SETTLED_NOT_COLLECTED,
            gateway=f"{kroner(sum(each or 0 for each in principals))} collected",
            kravia=f"{kroner(sum(each or 0 for each in parts))} settled",
        )
    before = oslo_date(setting.now) - timedelta(days=setting.payout_days)
    old = sum(each.amount for each in standing if each.paid_on < before)
    settled = sum(each.amount for each in books.lines)
    if old and not settled:
        yield differs(
            books,
            Sign.COLLECTED_NOT_SETTLED,
            gateway="not settled",
            kravia=f"{kroner(old)} collected",
        )


def settlement_differences(books: SettlementBooks, setting: Setting) -> Iterator[Difference]:
    """What is wrong with a settlement as a whole; one that is booked is not added up again."""
    age = setting.now - books.received_at

    def said(
        sign: Sign, *, part: str = books.settlement_id, gateway: str, kravia: str | None
    ) -> Difference:
        return Difference(sign=sign, part=part, gateway=gateway, kravia=kravia)

    amount = kroner(books.amount)
    explained = books.lines_amount - (books.costs or 0) - (books.vat or 0)
    costs_may_be_hidden = books.costs is None and books.amount < explained
    if books.lines and books.amount != explained and not costs_may_be_hidden:
        yield said(Sign.SETTLEMENT_SUM, gateway=f"{kroner(explained)} in lines", kravia=amount)
    for case in books.unknown_cases if books.voucher_id is None else ():
        yield Difference(
            sign=Sign.SETTLEMENT_CASE,
            part=books.settlement_id,
            kravia_invoice_id=case,
            gateway="no claim",
            kravia=f"case {case}",
        )
    if books.voucher_id is None:
        if age > timedelta(days=setting.payout_days):
            yield said(Sign.SETTLEMENT_NOT_BOOKED, gateway="no voucher", kravia=amount)
        return
    mark = books.mark
    is_stuck = mark is not None and (
        mark.is_in_doubt
        or mark.state in {"parked", "cancelled"}
        or (
            mark.state != "delivered"
            and not setting.sends_nothing
            and setting.now - mark.created_at > UNDER_WAY
        )
    )
    is_lost = mark is None and books.marking is not None and age < KEPT
    if is_stuck or is_lost or (books.marking is None and age > UNDER_WAY * setting.payout_days):
        state = "no message" if mark is None else mark.state
        yield said(
            Sign.SETTLEMENT_NOT_MARKED,
            gateway=f"voucher {books.voucher_id}, {state}",
            kravia="not booked",
        )


def unread_difference(unread: Unread) -> Difference:
    """A settlement nobody understands, or word of one that the ledger did not take."""
    if unread.order is None:
        return Difference(
            sign=Sign.SETTLEMENT_UNREAD, part=unread.about, gateway="not understood", kravia="told"
        )
    return Difference(
        sign=Sign.NOT_TOLD_LEDGER,
        part=unread.about,
        ledger="not told",
        gateway=unread.order.kind.removeprefix("ledger."),
    )
