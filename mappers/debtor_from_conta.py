"""A customer as Conta has it, as the domain's debtor."""

from __future__ import annotations

import re

from clients.conta.assumptions import Assumptions
from clients.conta.wire import Customer, PostalAddress
from gateway.domain.invoice import Address, Debtor, DebtorKind
from mappers.country_from_conta import country_from_conta
from mappers.line_from_text import line_from_text
from mappers.organization_number_from_text import organization_number_from_text


def debtor_from_conta(customer: Customer, assumptions: Assumptions) -> Debtor:
    """Map a customer; what Conta does not know (bankruptcy, death, a guardian …) stays unsaid.

    Conta tells individuals from organisations and nothing more. The owner of a sole proprietorship
    (ENK) owes in person, so it counts as one: an individual with an organisation number, and an
    organisation with a birth date or a word for ENK in its name. A customer of no or an unknown
    type counts as a person too, who is protected more.
    """
    kind = _kind(customer, assumptions)
    is_person = kind is DebtorKind.PERSON
    return Debtor(
        number=str(customer.id),
        name=line_from_text(customer.name) or "",
        kind=kind,
        organization_number=organization_number_from_text(customer.orgNo, is_person=is_person),
        birth_date=customer.dateOfBirth if is_person else None,
        address=_address(customer, assumptions),
        email=line_from_text(customer.emailAddress),
        phone=line_from_text(customer.phoneNo),
    )


def _kind(customer: Customer, assumptions: Assumptions) -> DebtorKind:
    if customer.customerType != "ORGANIZATION":
        return DebtorKind.PERSON
    words = set(re.split(r"[\W_]+", (customer.name or "").lower()))
    is_sole_proprietor = customer.dateOfBirth is not None or not words.isdisjoint(
        assumptions.customers.sole_proprietor_words
    )
    return DebtorKind.PERSON if is_sole_proprietor else DebtorKind.ORGANIZATION


def _address(customer: Customer, assumptions: Assumptions) -> Address | None:
    """Return where letters go: the mailing address where it is one, else the customer's own."""
    mailing, own = customer.mailingAddress, customer.customerAddress
    chosen = mailing if mailing.line1 and mailing.postcode and mailing.city else own
    if chosen == PostalAddress(line1=None, line2=None, postcode=None, city=None, country=None):
        return None
    return Address(
        line1=line_from_text(chosen.line1),
        line2=line_from_text(chosen.line2),
        postal_code=line_from_text(chosen.postcode),
        city=line_from_text(chosen.city),
        country=country_from_conta(chosen.country, chosen.postcode, assumptions),
    )
