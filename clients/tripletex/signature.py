"""What Tripletex signs its webhooks with. Pure checking, one algorithm, nothing negotiated.

``x-request-signature`` is base64(HMAC-SHA512(secret, idempotency key + "&" + body)), where the key
stands in a header of its own (documented: Subscription.hmacSharedSecret, changelog 2.71.19). No
time is signed, so a recorded webhook can be sent again: it may trigger a reading and nothing more.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Final

SIGNATURE_HEADER: Final = "x-request-signature"


def sign(body: bytes, *, idempotency_key: str, secret: str) -> str:
    """Return the signature's text."""
    signed = idempotency_key.encode() + b"&" + body
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha512).digest()).decode()


def verify(
    headers: Mapping[str, str], body: bytes, *, secret: str, idempotency_header: str
) -> bool:
    """Tell whether the webhook is signed; without a key or a signature it is not.

    ``headers`` find a name in any case. Surrogates and the like make a wrong signature, no error.
    """
    key, given = headers.get(idempotency_header, ""), headers.get(SIGNATURE_HEADER, "")
    if not key or not given or not key.isascii():
        return False
    expected = sign(body, idempotency_key=key, secret=secret)
    return hmac.compare_digest(expected.encode(), given.encode("utf-8", "replace"))
