"""Every kind of drift is found by the pure comparison, by its sign, and nothing else is said."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import typer.main

from gateway.cli.main import app
from gateway.domain.claim import ClaimState, CloseReason
from gateway.domain.reconciliation.books import (
    Booking,
    Case,
    ClaimBooks,
    Collected,
    Entry,
    LedgerOnly,
    LedgerSide,
    Line,
    Money,
    Order,
    Setting,
    SettlementBooks,
    StrangeCase,
    Told,
    Unread,
)
from gateway.domain.reconciliation.compare import Item, differences
from gateway.domain.reconciliation.difference import Difference, Kind, Sign
from gateway.domain.reconciliation.signs import EXPLAINED, cause_of, command_of, kind_of

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=90)
YESTERDAY = NOW - timedelta(days=2)
SETTING = Setting(now=NOW, polled_at=NOW, completed_at=LONG_AGO)
S, KRAVIA_ID = ClaimState, "1001"


def order(kind: str = "kravia.payment", state: str = "delivered", **more: Any) -> Order:
    settled = YESTERDAY if state in {"delivered", "cancelled"} else None
    known = {"message_id": "msg_1", "created_at": YESTERDAY, "settled_at": settled}
    return Order(**{**known, "kind": kind, "state": state, **more})


PAID = Money(
    receipt_id="pay-1",
    amount=50_000,
    on=date(2026, 11, 20),
    told_at=YESTERDAY,
    state="reported",
    order=order(amount=50_000),
    message_id="msg_1",
)
OUT = replace(PAID, receipt_id="out-1", amount=20_000, state="payout", order=None, message_id=None)
THERE = Entry(payment_id="k-1", our_id="pay-1", amount=50_000)
TAKEN = Entry(payment_id="k-2", our_id=None, amount=20_000)
COLLECTED = Collected(payment_id="k-2", amount=20_000, principal=20_000, paid_on=date(2026, 11, 1))
LINE = Line(
    settlement_id="41001",
    kravia_invoice_id=KRAVIA_ID,
    amount=20_000,
    principal=20_000,
    received_at=YESTERDAY,
    voucher_id="V1",
    taken_by="out-1",
)
BOOKED = Booking(
    amount=20_000,
    message_id="msg_2",
    order=order("ledger.booking", message_id="msg_2"),
    payment_id="out-1",
)
OURS = replace(LINE, taken_by="msg_2", booking=BOOKED)
CASE = Case(
    kravia_invoice_id=KRAVIA_ID,
    invoice_id="inv-1",
    invoice_number="30001",
    issued_on="2026-07-15",
    amount=480_000,
    debtor_number="50001",
    status="Open",
    seen_at=YESTERDAY,
)
CASE_NEW = replace(CASE, seen_at=NOW)
ENDED = replace(CASE, status="Paid", meaning="paid")
IN_LEDGER = LedgerSide(
    invoice_number="30001",
    issued_on="2026-07-15",
    debtor_number="50001",
    outstanding=410_000,
    read_at=NOW - timedelta(hours=5),
    money=(
        Told(receipt_id="pay-1", amount=50_000),
        Told(receipt_id="out-1", amount=20_000, from_agency=True),
    ),
)
CLEAN = ClaimBooks(
    creditor_id="acme",
    claim_id="clm_1",
    invoice_id="inv-1",
    invoice_number="30001",
    issued_on="2026-07-15",
    debtor_number="50001",
    state=S.ACTIVE,
    outstanding=410_000,
    registered=480_000,
    registered_at=LONG_AGO,
    kravia_invoice_id=KRAVIA_ID,
    details_at=NOW - timedelta(hours=1),
    remaining=410_000,
    entries=(THERE, TAKEN),
    case=CASE,
    money=(PAID, OUT),
    collected=(COLLECTED,),
    lines=(LINE,),
    ledger=IN_LEDGER,
)
SENDING = replace(
    CLEAN,
    state=S.SENDING,
    kravia_invoice_id=None,
    case=None,
    details_at=None,
    entries=None,
    money=(),
    collected=(),
    lines=(),
    ledger=None,
)
CLOSED = replace(CLEAN, state=S.CLOSED, close_reason=CloseReason.PAID, case=ENDED)
SETTLED = SettlementBooks(
    settlement_id="41001",
    amount=17_500,
    costs=2_000,
    vat=500,
    received_at=YESTERDAY,
    voucher_id="V1",
    marking="msg_3",
    mark=order("kravia.bookkeep", message_id="msg_3"),
    lines=1,
    lines_amount=20_000,
)
OLD = replace(SETTLED, received_at=LONG_AGO, voucher_id=None, marking=None, mark=None)


def money(**changed: Any) -> ClaimBooks:
    """The clean books, but for the payment."""
    return replace(CLEAN, money=(replace(PAID, **changed), OUT))


def to_report(state: str, **more: Any) -> ClaimBooks:
    """The payment is still to be told, by a message in this state."""
    changed = money(state="to_report", order=order(state=state, **more))
    return replace(changed, entries=(TAKEN,))


def entries(*told: Entry) -> ClaimBooks:
    """The clean books, but for what Kravia lists."""
    return replace(CLEAN, entries=told)


def case(**changed: Any) -> ClaimBooks:
    """The clean books, but for the case."""
    return replace(CLEAN, case=replace(CASE, **changed))


def in_ledger(**changed: Any) -> ClaimBooks:
    """The clean books, but for the ledger."""
    return replace(CLEAN, ledger=replace(IN_LEDGER, **changed))


def booking(state: str, **more: Any) -> ClaimBooks:
    """The clean books, but for a booking of ours whose id in the ledger is not known."""
    mine = replace(BOOKED, payment_id=None, order=order("ledger.booking", state, **more))
    found = replace(CLEAN, lines=(replace(OURS, booking=mine),), ledger=None)
    return replace(found, money=(PAID,))


def left_alone(books: ClaimBooks) -> ClaimBooks:
    """Without the ledger's side, which would see it too."""
    return replace(books, ledger=None)


DRIFTS: tuple[tuple[Sign, Item], ...] = (
    (Sign.CASE_MISSING, replace(CLEAN, case=None)),
    (Sign.CASE_UNKNOWN, replace(SENDING, state=S.ACTIVE)),
    (Sign.CASE_NOT_LINKED, replace(SENDING, state=S.HELD, namesakes=(CASE,))),
    (Sign.CASE_NOT_LINKED, replace(SENDING, state=S.CLOSED, namesakes=(CASE,))),
    (Sign.CASE_DOUBLED, replace(CLEAN, namesakes=(replace(CASE, kravia_invoice_id="1002"),))),
    (Sign.CASE_NOT_OURS, StrangeCase(case=CASE)),
    (Sign.CASE_NOT_OURS, StrangeCase(case=ENDED, like="clm_1")),
    (Sign.REGISTER_LOST, SENDING),
    (Sign.REGISTER_PARKED, replace(SENDING, orders=(order("kravia.register", "parked"),))),
    (Sign.REGISTER_IN_DOUBT, replace(SENDING, orders=(order("kravia.register", "in_doubt"),))),
    (
        Sign.REGISTER_IN_DOUBT,
        replace(SENDING, orders=(order("kravia.register", "parked", is_quarantined=True),)),
    ),
    (Sign.STATUS_UNKNOWN, case(status="Hm", meaning=None)),
    (Sign.STATUS_OPEN_THERE, replace(CLOSED, case=CASE)),
    (Sign.STATUS_ENDED_THERE, replace(CLEAN, case=ENDED)),
    (Sign.STATUS_OTHER_END, replace(CLOSED, close_reason=CloseReason.CREDITED)),
    (Sign.DETAILS_UNREAD, replace(CLEAN, details_at=None)),
    (Sign.WITHDRAWAL_NOT_DONE, replace(CLEAN, withdrawn_at=YESTERDAY)),
    (Sign.OTHER_INVOICE_ID, case(invoice_id="inv-2")),
    (Sign.OTHER_NUMBER, case(invoice_number="30002")),
    (Sign.OTHER_DATE, case(issued_on="2025-07-15")),
    (Sign.OTHER_DEBTOR, case(debtor_number="50002")),
    (Sign.AMOUNT_REGISTERED, case(amount=479_999)),
    (Sign.PAYMENT_LOST, replace(money(state="to_report", order=None), entries=(TAKEN,))),
    (Sign.PAYMENT_PARKED, to_report("parked")),
    (Sign.PAYMENT_IN_DOUBT, to_report("in_doubt")),
    (Sign.PAYMENT_IN_DOUBT, to_report("parked", is_quarantined=True)),
    (Sign.PAYMENT_LATE, to_report("pending")),
    (Sign.PAYMENT_STATE, to_report("cancelled")),
    (Sign.PAYMENT_STATE, to_report("delivered")),
    (Sign.PAYMENT_STATE, money(order=order(state="parked", amount=50_000))),
    (Sign.PAYMENT_WITHHELD, replace(money(state="not_reported"), entries=(TAKEN,))),
    (Sign.PAYMENT_UNCLEAR, replace(money(state="ambiguous"), entries=(TAKEN,))),
    (Sign.PAYMENT_MISSING_THERE, entries(TAKEN)),
    (Sign.PAYMENT_REVERSED_THERE, entries(replace(THERE, is_reversed=True), TAKEN)),
    (Sign.PAYMENT_DOUBLED_THERE, entries(THERE, replace(THERE, payment_id="k-9"), TAKEN)),
    (Sign.PAYMENT_AMOUNT_THERE, entries(replace(THERE, amount=49_999), TAKEN)),
    (Sign.PAYMENT_ECHOED, entries(THERE, TAKEN, replace(THERE, our_id="out-1"))),
    (Sign.PAYMENT_ECHOED, money(state="before_hand_over")),
    (Sign.REVERSAL_MISSING, left_alone(money(state="reversed"))),
    (Sign.CREDIT_NOT_OURS, entries(THERE, TAKEN, replace(TAKEN, is_credit_note=True))),
    (Sign.AMOUNT_OPEN, replace(CLEAN, remaining=410_001)),
    (Sign.AMOUNT_OVER, replace(CLEAN, registered=60_000, case=replace(CASE, amount=60_000))),
    (Sign.COLLECTED_MISSING, entries(THERE, TAKEN, replace(TAKEN, payment_id="k-3"))),
    (Sign.COLLECTED_GONE, entries(THERE)),
    (Sign.COLLECTED_AMOUNT, entries(THERE, replace(TAKEN, amount=19_999))),
    (Sign.COLLECTED_REVERSED, entries(THERE, replace(TAKEN, is_reversed=True))),
    (
        Sign.NOT_TOLD_LEDGER,
        replace(CLEAN, orders=(order("ledger.payment.collected", "parked"),)),
    ),
    (
        Sign.NOT_TOLD_LEDGER,
        Unread(about="msg_4", order=order("ledger.settlement.received", "parked")),
    ),
    (Sign.NOT_DONE_AT_KRAVIA, replace(CLEAN, orders=(order("kravia.withdraw", "parked"),))),
    (Sign.LEDGER_OUTSTANDING, in_ledger(outstanding=409_999)),
    (Sign.LEDGER_OUTSTANDING, in_ledger(outstanding=410_001)),
    (
        Sign.LEDGER_PAYMENT_UNKNOWN,
        in_ledger(money=(*IN_LEDGER.money, Told(receipt_id="pay-9", amount=1))),
    ),
    (Sign.LEDGER_PAYMENT_GONE, in_ledger(money=IN_LEDGER.money[1:])),
    (
        Sign.LEDGER_PAYMENT_AMOUNT,
        in_ledger(money=(Told(receipt_id="pay-1", amount=1), IN_LEDGER.money[1])),
    ),
    (Sign.LEDGER_IDENTITY, in_ledger(debtor_number="50002")),
    (
        Sign.LEDGER_NOT_OURS,
        LedgerOnly(invoice_id="inv-9", outstanding=1, read_at=YESTERDAY),
    ),
    (
        Sign.PAYOUT_NOT_SETTLED,
        left_alone(replace(CLEAN, lines=(), money=(PAID, replace(OUT, on=date(2026, 9, 1))))),
    ),
    (Sign.PAYOUT_DOUBLED, left_alone(replace(CLEAN, money=(PAID, OUT, replace(OUT, amount=1))))),
    (
        Sign.SETTLED_NOT_PAID,
        left_alone(
            replace(
                CLEAN,
                lines=(replace(LINE, taken_by=None, voucher_id=None, received_at=LONG_AGO),),
                money=(PAID,),
            )
        ),
    ),
    (Sign.SETTLED_NOT_COLLECTED, replace(CLEAN, lines=(replace(LINE, principal=20_001),))),
    (
        Sign.COLLECTED_NOT_SETTLED,
        left_alone(
            replace(
                CLEAN,
                lines=(),
                money=(PAID,),
                collected=(replace(COLLECTED, paid_on=date(2026, 9, 1)),),
            )
        ),
    ),
    (Sign.BOOKING_PARKED, booking("parked")),
    (Sign.BOOKING_IN_DOUBT, booking("in_doubt")),
    (Sign.BOOKING_LOST, replace(CLEAN, lines=(replace(LINE, taken_by="msg_9"),))),
    (Sign.BOOKING_LOST, booking("cancelled", message_id="msg_2")),
    (Sign.BOOKING_UNNAMED, booking("delivered")),
    (
        Sign.BOOKING_SHARED,
        left_alone(
            replace(
                CLEAN,
                entries=None,
                lines=(
                    OURS,
                    replace(
                        OURS,
                        settlement_id="41002",
                        taken_by="msg_5",
                        booking=replace(BOOKED, message_id="msg_5"),
                    ),
                ),
            )
        ),
    ),
    (
        Sign.BOOKING_MISSING,
        replace(
            CLEAN,
            lines=(OURS,),
            ledger=replace(
                IN_LEDGER,
                money=(IN_LEDGER.money[0], replace(IN_LEDGER.money[1], from_agency=False)),
            ),
        ),
    ),
    (
        Sign.BOOKING_DOUBLED,
        replace(CLEAN, lines=(replace(OURS, booking=replace(BOOKED, amount=10_000)),)),
    ),
    (Sign.SETTLEMENT_SUM, replace(SETTLED, amount=17_501)),
    (Sign.SETTLEMENT_CASE, replace(OLD, received_at=YESTERDAY, unknown_cases=("9",))),
    (Sign.SETTLEMENT_NOT_BOOKED, OLD),
    (Sign.SETTLEMENT_NOT_MARKED, replace(SETTLED, mark=order("kravia.bookkeep", "parked"))),
    (Sign.SETTLEMENT_NOT_MARKED, replace(SETTLED, mark=None)),
    (Sign.SETTLEMENT_UNREAD, Unread(about="41009")),
)


def found_in(item: Item, setting: Setting = SETTING) -> list[Difference]:
    return list(differences([item], setting))


@pytest.mark.parametrize(
    "item",
    [
        *(CLEAN, replace(CLEAN, lines=(OURS,)), CLOSED, SETTLED),
        replace(SENDING, orders=(order("kravia.register", "pending"),)),
        replace(SENDING, state=S.REJECTED),
        replace(CLOSED, case=replace(ENDED, status="Closed", meaning="closed")),
        StrangeCase(case=replace(ENDED, seen_at=LONG_AGO - timedelta(days=1))),
        LedgerOnly(invoice_id="inv-9", outstanding=1, read_at=NOW),
    ],
    ids=range(9),
)
def test_where_all_agree_nothing_is_said(item: Item) -> None:
    assert found_in(item) == []


@pytest.mark.parametrize(("sign", "item"), DRIFTS, ids=[sign for sign, _ in DRIFTS])
def test_a_drift_is_found_by_its_sign_alone(sign: Sign, item: Item) -> None:
    assert {each.sign for each in found_in(item)} == {sign}


def test_every_sign_is_planted_and_explained_and_every_kind_has_one() -> None:
    assert {sign for sign, _ in DRIFTS} == set(Sign) == set(EXPLAINED)
    assert {each.kind for each in EXPLAINED.values()} == set(Kind)
    assert len(DRIFTS) > 60


UNDER_WAY: tuple[Callable[[], ClaimBooks], ...] = (
    lambda: to_report("pending", created_at=NOW),
    lambda: to_report("leased", created_at=NOW),
    lambda: money(state="reversed", told_at=NOW),
    lambda: replace(SENDING, orders=(order("kravia.register", "leased"),), namesakes=(CASE_NEW,)),
    lambda: replace(CLEAN, case=None, registered_at=NOW),
    lambda: replace(CLEAN, details_at=None, case=replace(CASE, seen_at=NOW)),
    lambda: in_ledger(outstanding=1, read_at=NOW),
    lambda: replace(CLEAN, withdrawn_at=NOW),
    lambda: replace(entries(TAKEN), details_at=YESTERDAY),  # read before Kravia took it
)


@pytest.mark.parametrize("make", UNDER_WAY, ids=range(len(UNDER_WAY)))
def test_what_is_on_its_way_is_no_difference(make: Callable[[], ClaimBooks]) -> None:
    assert found_in(left_alone(make()) if make().ledger is IN_LEDGER else make()) == []


def test_nothing_is_concluded_from_a_list_that_is_not_whole() -> None:
    unread = replace(SETTING, polled_at=None)

    assert found_in(replace(CLEAN, case=None), unread) == []
    assert found_in(StrangeCase(case=CASE), unread) == []


@pytest.mark.parametrize(("sign", "item"), DRIFTS, ids=[sign for sign, _ in DRIFTS])
def test_a_difference_says_what_to_type(sign: Sign, item: Item) -> None:
    (found, *_) = found_in(item)
    words = shlex.split(command_of(found, "acme"))

    assert words.pop(0) == "kravia-gateway"
    assert "" not in words
    assert cause_of(found)
    assert kind_of(found) is EXPLAINED[sign].kind
    _parse(typer.main.get_command(app), words)


def _parse(command: Any, words: list[str]) -> None:
    context = command.make_context("kravia-gateway", words, resilient_parsing=False)
    while hasattr(command, "commands"):
        rest = [*context._protected_args, *context.args]
        name, command, rest = command.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)
