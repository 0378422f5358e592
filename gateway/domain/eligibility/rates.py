"""The rule that fails closed where no dated row covers a day we need."""

from __future__ import annotations

from gateway.domain.business_days import add_days
from gateway.domain.dated_rows import first_uncovered, row_on
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import DebtorKind


@rule(
    "INK-34",
    Effect.HOLD,
    "Without a published rate for every needed day nothing is sent.",
    source="gateway policy (fail closed); forsinkelsesrenteloven § 3, inkassoforskriften § 1-1",
)
def rates_outdated(facts: Facts) -> Finding | None:
    """Hold, without a date, until the missing rows are added."""
    missing = []
    if facts.amounts.interest is None and facts.interest_from is not None:
        first = add_days(facts.interest_from, 1)
        day = first_uncovered(facts.rules.late_interest, first, facts.today)
        missing.append(f"late interest on {day}")
    missing += [
        f"the collection rate on {fee.letter.sent_on}"
        for fee in facts.fees
        if fee.claimable is None
    ]
    if (
        facts.invoice.compensation_claimed
        and facts.invoice.debtor.kind is not DebtorKind.PERSON
        and row_on(facts.rules.compensation, facts.today) is None
    ):
        missing.append(f"standard compensation on {facts.today}")
    if not missing:
        return None
    return Finding(
        message=f"Rates outdated: no row covers {', '.join(missing)}. Add the published rates"
        " to the rules."
    )


RULES = (rates_outdated,)
