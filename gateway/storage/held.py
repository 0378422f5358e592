"""Everything that is held on one debtor of one creditor, as rows."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any, Final

import sqlalchemy as sa

from gateway.storage.seal import Seal
from gateway.storage.tables import (
    alert,
    audit,
    bank_line,
    bank_line_part,
    booking,
    claim,
    collected,
    event,
    ledger_invoice,
    message,
    mirror,
    receipt,
    settlement_line,
    task,
)
from outbox.instants import from_ms

STRETCH_ROWS: Final = 5_000
"""Events looked through in one read: some 20 ms."""

Row = dict[str, Any]


def claims_of(connection: sa.Connection, creditor_id: str, debtor_number: str) -> list[Row]:
    """The debtor's claims, oldest first."""
    return _rows(
        connection,
        sa.select(claim)
        .where(claim.c.creditor_id == creditor_id, claim.c.debtor_number == debtor_number)
        .order_by(claim.c.seq),
    )


def beside(
    connection: sa.Connection, creditor_id: str, debtor_number: str, claims: Sequence[Row]
) -> dict[str, list[Row]]:
    """By table, what stands beside the claims; events are found by ``events_of``."""
    claim_ids = [row["claim_id"] for row in claims]
    invoice_ids = [row["invoice_id"] for row in claims]
    case_ids = [row["case_id"] for row in claims]
    kravia_ids = [row["kravia_invoice_id"] for row in claims if row["kravia_invoice_id"]]
    tokens = [row["kid_token"] for row in claims if row["kid_token"]]
    of_claims = sa.select(bank_line_part.c.line_seq).where(bank_line_part.c.claim_id.in_(claim_ids))
    about = (debtor_number, *claim_ids, *invoice_ids)
    queries: dict[str, sa.Select[Any]] = {
        "message": sa.select(message).where(message.c.subject.in_(claim_ids)),
        "ledger_invoice": sa.select(ledger_invoice).where(
            ledger_invoice.c.creditor_id == creditor_id,
            sa.or_(
                ledger_invoice.c.debtor_number == debtor_number,
                ledger_invoice.c.invoice_id.in_(invoice_ids),
            ),
        ),
        "mirror": sa.select(mirror).where(
            mirror.c.creditor_id == creditor_id,
            sa.or_(
                mirror.c.debtor_number == debtor_number,
                mirror.c.kravia_invoice_id.in_(kravia_ids),
            ),
        ),
        "receipt": sa.select(receipt).where(receipt.c.claim_id.in_(claim_ids)),
        "collected": sa.select(collected).where(collected.c.claim_id.in_(claim_ids)),
        "booking": sa.select(booking).where(booking.c.claim_id.in_(claim_ids)),
        "settlement_line": sa.select(settlement_line).where(
            settlement_line.c.creditor_id == creditor_id,
            settlement_line.c.kravia_invoice_id.in_(kravia_ids),
        ),
        "bank_line": sa.select(bank_line).where(
            bank_line.c.creditor_id == creditor_id,
            sa.or_(bank_line.c.seq.in_(of_claims), bank_line.c.kid_token.in_(tokens)),
        ),
        "task": sa.select(task).where(task.c.claim_id.in_(claim_ids)),
        "alert": sa.select(alert).where(
            alert.c.creditor_id == creditor_id, alert.c.about.in_(about)
        ),
        "audit": sa.select(audit).where(audit.c.subject.in_([*claim_ids, *case_ids])),
    }
    return {name: _rows(connection, query) for name, query in queries.items()}


def newest_event(connection: sa.Connection) -> int:
    """The last event's ``seq``; 0 without any."""
    newest: int = connection.execute(sa.select(sa.func.max(event.c.seq))).scalar() or 0
    return newest


def events_of(
    connection: sa.Connection,
    seal: Seal,
    creditor_id: str,
    debtor_number: str,
    invoice_ids: frozenset[str],
    above: int,
) -> list[Row]:
    """Events of the stretch behind ``above`` that are about the debtor.

    What was handled is found by its invoice; any other is opened and looked into, for it may name
    the debtor of an invoice that never became a claim.
    """
    rows = _rows(
        connection,
        sa.select(event).where(
            event.c.seq > above,
            event.c.seq <= above + STRETCH_ROWS,
            event.c.creditor_id == creditor_id,
            event.c.forgotten_at.is_(None),
        ),
    )
    return [
        row
        for row in rows
        if row["invoice_id"] in invoice_ids
        or (row["outcome"] != "handled" and _names(seal.open(row["sealed_body"]), debtor_number))
    ]


def shown(row: Row, seal: Seal) -> Row:
    """A row for people: sealed values opened, instants as text, hashes in hex."""
    return dict(_shown(row, seal))


def _shown(row: Row, seal: Seal) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, bytes) and (name.startswith("sealed_") or name == "payload"):
            yield name.removeprefix("sealed_"), _readable(seal.open(value))
        elif isinstance(value, bytes):
            yield name, value.hex()
        elif isinstance(value, int) and (name == "at" or name.endswith("_at")):
            yield name, from_ms(value).isoformat()
        else:
            yield name, value


def _readable(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return {"base64": b64encode(content).decode()}


def _names(body: bytes, debtor_number: str) -> bool:
    """Whether a body names this debtor; one that is no JSON names nobody."""
    try:
        document = json.loads(body)
    except ValueError:
        return False
    data = document.get("data") if isinstance(document, dict) else None
    debtor = data.get("debtor") if isinstance(data, dict) else None
    return isinstance(debtor, dict) and str(debtor.get("number")) == debtor_number


def _rows(connection: sa.Connection, query: sa.Select[Any]) -> list[Row]:
    return [
        {
            name: bytes(value) if isinstance(value, memoryview) else value
            for name, value in row.items()
        }
        for row in connection.execute(query).mappings()
    ]
