"""What is past its time, and its removal; everything that depends on a row goes with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.domain.retention import Kept, RetentionRow, Then
from gateway.storage.seal import Seal
from gateway.storage.tables import (
    bank_line,
    bank_line_part,
    booking,
    claim,
    collected,
    event,
    ledger_invoice,
    message,
    receipt,
    settlement,
    settlement_line,
    task,
)
from outbox.instants import to_ms
from outbox.table import SETTLED

FORGOTTEN_BODY: Final = b'{"type":"forgotten","timestamp":"1970-01-01T00:00:00Z","data":{}}'
"""Stands where an event's body was: of a type that nobody knows, so a replay ignores it."""

STRETCH_ROWS: Final = 10_000
"""Rows looked through in one read: some 10 ms, so that no read holds the log back."""

RowKey = tuple[int | str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """Whose things are looked at; None is everybody's."""

    creditor_id: str | None = None
    debtor_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """How one kind of thing is found."""

    table: sa.Table
    creditor: sa.Column[str]
    since: sa.ColumnElement[int]  # when it came into its state, in milliseconds
    is_in_state: Callable[[str], sa.ColumnElement[bool]]
    of_claims: Callable[[sa.Select[Any]], sa.ColumnElement[bool]] | None = None


def _is_of_live(claim_id: sa.Column[str]) -> sa.ColumnElement[bool]:
    """Whether the claim is not over: what was told and paid of it may be needed still."""
    live = sa.select(sa.literal(1)).where(
        claim.c.claim_id == claim_id, claim.c.state != ClaimState.CLOSED.value
    )
    return sa.exists(live)


_SOURCES: Final[Mapping[Kept, _Source]] = {
    Kept.EVENT: _Source(
        table=event,
        creditor=event.c.creditor_id,
        since=sa.func.coalesce(event.c.handled_at, event.c.received_at),
        is_in_state=lambda state: event.c.outcome == state,
        of_claims=lambda of: event.c.invoice_id.in_(of.with_only_columns(claim.c.invoice_id)),
    ),
    Kept.MESSAGE: _Source(
        table=message,
        creditor=message.c.scope,
        since=message.c.settled_at,
        is_in_state=lambda state: sa.and_(
            SETTLED, message.c.state == state, ~_is_of_live(message.c.subject)
        ),
        of_claims=lambda of: message.c.subject.in_(of.with_only_columns(claim.c.claim_id)),
    ),
    Kept.LEDGER_INVOICE: _Source(
        table=ledger_invoice,
        creditor=ledger_invoice.c.creditor_id,
        since=ledger_invoice.c.read_at,
        is_in_state=lambda _state: ledger_invoice.c.is_open == 0,
        of_claims=lambda of: ledger_invoice.c.invoice_id.in_(
            of.with_only_columns(claim.c.invoice_id)
        ),
    ),
    Kept.CLAIM: _Source(
        table=claim,
        creditor=claim.c.creditor_id,
        since=claim.c.updated_at,
        is_in_state=lambda state: claim.c.state == state,
        of_claims=lambda of: claim.c.claim_id.in_(of.with_only_columns(claim.c.claim_id)),
    ),
    Kept.BANK_LINE: _Source(
        table=bank_line,
        creditor=bank_line.c.creditor_id,
        since=bank_line.c.created_at,
        is_in_state=lambda _state: sa.and_(
            bank_line.c.state != "waiting",
            ~sa.exists(
                sa.select(sa.literal(1)).where(
                    bank_line_part.c.line_seq == bank_line.c.seq,
                    _is_of_live(bank_line_part.c.claim_id),
                )
            ),
        ),
        of_claims=lambda of: bank_line.c.seq.in_(
            sa.select(bank_line_part.c.line_seq).where(
                bank_line_part.c.claim_id.in_(of.with_only_columns(claim.c.claim_id))
            )
        ),
    ),
    Kept.SETTLEMENT: _Source(
        table=settlement,
        creditor=settlement.c.creditor_id,
        since=settlement.c.received_at,
        is_in_state=lambda _state: sa.true(),
    ),
    Kept.TASK: _Source(
        table=task,
        creditor=task.c.creditor_id,
        since=task.c.done_at,
        is_in_state=lambda _state: task.c.done_at.is_not(None),
        of_claims=lambda of: task.c.claim_id.in_(of.with_only_columns(claim.c.claim_id)),
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One thing past its time."""

    row_key: RowKey
    creditor_id: str


def past(
    connection: sa.Connection,
    row: RetentionRow,
    before: datetime,
    whose: Whose,
    after: RowKey | None,
    limit: int,
) -> tuple[tuple[Past, ...], RowKey | None]:
    """Things behind ``after`` that came into the row's state ``before`` then, at most ``limit``.

    Also gives where to look next; None where there is nothing more. A table is looked through in
    stretches, so that no read is long.
    """
    source = _SOURCES[row.what]
    if whose.debtor_number is not None and source.of_claims is None:
        return (), None
    keys = tuple(source.table.primary_key)
    query = _condition(row, source, before, whose)(sa.select(*keys, source.creditor.label("whose")))
    through = None
    if "seq" in source.table.c:
        start = 0 if after is None else int(after[0])
        query = query.where(source.table.c.seq > start)
        if whose.debtor_number is None:
            through = start + STRETCH_ROWS
            query = query.where(source.table.c.seq <= through)
    elif after is not None:
        query = query.where(sa.tuple_(*keys) > sa.tuple_(*map(sa.literal, after)))
    rows = connection.execute(query.order_by(*keys).limit(limit)).all()
    found = tuple(Past(row_key=tuple(r[: len(keys)]), creditor_id=r.whose) for r in rows)
    if len(found) == limit:
        return found, found[-1].row_key
    if through is None:
        return found, None
    newest = connection.execute(sa.select(sa.func.max(source.table.c.seq))).scalar() or 0
    return found, (through,) if through < newest else None


def past_of(
    connection: sa.Connection, row: RetentionRow, before: datetime, row_keys: Sequence[RowKey]
) -> frozenset[RowKey]:
    """Those of some things that are past their time."""
    source = _SOURCES[row.what]
    keys = tuple(source.table.primary_key)
    query = _condition(row, source, before, Whose())(sa.select(*keys))
    rows = connection.execute(query.where(sa.tuple_(*keys).in_([*row_keys])))
    return frozenset(tuple(found) for found in rows)


def count_past(connection: sa.Connection, row: RetentionRow, before: datetime, whose: Whose) -> int:
    """How many there are."""
    source = _SOURCES[row.what]
    if whose.debtor_number is not None and source.of_claims is None:
        return 0
    query = sa.select(sa.func.count()).select_from(source.table)
    count: int = connection.execute(_condition(row, source, before, whose)(query)).scalar_one()
    return count


def _condition(
    row: RetentionRow, source: _Source, before: datetime, whose: Whose
) -> Callable[[sa.Select[Any]], sa.Select[Any]]:
    conditions = [source.is_in_state(row.state), source.since < to_ms(before)]
    if row.then is Then.FORGET:
        conditions.append(source.table.c.forgotten_at.is_(None))
    if whose.creditor_id is not None:
        conditions.append(source.creditor == whose.creditor_id)
    if whose.debtor_number is not None and source.of_claims is not None:
        of_debtor = sa.select(claim).where(
            claim.c.debtor_number == whose.debtor_number,
            claim.c.creditor_id == whose.creditor_id,
        )
        conditions.append(source.of_claims(of_debtor))
    return lambda query: query.where(*conditions)


def empty_events(
    connection: sa.Connection, seal: Seal, seqs: Sequence[int | str], now: datetime
) -> None:
    """Take the bodies out; that they came, and under which id, stays: a repetition is known."""
    for seq in seqs:
        connection.execute(
            sa.update(event)
            .where(event.c.seq == seq)
            .values(sealed_body=seal.seal(FORGOTTEN_BODY), forgotten_at=to_ms(now), trace=None)
        )


def empty_lines(connection: sa.Connection, seal: Seal, seqs: Sequence[int]) -> None:
    """Take payer, text and KIDs out of the bank's lines; day, amount and account stay."""
    for seq in seqs:
        query = sa.select(bank_line.c.sealed_details).where(bank_line.c.seq == seq)
        details = json.loads(seal.open(bytes(connection.execute(query).scalar_one())))
        details |= {"kids": [], "payer_account": None, "text": None}
        connection.execute(
            sa.update(bank_line)
            .where(bank_line.c.seq == seq)
            .values(sealed_details=seal.seal(json.dumps(details).encode()), kid_token=None)
        )


def delete(connection: sa.Connection, what: Kept, row_keys: Sequence[RowKey]) -> None:
    """Delete things, and what stands only for them."""
    if what is Kept.LEDGER_INVOICE:
        for creditor_id, invoice_id in row_keys:
            connection.execute(
                sa.delete(ledger_invoice).where(
                    ledger_invoice.c.creditor_id == creditor_id,
                    ledger_invoice.c.invoice_id == invoice_id,
                )
            )
        return
    seqs = [row_key[0] for row_key in row_keys]
    match what:
        case Kept.CLAIM:
            _delete_with_claims(connection, seqs)
        case Kept.BANK_LINE:
            connection.execute(sa.delete(bank_line_part).where(bank_line_part.c.line_seq.in_(seqs)))
        case Kept.SETTLEMENT:
            _delete_with_settlements(connection, seqs)
        case _:
            pass
    table = _SOURCES[what].table
    connection.execute(sa.delete(table).where(table.c.seq.in_(seqs)))


def _delete_with_claims(connection: sa.Connection, seqs: Sequence[object]) -> None:
    ids = connection.execute(sa.select(claim.c.claim_id).where(claim.c.seq.in_(seqs))).scalars()
    claim_ids = [*ids]
    for table in (receipt, collected, booking, bank_line_part, task):
        connection.execute(sa.delete(table).where(table.c.claim_id.in_(claim_ids)))
    delete_settled_messages(connection, claim_ids)


def _delete_with_settlements(connection: sa.Connection, seqs: Sequence[object]) -> None:
    for found in connection.execute(sa.select(settlement).where(settlement.c.seq.in_(seqs))).all():
        connection.execute(
            sa.delete(settlement_line).where(
                settlement_line.c.creditor_id == found.creditor_id,
                settlement_line.c.settlement_id == found.settlement_id,
            )
        )


def delete_settled_messages(connection: sa.Connection, claim_ids: Sequence[str]) -> int:
    """Delete what was told of claims, or never will be; gives how many messages."""
    result = connection.execute(
        sa.delete(message).where(
            SETTLED,
            message.c.subject.in_(claim_ids),
        )
    )
    return result.rowcount
