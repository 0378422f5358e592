"""A claim as the contract's outgoing webhooks name it (§5)."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.storage.claims import Claim


def claim_to_webhook(claim: Claim, own: Mapping[str, object]) -> dict[str, object]:
    """The ``data`` of an outgoing webhook: which claim, and the type's ``own`` fields."""
    return {
        "creditor_id": claim.creditor_id,
        "case_id": claim.case_id,
        "claim": {
            "claim_id": claim.claim_id,
            "invoice_id": claim.invoice_id,
            "invoice_number": claim.invoice_number,
            "kravia_invoice_id": claim.kravia_invoice_id,
        },
        **own,
    }
