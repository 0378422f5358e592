"""Rules about what the creditor did with the invoice in its own ledger."""

from __future__ import annotations

from gateway.domain.business_days import add_days
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import ElsewhereStanding
from gateway.domain.wording import Words

POSTPONED = Words(
    "GW-03.postponed",
    "The creditor postponed the follow-up in its ledger to {until}.",
    "Fordringshaveren har utsatt oppfølgingen i regnskapssystemet til {until}.",
)
RUNS_ELSEWHERE = Words(
    "GW-04.running",
    "The ledger's own link has it at an agency already ({word}). Withdraw it there first.",
    "Regnskapssystemets egen kobling har det allerede hos et inkassoforetak ({word}). Trekk det"
    " der først.",
)
SOLD = Words(
    "GW-04.sold",
    "The ledger says that the claim was sold ({word}): it is no longer the creditor's.",
    "Regnskapssystemet sier at kravet er solgt ({word}): det er ikke lenger fordringshaverens.",
)
CAME_BACK = Words(
    "GW-04.ended",
    "The ledger's own link had it at an agency, which ended it ({word}). Check why before it is"
    " handed over again.",
    "Regnskapssystemets egen kobling hadde det hos et inkassoforetak, som avsluttet ({word})."
    " Finn ut hvorfor før det overføres på nytt.",
)
UNKNOWN_WORD = Words(
    "GW-04.unknown",
    "The ledger's status '{word}' has no known meaning. Check in the ledger whether the claim is"
    " still open.",
    "Regnskapssystemets status '{word}' har ingen kjent betydning. Kontroller der om kravet"
    " fortsatt er åpent.",
)
_SAYS = {
    ElsewhereStanding.RUNNING: (RUNS_ELSEWHERE, Effect.REJECT),
    ElsewhereStanding.SOLD: (SOLD, Effect.REJECT),
    ElsewhereStanding.ENDED: (CAME_BACK, Effect.REVIEW),
    ElsewhereStanding.UNKNOWN: (UNKNOWN_WORD, Effect.REVIEW),
}


@rule(
    "GW-03",
    Effect.HOLD,
    en="What the creditor postponed in its ledger waits until that day is over.",
    nb="Det fordringshaveren har utsatt i regnskapssystemet, venter til den dagen er over.",
    source="gateway policy (a later follow-up is a sign that someone asked for time)",
)
def postponed(facts: Facts) -> Finding | None:
    """Hold until the day after the one the follow-up was moved to."""
    until = facts.invoice.postponed_until
    if until is None or facts.today > until:
        return None
    return Finding(says=POSTPONED(until=until), until=add_days(until, 1))


@rule(
    "GW-04",
    Effect.REJECT,
    en="A claim the creditor gave into other hands is not handed over a second time.",
    nb="Et krav fordringshaveren har gitt fra seg, overføres ikke en gang til.",
    source="inkassoloven § 17 (only necessary costs); gateway policy (never double, never guess)",
)
def in_other_hands(facts: Facts) -> Finding | None:
    """Reject what runs elsewhere or was sold; ask a person about what came back or is unclear."""
    elsewhere = facts.invoice.elsewhere
    if elsewhere is None:
        return None
    words, effect = _SAYS[elsewhere.standing]
    return Finding(says=words(word=elsewhere.word), effect=effect)


RULES = (postponed, in_other_hands)
