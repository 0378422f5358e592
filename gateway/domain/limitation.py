"""When the right to payment is lost (foreldelsesloven §§ 2, 3, 14 and 29)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from gateway.domain.business_days import add_months, next_business_day
from gateway.domain.invoice import Payment
from gateway.domain.rules import Rules

_MONTHS_IN_YEAR = 12


def limitation_last_day(
    due_on: date, payments: Sequence[Payment], *, today: date, rules: Rules
) -> date:
    """Return the last day before the claim is time-barred, itself included.

    ``due_on`` is the due date as stated, not moved. The same date three years later counts in full
    (29 February becomes 28), moved on from a Saturday, Sunday or holiday. A part payment the debtor
    has made after the due date, while the claim was still alive, is an acknowledgement: the period
    runs anew from its day. Nothing else in our facts interrupts: no notice, plan or hand-over does.
    """
    last = _three_years_on(due_on, rules)
    for paid_on in sorted(payment.paid_on for payment in payments if payment.amount > 0):
        if due_on < paid_on <= min(last, today):
            last = _three_years_on(paid_on, rules)
    return last


@lru_cache(maxsize=4096)  # some years of due dates
def _three_years_on(start: date, rules: Rules) -> date:
    same_date = add_months(start, rules.limitation_years * _MONTHS_IN_YEAR)
    return next_business_day(same_date, rules.holidays)
