"""A customer as Tripletex has it, as the domain's debtor."""

from __future__ import annotations

import re

from clients.tripletex import wire
from clients.tripletex.assumptions import Assumptions
from gateway.domain.invoice import Address, Debtor, DebtorKind
from gateway.domain.organization_number import organization_number_in

_NATIONAL_ID_DIGITS = 11
_NORWEGIAN_POSTCODE = re.compile(r"\d{4}", re.ASCII)
_COUNTRY = re.compile(r"[A-Z]{2}", re.ASCII)


def debtor_from_tripletex(customer: wire.Customer, assumptions: Assumptions) -> Debtor:
    """Map a customer; what Tripletex does not know (a birth date, bankruptcy …) stays unsaid.

    A private individual is one. So is the owner of a sole proprietorship (ENK), who owes in person,
    and a customer of whom neither that nor an organisation number is told: a person is protected
    more.
    """
    words = set(re.split(r"[\W_]+", (customer.name or "").lower()))
    is_sole_proprietor = not words.isdisjoint(assumptions.customers.sole_proprietor_words)
    is_person = (
        customer.isPrivateIndividual is not False
        or is_sole_proprietor
        or customer.organizationNumber is None
    )
    return Debtor(
        number=str(customer.id),
        name=_line(customer.name) or "",
        kind=DebtorKind.PERSON if is_person else DebtorKind.ORGANIZATION,
        organization_number=_organization_number(customer.organizationNumber, is_person=is_person),
        address=_address(customer, assumptions),
        email=_first(customer.email) or _first(customer.invoiceEmail),
        phone=_line(customer.phoneNumberMobile) or _line(customer.phoneNumber),
    )


def _organization_number(text: str | None, *, is_person: bool) -> str | None:
    """Return the nine digits; of an organisation also a number that is none, for INK-25 to name.

    A national identity number does not belong here: eleven digits are dropped.
    """
    line = _line(text)
    if line is None:
        return None
    number = organization_number_in(line)
    if number is not None:
        return number
    has_eleven = sum(each.isdigit() for each in line) == _NATIONAL_ID_DIGITS
    return None if is_person or has_eleven else line


def _address(customer: wire.Customer, assumptions: Assumptions) -> Address | None:
    """Return where letters go: the postal address where it is one, else the physical one."""
    postal = customer.postalAddress
    is_whole = postal is not None and postal.addressLine1 and postal.postalCode and postal.city
    chosen = postal if is_whole or customer.physicalAddress is None else customer.physicalAddress
    if chosen is None or not any((chosen.addressLine1, chosen.postalCode, chosen.city)):
        return None
    return Address(
        line1=_line(chosen.addressLine1),
        line2=_line(chosen.addressLine2),
        postal_code=_line(chosen.postalCode),
        city=_line(chosen.city),
        country=_country(chosen, assumptions),
    )


def _country(address: wire.Address, assumptions: Assumptions) -> str | None:
    code = (address.country or "").upper()
    if code:
        return code if _COUNTRY.fullmatch(code) else None
    is_norwegian = _NORWEGIAN_POSTCODE.fullmatch((address.postalCode or "").strip()) is not None
    return assumptions.customers.absent_country if is_norwegian else None


def _first(addresses: str | None) -> str | None:
    """Return the first of several mail addresses with ; between (documented)."""
    return _line((addresses or "").split(";")[0])


def _line(text: str | None) -> str | None:
    """Return one printable line, None for an empty one."""
    printable = "".join(c if c.isprintable() else " " for c in text or "")
    return " ".join(printable.split()) or None
