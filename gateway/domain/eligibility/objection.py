"""Rules about objections: a disputed claim is answered, not collected."""

from __future__ import annotations

from gateway.domain.business_days import add_days
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import Invoice, Objection, ObjectionOutcome
from gateway.domain.wording import Money, Words

UPHELD = Words(
    "INK-12.upheld",
    "The debtor's objection of {raised_on} was upheld. Credit or withdraw the claim.",
    "Skyldnerens innsigelse av {raised_on} førte fram. Krediter eller trekk kravet.",
)
FROZEN = Words(
    "INK-12.frozen",
    "The claim is frozen since {frozen_on} because the debtor disputes it. Answer the objection,"
    " then report how it ended.",
    "Kravet er fryst siden {frozen_on} fordi skyldneren bestrider det. Svar på innsigelsen, og"
    " meld hvordan den endte.",
)
OPEN = Words(
    "INK-12.open",
    "The debtor has disputed the claim since {raised_on}. Answer the objection, then report how it"
    " ended.",
    "Skyldneren har bestridt kravet siden {raised_on}. Svar på innsigelsen, og meld hvordan den"
    " endte.",
)
ANSWERED = Words(
    "INK-13.answered",
    "The objection of {raised_on} was answered on {resolved_on}; the debtor has {days} days to"
    " object again, then a person looks.",
    "Innsigelsen av {raised_on} ble besvart {resolved_on}; skyldneren har {days} dager på seg til"
    " å komme tilbake, deretter ser et menneske på saken.",
)
SILENT = Words(
    "INK-13.silent",
    "The objection of {raised_on} was answered on {resolved_on} and {days} days have passed. Check"
    " that no new objection has come, then approve the claim or withdraw it.",
    "Innsigelsen av {raised_on} ble besvart {resolved_on}, og {days} dager har gått. Kontroller at"
    " det ikke er kommet en ny innsigelse, og godkjenn eller trekk kravet.",
)
PARTLY = Words(
    "INK-14.partly",
    "Since {raised_on} the debtor disputes {part} of the outstanding {outstanding}. Split the"
    " claim.",
    "Siden {raised_on} bestrider skyldneren {part} av utestående {outstanding}. Del kravet.",
)


@rule(
    "INK-12",
    Effect.REJECT,
    en="A claim with an open objection is not collected; it never resumes by itself.",
    nb="Et krav med åpen innsigelse kreves ikke inn; det gjenopptas aldri av seg selv.",
    source="inkassoloven §§ 8 and 17",
)
def disputed(facts: Facts) -> Finding | None:
    """Reject on an objection that is open or was upheld, or while the claim is frozen."""
    objection = facts.invoice.objection
    if objection is not None:
        if objection.outcome is ObjectionOutcome.UPHELD:
            return Finding(says=UPHELD(raised_on=objection.raised_on))
        if is_open(objection, facts):
            if is_partial(objection, facts.invoice):
                return None
            return Finding(says=OPEN(raised_on=objection.raised_on))
    frozen_on = facts.standing.frozen_on
    if frozen_on is None or (objection is not None and _answered_since(objection, facts)):
        return None
    return Finding(says=FROZEN(frozen_on=frozen_on))


@rule(
    "INK-13",
    Effect.HOLD,
    en="After an answer the debtor gets time to object again; then a person looks.",
    nb="Etter et svar får skyldneren tid til å komme tilbake; så ser et menneske på saken.",
    source="gateway policy (rimelig frist); inkassoloven § 8",
    policy=("objection_answer_days",),
)
def objection_answered(facts: Facts) -> Finding | None:
    """Hold the days after the answer, then ask for a review."""
    objection = facts.invoice.objection
    if objection is None or not _is_answered(objection, facts) or objection.resolved_on is None:
        return None
    days = facts.policy.objection_answer_days
    until = add_days(objection.resolved_on, days + 1)
    waits = facts.today < until
    says = (ANSWERED if waits else SILENT)(
        raised_on=objection.raised_on, resolved_on=objection.resolved_on, days=days
    )
    return Finding(says=says, until=until) if waits else Finding(says=says, effect=Effect.REVIEW)


@rule(
    "INK-14",
    Effect.REVIEW,
    en="Of a partly disputed claim only the undisputed part may be collected: a person splits it.",
    nb="Av et delvis bestridt krav kan bare det ubestridte kreves inn: et menneske deler det.",
    source="inkassoloven § 8",
)
def partly_disputed(facts: Facts) -> Finding | None:
    """Ask for a review where only a part of the open principal is disputed."""
    objection, invoice = facts.invoice.objection, facts.invoice
    if objection is None or objection.amount is None:
        return None
    if not is_open(objection, facts) or not is_partial(objection, invoice):
        return None
    return Finding(
        says=PARTLY(
            raised_on=objection.raised_on,
            part=Money(amount=objection.amount, currency=invoice.currency),
            outstanding=Money(amount=invoice.outstanding, currency=invoice.currency),
        )
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


RULES = (disputed, objection_answered, partly_disputed)
