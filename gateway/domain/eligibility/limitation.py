"""Rules about limitation (foreldelse): a lost right is not collected, a waning one is seen."""

from __future__ import annotations

from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule

_LATE_INVOICE_DAYS = 30  # INK-17: invoiced this long after supply, limitation may run from earlier


@rule(
    "INK-15",
    Effect.REJECT,
    "A time-barred claim is not collected.",
    source="foreldelsesloven §§ 2, 3 and 29",
)
def time_barred(facts: Facts) -> Finding | None:
    """Reject after the last day of the limitation period."""
    last = facts.limitation_last_day
    if last is None or facts.today <= last:
        return None
    return Finding(
        message=f"The claim has been time-barred since {last}, unless court steps interrupted it."
    )


@rule(
    "INK-16",
    Effect.REVIEW,
    "Shortly before limitation a person decides, for a demand and a court step must still fit in.",
    source="gateway policy; foreldelsesloven §§ 2 and 29",
)
def soon_time_barred(facts: Facts) -> Finding | None:
    """Ask for a review in the last days, warn in the last months."""
    last = facts.limitation_last_day
    if last is None or facts.today > last:
        return None
    days = (last - facts.today).days
    if days <= facts.rules.limitation_review_days:
        return Finding(
            message=f"The claim is time-barred after {last} ({_days(days)} left). Decide at once"
            " whether to go to court."
        )
    if days <= facts.rules.limitation_urgent_days:
        return Finding(
            message=f"Urgent: the claim is time-barred after {last} ({_days(days)} left).",
            effect=Effect.WARN,
        )
    return None


@rule(
    "INK-17",
    Effect.WARN,
    "Limitation runs from when payment could first be asked for, however late the invoice.",
    source="foreldelsesloven § 3 no. 1",
)
def invoiced_late(facts: Facts) -> Finding | None:
    """Warn where the supply lies long before the invoice, or is not told."""
    supplied_on, issued_on = facts.invoice.supplied_on, facts.invoice.issue_date
    if supplied_on is None:
        return Finding(
            message="When the goods or services were supplied is not told, so an earlier start of"
            " the limitation period could not be checked."
        )
    days = (issued_on - supplied_on).days
    if days <= _LATE_INVOICE_DAYS:
        return None
    return Finding(
        message=f"Supplied on {supplied_on} but invoiced on {issued_on}, {days} days later: the"
        " limitation period may have started before the due date."
    )


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


RULES = (time_barred, soon_time_barred, invoiced_late)
