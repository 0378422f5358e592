"""The rule about payment plans and agreed later due dates."""

from __future__ import annotations

from gateway.domain.business_days import add_days, next_business_day
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import PaymentPlan
from gateway.domain.rules import NoticeBy
from gateway.domain.wording import Words

ENDED = Words(
    "INK-37.ended",
    "The payment plan of {agreed_on} ended unpaid on {ended_on}. Send a new collection notice; the"
    " earlier one no longer counts.",
    "Betalingsavtalen av {agreed_on} tok slutt ubetalt {ended_on}. Send et nytt inkassovarsel; det"
    " tidligere gjelder ikke lenger.",
)
RUNS = Words(
    "INK-37.runs",
    "A payment plan agreed on {agreed_on} is in force until it is broken.",
    "En betalingsavtale av {agreed_on} gjelder til den blir brutt.",
)
LATER_DUE_DATE = Words(
    "INK-37.later_due_date",
    "On {agreed_on} it was agreed that the debtor may pay until {new_due_on}.",
    "Den {agreed_on} ble det avtalt at skyldneren kan betale til {new_due_on}.",
)


@rule(
    "INK-37",
    Effect.HOLD,
    en="A plan or later due date is kept until broken; then a new collection notice is needed.",
    nb="En avtale eller senere forfallsdag holdes til den brytes; så trengs et nytt varsel.",
    source="inkassoloven §§ 9 and 13; inkassoforskriften ch. 2 (new due date)",
)
def plan_in_force(facts: Facts) -> Finding | None:
    """Hold while a plan runs, and after it until a notice has been sent since."""
    plan = facts.invoice.payment_plan
    if plan is None:
        return None
    if facts.plan.runs:
        return _running(facts, plan)
    needs_notice = facts.policy.notice_by is NoticeBy.CREDITOR
    ended_on = facts.plan.ended_on
    if needs_notice and facts.basis is None and facts.has_any_notice and ended_on is not None:
        return Finding(says=ENDED(agreed_on=plan.agreed_on, ended_on=ended_on))
    return None


def _running(facts: Facts, plan: PaymentPlan) -> Finding:
    if plan.new_due_date is None:
        return Finding(says=RUNS(agreed_on=plan.agreed_on))
    new_due_on = next_business_day(plan.new_due_date, facts.rules.holidays)
    return Finding(
        says=LATER_DUE_DATE(agreed_on=plan.agreed_on, new_due_on=new_due_on),
        until=add_days(new_due_on, 1),
    )


RULES = (plan_in_force,)
