"""What a ledger that is asked last told of each overdue invoice, and how far its sweeps are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from gateway.storage.insertion import replacement
from gateway.storage.tables import ledger_invoice, ledger_sweep
from outbox.instants import from_ms, to_ms

IDS_MAX = 500
"""Ids in one query: a page of the largest list; SQLite takes 32,766 parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One invoice as it was last read; ``sealed_facts`` None while nothing was recorded of it.

    ``version`` counts what was recorded. ``read_at`` is the epoch for what must be read again.
    """

    creditor_id: str
    invoice_id: str
    debtor_number: str | None = None
    row_hash: bytes | None = None
    payment_ids: frozenset[str] = frozenset()
    sealed_facts: bytes | None = None
    version: int = 0
    is_open: bool = True
    is_listed: bool = False
    read_at: datetime


def get(connection: sa.Connection, creditor_id: str, invoice_id: str) -> Reading | None:
    """The last reading of an invoice."""
    return some(connection, creditor_id, [invoice_id]).get(invoice_id)


def some(
    connection: sa.Connection, creditor_id: str, invoice_ids: Iterable[str]
) -> dict[str, Reading]:
    """The last readings of those invoices that were ever read, by id."""
    ids = sorted(set(invoice_ids))
    found: dict[str, Reading] = {}
    for at in range(0, len(ids), IDS_MAX):
        query = sa.select(ledger_invoice).where(
            ledger_invoice.c.creditor_id == creditor_id,
            ledger_invoice.c.invoice_id.in_(ids[at : at + IDS_MAX]),
        )
        rows = connection.execute(query).mappings()
        found |= {row["invoice_id"]: _reading(row) for row in rows}
    return found


def of_debtors(
    connection: sa.Connection, creditor_id: str, debtor_numbers: Iterable[str]
) -> tuple[Reading, ...]:
    """The last readings of all open invoices of these debtors."""
    numbers = sorted(set(debtor_numbers))
    found: list[Reading] = []
    for at in range(0, len(numbers), IDS_MAX):
        query = sa.select(ledger_invoice).where(
            ledger_invoice.c.creditor_id == creditor_id,
            ledger_invoice.c.debtor_number.in_(numbers[at : at + IDS_MAX]),
            ledger_invoice.c.is_open == 1,
        )
        found += [_reading(row) for row in connection.execute(query).mappings()]
    return tuple(found)


def listed_ids(connection: sa.Connection, creditor_id: str) -> frozenset[str]:
    """Ids of the invoices that the last whole list had."""
    rows = connection.execute(
        sa.select(ledger_invoice.c.invoice_id).where(
            ledger_invoice.c.creditor_id == creditor_id, sa.text("is_listed = 1")
        )
    )
    return frozenset(row.invoice_id for row in rows)


def unread_since(
    connection: sa.Connection, creditor_id: str, since: datetime, limit: int
) -> tuple[str, ...]:
    """Ids of open invoices last read before ``since``, the oldest reading first."""
    rows = connection.execute(
        sa.select(ledger_invoice.c.invoice_id)
        .where(
            ledger_invoice.c.creditor_id == creditor_id,
            sa.text("is_open = 1"),
            ledger_invoice.c.read_at < to_ms(since),
        )
        .order_by(ledger_invoice.c.read_at, ledger_invoice.c.invoice_id)
        .limit(limit)
    )
    return tuple(row.invoice_id for row in rows)


def put(connection: sa.Connection, reading: Reading) -> None:
    """Keep a reading in the place of the one before."""
    values: Mapping[str, object] = {
        "creditor_id": reading.creditor_id,
        "invoice_id": reading.invoice_id,
        "debtor_number": reading.debtor_number,
        "row_hash": reading.row_hash,
        "payment_ids": json.dumps(sorted(reading.payment_ids)),
        "sealed_facts": reading.sealed_facts,
        "version": reading.version,
        "is_open": int(reading.is_open),
        "is_listed": int(reading.is_listed),
        "read_at": to_ms(reading.read_at),
    }
    connection.execute(replacement(connection, ledger_invoice), dict(values))


def read_again(connection: sa.Connection, creditor_id: str, invoice_id: str) -> None:
    """A reading failed: the next sweep tries it again, whatever the list says."""
    before = get(connection, creditor_id, invoice_id)
    if before is not None:
        put(connection, replace(before, is_open=True, read_at=from_ms(0)))


def swept_at(connection: sa.Connection, creditor_id: str) -> datetime | None:
    """When the last sweep began that left nothing out."""
    at = connection.execute(
        sa.select(ledger_sweep.c.swept_at).where(ledger_sweep.c.creditor_id == creditor_id)
    ).scalar()
    return None if at is None else from_ms(at)


def set_swept(connection: sa.Connection, creditor_id: str, began_at: datetime) -> None:
    """A sweep that began at ``began_at`` left nothing out."""
    values = {"creditor_id": creditor_id, "swept_at": to_ms(began_at)}
    connection.execute(replacement(connection, ledger_sweep), values)


def _reading(row: sa.RowMapping) -> Reading:
    return Reading(
        creditor_id=row["creditor_id"],
        invoice_id=row["invoice_id"],
        debtor_number=row["debtor_number"],
        row_hash=row["row_hash"],
        payment_ids=frozenset(json.loads(row["payment_ids"])),
        sealed_facts=row["sealed_facts"],
        version=row["version"],
        is_open=bool(row["is_open"]),
        is_listed=bool(row["is_listed"]),
        read_at=from_ms(row["read_at"]),
    )
