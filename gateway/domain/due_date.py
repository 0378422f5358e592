"""The day an invoice falls due, and how an agreed later day or plan changes it."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from gateway.domain.business_days import add_days, next_business_day
from gateway.domain.invoice import Invoice

DEMAND_DAYS = 30  # forsinkelsesrenteloven § 2: without a due date, 30 days after a written demand


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStanding:
    """A payment plan or agreed later due date today: in force, or over since ``ended_on``."""

    runs: bool
    ended_on: date | None = None


NO_PLAN = PlanStanding(runs=False)


def due_date_of(invoice: Invoice, demand_days: int = DEMAND_DAYS) -> date | None:
    """Return the due date as stated, else ``demand_days`` after the demand was sent, else ``None``.

    Not moved to a business day.
    """
    if invoice.due_date is not None:
        return invoice.due_date
    if invoice.demand_sent_on is not None:
        return add_days(invoice.demand_sent_on, demand_days)
    return None


def plan_standing(invoice: Invoice, *, today: date, holidays: AbstractSet[date]) -> PlanStanding:
    """Tell whether a plan runs; one with a later due date is over, unpaid, once that day is past.

    A plan without a later due date runs until it is broken.
    """
    plan = invoice.payment_plan
    if plan is None:
        return NO_PLAN
    if plan.broken_on is not None:
        over = today >= plan.broken_on
        return PlanStanding(runs=not over, ended_on=plan.broken_on if over else None)
    if plan.new_due_date is not None:
        new_due_on = next_business_day(plan.new_due_date, holidays)
        over = today > new_due_on
        return PlanStanding(runs=not over, ended_on=new_due_on if over else None)
    return PlanStanding(runs=True)


def interest_starts_after(
    invoice: Invoice, due_on: date | None, holidays: AbstractSet[date]
) -> date | None:
    """Return the due date, or the agreed later one unless the plan was broken before it came.

    ``due_on`` is the due date moved to a business day.
    """
    plan = invoice.payment_plan
    if plan is None or plan.new_due_date is None or due_on is None:
        return due_on
    if plan.broken_on is not None and plan.broken_on < plan.new_due_date:
        return due_on
    return max(due_on, next_business_day(plan.new_due_date, holidays))
