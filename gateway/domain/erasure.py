"""An invoice without its debtor: what the books need stays, what tells of a person goes."""

from __future__ import annotations

from dataclasses import replace

from gateway.domain.invoice import Debtor, Invoice

ERASED = "(erased)"
"""Stands where a name was."""


def without_person(invoice: Invoice, pseudonym: str) -> Invoice:
    """Keep number, dates, amounts, letters, payments and credits; nothing else.

    ``pseudonym`` takes the place of the debtor's number. Free text goes whole: nobody can tell
    what it says of whom.
    """
    objection = invoice.objection
    return replace(
        invoice,
        debtor=Debtor(number=pseudonym, name=ERASED, kind=invoice.debtor.kind),
        kid=None,
        description=None,
        department=None,
        project=None,
        pdf_url=None,
        invoice_url=None,
        delivery_evidence=None,
        objection=None if objection is None else replace(objection, text=None),
        elsewhere=None,
    )
