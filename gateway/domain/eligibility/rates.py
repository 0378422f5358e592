"""The rule that fails closed where no dated row covers a day we need."""

from __future__ import annotations

from gateway.domain.business_days import add_days
from gateway.domain.dated_rows import first_uncovered, row_on
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import DebtorKind
from gateway.domain.wording import Said, Words

OUTDATED = Words(
    "INK-34.outdated",
    "Rates outdated: no row covers {missing}. Add the published rates to the rules.",
    "Utdaterte satser: ingen rad dekker {missing}. Legg de publiserte satsene inn i reglene.",
)
INTEREST = Words("INK-34.interest", "late interest on {day}", "forsinkelsesrenten {day}")
COLLECTION_RATE = Words(
    "INK-34.collection_rate", "the collection rate on {day}", "inkassosatsen {day}"
)
COMPENSATION = Words(
    "INK-34.compensation", "standard compensation on {day}", "standardkompensasjonen {day}"
)
ACT = Words(
    "INK-34.act", "the collection act in force on {day}", "hvilken inkassolov som gjelder {day}"
)


@rule(
    "INK-34",
    Effect.HOLD,
    en="Without a published rate for every needed day nothing is sent.",
    nb="Uten en publisert sats for hver dag som trengs, sendes ingenting.",
    source="gateway policy (fail closed); forsinkelsesrenteloven § 3, inkassoforskriften § 1-1",
)
def rates_outdated(facts: Facts) -> Finding | None:
    """Hold, without a date, until the missing rows are added."""
    missing: list[Said] = []
    if facts.amounts.interest is None and facts.interest_from is not None:
        first = add_days(facts.interest_from, 0 if facts.rules.interest_on_due_date else 1)
        day = first_uncovered(facts.rules.late_interest, first, facts.today)
        missing.append(INTEREST(day=day or facts.today))
    for fee in facts.fees:
        if fee.claimable is None:
            sent_on = fee.letter.sent_on
            known = row_on(facts.rules.collection_rate, sent_on)
            missing.append((ACT if known else COLLECTION_RATE)(day=sent_on))
    if (
        facts.invoice.compensation_claimed
        and facts.invoice.debtor.kind is not DebtorKind.PERSON
        and row_on(facts.rules.compensation, facts.today) is None
    ):
        missing.append(COMPENSATION(day=facts.today))
    if facts.regime is None:
        missing.append(ACT(day=facts.today))
    return Finding(says=OUTDATED(missing=tuple(missing))) if missing else None


RULES = (rates_outdated,)
