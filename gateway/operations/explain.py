"""Why a claim may or may not go, on a given day, from the facts as they are known."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.domain.agency_fees import agency_fee_of
from gateway.operations.arguments import (
    Arguments,
    creditor_of,
    day_of,
    language_of,
    needed,
)
from gateway.operations.consolidation import consolidation_page
from gateway.operations.decide import decision_for, match_in_mirror
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import claims
from mappers.agency_fee_to_json import agency_fee_to_json
from mappers.decision_in_language import decision_in_language
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
    on, language = day_of(gateway, arguments), language_of(gateway, arguments)
    invoice = claim.invoice(gateway.seal)
    creditor = gateway.creditors[creditor_id]
    found = match_in_mirror(connection, creditor, claim, invoice)
    decision = decision_for(connection, gateway, claim, invoice, found, on)
    told = decision_in_language(decision_to_json(decision, claim.invoice_id), language)
    fee = agency_fee_of(invoice, policy=creditor.policy, rules=gateway.rules, on=on)
    return {
        **told,
        "agency_fee": agency_fee_to_json(fee),
        "consolidation": consolidation_page(connection, gateway, claim, on, language),
    }
