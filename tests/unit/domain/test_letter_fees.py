from collections.abc import Callable
from datetime import date

import pytest

from gateway.domain.invoice import Notice, NoticeKind
from gateway.domain.letter_fees import FeeCut, LetterFee, fee_cap, letter_fees
from gateway.domain.rules import Rules

D = date.fromisoformat
Letter = Callable[..., Notice]


def judge(
    rules: Rules, letters: list[Notice], due: str = "2026-10-01", today: str = "2026-12-01"
) -> tuple[LetterFee, ...]:
    return letter_fees(letters, due_on=D(due), today=D(today), rules=rules)


def claimable(*args: object, **kwargs: object) -> list[str]:
    return [str(fee.claimable) for fee in judge(*args, **kwargs)]  # type: ignore[arg-type]  # passed on as given


@pytest.mark.parametrize(("sent_on", "fee"), [("2026-10-14", "0.00"), ("2026-10-15", "38")])
def test_example_11_a_fee_needs_14_days(
    sent_on: str, fee: str, rules: Rules, a_letter: Letter
) -> None:
    letter = a_letter(sent_on, "2026-10-29", fee="38")

    assert claimable(rules, [letter]) == [fee]


def test_example_13_a_second_fee_needs_a_fair_deadline_in_the_first(
    rules: Rules, a_letter: Letter
) -> None:
    reminder = a_letter("2026-10-16", "2026-10-26", kind="reminder", fee="38")
    notice = a_letter("2026-11-02", "2026-11-16", fee="38")

    judged = judge(rules, [notice, reminder])

    assert [(str(fee.claimable), fee.cut) for fee in judged] == [
        ("38", None),
        ("0.00", FeeCut.SURPLUS),
    ]


def test_example_15_a_new_fee_after_six_months(rules: Rules, a_letter: Letter) -> None:
    earlier = [
        a_letter("2026-03-20", "2026-04-03", kind="reminder", fee="38"),
        a_letter("2026-04-10", "2026-04-24", fee="38"),
    ]

    def fee_on(sent_on: str) -> str:
        third = a_letter(sent_on, kind="reminder", fee="38")
        return claimable(rules, [*earlier, third], due="2026-03-02")[-1]

    assert fee_on("2026-09-01") == "0.00"
    assert fee_on("2026-10-09") == "0.00"
    assert fee_on("2026-10-10") == "38"


def test_example_16_the_creditors_own_payment_demand(rules: Rules) -> None:
    assert fee_cap(NoticeKind.PAYMENT_DEMAND, D("2026-10-16"), rules) == 113


@pytest.mark.parametrize(
    ("kind", "sent_on", "cap"),
    [
        (NoticeKind.REMINDER, "2025-12-31", 35),
        (NoticeKind.REMINDER, "2026-01-01", 38),
        (NoticeKind.COLLECTION_NOTICE, "2021-06-01", 35),
        (NoticeKind.PAYMENT_DEMAND, "2025-06-01", 105),
        (NoticeKind.REMINDER, "2016-12-31", None),
    ],
)
def test_the_cap_follows_the_rate_of_the_day_the_letter_was_sent(
    kind: NoticeKind, sent_on: str, cap: int | None, rules: Rules
) -> None:
    assert fee_cap(kind, D(sent_on), rules) == cap


def test_a_fee_above_the_cap_is_lowered(rules: Rules, a_letter: Letter) -> None:
    (fee,) = judge(rules, [a_letter("2026-10-15", fee="70")])

    assert (str(fee.claimable), fee.cut) == ("38", FeeCut.ABOVE_CAP)


def test_a_second_fee_needs_the_first_deadline_to_be_missed(rules: Rules, a_letter: Letter) -> None:
    reminder = a_letter("2026-10-16", "2026-10-30", kind="reminder", fee="38")

    assert claimable(rules, [reminder, a_letter("2026-10-30", fee="38")]) == ["38", "0.00"]
    assert claimable(rules, [reminder, a_letter("2026-10-31", fee="38")]) == ["38", "38"]


def test_a_third_letter_bears_no_fee_but_one_payment_demand_does(
    rules: Rules, a_letter: Letter
) -> None:
    letters = [
        a_letter("2026-10-16", "2026-10-30", kind="reminder", fee="38"),
        a_letter("2026-11-02", "2026-11-16", kind="reminder", fee="38"),
        a_letter("2026-11-17", "2026-12-01", fee="38"),
        a_letter("2026-11-18", kind="payment_demand", fee="113"),
        a_letter("2026-11-19", kind="payment_demand", fee="113"),
    ]

    assert claimable(rules, letters) == ["38", "38", "0.00", "113", "0.00"]


def test_after_a_fee_on_a_notice_no_second_letter_bears_one(rules: Rules, a_letter: Letter) -> None:
    letters = [
        a_letter("2026-10-16", "2026-10-30", fee="38"),
        a_letter("2026-11-02", "2026-11-16", fee="38"),
    ]

    assert claimable(rules, letters) == ["38", "0.00"]


def test_a_letter_without_fee_or_not_yet_sent_is_not_judged(rules: Rules, a_letter: Letter) -> None:
    letters = [a_letter("2026-10-16"), a_letter("2026-12-02", fee="38")]

    assert judge(rules, letters) == ()


def test_a_letter_no_rate_covers_has_no_claimable_fee(rules: Rules, a_letter: Letter) -> None:
    (fee,) = judge(rules, [a_letter("2016-10-15", fee="35")], due="2016-09-01")

    assert (fee.claimable, fee.cut) == (None, None)
