"""Rules about debtors who need special care: young, dead, insolvent, or to be protected."""

from __future__ import annotations

from collections.abc import Container

from gateway.domain.business_days import add_months
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.estate import PROKLAMA_WEEKS
from gateway.domain.invoice import Insolvency, InsolvencyKind
from gateway.domain.wording import Words

MINOR = Words(
    "INK-18.minor",
    "The debtor is under 18, or was when the debt arose. No fees are counted.",
    "Skyldneren er under 18 år, eller var det da gjelden oppsto. Ingen gebyr regnes med.",
)
AGE_UNKNOWN = Words(
    "INK-18.age_unknown",
    "This creditor's customers may be minors and the debtor's birth date is not told. No fees are"
    " counted.",
    "Denne fordringshaverens kunder kan være mindreårige, og skyldnerens fødselsdato er ikke"
    " oppgitt. Ingen gebyr regnes med.",
)
DECEASED = Words(
    "INK-19.deceased",
    "The debtor has died. Address the claim to the estate; where a notice to creditors (proklama)"
    " is published, within {weeks} weeks of it.",
    "Skyldneren er død. Rett kravet mot dødsboet; der proklama er kunngjort, innen {weeks} uker"
    " fra kunngjøringen.",
)
BANKRUPT = Words(
    "INK-20.bankrupt",
    "The debtor is bankrupt. File the claim with the bankruptcy estate.",
    "Skyldneren er konkurs. Meld kravet i konkursboet.",
)
OPENED_UNKNOWN = Words(
    "INK-21.unknown",
    "Debt negotiations are open; when they were opened is not told.",
    "Gjeldsforhandling er åpnet; når er ikke oppgitt.",
)
PROTECTED_MONTHS = Words(
    "INK-21.protected",
    "Debt negotiations were opened on {opened_on}; the debtor is protected for {months} months (one"
    " more is possible), then a person looks.",
    "Gjeldsforhandling ble åpnet {opened_on}; skyldneren er vernet i {months} måneder (én til er"
    " mulig), deretter ser et menneske på saken.",
)
PROTECTION_OVER = Words(
    "INK-21.over",
    "Debt negotiations were opened on {opened_on}, more than {months} months ago, and no end is"
    " told. Find out how they ended.",
    "Gjeldsforhandling ble åpnet {opened_on}, for mer enn {months} måneder siden, og ingen slutt"
    " er oppgitt. Finn ut hvordan den endte.",
)
INSOLVENT = Words(
    "INK-22.insolvent",
    "The debtor {what}. Check whether the claim may still be pursued.",
    "Skyldneren {what}. Kontroller om kravet fortsatt kan følges opp.",
)
INSOLVENT_SINCE = Words(
    "INK-22.since",
    "The debtor {what} since {opened_on}. Check whether the claim may still be pursued.",
    "Skyldneren {what} siden {opened_on}. Kontroller om kravet fortsatt kan følges opp.",
)
PROTECTED_ADDRESS = Words(
    "INK-23.protected",
    "The debtor's address is protected. Use only an address the debtor gave for this.",
    "Skyldnerens adresse er sperret. Bruk bare en adresse skyldneren selv har gitt til dette.",
)
IN_SETTLEMENT = Words("INK-22.debt_settlement", "is in a debt settlement", "har gjeldsordning")
WINDING_UP = Words("INK-22.winding_up", "is being wound up", "er under avvikling")
DISSOLVED = Words("INK-22.dissolved", "is dissolved", "er oppløst")
_PROTECTS = (InsolvencyKind.DEBT_NEGOTIATION,)
_LEFT_TO_A_PERSON = {
    InsolvencyKind.DEBT_SETTLEMENT: IN_SETTLEMENT,
    InsolvencyKind.WINDING_UP: WINDING_UP,
    InsolvencyKind.DISSOLVED: DISSOLVED,
}


@rule(
    "INK-18",
    Effect.REVIEW,
    en="A minor's debt needs a person's judgement and bears no fees.",
    nb="En mindreårigs gjeld krever et menneskes vurdering og har ingen gebyr.",
    source="vergemålsloven § 9; Lovavdelingen 05.05.2006",
    policy=("minors_possible",),
)
def minor(facts: Facts) -> Finding | None:
    """Ask for a review where the debtor is, was or may be a minor."""
    if facts.minor:
        return Finding(says=MINOR())
    return Finding(says=AGE_UNKNOWN()) if facts.age_unknown else None


@rule(
    "INK-19",
    Effect.REJECT,
    en="A claim on someone who has died goes to the estate.",
    nb="Et krav mot en som er død, går til dødsboet.",
    source="skifteloven (arveloven ch. 14)",
)
def deceased(facts: Facts) -> Finding | None:
    """Reject where the debtor has died."""
    return Finding(says=DECEASED(weeks=PROKLAMA_WEEKS)) if facts.invoice.debtor.deceased else None


@rule(
    "INK-20",
    Effect.REJECT,
    en="A claim on a bankrupt debtor is filed with the estate.",
    nb="Et krav mot en som er konkurs, meldes i boet.",
    source="konkursloven § 109",
)
def bankrupt(facts: Facts) -> Finding | None:
    """Reject where the debtor is bankrupt."""
    return Finding(says=BANKRUPT()) if facts.invoice.debtor.bankrupt else None


@rule(
    "INK-21",
    Effect.HOLD,
    en="Open debt negotiations protect the debtor for 4 months; then a person looks.",
    nb="En åpnet gjeldsforhandling verner skyldneren i 4 måneder; så ser et menneske på saken.",
    source="gjeldsordningsloven § 3-4",
    policy=("debt_negotiation_months",),
)
def debt_negotiation(facts: Facts) -> Finding | None:
    """Hold the protected months, then ask for a review."""
    opened = _running(facts, _PROTECTS)
    if opened is None:
        return None
    if opened.opened_on is None:
        return Finding(says=OPENED_UNKNOWN(), effect=Effect.REVIEW)
    months = facts.policy.debt_negotiation_months
    until = add_months(opened.opened_on, months)
    if facts.today < until:
        says = PROTECTED_MONTHS(opened_on=opened.opened_on, months=months)
        return Finding(says=says, until=until)
    return Finding(
        says=PROTECTION_OVER(opened_on=opened.opened_on, months=months), effect=Effect.REVIEW
    )


@rule(
    "INK-22",
    Effect.REVIEW,
    en="A debt settlement, winding-up or dissolution leaves it to a person if a claim remains.",
    nb="Gjeldsordning, avvikling eller oppløsning: et menneske avgjør om noe krav står igjen.",
    source="gjeldsordningsloven ch. 6; aksjeloven ch. 16",
)
def insolvency_left_to_a_person(facts: Facts) -> Finding | None:
    """Ask for a review where a debt settlement runs or the company is going or gone."""
    running = _running(facts, _LEFT_TO_A_PERSON)
    if running is None:
        return None
    what = _LEFT_TO_A_PERSON[running.kind]()
    if running.opened_on is None:
        return Finding(says=INSOLVENT(what=what))
    return Finding(says=INSOLVENT_SINCE(what=what, opened_on=running.opened_on))


@rule(
    "INK-23",
    Effect.REVIEW,
    en="A protected address is neither looked up nor passed on without a person's judgement.",
    nb="En sperret adresse slås ikke opp og gis ikke videre uten et menneskes vurdering.",
    source="folkeregisterloven § 10-4",
)
def protected_address(facts: Facts) -> Finding | None:
    """Ask for a review where the address is protected."""
    return Finding(says=PROTECTED_ADDRESS()) if facts.invoice.debtor.protected_address else None


def _running(facts: Facts, kinds: Container[InsolvencyKind]) -> Insolvency | None:
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
