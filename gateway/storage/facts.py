"""An invoice as bytes for the sealed column, and back."""

from __future__ import annotations

import functools
import hashlib
from typing import Final

from pydantic import TypeAdapter

from gateway.domain.invoice import Invoice

LOADED_MAX: Final = 256
"""Invoices kept as they were read last: one is read eight times on its way, within a second or so,
by as many as are on their way at once. They take some 2 MB."""

_INVOICE = TypeAdapter(Invoice)
_LATER_FIELDS = ("postponed_until", "elsewhere")
_LATER_OF_PAYMENTS = {"payments": {"__all__": {"from_agency"}}}


def dump(invoice: Invoice) -> bytes:
    """JSON of every field; money as decimal strings, dates as ISO text.

    Fields that came later than the first release are left out while they say nothing: what was
    kept before them must not look changed.
    """
    later = {name: True for name in _LATER_FIELDS if getattr(invoice, name) is None}
    if not any(payment.from_agency for payment in invoice.payments):
        return _INVOICE.dump_json(invoice, exclude={**later, **_LATER_OF_PAYMENTS})
    return _INVOICE.dump_json(invoice, exclude=later)


@functools.lru_cache(maxsize=LOADED_MAX)
def load(document: bytes) -> Invoice:
    """The invoice that ``dump`` wrote."""
    return _INVOICE.validate_json(document)


def fingerprint(document: bytes) -> bytes:
    """SHA-256 of a dumped invoice: equal only if every fact is equal."""
    return hashlib.sha256(document).digest()
