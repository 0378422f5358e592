"""The worked examples of the collection rules that a decision covers, by their numbers.

Examples 11, 13, 15, 16 are in test_letter_fees.py; 18, 19, 23, 25 in test_late_interest.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from gateway.domain.decision import Decision, Effect, Outcome
from gateway.domain.invoice import (
    Debtor,
    DebtorKind,
    Insolvency,
    InsolvencyKind,
    Invoice,
    Notice,
    Objection,
)

D = date.fromisoformat
Make = Callable[..., Invoice]
Letter = Callable[..., Notice]
Decided = Callable[..., Decision]


def rules_of(decision: Decision) -> list[str]:
    return [reason.rule for reason in decision.reasons]


def test_01_the_last_day_of_the_notice_belongs_to_the_debtor(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    invoice = an_invoice(due_date=D("2026-10-01"), notices=(a_letter("2026-10-15", "2026-10-29"),))

    decision = decided(invoice, "2026-10-29")

    assert (decision.outcome, rules_of(decision)) == (Outcome.HOLD, ["INK-06"])
    assert decision.hold_until == D("2026-11-02")
    assert decision.earliest_forward is not None
    assert decision.earliest_forward.by_law == D("2026-10-30")
    assert decision.earliest_forward.by_policy == D("2026-11-02")


def test_02_after_the_days_of_grace_the_claim_goes(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    invoice = an_invoice(notices=(a_letter("2026-11-06", "2026-11-20"),))

    assert decided(invoice, "2026-11-24").outcome is Outcome.FORWARD
    before = decided(invoice, "2026-11-23")
    assert (rules_of(before), before.hold_until) == (["INK-07"], D("2026-11-24"))


def test_04_thirteen_days_are_too_few(an_invoice: Make, a_letter: Letter, decided: Decided) -> None:
    decision = decided(an_invoice(notices=(a_letter("2026-10-15", "2026-10-28"),)))

    assert (decision.outcome, rules_of(decision)) == (Outcome.REJECT, ["INK-05"])
    assert decision.earliest_forward is None


def test_05_a_deadline_on_a_saturday_is_valid_and_moved_by_policy_only(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    decision = decided(an_invoice(notices=(a_letter("2026-10-10", "2026-10-24"),)), "2026-10-30")

    assert decision.outcome is Outcome.FORWARD
    assert decision.earliest_forward is not None
    assert decision.earliest_forward.by_law == D("2026-10-25")
    assert decision.earliest_forward.by_policy == D("2026-10-30")
    assert [warning.rule for warning in decision.warnings] == ["INK-30"]


def test_07_a_notice_on_the_due_date_is_invalid(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    decision = decided(
        an_invoice(due_date=D("2026-10-01"), notices=(a_letter("2026-10-01", "2026-10-15"),))
    )

    assert (decision.outcome, rules_of(decision)) == (Outcome.REJECT, ["INK-04"])


@pytest.mark.parametrize(
    ("sent_on", "outcome", "fees"),
    [
        ("2026-11-02", Outcome.REJECT, "0.00"),
        ("2026-11-03", Outcome.FORWARD, "0.00"),
        ("2026-11-15", Outcome.FORWARD, "0.00"),
        ("2026-11-16", Outcome.FORWARD, "38.00"),
    ],
)
def test_08_a_due_date_on_a_saturday_counts_as_monday(
    sent_on: str,
    outcome: Outcome,
    fees: str,
    an_invoice: Make,
    a_letter: Letter,
    decided: Decided,
) -> None:
    invoice = an_invoice(
        due_date=D("2026-10-31"), notices=(a_letter(sent_on, "2026-12-01", fee="38.00"),)
    )

    decision = decided(invoice, "2026-12-07")

    assert decision.outcome is outcome
    assert str(decision.amounts.fees) == fees
    assert "INK-30" in [warning.rule for warning in decision.warnings]


@pytest.mark.parametrize(
    ("today", "outcome"), [("2026-11-24", Outcome.FORWARD), ("2026-11-27", Outcome.HOLD)]
)
def test_10_a_notice_is_good_for_six_months(
    today: str, outcome: Outcome, an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    invoice = an_invoice(
        due_date=D("2026-05-04"),
        issue_date=D("2026-04-20"),
        supplied_on=D("2026-04-20"),
        notices=(a_letter("2026-05-26", "2026-06-09"),),
    )

    decision = decided(invoice, today)

    assert decision.outcome is outcome
    assert decision.hold_until is None


def test_22_without_due_date_interest_starts_thirty_days_after_the_demand(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    decision = decided(
        an_invoice(
            due_date=None,
            demand_sent_on=D("2026-09-01"),
            notices=(a_letter("2026-10-15", "2026-10-29"),),
        )
    )

    assert decision.outcome is Outcome.FORWARD
    assert str(decision.amounts.interest) == "181.23"
    assert decision.limitation_last_day == D("2029-10-01")


def test_27_a_whole_consumer_claim(an_invoice: Make, a_letter: Letter, decided: Decided) -> None:
    decision = decided(
        an_invoice(
            total=Decimal("4990.00"),
            notices=(
                a_letter("2026-09-16", "2026-09-30", kind="reminder", fee="38.00"),
                a_letter("2026-10-02", "2026-10-16", fee="38.00"),
            ),
        ),
        "2026-10-20",
    )

    assert decision.outcome is Outcome.FORWARD
    assert (decision.reasons, decision.warnings) == ((), ())
    assert str(decision.amounts.fees) == "76.00"
    assert str(decision.amounts.interest) == "82.06"
    assert str(decision.amounts.total) == "5148.06"


def test_29_no_compensation_from_a_consumer(an_invoice: Make, decided: Decided) -> None:
    decision = decided(an_invoice(compensation_claimed=Decimal("430.00")))

    assert decision.outcome is Outcome.FORWARD
    assert str(decision.amounts.compensation) == "0.00"
    assert [warning.rule for warning in decision.warnings] == ["INK-31"]


@pytest.mark.parametrize(
    ("today", "outcome", "rule"),
    [("2026-11-24", Outcome.REVIEW, "INK-16"), ("2026-11-25", Outcome.REJECT, "INK-15")],
)
def test_39_the_last_day_of_limitation_is_a_persons_the_next_is_too_late(
    today: str, outcome: Outcome, rule: str, an_invoice: Make, decided: Decided
) -> None:
    decision = decided(an_invoice(due_date=D("2023-11-24")), today)

    assert (decision.outcome, rules_of(decision)) == (outcome, [rule])
    assert decision.limitation_last_day == D("2026-11-24")


def test_42_seventy_eight_days_before_limitation_is_urgent(
    an_invoice: Make, decided: Decided
) -> None:
    decision = decided(an_invoice(due_date=D("2024-02-10")))

    assert decision.outcome is Outcome.FORWARD
    assert decision.limitation_last_day == D("2027-02-10")
    urgent = next(warning for warning in decision.warnings if warning.rule == "INK-16")
    assert "2027-02-10 (78 days left)" in urgent.message


def test_43_an_open_objection_rejects(an_invoice: Make, decided: Decided) -> None:
    decision = decided(an_invoice(objection=Objection(raised_on=D("2026-11-01"))))

    assert (decision.outcome, rules_of(decision)) == (Outcome.REJECT, ["INK-12"])


def test_45_debt_negotiations_hold_four_months_then_a_person_looks(
    an_invoice: Make, a_debtor: Callable[..., Debtor], decided: Decided
) -> None:
    debtor = a_debtor(
        insolvency=Insolvency(kind=InsolvencyKind.DEBT_NEGOTIATION, opened_on=D("2026-09-15"))
    )

    held = decided(an_invoice(debtor=debtor))
    later = decided(an_invoice(debtor=debtor), "2027-01-15")

    assert (held.outcome, held.hold_until) == (Outcome.HOLD, D("2027-01-15"))
    assert next(r for r in later.reasons if r.rule == "INK-21").effect is Effect.REVIEW


def test_31_the_figures_of_a_business_claim_keep_the_larger_of_compensation_and_fees(
    an_invoice: Make, a_debtor: Callable[..., Debtor], a_letter: Letter, decided: Decided
) -> None:
    debtor = a_debtor(kind=DebtorKind.ORGANIZATION, organization_number="974760673")
    decision = decided(
        an_invoice(
            debtor=debtor,
            total=Decimal("8000.00"),
            compensation_claimed=Decimal("430.00"),
            notices=(a_letter("2026-10-02", "2026-10-16", fee="38.00"),),
        )
    )

    assert decision.outcome is Outcome.FORWARD
    assert str(decision.amounts.compensation) == "430.00"
    assert str(decision.amounts.fees) == "0.00"
    assert [warning.rule for warning in decision.warnings] == ["INK-32"]
