"""Every column that holds sealed values: which key each needs, and a walk that seals them anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from gateway.storage.insertion import insertion_once
from gateway.storage.seal import HEAD_BYTES, PLAIN_ID, key_id_in
from gateway.storage.tables import (
    bank_line,
    claim,
    event,
    ledger_invoice,
    message,
    seal_key,
    unread_settlement,
)
from outbox.instants import to_ms

RowKey = tuple[object, ...]
"""A row's primary key, as the walk orders by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedColumn:
    """A column of sealed values, and the one that says whose they are."""

    column: sa.Column[bytes]
    creditor: sa.Column[str]

    @property
    def name(self) -> str:
        """The column as people are told of it."""
        return f"{self.column.table.name}.{self.column.name}"

    @property
    def keys(self) -> tuple[sa.Column[object], ...]:
        """The primary key, which the walk goes along."""
        return tuple(self.column.table.primary_key)


SEALED: Final = (
    SealedColumn(column=event.c.sealed_body, creditor=event.c.creditor_id),
    SealedColumn(column=claim.c.sealed_facts, creditor=claim.c.creditor_id),
    SealedColumn(column=ledger_invoice.c.sealed_facts, creditor=ledger_invoice.c.creditor_id),
    SealedColumn(column=bank_line.c.sealed_details, creditor=bank_line.c.creditor_id),
    SealedColumn(column=unread_settlement.c.sealed_raw, creditor=unread_settlement.c.creditor_id),
    SealedColumn(column=message.c.payload, creditor=message.c.scope),
)
"""All of them, in the order they are walked; a test compares this with the tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRow:
    """One value on the walk: whose it is and which key it needs."""

    row_key: RowKey
    creditor_id: str
    key_id: str


def rows_after(
    connection: sa.Connection, of: SealedColumn, after: RowKey | None, limit: int
) -> tuple[SealedRow, ...]:
    """The next ``limit`` values behind ``after``, without opening or even reading them whole."""
    query = (
        sa.select(*of.keys, of.creditor.label("whose"), _head(of))
        .where(of.column.is_not(None))
        .order_by(*of.keys)
        .limit(limit)
    )
    if after is not None:
        query = query.where(sa.tuple_(*of.keys) > sa.tuple_(*map(sa.literal, after)))
    return tuple(
        SealedRow(
            row_key=tuple(row[: len(of.keys)]),
            creditor_id=row.whose,
            key_id=key_id_in(bytes(row.head)),
        )
        for row in connection.execute(query)
    )


def values_of(
    connection: sa.Connection, of: SealedColumn, rows: Iterable[SealedRow]
) -> tuple[tuple[SealedRow, bytes], ...]:
    """The sealed values of rows, without those that are gone."""
    found = []
    for row in rows:
        value = connection.execute(sa.select(of.column).where(_is(of, row.row_key))).scalar()
        if value is not None:
            found.append((row, bytes(value)))
    return tuple(found)


def put_anew(
    connection: sa.Connection, of: SealedColumn, values: Sequence[tuple[RowKey, bytes, bytes]]
) -> int:
    """Write (key, before, after) where the value is still the one before; gives how many were."""
    done = 0
    for row_key, before, after in values:
        result = connection.execute(
            sa.update(of.column.table)
            .where(_is(of, row_key), of.column == before)
            .values({of.column.name: after})
        )
        done += result.rowcount
    return done


def count_by_key(connection: sa.Connection, of: SealedColumn) -> dict[str, int]:
    """How many values of the column need which key; reads the head of every one."""
    head = _head(of)
    rows = connection.execute(
        sa.select(head, sa.func.count()).where(of.column.is_not(None)).group_by(head)
    )
    counted: Counter[str] = Counter()
    for beginning, count in rows:
        counted[key_id_in(bytes(beginning))] += count
    return dict(counted)


def note_key(connection: sa.Connection, key_id: str, now: datetime) -> None:
    """Remember that values may need this key from now on."""
    if key_id != PLAIN_ID:
        connection.execute(
            insertion_once(connection, seal_key), {"key_id": key_id, "noted_at": to_ms(now)}
        )


def noted_keys(connection: sa.Connection) -> frozenset[str]:
    """Ids of keys that values may need."""
    return frozenset(connection.execute(sa.select(seal_key.c.key_id)).scalars())


def forget_keys_but(connection: sa.Connection, key_ids: Iterable[str]) -> None:
    """No value needs any other key, as a whole walk has shown."""
    connection.execute(sa.delete(seal_key).where(seal_key.c.key_id.not_in(sorted(key_ids))))


def _head(of: SealedColumn) -> sa.Label[bytes]:
    # A plain value's own first bytes do not matter, and must not split the counts.
    first = sa.func.substr(of.column, 1, HEAD_BYTES, type_=sa.LargeBinary)
    return first.label("head")


def _is(of: SealedColumn, row_key: RowKey) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == value for column, value in zip(of.keys, row_key, strict=True)))
