"""Reject > dated hold > review > undated hold > forward; INK-16's review beats a dated hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from itertools import permutations

import pytest

from gateway.domain.decision import Decision, Effect, Outcome, Reason
from gateway.domain.eligibility.decide import weigh
from gateway.domain.eligibility.rulebook import RULES, RULES_FOR_FORWARD
from gateway.domain.invoice import (
    Debtor,
    Insolvency,
    InsolvencyKind,
    Invoice,
    Notice,
    Objection,
    PaymentPlan,
)
from gateway.domain.invoice import ObjectionOutcome as Ended
from gateway.domain.wording import Words

D = date.fromisoformat
Make = Callable[..., Invoice]
Decided = Callable[..., Decision]


SAYS = Words("none", "", "")()


def reason(effect: Effect, *, rule: str = "INK-00", until: date | None = None) -> Reason:
    return Reason(rule=rule, effect=effect, says=SAYS, source="", until=until)


REJECT = reason(Effect.REJECT)
DATED = reason(Effect.HOLD, until=date(2026, 12, 1))
REVIEW = reason(Effect.REVIEW)
URGENT = reason(Effect.REVIEW, rule="INK-16")
UNDATED = reason(Effect.HOLD)
WARNING = reason(Effect.WARN)


@pytest.mark.parametrize(
    ("reasons", "outcome"),
    [
        ((), Outcome.FORWARD),
        ((WARNING, reason(Effect.STRIP)), Outcome.FORWARD),
        ((UNDATED,), Outcome.HOLD),
        ((UNDATED, REVIEW), Outcome.REVIEW),
        ((UNDATED, REVIEW, DATED), Outcome.HOLD),
        ((REVIEW, DATED), Outcome.HOLD),
        ((URGENT, DATED), Outcome.REVIEW),
        ((URGENT, DATED, REVIEW), Outcome.REVIEW),
        ((URGENT, DATED, REJECT), Outcome.REJECT),
        ((UNDATED, REVIEW, DATED, REJECT), Outcome.REJECT),
    ],
)
def test_the_weightiest_reason_decides_in_whatever_order(
    reasons: tuple[Reason, ...], outcome: Outcome
) -> None:
    assert {weigh(order) for order in permutations(reasons)} == {outcome}


def test_a_claim_is_held_until_the_last_of_its_dated_holds(
    an_invoice: Make, a_letter: Callable[..., Notice], decided: Decided
) -> None:
    invoice = an_invoice(
        notices=(a_letter("2026-11-20", "2026-12-04"),),
        objection=Objection(
            raised_on=D("2026-11-01"), resolved_on=D("2026-11-23"), outcome=Ended.ANSWERED
        ),
    )

    decision = decided(invoice)

    assert {r.rule: str(r.until) for r in decision.reasons} == {
        "INK-06": "2026-12-08",
        "INK-13": "2026-12-08",
    }
    later = decided(invoice, "2026-11-24")
    assert later.hold_until == D("2026-12-08")


def test_a_hold_without_known_end_leaves_no_date(an_invoice: Make, decided: Decided) -> None:
    objection = Objection(
        raised_on=D("2026-11-01"), resolved_on=D("2026-11-23"), outcome=Ended.ANSWERED
    )
    invoice = an_invoice(objection=objection, payment_plan=PaymentPlan(agreed_on=D("2026-11-01")))

    decision = decided(invoice)

    assert decision.outcome is Outcome.HOLD
    assert [r.rule for r in decision.reasons] == ["INK-13", "INK-37"]
    assert decision.hold_until is None


def test_the_reasons_that_decide_come_first(
    an_invoice: Make, a_debtor: Callable[..., Debtor], decided: Decided
) -> None:
    debtor = a_debtor(
        protected_address=True,
        insolvency=Insolvency(kind=InsolvencyKind.DEBT_NEGOTIATION, opened_on=D("2026-09-15")),
    )

    held = decided(an_invoice(debtor=debtor))
    near_its_end = decided(an_invoice(debtor=debtor, due_date=D("2023-12-01")))

    assert [r.rule for r in held.reasons] == ["INK-21", "INK-23"]
    assert near_its_end.outcome is Outcome.REVIEW
    assert near_its_end.hold_until is None
    assert [r.rule for r in near_its_end.reasons] == ["INK-16", "INK-23", "INK-21"]


def test_every_rule_has_an_id_of_its_own_a_text_and_a_source() -> None:
    rules = RULES + RULES_FOR_FORWARD

    assert len({rule.id for rule in rules}) == len(rules)
    assert all(
        rule.text.en.endswith(".") and rule.text.nb.endswith(".") and rule.source for rule in rules
    )


def test_every_rule_of_the_table_is_in_the_book() -> None:
    expected = {f"INK-{number:02}" for number in range(1, 43)} | {
        "INK-03b",
        *(f"GW-{number:02}" for number in range(1, 7)),
    }

    assert {rule.id for rule in RULES + RULES_FOR_FORWARD} == expected
