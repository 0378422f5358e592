"""Claims of one creditor by one column, whole or begun; each walk has its index."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from gateway.storage import claims
from gateway.storage.claims import Claim
from gateway.storage.tables import claim

_BEHIND: Final = "\U0010ffff"  # sorts behind every character, in bytes as in code points


class FoundBy(StrEnum):
    """What a claim is found by."""

    INVOICE_NUMBER = "invoice_number"
    DEBTOR_NUMBER = "debtor_number"
    KRAVIA_ID = "kravia_id"
    KID = "kid"
    ORGANIZATION_NUMBER = "organization_number"
    CLAIM_ID = "claim_id"
    CASE_ID = "case_id"


_COLUMNS: Final[Mapping[FoundBy, sa.Column[str]]] = {
    FoundBy.INVOICE_NUMBER: claim.c.invoice_number,
    FoundBy.DEBTOR_NUMBER: claim.c.debtor_number,
    FoundBy.KRAVIA_ID: claim.c.kravia_invoice_id,
    FoundBy.KID: claim.c.kid_token,
    FoundBy.ORGANIZATION_NUMBER: claim.c.organization_token,
    FoundBy.CLAIM_ID: claim.c.claim_id,
    FoundBy.CASE_ID: claim.c.case_id,
}

_HASHED: Final = frozenset({FoundBy.KID, FoundBy.ORGANIZATION_NUMBER})
"""Found whole or not at all."""

_OWN_IDS: Final = frozenset({FoundBy.CLAIM_ID, FoundBy.CASE_ID})
"""The same for all creditors, and indexed so."""


def begun(
    connection: sa.Connection, creditor_id: str, by: FoundBy, value: str, limit: int
) -> tuple[Claim, ...]:
    """Up to ``limit`` claims whose column is ``value``, or begins so; the shortest first."""
    if not value:
        return ()
    column = _COLUMNS[by]
    # As an expression for our own ids, or the planner would rather walk all of the creditor's.
    own = claim.c.creditor_id.concat("") if by in _OWN_IDS else claim.c.creditor_id
    wanted = (
        column == value if by in _HASHED else sa.and_(column >= value, column < f"{value}{_BEHIND}")
    )
    return claims.fitting(connection, own == creditor_id, wanted, order_by=column, limit=limit)


def is_whole(row: Claim, by: FoundBy, value: str) -> bool:
    """Whether the whole of it was typed."""
    told: Mapping[FoundBy, str | None] = {
        FoundBy.INVOICE_NUMBER: row.invoice_number,
        FoundBy.DEBTOR_NUMBER: row.debtor_number,
        FoundBy.KRAVIA_ID: row.kravia_invoice_id,
        FoundBy.CLAIM_ID: row.claim_id,
        FoundBy.CASE_ID: row.case_id,
    }
    return by in _HASHED or told[by] == value
