"""Standard Webhooks 1.0.0 signatures: pure, no clock, no I/O.

Signed bytes are ``{webhook-id}.{webhook-timestamp}.{raw body}``; ``webhook-signature`` holds one or
more ``version,base64`` items divided by single spaces. Only ``v1`` (HMAC-SHA256) is spoken here,
other versions are skipped. Source: github.com/standard-webhooks, ``spec/standard-webhooks.md``.
"""

from __future__ import annotations

import hmac
import re
from base64 import b64encode
from binascii import a2b_base64
from collections.abc import Iterable, Mapping, Sequence

ID_HEADER = "webhook-id"
TIMESTAMP_HEADER = "webhook-timestamp"
SIGNATURE_HEADER = "webhook-signature"

TOLERANCE_SECONDS = 300
"""How far a sender's clock may be off, both ways: what the reference libraries use."""

WEBHOOK_ID_LENGTH_MAX = 256
"""Ids in use are UUIDs and the like (36 characters); the limit keeps the inbox index small."""

SECRET_BYTES_MIN = 24
SECRET_BYTES_MAX = 64
"""The standard's own bounds for a secret."""

_SECRET_PREFIX = "whsec_"
# Printable ASCII without the dot: the standard forbids it, since it divides the signed parts.
_WEBHOOK_ID = re.compile(rf"[!-\-/-~]{{1,{WEBHOOK_ID_LENGTH_MAX}}}")
# Twelve digits reach the year 33658; more is not a time.
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


def decode_secret(text: str) -> bytes:
    """Read a secret written as ``whsec_`` + base64 (the prefix may be left out).

    Raises ``ValueError`` with a sentence that never repeats the secret.
    """
    try:
        secret = a2b_base64(text.strip().removeprefix(_SECRET_PREFIX), strict_mode=True)
    except ValueError:
        raise ValueError('a webhook secret is "whsec_" followed by base64') from None
    if not SECRET_BYTES_MIN <= len(secret) <= SECRET_BYTES_MAX:
        raise ValueError(
            f"a webhook secret holds {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes, "
            f"this one {len(secret)}"
        )
    return secret


def encode_secret(secret: bytes) -> str:
    """Write a secret as people exchange it, ``whsec_`` + base64."""
    return _SECRET_PREFIX + b64encode(secret).decode("ascii")


def sign(secret: bytes, webhook_id: str, timestamp: int, body: bytes) -> str:
    """Return the ``webhook-signature`` item for one secret; ``timestamp`` is in Unix seconds."""
    signed = b"%b.%d.%b" % (webhook_id.encode("ascii"), timestamp, body)
    return "v1," + b64encode(hmac.digest(secret, signed, "sha256")).decode("ascii")


def signed_headers(
    secrets: Sequence[bytes], webhook_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the headers of a signed webhook; several secrets sign beside each other (rotation)."""
    return {
        "content-type": "application/json",
        ID_HEADER: webhook_id,
        TIMESTAMP_HEADER: str(timestamp),
        SIGNATURE_HEADER: " ".join(sign(s, webhook_id, timestamp, body) for s in secrets),
    }


def verify(
    headers: Mapping[str, str] | Iterable[tuple[str, str]],
    body: bytes,
    secrets: Sequence[bytes],
    now_seconds: float,
    tolerance_seconds: float = TOLERANCE_SECONDS,
) -> bool:
    """Tell whether ``body`` was signed with any of ``secrets`` within the tolerance of now.

    ``headers`` are all headers as they came (a multidict, or pairs); a header of the three that is
    missing or there twice is a plain ``False``. Nothing a stranger can send raises.
    """
    found = _three_headers(headers)
    if found is None:
        return False
    webhook_id, timestamp, signatures = found
    if not _WEBHOOK_ID.fullmatch(webhook_id) or not _TIMESTAMP.fullmatch(timestamp):
        return False
    if not abs(now_seconds - int(timestamp)) <= tolerance_seconds:  # NaN is refused too
        return False
    signed = b"%b.%b.%b" % (webhook_id.encode("ascii"), timestamp.encode("ascii"), body)
    expected = [b64encode(hmac.digest(secret, signed, "sha256")) for secret in secrets]
    accepted = False
    for item in signatures.split(" "):
        version, comma, signature = item.partition(",")
        if version != "v1" or not comma or not signature.isascii():
            continue
        given = signature.encode("ascii")
        # Every pair is compared, so that time tells nothing of which secret or item matched.
        for mac in expected:
            accepted |= hmac.compare_digest(given, mac)
    return accepted


def _three_headers(
    headers: Mapping[str, str] | Iterable[tuple[str, str]],
) -> tuple[str, str, str] | None:
    """Pick the three headers, each exactly once, whatever the case of their names."""
    pairs = headers.items() if isinstance(headers, Mapping) else headers
    webhook_id = timestamp = signatures = None
    for name, value in pairs:
        match name.lower():
            case "webhook-id":
                if webhook_id is not None:
                    return None
                webhook_id = value
            case "webhook-timestamp":
                if timestamp is not None:
                    return None
                timestamp = value
            case "webhook-signature":
                if signatures is not None:
                    return None
                signatures = value
    if webhook_id is None or timestamp is None or signatures is None:
        return None
    return webhook_id, timestamp, signatures
