"""Rules about the due date: passed, moved, long past; and whether the invoice was delivered."""

from __future__ import annotations

from gateway.domain.business_days import add_days
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.notices import counted_deadline
from gateway.domain.rules import SurchargeConsent
from gateway.domain.wording import Said, Words

NOT_OVERDUE = Words(
    "INK-01.not_overdue",
    "The invoice falls due on {due_on}; it is overdue from the day after.",
    "Fakturaen forfaller {due_on}; kravet er forfalt fra dagen etter.",
)
MOVED = Words(
    "INK-30.moved",
    "Not a business day: {moved}.",
    "Ikke en virkedag: {moved}.",
)
MOVED_DUE_DATE = Words(
    "INK-30.due_date",
    "the due date {stated} counts as {counted}",
    "forfallsdagen {stated} regnes som {counted}",
)
MOVED_DEADLINE = Words(
    "INK-30.deadline",
    "the notice deadline {stated} counts as {counted} by policy",
    "varselfristen {stated} regnes etter egne valg som {counted}",
)
DELIVERY_NOT_TOLD = Words(
    "INK-11.not_told",
    "Nothing tells how the invoice was delivered, so this could not be checked.",
    "Det er ikke opplyst hvordan fakturaen ble levert, så dette kunne ikke kontrolleres.",
)
LONG_OVERDUE = Words(
    "GW-05.long_overdue",
    "The claim is {days} days overdue. The agency may take a surcharge on what it collects after"
    " {most} days.",
    "Kravet er forfalt for {days} dager siden. Inkassoforetaket kan ta et tillegg av det som"
    " innkreves etter {most} dager.",
)
# Bound once: Python 3.11 reads an enum's member slowly, and these are asked of every old claim.
_GIVEN, _ASK, _REVIEW = SurchargeConsent.GIVEN, SurchargeConsent.ASK, Effect.REVIEW


@rule(
    "INK-01",
    Effect.HOLD,
    en="A claim that is not yet overdue is held until the day after its due date.",
    nb="Et krav som ikke er forfalt, venter til dagen etter forfallsdagen.",
    source="inkassoloven § 9",
)
def not_yet_overdue(facts: Facts) -> Finding | None:
    """Hold while the (moved) due date has not passed."""
    if facts.due_on is None or facts.today > facts.due_on:
        return None
    return Finding(says=NOT_OVERDUE(due_on=facts.due_on), until=add_days(facts.due_on, 1))


@rule(
    "INK-30",
    Effect.WARN,
    en="A due date or notice deadline on a day off counts as the next business day.",
    nb="En forfallsdag eller varselfrist på en fridag regnes som neste virkedag.",
    source="gjeldsbrevloven § 5 by analogy (due date); gateway policy (notice deadline)",
    policy=("notice_deadline_rolls",),
)
def moved_to_business_day(facts: Facts) -> Finding | None:
    """Tell that a date was moved."""
    moved: list[Said] = []
    stated, due_on = facts.stated_due_on, facts.due_on
    if stated is not None and due_on is not None and stated != due_on:
        moved.append(MOVED_DUE_DATE(stated=stated, counted=due_on))
    deadline = facts.basis.running.deadline if facts.basis and facts.earliest else None
    if deadline is not None:
        counted = counted_deadline(deadline, rules=facts.rules, policy=facts.policy)
        if counted != deadline:
            moved.append(MOVED_DEADLINE(stated=deadline, counted=counted))
    return Finding(says=MOVED(moved=tuple(moved))) if moved else None


@rule(
    "INK-11",
    Effect.WARN,
    en="An invoice that never reached the debtor has not fallen due: know how it was delivered.",
    nb="En faktura som aldri nådde skyldneren, er ikke forfalt: vit hvordan den ble levert.",
    source="inkassoloven § 9; FinKN 2017-492",
)
def delivery_not_shown(facts: Facts) -> Finding | None:
    """Warn where nothing tells how the invoice was delivered."""
    return None if facts.invoice.delivery_evidence else Finding(says=DELIVERY_NOT_TOLD())


@rule(
    "GW-05",
    Effect.WARN,
    en="The agency may take a surcharge on old claims: the creditor says whether it consents.",
    nb="Inkassoforetaket kan ta et tillegg for gamle krav: fordringshaveren sier om det er greit.",
    source="gateway policy (the agency's terms)",
    policy=("surcharge_after_days", "surcharge_consent"),
)
def long_overdue(facts: Facts) -> Finding | None:
    """Tell of the surcharge, or ask a person, as the creditor chose."""
    policy = facts.policy
    if facts.due_on is None:
        return None
    days = (facts.today - facts.due_on).days
    if days <= policy.surcharge_after_days or policy.surcharge_consent is _GIVEN:
        return None
    return Finding(
        says=LONG_OVERDUE(days=days, most=policy.surcharge_after_days),
        effect=_REVIEW if policy.surcharge_consent is _ASK else None,
    )


RULES = (not_yet_overdue, moved_to_business_day, delivery_not_shown, long_overdue)
