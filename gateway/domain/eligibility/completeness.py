"""What the agency needs to register a case and to write its payment demand."""

from __future__ import annotations

from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule
from gateway.domain.invoice import Debtor, DebtorKind
from gateway.domain.organization_number import is_organization_number

_NORWAY = "NO"


@rule(
    "INK-25",
    Effect.REJECT,
    "The agency needs the debtor's name and postal address, a due date, an organisation's number.",
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
    parts = []
    if missing:
        parts.append(f"The agency needs what is not told: {', '.join(missing)}.")
    if wrong:
        parts.append(f"Not a valid organisation number: {', '.join(wrong)}.")
    return Finding(message=" ".join(parts), fields=tuple(missing + wrong))


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


RULES = (facts_missing,)
