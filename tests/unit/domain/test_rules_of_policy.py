"""The creditor's own choices, the new act, and what the law strips: each on both its sides."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.domain.decision import Decision, Effect, Outcome
from gateway.domain.eligibility.decide import decide
from gateway.domain.eligibility.rulebook import OVERRIDABLE
from gateway.domain.invoice import (
    CreditNote,
    Debtor,
    Invoice,
    Notice,
    Objection,
    Payment,
)
from gateway.domain.rules import Licence, NoticeBy, Policy, Rules, SurchargeConsent
from gateway.domain.standing import Standing
from mappers.rules_from_toml import rules_from_toml

D = date.fromisoformat
Make = Callable[..., Invoice]
Letter = Callable[..., Notice]
Decided = Callable[..., Decision]
NORWAY = tomllib.loads(
    (Path(__file__).parents[3] / "config" / "rules" / "norway.toml").read_text(encoding="utf-8")
)
ACME = Standing(creditor_id="acme")


def told(decision: Decision) -> dict[str, Effect]:
    return {reason.rule: reason.effect for reason in decision.reasons + decision.warnings}


def with_rows(rules: Rules, text: str) -> Rules:
    """The shipped rules with an operator's file laid over them."""
    return rules_from_toml([NORWAY, tomllib.loads(text)], rules.holidays)


NEW_ACT = '[[regimes]]\nid = "act-2026"\nfrom = 2026-11-24\n'


@pytest.mark.parametrize(
    ("today", "outcome", "rules_told"),
    [("2026-11-23", Outcome.FORWARD, []), ("2026-11-24", Outcome.HOLD, ["INK-41"])],
)
def test_a_dated_row_alone_switches_to_the_new_act(
    today: str, outcome: Outcome, rules_told: list[str], an_invoice: Make, rules: Rules
) -> None:
    switched = with_rows(rules, NEW_ACT)

    decision = decide(an_invoice(), standing=ACME, rules=switched, policy=Policy(), today=D(today))

    assert decision.outcome is outcome
    assert [reason.rule for reason in decision.reasons] == rules_told
    assert decision.hold_until is None


def test_under_the_new_act_the_agencys_notice_is_the_way_and_letters_bear_no_fees(
    an_invoice: Make, a_letter: Letter, rules: Rules
) -> None:
    switched = with_rows(rules, NEW_ACT)
    letters = (
        a_letter("2026-11-20", "2026-12-04", kind="reminder", fee="38.00"),
        a_letter("2026-12-05", "2026-12-19", kind="reminder", fee="38.00"),
    )
    invoice = an_invoice(notices=letters)

    by_agency = decide(
        invoice,
        standing=ACME,
        rules=switched,
        policy=Policy(notice_by=NoticeBy.AGENCY),
        today=D("2026-12-21"),
    )
    without_notice = decide(
        an_invoice(notices=()),
        standing=ACME,
        rules=switched,
        policy=Policy(),
        today=D("2026-12-21"),
    )

    assert by_agency.outcome is Outcome.FORWARD
    assert str(by_agency.amounts.fees) == "38.00"  # of the letter sent before the act
    assert "to 0.00 NOK" in next(w for w in by_agency.warnings if w.rule == "INK-27").message
    assert [reason.rule for reason in without_notice.reasons] == ["INK-41"]


def test_a_day_on_which_no_act_is_in_force_holds(an_invoice: Make, rules: Rules) -> None:
    ended = with_rows(rules, '[[regimes]]\nid = "act-1988"\nto = 2026-11-23\n')

    decision = decide(
        an_invoice(), standing=ACME, rules=ended, policy=Policy(), today=D("2026-11-24")
    )

    assert (decision.outcome, told(decision)) == (Outcome.HOLD, {"INK-34": Effect.HOLD})
    assert "the collection act in force on 2026-11-24" in decision.reasons[0].message


def test_a_new_rate_is_one_row(an_invoice: Make, rules: Rules) -> None:
    day = D("2027-01-04")
    row = "[[late_interest]]\nfrom = 2027-01-01\npct = 10.00\n"

    before = decide(an_invoice(), standing=ACME, rules=rules, policy=Policy(), today=day)
    after = decide(
        an_invoice(), standing=ACME, rules=with_rows(rules, row), policy=Policy(), today=day
    )

    assert (before.outcome, before.amounts.interest) == (Outcome.HOLD, None)
    # 121 days of 2026 at 12.25 %, 4 of 2027 at 10 %, both years of 365 days.
    assert (after.outcome, str(after.amounts.interest)) == (Outcome.FORWARD, "417.05")


@pytest.mark.parametrize(
    ("policy", "by_policy"),
    [
        (Policy(), "2026-10-30"),
        (Policy(notice_deadline_rolls=False), "2026-10-28"),
        (Policy(grace_days=0, notice_deadline_rolls=False), "2026-10-26"),
        (
            Policy(grace_days=0, notice_deadline_rolls=False, forward_on_business_day=False),
            "2026-10-25",
        ),
    ],
)
def test_a_creditor_may_do_without_either_move(
    policy: Policy, by_policy: str, an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    invoice = an_invoice(notices=(a_letter("2026-10-10", "2026-10-24"),))  # ends on a Saturday

    decision = decided(invoice, by_policy, policy=policy)

    assert decision.outcome is Outcome.FORWARD
    assert decision.earliest_forward is not None
    assert decision.earliest_forward.by_policy == D(by_policy)
    assert ("INK-30" in told(decision)) is policy.notice_deadline_rolls


@pytest.mark.parametrize(
    ("outstanding", "outcome"), [("99.99", Outcome.HOLD), ("100.00", Outcome.FORWARD)]
)
def test_a_small_claim_is_held_until_a_person_lets_it_go(
    outstanding: str, outcome: Outcome, an_invoice: Make, decided: Decided
) -> None:
    invoice = an_invoice(total=Decimal(outstanding))

    decision = decided(invoice, policy=Policy(amount_min=Decimal(100)))

    assert decision.outcome is outcome
    assert ("GW-06" in told(decision)) is (outcome is Outcome.HOLD)
    assert {"GW-06", "INK-08"} == OVERRIDABLE


def test_the_smallest_claim_goes_by_default(an_invoice: Make, decided: Decided) -> None:
    assert decided(an_invoice(total=Decimal("0.01"))).outcome is Outcome.FORWARD


@pytest.mark.parametrize(
    ("consent", "due", "expected"),
    [
        (SurchargeConsent.WARN, "2026-08-26", None),  # 90 days
        (SurchargeConsent.WARN, "2026-08-25", Effect.WARN),
        (SurchargeConsent.ASK, "2026-08-26", None),
        (SurchargeConsent.ASK, "2026-08-25", Effect.REVIEW),
        (SurchargeConsent.GIVEN, "2026-08-25", None),
    ],
)
def test_a_claim_overdue_beyond_ninety_days_is_told_of_or_asked_about(
    consent: SurchargeConsent,
    due: str,
    expected: Effect | None,
    an_invoice: Make,
    decided: Decided,
) -> None:
    invoice = an_invoice(due_date=D(due), issue_date=D("2026-08-11"))

    decision = decided(invoice, policy=Policy(surcharge_consent=consent))

    assert told(decision).get("GW-05") is expected
    assert (decision.outcome is Outcome.FORWARD) is (expected is not Effect.REVIEW)


@pytest.mark.parametrize(
    ("claimed", "is_lowered"), [("282.92", False), ("282.93", True), ("100.00", False)]
)
def test_interest_claimed_above_the_laws_is_lowered(
    claimed: str, is_lowered: bool, an_invoice: Make, decided: Decided
) -> None:
    decision = decided(an_invoice(interest_claimed=Decimal(claimed)))

    assert decision.outcome is Outcome.FORWARD
    assert str(decision.amounts.interest) == "281.92"  # 84 days at 12.25 %: 1.00 is tolerated
    assert ("INK-33" in told(decision)) is is_lowered


def test_a_whole_due_date_may_bear_interest_if_the_law_is_read_so(
    an_invoice: Make, rules: Rules
) -> None:
    read_so = with_rows(rules, "[interest]\ndue_date_bears_interest = true\n")

    def interest(today: str) -> str:
        decision = decide(
            an_invoice(), standing=ACME, rules=read_so, policy=Policy(), today=D(today)
        )
        return str(decision.amounts.interest)

    assert interest("2026-09-01") == "0.00"
    assert interest("2026-11-24") == "285.27"  # 85 days


@pytest.mark.parametrize("agencies", [frozenset(), frozenset({"another"})])
def test_an_agency_the_creditor_does_not_use_gets_nothing(
    agencies: frozenset[str], an_invoice: Make, decided: Decided
) -> None:
    decision = decided(an_invoice(), policy=Policy(agencies=agencies))

    assert told(decision) == {"INK-39": Effect.REJECT}


def licence(agency: str, since: str, until: str | None = None) -> Licence:
    return Licence(agency=agency, since=D(since), until=D(until) if until else None)


@pytest.mark.parametrize(
    ("licences", "outcome"),
    [
        ((), Outcome.REJECT),
        ((Licence(agency="kravia", since=D("2026-11-25")),), Outcome.REJECT),
        ((Licence(agency="kravia", since=D("2020-01-01"), until=D("2026-11-23")),), Outcome.REJECT),
        ((Licence(agency="other", since=D("2020-01-01")),), Outcome.REJECT),
        (
            (Licence(agency="kravia", since=D("2020-01-01"), until=D("2026-11-24")),),
            Outcome.FORWARD,
        ),
    ],
)
def test_without_a_licence_on_record_that_day_nothing_is_handed_over(
    licences: tuple[Licence, ...], outcome: Outcome, an_invoice: Make, rules: Rules
) -> None:
    decision = decide(
        an_invoice(),
        standing=ACME,
        rules=replace(rules, licences=licences),
        policy=Policy(),
        today=D("2026-11-24"),
    )

    assert decision.outcome is outcome
    assert ("INK-39" in told(decision)) is (outcome is Outcome.REJECT)


@pytest.mark.parametrize(("needed", "effect"), [(False, Effect.STRIP), (True, None)])
def test_a_national_id_is_left_out_unless_the_agency_needs_it(
    needed: bool,
    effect: Effect | None,
    an_invoice: Make,
    a_debtor: Callable[..., Debtor],
    decided: Decided,
) -> None:
    debtor = a_debtor(national_id="01019012345")

    decision = decided(an_invoice(debtor=debtor), policy=Policy(national_id_needed=needed))

    assert told(decision).get("INK-40") is effect
    assert decision.outcome is Outcome.FORWARD
    assert "01019012345" not in str(decision)


def test_after_hand_over_the_agency_is_told_of_all_that_came_since(
    an_invoice: Make, a_debtor: Callable[..., Debtor], decided: Decided
) -> None:
    handed_over = Standing(creditor_id="acme", at_agency=True, handed_over_on=D("2026-11-10"))
    before = Payment(id="a", paid_on=D("2026-11-09"), amount=Decimal(1))
    since = Payment(id="b", paid_on=D("2026-11-10"), amount=Decimal(1))
    agencys = Payment(id="c", paid_on=D("2026-11-12"), amount=Decimal(1), from_agency=True)
    credit = CreditNote(id="d", issued_on=D("2026-11-20"), amount=Decimal(9997))
    invoice = an_invoice(
        payments=(before, since, agencys),
        credit_notes=(credit,),
        outstanding=Decimal(0),
        objection=Objection(raised_on=D("2026-11-21")),
        debtor=a_debtor(deceased=True),
    )

    [warning] = [
        warning
        for warning in decided(invoice, standing=handed_over).warnings
        if warning.rule == "INK-42"
    ]

    assert warning.message == (
        "The agency is told the same day: a payment of 2026-11-10, nothing is left after the credit"
        " note of 2026-11-20, so the case is recalled, an objection of 2026-11-21 and the debtor's"
        " death, insolvency or protected address."
    )
    assert "INK-42" not in told(decided(an_invoice(payments=(before,)), standing=handed_over))
    assert "INK-42" not in told(decided(invoice))
