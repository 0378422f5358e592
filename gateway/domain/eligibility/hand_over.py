"""Rules about what the agency already has, and which claims go together."""

from __future__ import annotations

from gateway.domain.claim import LIVE_AT_AGENCY, ClaimState
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule


@rule(
    "INK-38",
    Effect.REJECT,
    "A claim is handed over once.",
    source="inkassoloven § 17 (only necessary costs)",
)
def handed_over_already(facts: Facts) -> Finding | None:
    """Reject a claim the agency already has."""
    if not facts.standing.at_agency:
        return None
    return Finding(message="This claim was handed over to the agency already.")


@rule(
    "GW-01",
    Effect.REVIEW,
    "Where it is doubtful which claim or debtor this is, a person looks.",
    source="gateway policy (never double, never guess)",
)
def identity_doubtful(facts: Facts) -> Finding | None:
    """Ask for a review with the sentence that names the conflict."""
    conflict = facts.standing.identity_conflict
    if not conflict:
        return None
    sentence = conflict[0].upper() + conflict[1:]
    return Finding(message=sentence if sentence.endswith(".") else f"{sentence}.")


@rule(
    "INK-35",
    Effect.WARN,
    "Claims of one creditor on one debtor that are ready together go together.",
    source="inkassoloven § 17 (merging of cases)",
)
def goes_together(facts: Facts) -> Finding | None:
    """Tell which claims on the debtor go with this one."""
    ready = [
        sibling.invoice_number
        for sibling in facts.standing.siblings
        if sibling.state is ClaimState.READY
        and not sibling.frozen
        and sibling.currency == facts.invoice.currency
    ]
    if not ready:
        return None
    return Finding(
        message=f"Goes together with {_invoices(ready)} on the same debtor"
        f" ({merge_key(facts)}), as one case."
    )


@rule(
    "INK-36",
    Effect.WARN,
    "A new claim on a debtor with a live case is attached to that case.",
    source="inkassoloven § 17 (merging of cases)",
)
def attaches_to_live_case(facts: Facts) -> Finding | None:
    """Tell which claims on the debtor the agency already has."""
    live = [
        sibling.invoice_number
        for sibling in facts.standing.siblings
        if sibling.state in LIVE_AT_AGENCY
    ]
    if not live:
        return None
    return Finding(
        message=f"The agency already has {_invoices(live)} on the same debtor"
        f" ({merge_key(facts)}); this claim is attached to that case."
    )


def merge_key(facts: Facts) -> str:
    """Return what claims of one case share: ``creditor/debtor number``."""
    return f"{facts.standing.creditor_id}/{facts.invoice.debtor.number}"


def _invoices(numbers: list[str]) -> str:
    return f"invoice{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


RULES = (handed_over_already, identity_doubtful)
RULES_FOR_FORWARD = (goes_together, attaches_to_live_case)
