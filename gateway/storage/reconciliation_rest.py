"""What is no claim's: cases and invoices that nobody here knows, settlements, what is unread."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

import sqlalchemy as sa

from gateway.domain.money import to_minor
from gateway.domain.reconciliation.books import LedgerOnly, SettlementBooks, StrangeCase, Unread
from gateway.storage import facts
from gateway.storage.reconciliation import Meaning, case_of, order_of
from gateway.storage.seal import Seal
from gateway.storage.tables import (
    claim,
    ledger_invoice,
    message,
    mirror,
    settlement,
    settlement_line,
    unread_settlement,
)
from outbox.instants import from_ms
from outbox.message import MessageState
from outbox.table import UNSETTLED

UNREAD_MAX: Final = 1_000
"""Settlements not understood, and parked words of some: a person mends the cause, not each."""


def strange_cases(
    connection: sa.Connection, creditor_id: str, *, after: str, limit: int, meaning: Meaning
) -> tuple[tuple[StrangeCase, ...], int, str | None]:
    """Of the next cases those that are no claim's; how many were looked at, and the last one."""
    rows = connection.execute(
        sa.select(mirror)
        .where(mirror.c.creditor_id == creditor_id, mirror.c.kravia_invoice_id > after)
        .order_by(mirror.c.kravia_invoice_id)
        .limit(limit)
    ).all()
    if not rows:
        return (), 0, None
    linked = _of_claims(connection, creditor_id, claim.c.kravia_invoice_id, rows)
    named = _of_claims(connection, creditor_id, claim.c.invoice_id, rows)
    strange = [
        row
        for row in rows
        if row.kravia_invoice_id not in linked and row.accounting_invoice_id not in named
    ]
    like = _alike(connection, creditor_id, strange)
    found = tuple(
        StrangeCase(
            case=case_of(row, meaning), like=like.get((row.invoice_number, row.invoice_date))
        )
        for row in strange
    )
    return found, len(rows), rows[-1].kravia_invoice_id


def _of_claims(
    connection: sa.Connection, creditor_id: str, column: sa.ColumnElement[Any], rows: Any
) -> frozenset[str]:
    """Which ids of the rows some claim has in this column."""
    is_theirs = column is claim.c.kravia_invoice_id
    ids = [row.kravia_invoice_id if is_theirs else row.accounting_invoice_id for row in rows]
    query = sa.select(column).where(claim.c.creditor_id == creditor_id, column.in_(ids))
    return frozenset(connection.execute(query).scalars())


def _alike(
    connection: sa.Connection, creditor_id: str, rows: list[Any]
) -> dict[tuple[str, str], str]:
    """Claims without a case, by number and date, that a strange case may be of."""
    numbers = [row.invoice_number for row in rows if row.invoice_number is not None]
    if not numbers:
        return {}
    found = connection.execute(
        sa.select(claim.c.claim_id, claim.c.invoice_number, claim.c.issue_date).where(
            claim.c.creditor_id == creditor_id,
            claim.c.invoice_number.in_(numbers),
            claim.c.kravia_invoice_id.is_(None),
        )
    )
    return {(row.invoice_number, row.issue_date): row.claim_id for row in found}


def ledger_only(
    connection: sa.Connection, seal: Seal, creditor_id: str, *, after: str, limit: int
) -> tuple[tuple[LedgerOnly, ...], int, str | None]:
    """Of the next invoices that the ledger told those without a claim; as ``strange_cases``."""
    rows = connection.execute(
        sa.select(
            ledger_invoice.c.invoice_id,
            ledger_invoice.c.read_at,
            ledger_invoice.c.is_open,
            ledger_invoice.c.sealed_facts,
            claim.c.claim_id,
        )
        .outerjoin(
            claim,
            sa.and_(
                claim.c.creditor_id == ledger_invoice.c.creditor_id,
                claim.c.invoice_id == ledger_invoice.c.invoice_id,
            ),
        )
        .where(ledger_invoice.c.creditor_id == creditor_id, ledger_invoice.c.invoice_id > after)
        .order_by(ledger_invoice.c.invoice_id)
        .limit(limit)
    ).all()
    if not rows:
        return (), 0, None
    found = tuple(
        LedgerOnly(
            invoice_id=row.invoice_id,
            outstanding=to_minor(facts.load(seal.open(row.sealed_facts)).outstanding),
            read_at=from_ms(row.read_at),
        )
        for row in rows
        if row.claim_id is None and row.is_open and row.sealed_facts is not None
    )
    return found, len(rows), rows[-1].invoice_id


def settlement_books(
    connection: sa.Connection, creditor_id: str, *, after: int, limit: int
) -> tuple[tuple[SettlementBooks, ...], int | None]:
    """The next settlements past the ``seq`` given, and the last one's."""
    rows = connection.execute(
        sa.select(settlement)
        .where(settlement.c.creditor_id == creditor_id, settlement.c.seq > after)
        .order_by(settlement.c.seq)
        .limit(limit)
    ).all()
    if not rows:
        return (), None
    ids = [row.settlement_id for row in rows]
    sums = _sums(connection, creditor_id, ids)
    unknown = _unknown_cases(connection, creditor_id, ids)
    found = tuple(
        SettlementBooks(
            settlement_id=row.settlement_id,
            amount=row.amount_minor,
            costs=row.costs_minor,
            vat=row.vat_minor,
            received_at=from_ms(row.received_at),
            voucher_id=row.voucher_id,
            marking=row.message_id,
            mark=order_of(connection, row.message_id),
            lines=sums.get(row.settlement_id, (0, 0))[0],
            lines_amount=sums.get(row.settlement_id, (0, 0))[1],
            unknown_cases=tuple(unknown[row.settlement_id]),
        )
        for row in rows
    )
    return found, rows[-1].seq


def _sums(
    connection: sa.Connection, creditor_id: str, settlement_ids: list[str]
) -> dict[str, tuple[int, int]]:
    """How many lines each has, and their sum; added up there, since one may have thousands."""
    rows = connection.execute(
        sa.select(
            settlement_line.c.settlement_id,
            sa.func.count(),
            sa.func.sum(settlement_line.c.amount_minor),
        )
        .where(
            settlement_line.c.creditor_id == creditor_id,
            settlement_line.c.settlement_id.in_(settlement_ids),
        )
        .group_by(settlement_line.c.settlement_id)
    )
    return {row[0]: (row[1], int(row[2])) for row in rows}


def _unknown_cases(
    connection: sa.Connection, creditor_id: str, settlement_ids: list[str]
) -> dict[str, list[str]]:
    """By settlement, the cases its lines name that are no claim's."""
    rows = connection.execute(
        sa.select(settlement_line.c.settlement_id, settlement_line.c.kravia_invoice_id)
        .outerjoin(
            claim,
            sa.and_(
                claim.c.creditor_id == settlement_line.c.creditor_id,
                claim.c.kravia_invoice_id == settlement_line.c.kravia_invoice_id,
            ),
        )
        .where(
            settlement_line.c.creditor_id == creditor_id,
            settlement_line.c.settlement_id.in_(settlement_ids),
            claim.c.claim_id.is_(None),
        )
        .order_by(settlement_line.c.seq)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row.settlement_id].append(row.kravia_invoice_id)
    return found


def unread(connection: sa.Connection, creditor_id: str) -> tuple[Unread, ...]:
    """Settlements that are not understood, and parked words to the ledger about no claim."""
    abouts = connection.execute(
        sa.select(unread_settlement.c.about)
        .where(unread_settlement.c.creditor_id == creditor_id)
        .order_by(unread_settlement.c.about)
        .limit(UNREAD_MAX)
    ).scalars()
    parked = connection.execute(
        sa.select(message.c.message_id)
        .where(
            message.c.key == f"ledger.{creditor_id}",
            UNSETTLED,
            message.c.state == MessageState.PARKED.value,
        )
        .order_by(message.c.seq)
        .limit(UNREAD_MAX)
    ).scalars()
    orders = (order_of(connection, message_id) for message_id in parked.all())
    return (
        *(Unread(about=about) for about in abouts),
        *(Unread(about=each.message_id, order=each) for each in orders if each is not None),
    )
