from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from gateway.domain.decision import Decision, Outcome
from gateway.domain.invoice import Channel, Invoice, Notice, PaymentPlan
from gateway.domain.rules import NoticeBy, Policy

D = date.fromisoformat
Make = Callable[..., Invoice]
Letter = Callable[..., Notice]
Decided = Callable[..., Decision]


def rules_of(decision: Decision) -> list[str]:
    return [reason.rule for reason in decision.reasons]


def test_a_claim_is_held_until_the_day_after_its_due_date(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    invoice = an_invoice(due_date=D("2026-12-01"))

    decision = decided(invoice, "2026-12-01")

    assert rules_of(decision) == ["INK-04", "INK-01"]
    (hold,) = [reason for reason in decision.reasons if reason.rule == "INK-01"]
    assert hold.until == D("2026-12-02")


def test_without_notice_the_claim_is_rejected(an_invoice: Make, decided: Decided) -> None:
    decision = decided(an_invoice(notices=()))

    assert (decision.outcome, rules_of(decision)) == (Outcome.REJECT, ["INK-03"])
    assert decision.earliest_forward is None


def test_a_reminder_is_no_notice(an_invoice: Make, a_letter: Letter, decided: Decided) -> None:
    reminder = a_letter("2026-09-16", "2026-09-30", kind="reminder")

    assert rules_of(decided(an_invoice(notices=(reminder,)))) == ["INK-03"]


def test_a_notice_without_a_told_deadline_is_rejected_and_asked_for(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    decision = decided(an_invoice(notices=(a_letter("2026-10-02"),)))

    assert (decision.outcome, rules_of(decision)) == (Outcome.REJECT, ["INK-05"])
    assert decision.reasons[0].fields == ("notices.deadline",)


def test_where_the_agency_sends_the_notice_the_claim_goes_14_days_after_the_due_date(
    an_invoice: Make, decided: Decided
) -> None:
    policy = Policy(notice_by=NoticeBy.AGENCY)
    invoice = an_invoice(notices=())

    held = decided(invoice, "2026-09-14", policy=policy)

    assert (rules_of(held), held.hold_until) == (["INK-03b"], D("2026-09-15"))
    assert held.earliest_forward is None
    assert decided(invoice, "2026-09-15", policy=policy).outcome is Outcome.FORWARD


def test_where_the_agency_sends_the_notice_the_creditors_own_is_not_judged(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    invoice = an_invoice(notices=(a_letter("2026-09-01", "2026-09-05"),))

    decision = decided(invoice, policy=Policy(notice_by=NoticeBy.AGENCY))

    assert decision.outcome is Outcome.FORWARD


def test_a_newer_notice_supersedes_an_older_one(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    too_short = a_letter("2026-09-10", "2026-09-20")
    valid = a_letter("2026-10-02", "2026-10-16")
    running = a_letter("2026-11-20", "2026-12-04")

    assert decided(an_invoice(notices=(too_short, valid))).outcome is Outcome.FORWARD
    decision = decided(an_invoice(notices=(running, valid)))
    assert (rules_of(decision), decision.hold_until) == (["INK-06"], D("2026-12-08"))


def test_an_invalid_newer_notice_does_not_undo_a_valid_one_but_its_deadline_is_kept(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    valid = a_letter("2026-10-02", "2026-10-16")
    invoice = an_invoice(notices=(valid, a_letter("2026-11-16", "2026-11-25")))

    held = decided(invoice)

    assert (rules_of(held), held.hold_until) == (["INK-06"], D("2026-11-30"))
    assert "2026-11-25" in held.reasons[0].message
    assert decided(invoice, "2026-11-30").outcome is Outcome.FORWARD


@pytest.mark.parametrize(
    ("reminder_deadline", "outcome"),
    [("2026-10-16", Outcome.REVIEW), ("2026-10-20", Outcome.FORWARD), (None, Outcome.FORWARD)],
)
def test_a_reminder_and_notice_that_were_one_letter_go_to_a_person(
    reminder_deadline: str | None,
    outcome: Outcome,
    an_invoice: Make,
    a_letter: Letter,
    decided: Decided,
) -> None:
    notices = (
        a_letter("2026-10-02", reminder_deadline, kind="reminder"),
        a_letter("2026-10-02", "2026-10-16"),
    )

    decision = decided(an_invoice(notices=notices))

    assert decision.outcome is outcome
    assert [told.rule for told in decision.reasons + decision.warnings] == ["INK-09"]


@pytest.mark.parametrize(
    ("channel", "words", "outcome"),
    [
        (Channel.SMS, "SMS", Outcome.REVIEW),
        (Channel.EMAIL, "plain e-mail", Outcome.REVIEW),
        (None, "is not told", Outcome.FORWARD),
    ],
)
def test_an_unsafe_channel_goes_to_a_person_and_one_not_told_is_warned_of(
    channel: Channel | None,
    words: str,
    outcome: Outcome,
    an_invoice: Make,
    a_letter: Letter,
    decided: Decided,
) -> None:
    notice = a_letter("2026-10-02", "2026-10-16", channel=channel)

    decision = decided(an_invoice(notices=(notice,)))

    assert decision.outcome is outcome
    (told,) = decision.reasons + decision.warnings
    assert told.rule == "INK-10"
    assert words in told.message


def test_facts_not_told_are_warned_of_and_never_block(an_invoice: Make, decided: Decided) -> None:
    decision = decided(an_invoice(delivery_evidence=None, supplied_on=None))

    assert decision.outcome is Outcome.FORWARD
    assert [warning.rule for warning in decision.warnings] == ["INK-11", "INK-17"]


@pytest.mark.parametrize(
    ("supplied_on", "outcome"), [("2026-07-15", Outcome.FORWARD), ("2026-07-14", Outcome.REVIEW)]
)
def test_an_invoice_more_than_thirty_days_late_goes_to_a_person(
    supplied_on: str, outcome: Outcome, an_invoice: Make, decided: Decided
) -> None:
    decision = decided(an_invoice(supplied_on=D(supplied_on)))

    assert decision.outcome is outcome
    if decision.reasons:
        assert rules_of(decision) == ["INK-17"]
        assert "31 days later" in decision.reasons[0].message


def test_a_plan_holds_until_it_is_broken(an_invoice: Make, decided: Decided) -> None:
    decision = decided(an_invoice(payment_plan=PaymentPlan(agreed_on=D("2026-10-20"))))

    assert (decision.outcome, rules_of(decision)) == (Outcome.HOLD, ["INK-37"])
    assert decision.hold_until is None


def test_a_later_due_date_holds_until_the_day_after(an_invoice: Make, decided: Decided) -> None:
    plan = PaymentPlan(agreed_on=D("2026-10-20"), new_due_date=D("2026-12-05"))  # a Saturday

    decision = decided(an_invoice(payment_plan=plan), "2026-12-07")

    assert (rules_of(decision), decision.hold_until) == (["INK-37"], D("2026-12-08"))
    assert str(decision.amounts.interest) == "0.00"


@pytest.mark.parametrize(
    "plan",
    [
        PaymentPlan(agreed_on=D("2026-10-20"), broken_on=D("2026-10-30")),
        PaymentPlan(agreed_on=D("2026-10-20"), new_due_date=D("2026-10-30")),
        PaymentPlan(
            agreed_on=D("2026-10-20"), new_due_date=D("2027-03-01"), broken_on=D("2026-10-30")
        ),
    ],
)
def test_after_a_plan_a_new_notice_is_needed(
    plan: PaymentPlan, an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    old = a_letter("2026-10-02", "2026-10-16")
    same_day = a_letter("2026-10-30", "2026-11-13")
    new = a_letter("2026-10-31", "2026-11-14")

    for notices in ((old,), (old, same_day)):
        decision = decided(an_invoice(payment_plan=plan, notices=notices))
        assert (decision.outcome, rules_of(decision)) == (Outcome.HOLD, ["INK-37"])
        assert "ended unpaid on 2026-10-30" in decision.reasons[0].message
    assert decided(an_invoice(payment_plan=plan, notices=(old, new))).outcome is Outcome.FORWARD


def test_a_plan_that_will_be_broken_still_runs(an_invoice: Make, decided: Decided) -> None:
    plan = PaymentPlan(agreed_on=D("2026-10-20"), broken_on=D("2026-12-01"))

    assert rules_of(decided(an_invoice(payment_plan=plan))) == ["INK-37"]


def test_after_a_plan_the_agencys_own_notice_will_do(an_invoice: Make, decided: Decided) -> None:
    plan = PaymentPlan(agreed_on=D("2026-10-20"), broken_on=D("2026-10-30"))

    decision = decided(an_invoice(payment_plan=plan), policy=Policy(notice_by=NoticeBy.AGENCY))

    assert decision.outcome is Outcome.FORWARD


def test_a_plan_broken_before_its_new_due_date_leaves_interest_from_the_first(
    an_invoice: Make, a_letter: Letter, decided: Decided
) -> None:
    def interest(plan: PaymentPlan) -> Decimal | None:
        notices = (a_letter("2026-11-02", "2026-11-16"),)
        return decided(an_invoice(payment_plan=plan, notices=notices)).amounts.interest

    agreed = D("2026-09-10")
    kept_to_the_end = PaymentPlan(agreed_on=agreed, new_due_date=D("2026-10-30"))
    broken = PaymentPlan(agreed_on=agreed, new_due_date=D("2026-10-30"), broken_on=D("2026-10-01"))

    assert str(interest(kept_to_the_end)) == "83.90"  # 25 days
    assert str(interest(broken)) == "281.92"  # 84 days
