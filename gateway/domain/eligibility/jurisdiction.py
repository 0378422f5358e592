"""Rules about where the debtor lives, in what currency the claim is, and who may collect it."""

from __future__ import annotations

from datetime import date

from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.wording import Words

COUNTRY = Words(
    "INK-24.country",
    "The debtor's country is not among those agreed with the agency ({agreed}).",
    "Skyldnerens land er ikke blant dem som er avtalt med inkassoforetaket ({agreed}).",
)
CURRENCY = Words(
    "INK-24.currency",
    "The claim's currency is not among those agreed with the agency ({agreed}).",
    "Kravets valuta er ikke blant dem som er avtalt med inkassoforetaket ({agreed}).",
)
COUNTRY_AND_CURRENCY = Words(
    "INK-24.both",
    "Neither the debtor's country nor the claim's currency is among those agreed with the agency"
    " ({agreed}).",
    "Verken skyldnerens land eller kravets valuta er blant dem som er avtalt med inkassoforetaket"
    " ({agreed}).",
)
NOT_ALLOWED = Words(
    "INK-39.not_allowed",
    "The agency {agency} is not among those this creditor uses ({allowed}).",
    "Inkassoforetaket {agency} er ikke blant dem fordringshaveren bruker ({allowed}).",
)
NO_AGENCY = Words("INK-39.none", "none", "ingen")
NO_LICENCE = Words(
    "INK-39.no_licence",
    "No licence of the agency {agency} is recorded for {today}.",
    "Det er ikke registrert noen bevilling for inkassoforetaket {agency} den {today}.",
)

AGENCY = "kravia"
"""The one agency this gateway hands claims to, as the rules' files and policies name it."""


@rule(
    "INK-24",
    Effect.REVIEW,
    en="A debtor abroad, or a claim in another currency, needs the agency's agreement.",
    nb="En skyldner i utlandet, eller et krav i annen valuta, krever avtale med inkassoforetaket.",
    source="gateway policy; Lovavdelingen 12.11.2002",
    policy=("countries", "currencies"),
)
def abroad(facts: Facts) -> Finding | None:
    """Ask for a review of a country or currency that is not agreed with the agency."""
    invoice, policy = facts.invoice, facts.policy
    country = (invoice.debtor.address.country if invoice.debtor.address else None) or ""
    is_abroad = bool(country.strip()) and country.strip().upper() not in policy.countries
    is_foreign = invoice.currency.upper() not in policy.currencies
    if not is_abroad and not is_foreign:
        return None
    agreed = ", ".join(sorted(policy.countries | policy.currencies))
    if is_abroad and is_foreign:
        return Finding(says=COUNTRY_AND_CURRENCY(agreed=agreed))
    return Finding(says=(COUNTRY if is_abroad else CURRENCY)(agreed=agreed))


@rule(
    "INK-39",
    Effect.REJECT,
    en="Only an agency that is licensed, and that the creditor uses, gets a claim.",
    nb="Bare et inkassoforetak med bevilling, som fordringshaveren bruker, får et krav.",
    source="inkassoloven §§ 4-5",
    policy=("agencies",),
)
def agency_not_allowed(facts: Facts) -> Finding | None:
    """Reject where the creditor does not use the agency or its licence is not on record today."""
    allowed = facts.policy.agencies
    if AGENCY not in allowed:
        names = ", ".join(sorted(allowed)) or NO_AGENCY()
        return Finding(says=NOT_ALLOWED(agency=AGENCY, allowed=names))
    for licence in facts.rules.licences:
        ends_on = licence.until or date.max
        if licence.agency == AGENCY and licence.since <= facts.today <= ends_on:
            return None
    return Finding(says=NO_LICENCE(agency=AGENCY, today=facts.today))


RULES = (abroad, agency_not_allowed)
