"""What the ledger was paid beside what Kravia counts, and what Kravia collected beside ours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Final

from gateway.domain.claim import ClaimState
from gateway.domain.reconciliation.books import (
    LAG,
    UNDER_WAY,
    ClaimBooks,
    Entry,
    Money,
    Order,
    Setting,
)
from gateway.domain.reconciliation.cases import differs
from gateway.domain.reconciliation.difference import Difference, Sign, kroner

_MONEY: Final = frozenset({"kravia.payment", "kravia.credit_note"})
_ACTIONS: Final = frozenset({"kravia.withdraw", "kravia.objection", "kravia.reversal"})
_OF_MESSAGES: Final = frozenset(
    {Sign.PAYMENT_IN_DOUBT, Sign.PAYMENT_PARKED, Sign.PAYMENT_STATE, Sign.PAYMENT_LATE}
)
"""Signs whose command takes the message."""

_NOT_FOR_KRAVIA: Final = frozenset({"before_hand_over", "payout", "surplus"})


def money_differences(books: ClaimBooks, setting: Setting) -> Iterator[Difference]:
    """Compare payments, credit notes and what is open."""
    yield from _untold(books)
    found = [each for money in books.money for each in _on_its_way(books, money, setting)]
    yield from found
    if books.details_at is None or setting.polled_at is None:
        return
    if books.entries is not None:
        shown = [*_at_kravia(books, books.entries, setting), *_collected(books, books.entries)]
        yield from shown
        found += shown
    if not found:
        yield from _sums(books)


def reported(money: Money) -> int | None:
    """What Kravia was told of it: less than all where it could count no more; None: deleted."""
    return None if money.order is None else money.order.amount


def _untold(books: ClaimBooks) -> Iterator[Difference]:
    """Messages of the claim, other than of its money, that wait for a person."""
    for order in books.orders:
        if order.state != "parked" and not order.is_in_doubt:
            continue
        if order.kind in _ACTIONS:
            yield differs(books, Sign.NOT_DONE_AT_KRAVIA, order.message_id, kravia="not known")
        elif order.kind.startswith("ledger.") and order.kind != "ledger.booking":
            said = order.kind.removeprefix("ledger.")
            yield differs(
                books, Sign.NOT_TOLD_LEDGER, order.message_id, ledger="not told", gateway=said
            )


def _on_its_way(books: ClaimBooks, money: Money, setting: Setting) -> Iterator[Difference]:
    """Whether telling Kravia goes its way."""
    sign = _stands_at(books, money, setting)
    if sign is None:
        return
    is_of_message = money.order is not None and sign in _OF_MESSAGES
    part = money.order.message_id if money.order and is_of_message else money.receipt_id
    gateway = f"{money.receipt_id}: {money.state}"
    yield differs(books, sign, part, ledger=kroner(money.amount), gateway=gateway)


def _stands_at(books: ClaimBooks, money: Money, setting: Setting) -> Sign | None:
    """What keeps the payment from Kravia."""
    match money.state:
        case "to_report":
            return _of_message(books, money.order, setting)
        case "reported" if money.order is not None and money.order.state != "delivered":
            return Sign.PAYMENT_STATE
        case "not_reported" if books.state is ClaimState.ACTIVE:
            return Sign.PAYMENT_WITHHELD
        case "ambiguous":
            return Sign.PAYMENT_UNCLEAR
        case _:
            return None


def _of_message(books: ClaimBooks, order: Order | None, setting: Setting) -> Sign | None:
    if order is None:
        return Sign.PAYMENT_LOST
    if order.is_in_doubt:
        return Sign.PAYMENT_IN_DOUBT
    if order.state == "parked":
        return Sign.PAYMENT_PARKED
    if order.state in {"delivered", "cancelled"}:
        return Sign.PAYMENT_STATE
    is_late = setting.now - order.created_at > UNDER_WAY
    may_go = books.state is ClaimState.ACTIVE and not setting.sends_nothing
    return Sign.PAYMENT_LATE if is_late and may_go else None


def _at_kravia(
    books: ClaimBooks, entries: Sequence[Entry], setting: Setting
) -> Iterator[Difference]:
    """Whether Kravia shows what it was told, once, and nothing that it was not."""
    by_id: dict[tuple[bool, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.our_id is not None:
            by_id[entry.is_credit_note, entry.our_id].append(entry)
        elif entry.is_credit_note and not entry.is_reversed:
            yield differs(
                books, Sign.CREDIT_NOT_OURS, entry.payment_id, kravia=kroner(entry.amount)
            )
    for money in books.money:
        there = by_id[money.is_credit_note, money.receipt_id]
        yield from _one_there(books, money, there, setting)


def _one_there(
    books: ClaimBooks, money: Money, there: Sequence[Entry], setting: Setting
) -> Iterator[Difference]:
    standing = [each for each in there if not each.is_reversed]
    amount, part = kroner(money.amount), money.receipt_id
    theirs = kroner(sum(each.amount for each in standing))
    if len(standing) > 1:
        yield differs(
            books, Sign.PAYMENT_DOUBLED_THERE, part, ledger=amount, gateway=amount, kravia=theirs
        )
    elif standing and money.state == "reversed":
        if setting.now - money.told_at > UNDER_WAY:  # a person corrects it there within the day
            yield differs(books, Sign.REVERSAL_MISSING, part, ledger="reversed", kravia=theirs)
    elif standing and money.state in _NOT_FOR_KRAVIA:
        yield differs(
            books, Sign.PAYMENT_ECHOED, part, ledger=amount, gateway=money.state, kravia=theirs
        )
    elif money.state == "reported":
        sign = None
        told = reported(money)
        if standing and not _is_same(standing[0].amount, money):
            sign = Sign.PAYMENT_AMOUNT_THERE
        elif there and not standing:
            sign, theirs = Sign.PAYMENT_REVERSED_THERE, "reversed"
        elif not there and _must_show(books, money):
            sign, theirs = Sign.PAYMENT_MISSING_THERE, None
        if sign is not None:
            said = amount if told is None else kroner(told)
            yield differs(books, sign, part, ledger=amount, gateway=said, kravia=theirs)


def _is_same(theirs: int, money: Money) -> bool:
    """Whether Kravia counts what it was told; once its message is deleted, at most the payment."""
    told = reported(money)
    return theirs <= money.amount if told is None else theirs == told


def _must_show(books: ClaimBooks, money: Money) -> bool:
    """Whether the case was read well after Kravia took the payment."""
    at = None if money.order is None else money.order.settled_at
    return at is not None and books.details_at is not None and books.details_at - at > LAG


def _collected(books: ClaimBooks, entries: Sequence[Entry]) -> Iterator[Difference]:
    """Whether what Kravia collected is what we took in, and told the ledger."""
    ours = {money.receipt_id for money in books.money}
    known = {each.payment_id: each for each in books.collected}
    theirs = {
        entry.payment_id: entry
        for entry in entries
        if not entry.is_credit_note and entry.our_id not in ours
    }
    for payment_id, entry in theirs.items():
        kept, amount = known.get(payment_id), kroner(entry.amount)
        if kept is None:
            yield differs(
                books, Sign.COLLECTED_MISSING, payment_id, gateway="not known", kravia=amount
            )
        elif kept.amount != entry.amount:
            yield differs(
                books,
                Sign.COLLECTED_AMOUNT,
                payment_id,
                gateway=kroner(kept.amount),
                kravia=amount,
            )
        elif kept.is_reversed != entry.is_reversed:
            yield differs(
                books,
                Sign.COLLECTED_REVERSED,
                payment_id,
                gateway="reversed" if kept.is_reversed else amount,
                kravia="reversed" if entry.is_reversed else amount,
            )
    for payment_id, kept in known.items():
        if payment_id not in theirs and not kept.is_reversed:
            yield differs(books, Sign.COLLECTED_GONE, payment_id, gateway=kroner(kept.amount))


def _sums(books: ClaimBooks) -> Iterator[Difference]:
    """Whether handed over = open + told + collected, where all of it is known and nothing moves."""
    principals = [each.principal for each in books.collected if not each.is_reversed]
    if books.registered is None or any(each is None for each in principals):
        return
    if any(order.kind in _MONEY for order in books.orders):
        return
    if any(money.state == "to_report" for money in books.money):
        return
    told = [reported(money) for money in books.money if money.state == "reported"]
    if any(each is None for each in told):
        return
    counted = sum(each or 0 for each in (*told, *principals))
    if counted > books.registered:
        yield differs(
            books,
            Sign.AMOUNT_OVER,
            gateway=f"{kroner(books.registered)} handed over",
            kravia=f"{kroner(counted)} told or collected",
        )
    elif books.state is ClaimState.ACTIVE and books.remaining is not None and _is_settled(books):
        is_open = books.registered - counted
        if books.remaining != is_open:
            yield differs(
                books,
                Sign.AMOUNT_OPEN,
                gateway=f"{kroner(is_open)} open",
                kravia=f"{kroner(books.remaining)} open",
            )


def _is_settled(books: ClaimBooks) -> bool:
    """Whether the case was read after all that it was told, and nothing is to be taken back."""
    told = [money for money in books.money if money.state == "reported"]
    fallen = {money.receipt_id for money in books.money if money.state == "reversed"}
    return (
        books.entries is not None
        and all(_must_show(books, money) for money in told)
        and not any(each.our_id in fallen and not each.is_reversed for each in books.entries)
    )
