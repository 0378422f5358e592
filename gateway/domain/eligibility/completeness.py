"""What the agency needs to register a case and to write its payment demand, and no more."""

from __future__ import annotations

from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import Debtor, DebtorKind
from gateway.domain.organization_number import is_organization_number
from gateway.domain.wording import Words

MISSING = Words(
    "INK-25.missing",
    "The agency needs what is not told: {missing}.",
    "Inkassoforetaket trenger det som ikke er oppgitt: {missing}.",
)
WRONG = Words(
    "INK-25.wrong",
    "Not a valid organisation number: {fields}.",
    "Ikke et gyldig organisasjonsnummer: {fields}.",
)
MISSING_AND_WRONG = Words(
    "INK-25.missing_and_wrong",
    "The agency needs what is not told: {missing}. Not a valid organisation number: {fields}.",
    "Inkassoforetaket trenger det som ikke er oppgitt: {missing}. Ikke et gyldig"
    " organisasjonsnummer: {fields}.",
)
NOT_NEEDED = Words(
    "INK-40.not_needed",
    "Left out: the debtor's national identity number; the agency does not need it.",
    "Utelatt: skyldnerens fødselsnummer; inkassoforetaket trenger det ikke.",
)

_NORWAY = "NO"


@rule(
    "INK-25",
    Effect.REJECT,
    en="The agency needs the debtor's name, postal address, a due date, an organisation's number.",
    nb="Foretaket trenger skyldnerens navn, postadresse, forfallsdag og organisasjonsnummer.",
    source="inkassoloven § 10",
)
def facts_missing(facts: Facts) -> Finding | None:
    """Reject with the list of what is missing or wrong."""
    invoice = facts.invoice
    missing = [
        field
        for field, text in (
            ("invoice.id", invoice.id),
            ("invoice.number", invoice.number),
            ("invoice.currency", invoice.currency),
            ("debtor.number", invoice.debtor.number),
            ("debtor.name", invoice.debtor.name),
        )
        if not text.strip()
    ]
    if facts.due_on is None:
        missing.append("invoice.due_date")
    missing += _missing_in_address(invoice.debtor)
    wrong = []
    if invoice.debtor.kind is not DebtorKind.PERSON:
        number = (invoice.debtor.organization_number or "").strip()
        if not number:
            missing.append("debtor.organization_number")
        elif _country(invoice.debtor) in ("", _NORWAY) and not is_organization_number(number):
            wrong.append("debtor.organization_number")
    if not missing and not wrong:
        return None
    if not missing:
        says = WRONG(fields=", ".join(wrong))
    else:
        told = ", ".join(missing)
        says = (
            MISSING_AND_WRONG(missing=told, fields=", ".join(wrong))
            if wrong
            else MISSING(missing=told)
        )
    return Finding(says=says, fields=tuple(missing + wrong))


@rule(
    "INK-40",
    Effect.STRIP,
    en="A national identity number goes no further unless the agency needs it.",
    nb="Et fødselsnummer går ikke videre uten at inkassoforetaket trenger det.",
    source="personopplysningsloven § 12",
    policy=("national_id_needed",),
)
def national_id_not_needed(facts: Facts) -> Finding | None:
    """Tell that the number is left out; it stands in no message, log or register."""
    if not facts.invoice.debtor.national_id or facts.policy.national_id_needed:
        return None
    return Finding(says=NOT_NEEDED())


def _missing_in_address(debtor: Debtor) -> list[str]:
    address = debtor.address
    if address is None:
        return [f"debtor.address.{part}" for part in ("line1", "postal_code", "city", "country")]
    return [
        f"debtor.address.{part}"
        for part, text in (
            ("line1", address.line1),
            ("postal_code", address.postal_code),
            ("city", address.city),
            ("country", address.country),
        )
        if not (text or "").strip()
    ]


def _country(debtor: Debtor) -> str:
    return ((debtor.address.country if debtor.address else None) or "").strip().upper()


RULES = (facts_missing, national_id_not_needed)
