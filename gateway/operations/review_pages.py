"""Claims that wait for a person, each with why, as the desk's list gives them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.operations.claim_pages import claim_row
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document, Query, page
from gateway.storage import claims
from gateway.storage.claims import Claim
from mappers.decision_in_language import decision_in_language

STATES: Final = (ClaimState.REVIEW.value, ClaimState.HELD.value)
"""What a person can let go: a claim in review, and one that only the creditor's policy holds."""


def reviews_list(connection: sa.Connection, gateway: Gateway, query: Query) -> Document:
    """Claims in review, or held where ``state`` says so, with the sentences of their decision."""
    conditions = {
        "state": query.choice("state", STATES) or ClaimState.REVIEW.value,
        "debtor_number": query.text("debtor"),
        "invoice_number": query.text("invoice"),
    }

    def fetch(creditor_id: str | None) -> Sequence[Claim]:
        return claims.listing(
            connection,
            {"creditor_id": creditor_id, **conditions},
            limit=query.limit,
            after=query.after,
            newest_first=query.is_newest_first,
        )

    return page(
        query,
        fetch,
        lambda row: row.seq,
        lambda row: {**claim_row(connection, gateway, row), "why": _why(gateway, row)},
        newest_first=query.is_newest_first,
    )


def _why(gateway: Gateway, row: Claim) -> list[str]:
    """What the last decision says of the claim, in the reader's language."""
    if row.decision is None:
        return []
    told = decision_in_language(json.loads(row.decision), gateway.language)
    return [str(reason["message"]) for reason in told["reasons"]]
