"""Whether a debtor is, was or may be under age (vergemålsloven § 8: 18 years)."""

from __future__ import annotations

from datetime import date

from gateway.domain.invoice import DebtorKind, Invoice

_ADULT_AT_YEARS = 18


def is_minor(invoice: Invoice, today: date) -> bool:
    """Tell whether a person is under 18 today, or was on the contract's (else the issue) day."""
    born = invoice.debtor.birth_date
    if born is None or invoice.debtor.kind is not DebtorKind.PERSON:
        return False
    arose_on = invoice.debtor.contract_on or invoice.issue_date
    return _under_age(born, today) or _under_age(born, arose_on)


def may_be_minor(invoice: Invoice) -> bool:
    """Tell whether this is a person whose birth date nobody told."""
    return invoice.debtor.kind is DebtorKind.PERSON and invoice.debtor.birth_date is None


def _under_age(born: date, day: date) -> bool:
    # By the calendar's fields: someone born on 29 February comes of age on 1 March.
    return (day.year - _ADULT_AT_YEARS, day.month, day.day) < (born.year, born.month, born.day)
