"""Rules about objections: a disputed claim is answered, not collected."""

from __future__ import annotations

from gateway.domain.business_days import add_days
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, in_money, rule
from gateway.domain.invoice import Invoice, Objection, ObjectionOutcome


@rule(
    "INK-12",
    Effect.REJECT,
    "A claim with an open objection is not collected; it never resumes by itself.",
    source="inkassoloven §§ 8 and 17",
)
def disputed(facts: Facts) -> Finding | None:
    """Reject on an objection that is open or was upheld, or while the claim is frozen."""
    objection = facts.invoice.objection
    if objection is not None:
        if objection.outcome is ObjectionOutcome.UPHELD:
            return Finding(
                message=f"The debtor's objection of {objection.raised_on} was upheld. Credit or"
                " withdraw the claim."
            )
        if is_open(objection, facts):
            return None if is_partial(objection, facts.invoice) else _open(objection)
    frozen_on = facts.standing.frozen_on
    if frozen_on is None or (objection is not None and _answered_since(objection, facts)):
        return None
    return Finding(
        message=f"The claim is frozen since {frozen_on} because the debtor disputes it. Answer the"
        " objection, then report how it ended."
    )


@rule(
    "INK-13",
    Effect.HOLD,
    "After an answer the debtor gets time to object again; then a person looks.",
    source="gateway policy (rimelig frist); inkassoloven § 8",
)
def objection_answered(facts: Facts) -> Finding | None:
    """Hold the days after the answer, then ask for a review."""
    objection = facts.invoice.objection
    if objection is None or not _is_answered(objection, facts) or objection.resolved_on is None:
        return None
    days = facts.policy.objection_answer_days
    until = add_days(objection.resolved_on, days + 1)
    answered = f"The objection of {objection.raised_on} was answered on {objection.resolved_on}"
    if facts.today < until:
        return Finding(
            message=f"{answered}; the debtor has {days} days to object again, then a person looks.",
            until=until,
        )
    return Finding(
        message=f"{answered} and {days} days have passed. Check that no new objection has come,"
        " then approve the claim or withdraw it.",
        effect=Effect.REVIEW,
    )


@rule(
    "INK-14",
    Effect.REVIEW,
    "Of a partly disputed claim only the undisputed part may be collected: a person splits it.",
    source="inkassoloven § 8",
)
def partly_disputed(facts: Facts) -> Finding | None:
    """Ask for a review where only a part of the open principal is disputed."""
    objection, invoice = facts.invoice.objection, facts.invoice
    if objection is None or objection.amount is None:
        return None
    if not is_open(objection, facts) or not is_partial(objection, invoice):
        return None
    disputed_part = in_money(objection.amount, invoice.currency)
    return Finding(
        message=f"Since {objection.raised_on} the debtor disputes {disputed_part} of the"
        f" outstanding {in_money(invoice.outstanding, invoice.currency)}. Split the claim."
    )


def is_open(objection: Objection, facts: Facts) -> bool:
    """Tell whether the objection stands; without a told end that has come, it does."""
    if objection.outcome is ObjectionOutcome.WITHDRAWN:
        return False
    return not _is_answered(objection, facts)


def is_partial(objection: Objection, invoice: Invoice) -> bool:
    """Tell whether only a part of the open principal is disputed."""
    return objection.amount is not None and 0 < objection.amount < invoice.outstanding


def _is_answered(objection: Objection, facts: Facts) -> bool:
    return (
        objection.outcome is ObjectionOutcome.ANSWERED
        and objection.resolved_on is not None
        and objection.resolved_on <= facts.today
    )


def _answered_since(objection: Objection, facts: Facts) -> bool:
    """Tell whether the freeze is this objection's own, and INK-13 now speaks for it."""
    frozen_on = facts.standing.frozen_on
    return (
        frozen_on is not None
        and objection.resolved_on is not None
        and _is_answered(objection, facts)
        and objection.resolved_on >= frozen_on
    )


def _open(objection: Objection) -> Finding:
    return Finding(
        message=f"The debtor has disputed the claim since {objection.raised_on}. Answer the"
        " objection, then report how it ended."
    )


RULES = (disputed, objection_answered, partly_disputed)
