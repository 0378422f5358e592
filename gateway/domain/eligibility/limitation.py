"""Rules about limitation (foreldelse): a lost right is not collected, a waning one is seen."""

from __future__ import annotations

from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.wording import Said, Words

TIME_BARRED = Words(
    "INK-15.time_barred",
    "The claim has been time-barred since {last}, unless court steps interrupted it.",
    "Kravet har vært foreldet siden {last}, om ikke rettslige skritt har avbrutt fristen.",
)
SOON = Words(
    "INK-16.soon",
    "The claim is time-barred after {last} ({left}). Decide at once whether to go to court.",
    "Kravet foreldes etter {last} ({left}). Avgjør straks om det skal tas rettslige skritt.",
)
URGENT = Words(
    "INK-16.urgent",
    "Urgent: the claim is time-barred after {last} ({left}).",
    "Haster: kravet foreldes etter {last} ({left}).",
)
DAYS_LEFT = Words("INK-16.days_left", "{days} days left", "{days} dager igjen")
DAY_LEFT = Words("INK-16.day_left", "1 day left", "1 dag igjen")
SUPPLY_NOT_TOLD = Words(
    "INK-17.not_told",
    "When the goods or services were supplied is not told, so an earlier start of the limitation"
    " period could not be checked.",
    "Det er ikke opplyst når varen eller tjenesten ble levert, så en tidligere start på"
    " foreldelsesfristen kunne ikke kontrolleres.",
)
INVOICED_LATE = Words(
    "INK-17.late",
    "Supplied on {supplied_on} but invoiced on {issued_on}, {days} days later: the limitation"
    " period may have started before the due date. Check it, then approve or withdraw the claim.",
    "Levert {supplied_on}, men fakturert {issued_on}, {days} dager senere: foreldelsesfristen kan"
    " ha startet før forfallsdagen. Kontroller det, og godkjenn eller trekk kravet.",
)

_LATE_INVOICE_DAYS = 30  # INK-17: invoiced this long after supply, limitation may run from earlier


@rule(
    "INK-15",
    Effect.REJECT,
    en="A time-barred claim is not collected.",
    nb="Et foreldet krav kreves ikke inn.",
    source="foreldelsesloven §§ 2, 3 and 29",
)
def time_barred(facts: Facts) -> Finding | None:
    """Reject after the last day of the limitation period."""
    last = facts.limitation_last_day
    if last is None or facts.today <= last:
        return None
    return Finding(says=TIME_BARRED(last=last))


@rule(
    "INK-16",
    Effect.REVIEW,
    en="Near limitation a person decides, for a demand and a court step must still fit in.",
    nb="Nær foreldelse avgjør et menneske, for en oppfordring og et rettslig skritt må få plass.",
    source="gateway policy; foreldelsesloven §§ 2 and 29",
)
def soon_time_barred(facts: Facts) -> Finding | None:
    """Ask for a review in the last days, warn in the last months."""
    last = facts.limitation_last_day
    if last is None or facts.today > last:
        return None
    days = (last - facts.today).days
    if days <= facts.rules.limitation_review_days:
        return Finding(says=SOON(last=last, left=_left(days)))
    if days <= facts.rules.limitation_urgent_days:
        return Finding(says=URGENT(last=last, left=_left(days)), effect=Effect.WARN)
    return None


@rule(
    "INK-17",
    Effect.REVIEW,
    en="Limitation runs from when payment could first be asked for, however late the invoice.",
    nb="Foreldelse løper fra betaling tidligst kunne kreves, uansett hvor sen fakturaen er.",
    source="foreldelsesloven § 3 no. 1",
)
def invoiced_late(facts: Facts) -> Finding | None:
    """Ask for a review where the supply lies long before the invoice; warn where it is not told.

    The supply's day and the agreed term lie before the due date as the supply before the invoice.
    """
    supplied_on, issued_on = facts.invoice.supplied_on, facts.invoice.issue_date
    if supplied_on is None:
        return Finding(says=SUPPLY_NOT_TOLD(), effect=Effect.WARN)
    days = (issued_on - supplied_on).days
    if days <= _LATE_INVOICE_DAYS:
        return None
    return Finding(says=INVOICED_LATE(supplied_on=supplied_on, issued_on=issued_on, days=days))


def _left(days: int) -> Said:
    return DAY_LEFT() if days == 1 else DAYS_LEFT(days=days)


RULES = (time_barred, soon_time_barred, invoiced_late)
