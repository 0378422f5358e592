"""Lines of the bank as lists and shows give them. No personal data but where it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from gateway.operations.arguments import Arguments, needed, reason_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document, Query, page
from gateway.storage import bank_lines
from gateway.storage.bank_lines import LineState, StoredLine
from gateway.storage.desk import record_action


def lines_list(connection: sa.Connection, _gateway: Gateway, query: Query) -> Document:
    """Lines, newest first."""
    rows: dict[int, Document] = {}

    def fetch(creditor_id: str | None) -> Sequence[StoredLine]:
        found = bank_lines.listing(
            connection,
            {"creditor_id": creditor_id, "state": query.choice("state", LineState)},
            limit=query.limit,
            after=query.after,
        )
        rows.update(zip((each.seq for each in found), line_rows(connection, found), strict=True))
        return found

    return page(query, fetch, lambda line: line.seq, lambda line: rows[line.seq])


def line_rows(connection: sa.Connection, lines: Sequence[StoredLine]) -> list[Document]:
    """The minimum fields of lines, in their order."""
    parts = bank_lines.shown_parts(connection, lines)
    return [
        {
            "line_id": line.line_id,
            "creditor_id": line.creditor_id,
            "source": line.source.value,
            "on": line.on.isoformat(),
            "amount": str(line.amount),
            "currency": line.currency,
            "is_return": line.is_return,
            "state": line.state.value,
            "reason": line.reason,
            "parts": [
                {
                    "claim_id": part.claim_id,
                    "invoice_number": part.invoice_number,
                    "amount": str(part.amount),
                    "told_as": part.told_as,
                    "receipt": part.receipt,
                }
                for part in parts.get(line.seq, [])
            ],
            "received_at": line.created_at.isoformat(),
            "decided_by": line.decided_by,
        }
        for line in lines
    ]


def found_line(connection: sa.Connection, arguments: Arguments) -> StoredLine:
    """The line named; raises ``OperationError``."""
    line_id = needed(arguments, "line_id")
    line = bank_lines.get(connection, line_id)
    if line is None:
        raise OperationError(
            f"there is no line {line_id}; list them with: payments list", kind="not_found"
        )
    return line


def line_show(connection: sa.Connection, _gateway: Gateway, arguments: Arguments) -> Document:
    """A line with its claims, without what the bank tells of the payer."""
    return line_rows(connection, [found_line(connection, arguments)])[0]


def line_details(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """A line with its KIDs, payer and text, which are personal data: looking is audited."""
    stored = found_line(connection, arguments)
    line = stored.opened(gateway.seal)
    record_action(
        connection,
        actor=actor,
        action="payments.details",
        subject=stored.line_id,
        reason=reason_of(arguments),
        now=now,
    )
    return {
        **line_rows(connection, [stored])[0],
        "details": {
            "kids": list(line.kids),
            "account": line.account,
            "payer_account": line.payer_account,
            "text": line.text,
            "place": line.place,
        },
    }
