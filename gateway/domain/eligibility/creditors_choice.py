"""Rules about what the creditor did with the invoice in its own ledger."""

from __future__ import annotations

from gateway.domain.business_days import add_days
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import ElsewhereStanding


@rule(
    "GW-03",
    Effect.HOLD,
    "What the creditor postponed in its ledger waits until that day is over.",
    source="gateway policy (a later follow-up is a sign that someone asked for time)",
)
def postponed(facts: Facts) -> Finding | None:
    """Hold until the day after the one the follow-up was moved to."""
    until = facts.invoice.postponed_until
    if until is None or facts.today > until:
        return None
    return Finding(
        message=f"The creditor postponed the follow-up in its ledger to {until}.",
        until=add_days(until, 1),
    )


@rule(
    "GW-04",
    Effect.REJECT,
    "A claim the creditor gave into other hands is not handed over a second time.",
    source="inkassoloven § 17 (only necessary costs); gateway policy (never double, never guess)",
)
def in_other_hands(facts: Facts) -> Finding | None:
    """Reject what runs elsewhere or was sold; ask a person about what came back or is unclear."""
    elsewhere = facts.invoice.elsewhere
    if elsewhere is None:
        return None
    match elsewhere.standing:
        case ElsewhereStanding.RUNNING:
            return Finding(
                message=f"The ledger's own link has it at an agency already ({elsewhere.word})."
                " Withdraw it there first."
            )
        case ElsewhereStanding.SOLD:
            return Finding(
                message=f"The ledger says that the claim was sold ({elsewhere.word}): it is no"
                " longer the creditor's."
            )
        case ElsewhereStanding.ENDED:
            return Finding(
                message=f"The ledger's own link had it at an agency, which ended it"
                f" ({elsewhere.word}). Check why before it is handed over again.",
                effect=Effect.REVIEW,
            )
        case ElsewhereStanding.UNKNOWN:
            return Finding(
                message=f"The ledger's status {elsewhere.word!r} has no known meaning. Check in the"
                " ledger whether the claim is still open.",
                effect=Effect.REVIEW,
            )


RULES = (postponed, in_other_hands)
