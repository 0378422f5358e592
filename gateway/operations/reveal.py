"""Shows a person one field of a debtor's personal data; the audit tells who looked, and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from gateway.domain.invoice import Address, Invoice
from gateway.operations.arguments import Arguments, needed, needed_reason
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import claims
from gateway.storage.desk import record_action


def _address(address: Address | None) -> str | None:
    if address is None:
        return None
    place = " ".join(each for each in (address.postal_code, address.city) if each)
    parts = (address.line1, address.line2, place, address.country)
    return ", ".join(each for each in parts if each)


FIELDS: Final[Mapping[str, Callable[[Invoice], str | None]]] = {
    "name": lambda invoice: invoice.debtor.name,
    "address": lambda invoice: _address(invoice.debtor.address),
    "email": lambda invoice: invoice.debtor.email,
    "phone": lambda invoice: invoice.debtor.phone,
    "birth_date": lambda invoice: (
        str(invoice.debtor.birth_date) if invoice.debtor.birth_date else None
    ),
    "organization_number": lambda invoice: invoice.debtor.organization_number,
    "kid": lambda invoice: invoice.kid,
}
"""What can be looked at. National identity numbers are shown to nobody."""


def reveal(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """One field of a claim's debtor, as last told; ``value`` is None where it is not known."""
    claim_id, field = needed(arguments, "claim_id"), needed(arguments, "field")
    if field not in FIELDS:
        raise OperationError(f"field must be one of {', '.join(FIELDS)}", kind="invalid")
    reason = needed_reason(arguments)
    row = claims.get(connection, claim_id)
    if row is None:
        raise OperationError(
            f"there is no claim {claim_id}; list them with: claims list", kind="not_found"
        )
    invoice = row.invoice(gateway.seal)
    if field == "address" and invoice.debtor.protected_address:
        raise OperationError(
            "the debtor's address is protected: it is not shown here", kind="refused"
        )
    record_action(
        connection,
        actor=actor,
        action="claims.reveal",
        subject=claim_id,
        reason=f"{field}: {reason}",
        now=now,
    )
    return {"claim_id": claim_id, "field": field, "value": FIELDS[field](invoice) or None}
