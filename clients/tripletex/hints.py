"""Tripletex's webhooks: hints that something changed, never data. Pure checking.

``closeGroup.create`` is the payment signal, of OCR matching too; of the others versions may be
skipped, and on deletion nothing but an id is told. So a signed one only makes us ask.
"""

from __future__ import annotations

from collections.abc import Mapping

from clients.answers import read_json
from clients.errors import ProtocolError
from clients.tripletex.assumptions import WebhookAssumptions
from clients.tripletex.signature import verify


def verify_hint(
    headers: Mapping[str, str], body: bytes, *, secret: str, assumptions: WebhookAssumptions
) -> bool | None:
    """Tell whether a signed webhook is worth asking for; None for one that is not signed."""
    header = assumptions.idempotency_header
    if not verify(headers, body, secret=secret, idempotency_header=header):
        return None
    try:
        document = read_json(body)
    except ProtocolError:
        return False
    event = document.get("event") if isinstance(document, Mapping) else None
    return isinstance(event, str) and event.lower() in assumptions.events
