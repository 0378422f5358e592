"""Finds claims by what people have at hand: a number, a KID, a debtor, an id of Kravia's or ours.

====================== ====================================================================
invoice number         whole, or its beginning
debtor number          whole, or its beginning
Kravia's id            whole, or its beginning
organisation number    whole, with or without spaces, through its keyed hash
KID                    whole, with or without spaces, through its keyed hash
ids of a claim or case whole, or its beginning
====================== ====================================================================

Names are searched by nobody: nothing here is indexed by them, and the numbers do.
"""

from __future__ import annotations

from typing import Final

import sqlalchemy as sa

from gateway.operations.arguments import Arguments, needed
from gateway.operations.claim_pages import claim_row
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.known_debtors import kid_token, organization_token
from gateway.operations.paging import Document
from gateway.storage import claim_search
from gateway.storage.claim_search import FoundBy
from gateway.storage.claims import Claim

FOUND_MAX: Final = 50
"""As many as one looks through; whoever has more types more."""

TEXT_MAX_CHARS: Final = 200
"""Longer than any number or id."""


def search(connection: sa.Connection, gateway: Gateway, arguments: Arguments) -> Document:
    """Claims that ``text`` may mean, of creditors that may be seen: whole matches first.

    Each row is as in ``claims.list``, with ``found_by``; ``more`` says that there are others.
    """
    text = needed(arguments, "text").strip()
    if len(text) > TEXT_MAX_CHARS:
        raise OperationError(f"text must be at most {TEXT_MAX_CHARS} characters", kind="invalid")
    asked = _asked(gateway, text)
    found: dict[str, tuple[bool, FoundBy, Claim]] = {}
    more = False
    for creditor_id in sorted(gateway.creditors):
        for by, value in asked.items():
            rows = claim_search.begun(connection, creditor_id, by, value, FOUND_MAX + 1)
            more = more or len(rows) > FOUND_MAX
            for row in rows:
                whole = claim_search.is_whole(row, by, value)
                known = found.get(row.claim_id)
                if known is None or (whole and not known[0]):
                    found[row.claim_id] = (whole, by, row)
    ordered = sorted(found.values(), key=lambda each: (not each[0], -each[2].seq))
    return {
        "items": [
            {**claim_row(connection, gateway, row), "found_by": by.value}
            for _, by, row in ordered[:FOUND_MAX]
        ],
        "more": more or len(ordered) > FOUND_MAX,
    }


def _asked(gateway: Gateway, text: str) -> dict[FoundBy, str]:
    """What to look for in which column."""
    return {
        FoundBy.INVOICE_NUMBER: text,
        FoundBy.DEBTOR_NUMBER: text,
        FoundBy.KRAVIA_ID: text,
        FoundBy.KID: kid_token(gateway.seal, text),
        FoundBy.ORGANIZATION_NUMBER: organization_token(gateway.seal, text),
        FoundBy.CLAIM_ID: text,
        FoundBy.CASE_ID: text,
    }
