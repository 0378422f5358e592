"""Rules about what the agency already has, and which claims go together."""

from __future__ import annotations

from gateway.domain.claim import LIVE_AT_AGENCY, ClaimState
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.wording import Said, Words

HANDED_OVER = Words(
    "INK-38.handed_over",
    "This claim was handed over to the agency already.",
    "Dette kravet er allerede overført til inkassoforetaket.",
)
MAYBE_THERE = Words(
    "GW-01.maybe_there",
    "Kravia may have it already (case {cases}): {why}.",
    "Kravia kan ha det allerede (sak {cases}): {why}.",
)
SAME_NUMBER = Words(
    "GW-01.same_number",
    "The same invoice number and date also came as invoice {invoice_id}.",
    "Samme fakturanummer og dato kom også som faktura {invoice_id}.",
)
OTHER_DEBTOR = Words(
    "GW-01.other_debtor",
    "Debtor number {debtor_number} stands for another name, organisation number or birth date on"
    " invoice {invoice_id}.",
    "Kundenummer {debtor_number} står for et annet navn, organisasjonsnummer eller en annen"
    " fødselsdato på faktura {invoice_id}.",
)
TOGETHER = Words(
    "INK-35.together",
    "Goes together with {invoices} on the same debtor ({merge_key}), as one case.",
    "Overføres sammen med {invoices} på samme skyldner ({merge_key}), som én sak.",
)
ATTACHES = Words(
    "INK-36.attaches",
    "The agency already has {invoices} on the same debtor ({merge_key}); this claim is attached to"
    " that case.",
    "Inkassoforetaket har allerede {invoices} på samme skyldner ({merge_key}); dette kravet knyttes"
    " til den saken.",
)
INVOICE = Words("invoice.one", "invoice {number}", "faktura {number}")
TELL_AGENCY = Words(
    "INK-42.tell",
    "The agency is told the same day: {news}.",
    "Inkassoforetaket får beskjed samme dag: {news}.",
)
PAID_SINCE = Words("INK-42.paid", "a payment of {on}", "en betaling {on}")
CREDITED_SINCE = Words("INK-42.credited", "a credit note of {on}", "en kreditnota {on}")
CREDITED_IN_FULL = Words(
    "INK-42.recall",
    "nothing is left after the credit note of {on}, so the case is recalled",
    "ingenting gjenstår etter kreditnotaen {on}, så saken trekkes",
)
OBJECTED_SINCE = Words("INK-42.objected", "an objection of {on}", "en innsigelse {on}")
DEBTOR_NEWS = Words(
    "INK-42.debtor",
    "the debtor's death, insolvency or protected address",
    "skyldnerens dødsfall, insolvens eller sperrede adresse",
)


@rule(
    "INK-38",
    Effect.REJECT,
    en="A claim is handed over once.",
    nb="Et krav overføres én gang.",
    source="inkassoloven § 17 (only necessary costs)",
)
def handed_over_already(facts: Facts) -> Finding | None:
    """Reject a claim the agency already has."""
    return Finding(says=HANDED_OVER()) if facts.standing.at_agency else None


@rule(
    "INK-42",
    Effect.WARN,
    en="After hand-over the agency is told of money, objections and the debtor the same day.",
    nb="Etter overføring får inkassoforetaket beskjed om betaling og innsigelser samme dag.",
    source="gateway policy; inkassoloven § 8",
)
def agency_is_told(facts: Facts) -> Finding | None:
    """Name what came since the hand-over; the gateway reports it or gives a person a task."""
    since, invoice = facts.standing.handed_over_on, facts.invoice
    if not facts.standing.at_agency or since is None:
        return None
    news: list[Said] = [
        PAID_SINCE(on=payment.paid_on)
        for payment in invoice.payments
        if payment.paid_on >= since and not payment.from_agency
    ]
    credited = CREDITED_SINCE if invoice.outstanding > 0 else CREDITED_IN_FULL
    news += [
        credited(on=note.issued_on) for note in invoice.credit_notes if note.issued_on >= since
    ]
    if invoice.objection is not None and invoice.objection.raised_on >= since:
        news.append(OBJECTED_SINCE(on=invoice.objection.raised_on))
    debtor = invoice.debtor
    if debtor.deceased or debtor.bankrupt or debtor.insolvency or debtor.protected_address:
        news.append(DEBTOR_NEWS())
    return Finding(says=TELL_AGENCY(news=tuple(news))) if news else None


@rule(
    "GW-01",
    Effect.REVIEW,
    en="Where it is doubtful which claim or debtor this is, a person looks.",
    nb="Er det tvil om hvilket krav eller hvilken skyldner dette er, ser et menneske på saken.",
    source="gateway policy (never double, never guess)",
)
def identity_doubtful(facts: Facts) -> Finding | None:
    """Ask for a review with the sentence that names the conflict."""
    conflict = facts.standing.identity_conflict
    return None if conflict is None else Finding(says=conflict)


@rule(
    "INK-35",
    Effect.WARN,
    en="Claims of one creditor on one debtor that are ready together go together.",
    nb="Krav fra samme fordringshaver mot samme skyldner som er klare samtidig, går sammen.",
    source="inkassoloven § 17 (merging of cases)",
)
def goes_together(facts: Facts) -> Finding | None:
    """Tell which claims on the debtor go with this one."""
    ready = [
        sibling.invoice_number
        for sibling in facts.standing.siblings
        if sibling.state is ClaimState.READY
        and not sibling.frozen
        and sibling.currency == facts.invoice.currency
    ]
    if not ready:
        return None
    return Finding(says=TOGETHER(invoices=_invoices(ready), merge_key=merge_key(facts)))


@rule(
    "INK-36",
    Effect.WARN,
    en="A new claim on a debtor with a live case is attached to that case.",
    nb="Et nytt krav mot en skyldner med en løpende sak knyttes til den saken.",
    source="inkassoloven § 17 (merging of cases)",
)
def attaches_to_live_case(facts: Facts) -> Finding | None:
    """Tell which claims on the debtor the agency already has."""
    live = [
        sibling.invoice_number
        for sibling in facts.standing.siblings
        if sibling.state in LIVE_AT_AGENCY
    ]
    if not live:
        return None
    return Finding(says=ATTACHES(invoices=_invoices(live), merge_key=merge_key(facts)))


def merge_key(facts: Facts) -> str:
    """Return what claims of one case share: ``creditor/debtor number``."""
    return f"{facts.standing.creditor_id}/{facts.invoice.debtor.number}"


def _invoices(numbers: list[str]) -> tuple[Said, ...]:
    return tuple(INVOICE(number=number) for number in numbers)


RULES = (handed_over_already, agency_is_told, identity_doubtful)
RULES_FOR_FORWARD = (goes_together, attaches_to_live_case)
