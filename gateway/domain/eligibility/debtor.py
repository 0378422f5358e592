"""Rules about debtors who need special care: young, dead, insolvent, or to be protected."""

from __future__ import annotations

from gateway.domain.business_days import add_months
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import Insolvency, InsolvencyKind

_LEFT_TO_A_PERSON = {
    InsolvencyKind.DEBT_SETTLEMENT: "is in a debt settlement",
    InsolvencyKind.WINDING_UP: "is being wound up",
    InsolvencyKind.DISSOLVED: "is dissolved",
}


@rule(
    "INK-18",
    Effect.REVIEW,
    "A minor's debt needs a person's judgement and bears no fees.",
    source="vergemålsloven § 9; Lovavdelingen 05.05.2006",
)
def minor(facts: Facts) -> Finding | None:
    """Ask for a review where the debtor is, was or may be a minor."""
    if facts.minor:
        return Finding(
            message="The debtor is under 18, or was when the debt arose. No fees are counted."
        )
    if facts.age_unknown:
        return Finding(
            message="This creditor's customers may be minors and the debtor's birth date is not"
            " told. No fees are counted."
        )
    return None


@rule(
    "INK-19",
    Effect.REJECT,
    "A claim on someone who has died goes to the estate.",
    source="skifteloven (arveloven ch. 14)",
)
def deceased(facts: Facts) -> Finding | None:
    """Reject where the debtor has died."""
    if not facts.invoice.debtor.deceased:
        return None
    return Finding(message="The debtor has died. Address the claim to the estate.")


@rule(
    "INK-20",
    Effect.REJECT,
    "A claim on a bankrupt debtor is filed with the estate.",
    source="konkursloven § 109",
)
def bankrupt(facts: Facts) -> Finding | None:
    """Reject where the debtor is bankrupt."""
    if not facts.invoice.debtor.bankrupt:
        return None
    return Finding(message="The debtor is bankrupt. File the claim with the bankruptcy estate.")


@rule(
    "INK-21",
    Effect.HOLD,
    "Open debt negotiations protect the debtor for 4 months; then a person looks.",
    source="gjeldsordningsloven § 3-4",
)
def debt_negotiation(facts: Facts) -> Finding | None:
    """Hold the protected months, then ask for a review."""
    opened = _running(facts, InsolvencyKind.DEBT_NEGOTIATION)
    if opened is None:
        return None
    if opened.opened_on is None:
        return Finding(
            message="Debt negotiations are open; when they were opened is not told.",
            effect=Effect.REVIEW,
        )
    months = facts.policy.debt_negotiation_months
    until = add_months(opened.opened_on, months)
    if facts.today < until:
        return Finding(
            message=f"Debt negotiations were opened on {opened.opened_on}; the debtor is protected"
            f" for {months} months (one more is possible), then a person looks.",
            until=until,
        )
    return Finding(
        message=f"Debt negotiations were opened on {opened.opened_on}, more than {months} months"
        " ago, and no end is told. Find out how they ended.",
        effect=Effect.REVIEW,
    )


@rule(
    "INK-22",
    Effect.REVIEW,
    "A debt settlement, winding-up or dissolution leaves it to a person whether a claim remains.",
    source="gjeldsordningsloven ch. 6; aksjeloven ch. 16",
)
def insolvency_left_to_a_person(facts: Facts) -> Finding | None:
    """Ask for a review where a debt settlement runs or the company is going or gone."""
    running = _running(facts, *_LEFT_TO_A_PERSON)
    if running is None:
        return None
    since = f" since {running.opened_on}" if running.opened_on else ""
    return Finding(
        message=f"The debtor {_LEFT_TO_A_PERSON[running.kind]}{since}. Check whether the claim may"
        " still be pursued."
    )


@rule(
    "INK-23",
    Effect.REVIEW,
    "A protected address is neither looked up nor passed on without a person's judgement.",
    source="folkeregisterloven § 10-4",
)
def protected_address(facts: Facts) -> Finding | None:
    """Ask for a review where the address is protected."""
    if not facts.invoice.debtor.protected_address:
        return None
    return Finding(
        message="The debtor's address is protected. Use only an address the debtor gave for this."
    )


def _running(facts: Facts, *kinds: InsolvencyKind) -> Insolvency | None:
    insolvency = facts.invoice.debtor.insolvency
    if insolvency is None or insolvency.kind not in kinds:
        return None
    ended = insolvency.ended_on is not None and insolvency.ended_on <= facts.today
    return None if ended else insolvency


RULES = (
    minor,
    deceased,
    bankrupt,
    debt_negotiation,
    insolvency_left_to_a_person,
    protected_address,
)
