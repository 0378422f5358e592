"""The rule about payment plans and agreed later due dates."""

from __future__ import annotations

from gateway.domain.business_days import add_days, next_business_day
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import PaymentPlan
from gateway.domain.rules import NoticeBy


@rule(
    "INK-37",
    Effect.HOLD,
    "A plan or later due date is kept until broken; then a new collection notice is needed.",
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
    if needs_notice and facts.basis is None and facts.has_any_notice:
        return Finding(
            message=f"The payment plan of {plan.agreed_on} ended unpaid on {facts.plan.ended_on}."
            " Send a new collection notice; the earlier one no longer counts."
        )
    return None


def _running(facts: Facts, plan: PaymentPlan) -> Finding:
    if plan.new_due_date is None:
        return Finding(
            message=f"A payment plan agreed on {plan.agreed_on} is in force until it is broken."
        )
    new_due_on = next_business_day(plan.new_due_date, facts.rules.holidays)
    return Finding(
        message=f"On {plan.agreed_on} it was agreed that the debtor may pay until {new_due_on}.",
        until=add_days(new_due_on, 1),
    )


RULES = (plan_in_force,)
