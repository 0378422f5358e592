"""Goes along the audit's chain and says which row was altered, removed or put in."""

from __future__ import annotations

import re
from typing import Final

import sqlalchemy as sa

from gateway.operations.arguments import Arguments
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import audit_chain
from gateway.storage.audit_chain import Head, Verifying

PAGE_ROWS: Final = 2_000
"""Rows verified in one read: some 10 ms, so that no read stands in the way of the database."""

_HASH: Final = re.compile(r"[0-9a-f]{64}")


async def verify(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
    """Verify the whole chain; ``head`` is one that was noted before and must be in it."""
    walk = Verifying(noted=_noted(arguments.get("head")))
    after = 0
    while True:

        def page(connection: sa.Connection, after: int = after) -> tuple[list[sa.Row], Head]:  # type: ignore[type-arg]  # rows of any shape
            rows = [*audit_chain.rows_in_order(connection, after, PAGE_ROWS)]
            return rows, audit_chain.head_of(connection)  # as it was when these were the last

        rows, head = await gateway.database.read(page)
        for row in rows:
            walk.take(row)
        if len(rows) < PAGE_ROWS:
            walk.end(head)
            break
        after = rows[-1].seq
    return {
        "clean": not walk.faults,
        "rows": walk.rows,
        "head": walk.last.hex(),
        "faults": [{"seq": each.seq, "what": each.what} for each in walk.faults],
    }


def _noted(told: object) -> bytes | None:
    if told is None:
        return None
    if not _HASH.fullmatch(str(told).strip().lower()):
        raise OperationError(
            "head must be 64 hex digits, as an earlier audit verify printed them", kind="invalid"
        )
    return bytes.fromhex(str(told).strip())
