"""Kravia's webhooks: hints that some invoice changed, never data. Pure checking.

Kravia puts the signature into the body and names MD5; how secret and data combine is not known, so
the recipe is an assumption (unset: hints are not verified) and a hint only ever triggers a poll.
``header.algorithm`` of the body is never believed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

import orjson

from clients.answers import read_json
from clients.errors import ProtocolError


def verify_hint(body: bytes, *, secret: str, recipe: str) -> bool:
    """Tell whether the body is signed with ``secret`` by ``recipe``; malformed is not."""
    try:
        document = read_json(body)
        data = document.get("data") if isinstance(document, Mapping) else None
        signature = document.get("signature") if isinstance(document, Mapping) else None
        if not isinstance(data, Mapping) or not isinstance(signature, str):
            return False
        expected = sign_hint(data, secret=secret, recipe=recipe)
    except (ProtocolError, TypeError):
        return False
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def sign_hint(data: Mapping[str, object], *, secret: str, recipe: str) -> str:
    """Return the 32 hex digits over ``data`` written compactly, its names in their given order."""
    written, key = orjson.dumps(dict(data)), secret.encode()
    if recipe == "hmac-md5(data)":
        return hmac.new(key, written, "md5").hexdigest()
    signed = written + key if recipe == "md5(data+secret)" else key + written
    return hashlib.md5(signed, usedforsecurity=False).hexdigest()
