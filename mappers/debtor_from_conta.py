"""A customer as Conta has it, as the domain's debtor."""

from __future__ import annotations

import re

from clients.conta.assumptions import Assumptions
from clients.conta.wire import Customer, PostalAddress
from gateway.domain.invoice import Address, Debtor, DebtorKind
from gateway.domain.organization_number import is_organization_number
from mappers.country_from_conta import country_from_conta

_NATIONAL_ID_DIGITS = 11
_NUMBER_DECORATION = re.compile(r"^NO|MVA$|[\s.\-]", re.ASCII | re.IGNORECASE)


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
        name=_line(customer.name) or "",
        kind=kind,
        organization_number=_organization_number(customer.orgNo, is_person=is_person),
        birth_date=customer.dateOfBirth if is_person else None,
        address=_address(customer, assumptions),
        email=_line(customer.emailAddress),
        phone=_line(customer.phoneNo),
    )


def _kind(customer: Customer, assumptions: Assumptions) -> DebtorKind:
    if customer.customerType != "ORGANIZATION":
        return DebtorKind.PERSON
    words = set(re.split(r"[\W_]+", (customer.name or "").lower()))
    is_sole_proprietor = customer.dateOfBirth is not None or not words.isdisjoint(
        assumptions.customers.sole_proprietor_words
    )
    return DebtorKind.PERSON if is_sole_proprietor else DebtorKind.ORGANIZATION


def _organization_number(text: str | None, *, is_person: bool) -> str | None:
    """Return the nine digits; of an organisation also a number that is none, for INK-25 to name.

    A national identity number does not belong here: eleven digits are dropped, and of a person all
    that is not an organisation number.
    """
    number = _NUMBER_DECORATION.sub("", (_line(text) or ""))
    if is_organization_number(number):
        return number
    digits = sum(c.isdigit() for c in number)
    if is_person or digits == _NATIONAL_ID_DIGITS or not number:
        return None
    return _line(text)


def _address(customer: Customer, assumptions: Assumptions) -> Address | None:
    """Return where letters go: the mailing address where it is one, else the customer's own."""
    mailing, own = customer.mailingAddress, customer.customerAddress
    chosen = mailing if mailing.line1 and mailing.postcode and mailing.city else own
    if chosen == PostalAddress(line1=None, line2=None, postcode=None, city=None, country=None):
        return None
    return Address(
        line1=_line(chosen.line1),
        line2=_line(chosen.line2),
        postal_code=_line(chosen.postcode),
        city=_line(chosen.city),
        country=country_from_conta(chosen.country, chosen.postcode, assumptions),
    )


def _line(text: str | None) -> str | None:
    """Return one printable line, None for an empty one."""
    printable = "".join(c if c.isprintable() else " " for c in text or "")
    return " ".join(printable.split()) or None
