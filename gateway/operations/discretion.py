"""Takes a debtor's data out of a remote's words before they are shown or kept in the clear."""

from __future__ import annotations

import re

from gateway.domain.invoice import Debtor

HIDDEN = "[hidden]"

WORD_LENGTH_MIN = 3
"""Shorter parts of a name are in too many other words, and tell of nobody by themselves."""


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
