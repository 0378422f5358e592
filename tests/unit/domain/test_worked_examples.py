"""The worked examples of the collection rules, by their numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from gateway.domain.agency_fees import AgencyFee, agency_fee, heavy_from, still_chargeable
from gateway.domain.amounts import accrued_interest
from gateway.domain.claim import ClaimState
from gateway.domain.consolidation import Member, consolidate
from gateway.domain.decision import Decision, Effect, Outcome
from gateway.domain.estate import last_day_to_report
from gateway.domain.invoice import (
    Debtor,
    DebtorKind,
    Insolvency,
    InsolvencyKind,
    Invoice,
    Notice,
    NoticeKind,
    Objection,
)
from gateway.domain.letter_fees import fee_cap
from gateway.domain.retention import retention_of
from gateway.domain.rules import Rules

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
    ("today", "outcome"), [("2026-11-26", Outcome.FORWARD), ("2026-11-27", Outcome.HOLD)]
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


@pytest.mark.parametrize(
    ("today", "outcome"),
    [("2026-11-27", Outcome.FORWARD), ("2026-11-28", Outcome.REVIEW)],
)
def test_the_last_thirty_days_before_limitation_are_a_persons(
    today: str, outcome: Outcome, an_invoice: Make, decided: Decided
) -> None:
    decision = decided(an_invoice(due_date=D("2023-12-28")), today)  # 31 days are left, then 30

    assert decision.limitation_last_day == D("2026-12-28")
    assert decision.outcome is outcome


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


@pytest.mark.parametrize(("sent_on", "fee"), [("2026-10-14", "0.00"), ("2026-10-15", "38.00")])
def test_11_a_fee_needs_fourteen_days_after_the_due_date(
    sent_on: str, fee: str, an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    letter = a_letter(sent_on, "2026-10-30", fee="38.00")

    decision = decided(an_invoice(due_date=D("2026-10-01"), notices=(letter,)))

    assert str(decision.amounts.fees) == fee


def test_13_a_reminder_with_ten_days_leaves_no_second_fee(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    notices = (
        a_letter("2026-09-16", "2026-09-26", kind="reminder", fee="38.00"),
        a_letter("2026-10-02", "2026-10-16", fee="38.00"),
    )

    decision = decided(an_invoice(notices=notices))

    assert str(decision.amounts.fees) == "38.00"
    assert [warning.rule for warning in decision.warnings] == ["INK-28"]


@pytest.mark.parametrize(("sent_on", "fees"), [("2026-09-01", "76.00"), ("2026-10-10", "114.00")])
def test_15_six_months_after_the_last_fee_a_new_one_is_possible(
    sent_on: str, fees: str, an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    notices = (
        a_letter("2026-03-10", "2026-03-24", kind="reminder", fee="38.00"),
        a_letter("2026-04-10", "2026-04-24", kind="reminder", fee="38.00"),
        a_letter(sent_on, "2026-10-25", fee="38.00"),
    )

    decision = decided(an_invoice(due_date=D("2026-02-02"), notices=notices))

    assert str(decision.amounts.fees) == fees


def test_16_the_cap_of_the_creditors_own_payment_demand(rules: Rules) -> None:
    assert str(fee_cap(NoticeKind.PAYMENT_DEMAND, D("2026-11-24"), rules)) == "113"


@pytest.mark.parametrize(
    ("example", "principal", "due", "paid", "expected"),
    [
        ("18", "10000.00", "2026-08-14", "2026-11-24", "342.33"),
        ("19", "10000.00", "2026-06-15", "2026-07-15", "99.66"),
        ("23", "10000.00", "2026-10-01", "2026-10-01", "0.00"),
        ("25", "100000.00", "2026-06-30", "2026-07-01", "33.56"),
    ],
)
def test_18_19_23_25_late_interest(
    example: str, principal: str, due: str, paid: str, expected: str, an_invoice: Make, rules: Rules
) -> None:
    invoice = an_invoice(total=Decimal(principal))

    found = accrued_interest(invoice, due_on=D(due), today=D(paid), rules=rules)

    assert str(found) == expected


def _cap(rules: Rules, principal: str, kind: DebtorKind, *, vat_liable: bool = True) -> AgencyFee:
    found = agency_fee(
        Decimal(principal), kind=kind, vat_liable=vat_liable, paid_on=D("2026-11-24"), rules=rules
    )
    assert found is not None
    return found


def test_31_compensation_is_taken_off_the_agencys_fee(rules: Rules) -> None:
    cap = _cap(rules, "8000", DebtorKind.ORGANIZATION).light

    assert str(cap) == "900.00"
    assert str(still_chargeable(cap, Decimal("430.00"))) == "470.00"
    assert still_chargeable(Decimal("187.50"), Decimal("430.00")) == 0


@pytest.mark.parametrize(
    ("principal", "light"),
    [
        ("500", "187.50"),
        ("500.01", "262.50"),
        ("1000", "262.50"),
        ("2500", "300.00"),
        ("2500.01", "600.00"),
        ("10000", "600.00"),
        ("50000", "1200.00"),
        ("250000", "2700.00"),
        ("250000.01", "5400.00"),
    ],
)
def test_33_the_bands_of_the_agencys_fee(principal: str, light: str, rules: Rules) -> None:
    cap = _cap(rules, principal, DebtorKind.PERSON)

    assert str(cap.light) == light
    assert cap.heavy == 2 * cap.light


def test_34_a_business_and_a_creditor_outside_vat_raise_the_cap(rules: Rules) -> None:
    cap = _cap(rules, "8000", DebtorKind.ORGANIZATION, vat_liable=False)

    assert (str(cap.light), str(cap.heavy)) == ("1125.00", "2250.00")


def test_35_the_heavy_fee_begins_on_the_twenty_ninth_day_after_the_deadline(rules: Rules) -> None:
    assert heavy_from(D("2026-11-13"), rules) == D("2026-12-12")


def test_37_three_claims_in_one_case_bear_one_fee(rules: Rules) -> None:
    members = [
        Member(
            invoice_id=f"inv-{number}",
            invoice_number=str(number),
            outstanding=Decimal("400.00"),
            currency="NOK",
            state=ClaimState.READY,
            outcome=Outcome.FORWARD,
        )
        for number in (1, 2, 3)
    ]

    together = consolidate(members, merge_key="acme/10001", on=D("2026-11-24"))

    assert len(together.together) == 3
    assert str(_cap(rules, str(together.principal), DebtorKind.PERSON).light) == "300.00"
    assert str(3 * _cap(rules, "400", DebtorKind.PERSON).light) == "562.50"


def test_46_a_claim_is_reported_to_the_estate_within_six_weeks() -> None:
    assert last_day_to_report(D("2026-11-02")) == D("2026-12-14")


def test_47_an_invoices_papers_are_kept_five_years_and_three_and_a_half() -> None:
    kept = retention_of(D("2026-03-17"))

    assert kept.primary_until == D("2031-12-31")
    assert kept.secondary_until == D("2030-06-30")


EXAMPLES = frozenset({1, 2, 4, 5, 7, 8, 10, 11, 13, 15, 16, 18, 19, 22, 23, 25, 27, 29, 31}) | {
    *(33, 34, 35, 37, 39, 42, 43, 45, 46, 47)
}


def test_every_worked_example_is_a_test_by_its_number() -> None:
    tested = {
        int(number)
        for name in globals()
        if name.startswith("test_")
        for number in name.split("_")
        if number.isdigit()
    }

    assert tested == EXAMPLES
