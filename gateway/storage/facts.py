"""An invoice as bytes for the sealed column, and back."""

from __future__ import annotations

import hashlib

from pydantic import TypeAdapter

from gateway.domain.invoice import Invoice

_INVOICE = TypeAdapter(Invoice)


def dump(invoice: Invoice) -> bytes:
    """JSON of every field; money as decimal strings, dates as ISO text."""
    return _INVOICE.dump_json(invoice)


def load(document: bytes) -> Invoice:
    """The invoice that ``dump`` wrote."""
    return _INVOICE.validate_json(document)


def fingerprint(document: bytes) -> bytes:
    """SHA-256 of a dumped invoice: equal only if every fact is equal."""
    return hashlib.sha256(document).digest()
