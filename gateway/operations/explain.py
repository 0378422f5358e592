"""Why a claim may or may not go, on a given day, from the facts as they are known."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from gateway.domain.oslo import oslo_date
from gateway.operations.arguments import Arguments, creditor_of, needed
from gateway.operations.decide import decision_for, match_in_mirror
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import claims
from mappers.decision_to_json import decision_to_json


def explain(connection: sa.Connection, gateway: Gateway, arguments: Arguments) -> Document:
    """The contract's explain JSON for a known invoice; changes nothing."""
    creditor_id = creditor_of(gateway, arguments)
    invoice_id = needed(arguments, "invoice_id")
    claim = claims.find(connection, creditor_id, invoice_id)
    if claim is None:
        raise OperationError(
            f"no overdue invoice {invoice_id} of {creditor_id} is known; list claims with:"
            f" claims list --creditor {creditor_id}",
            kind="not_found",
        )
    on = oslo_date(gateway.clock())
    if arguments.get("on"):
        try:
            on = date.fromisoformat(str(arguments["on"]))
        except ValueError as error:
            raise OperationError("on must be a date such as 2026-11-24", kind="invalid") from error
    invoice = claim.invoice(gateway.seal)
    found = match_in_mirror(connection, gateway.creditors[creditor_id], claim, invoice)
    decision = decision_for(connection, gateway, claim, invoice, found, on)
    return decision_to_json(decision, claim.invoice_id)
