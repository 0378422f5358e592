"""What of a debtor's data goes no further: national numbers, and what remotes say of a person."""

from __future__ import annotations

import re

from clients.errors import AuthenticationError, ClientError, NotFoundError
from gateway.domain.invoice import Debtor, Invoice
from gateway.operations.gateway import Gateway
from gateway.schema.national_id import without_national_ids

HIDDEN = "[hidden]"

WORD_LENGTH_MIN = 3
"""Shorter parts of a name are in too many other words, and tell of nobody by themselves."""


def own_words(error: ClientError) -> str:
    """What went wrong without the remote's own text, which may repeat anything.

    An error without a status is the transport's or ours: it speaks of hosts, ports and fields.
    """
    match error:
        case ClientError(status=None):
            return str(error)
        case AuthenticationError():
            return f"it refuses our token or key (HTTP {error.status})"
        case NotFoundError():
            return f"it knows no such thing or path (HTTP {error.status})"
        case _:
            return f"it answered HTTP {error.status}"


def without_data_of(text: str, invoice: Invoice) -> str:
    """``text`` without the debtor's data and the payment reference, by which banks know people."""
    told = without_personal_data(text, invoice.debtor)
    return told.replace(invoice.kid, HIDDEN) if invoice.kid else told


def body_to_keep(gateway: Gateway, creditor_id: str, body: bytes) -> bytes:
    """``body`` without national numbers, unless the creditor's setting says the agency needs them.

    INK-40 (personopplysningsloven § 12): called before a body is hashed, sealed or recorded.
    """
    creditor = gateway.creditors.get(creditor_id)
    if creditor is not None and creditor.sends_national_id:
        return body
    return without_national_ids(body)


def without_personal_data(text: str, debtor: Debtor) -> str:
    """``text`` without the debtor's name, address, e-mail, phone, birth date, national id."""
    address = debtor.address
    secrets = [
        debtor.name,
        *debtor.name.split(),
        debtor.email,
        debtor.phone,
        debtor.national_id,
        debtor.birth_date.isoformat() if debtor.birth_date else None,
        *((address.line1, address.line2, address.city, address.postal_code) if address else ()),
    ]
    known = {secret for secret in secrets if secret and len(secret) >= WORD_LENGTH_MIN}
    if not known:
        return text
    longest_first = sorted(known, key=len, reverse=True)
    pattern = "|".join(re.escape(secret) for secret in longest_first)
    return re.sub(pattern, HIDDEN, text, flags=re.IGNORECASE)
