"""Rules about where the debtor lives and in what currency the claim is."""

from __future__ import annotations

from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule


@rule(
    "INK-24",
    Effect.REVIEW,
    "A debtor abroad, or a claim in another currency, needs the agency's agreement.",
    source="gateway policy; Lovavdelingen 12.11.2002",
)
def abroad(facts: Facts) -> Finding | None:
    """Ask for a review of a country or currency that is not agreed with the agency."""
    invoice = facts.invoice
    problems = []
    country = (invoice.debtor.address.country if invoice.debtor.address else None) or ""
    if country.strip() and country.strip().upper() not in facts.policy.countries:
        problems.append("the debtor's country is not among those agreed with the agency")
    if invoice.currency.upper() not in facts.policy.currencies:
        problems.append("the claim's currency is not among those agreed with the agency")
    if not problems:
        return None
    text = " and ".join(problems)
    agreed = ", ".join(sorted(facts.policy.countries | facts.policy.currencies))
    return Finding(message=f"{text[0].upper()}{text[1:]} ({agreed}).")


RULES = (abroad,)
