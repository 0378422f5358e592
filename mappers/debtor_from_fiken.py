"""A contact as Fiken has it, as the domain's debtor."""

from __future__ import annotations

import re

from clients.fiken.assumptions import Assumptions
from clients.fiken.wire import Contact
from gateway.domain.invoice import Address, Debtor, DebtorKind
from mappers.country_from_text import country_from_text
from mappers.line_from_text import line_from_text
from mappers.organization_number_from_text import organization_number_from_text


def debtor_from_fiken(contact: Contact, assumptions: Assumptions) -> Debtor:
    """Map a contact; what Fiken does not know (birth, death, bankruptcy …) stays unsaid.

    Nothing in Fiken tells a person from a company. Who has an organisation number counts as an
    organisation, unless a word for sole proprietorship (ENK) stands in its name: its owner owes in
    person. Everybody else counts as a person, who is protected more.
    """
    kind = _kind(contact, assumptions)
    is_person = kind is DebtorKind.PERSON
    return Debtor(
        number=str(contact.contactId),
        name=line_from_text(contact.name) or "",
        kind=kind,
        organization_number=organization_number_from_text(
            contact.organizationNumber, is_person=is_person
        ),
        address=_address(contact, assumptions),
        email=line_from_text(contact.email),
        phone=line_from_text(contact.phoneNumber),
    )


def _kind(contact: Contact, assumptions: Assumptions) -> DebtorKind:
    if organization_number_from_text(contact.organizationNumber, is_person=True) is None:
        return DebtorKind.PERSON
    words = set(re.split(r"[\W_]+", (contact.name or "").lower()))
    is_sole_proprietor = not words.isdisjoint(assumptions.sole_proprietor_words)
    return DebtorKind.PERSON if is_sole_proprietor else DebtorKind.ORGANIZATION


def _address(contact: Contact, assumptions: Assumptions) -> Address | None:
    """Return the postal address; None where only a country is told, as Fiken demands one."""
    told = contact.address
    if told is None or not (told.streetAddress or told.postCode or told.city):
        return None
    return Address(
        line1=line_from_text(told.streetAddress),
        line2=line_from_text(told.streetAddressLine2),
        postal_code=line_from_text(told.postCode),
        city=line_from_text(told.city),
        country=country_from_text(told.country, told.postCode, assumptions.absent_country),
    )
