"""The statements that every message goes through, built once per table, and its row as a value."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from outbox.columns import WHOLE, WORDS
from outbox.instants import from_ms
from outbox.message import Message, MessageState
from outbox.prepared import Prepared
from outbox.table import LEASABLE, LEASED, UNSETTLED

_STATES: Final = {state.value: state for state in MessageState}


@functools.lru_cache
def insertion(table: sa.Table) -> Prepared:
    """Append a message: its columns, and its key once more as ``of_key``."""
    of_key = sa.bindparam("of_key", type_=WORDS)
    others = sa.select(sa.literal(1)).where(table.c.key == of_key, UNSETTLED).correlate(None)
    return Prepared(
        sa.insert(table).values(
            state=MessageState.PENDING.value, head=sa.case((sa.exists(others), 0), else_=1)
        )
    )


@functools.lru_cache
def lines(table: sa.Table) -> Prepared:
    """Give scope, kind and the first ``due_at`` of every line with a leasable head.

    Each step of the recursion is one look into the index, so it costs what there are lines, however
    many wait in them.
    """
    # Two looks, as one comparison of (scope, kind) pairs would walk through a whole scope.
    text = f"""
        WITH RECURSIVE line(scope, kind, due_at) AS (
            SELECT scope, kind, due_at FROM (
                SELECT scope, kind, due_at FROM {table.name} WHERE {LEASABLE.text}
                ORDER BY scope, kind, due_at, seq LIMIT 1
            ) AS first_line
            UNION ALL
            SELECT m.scope, m.kind, m.due_at FROM line JOIN {table.name} AS m ON m.seq = coalesce(
                (SELECT n.seq FROM {table.name} AS n WHERE {LEASABLE.text}
                 AND n.scope = line.scope AND n.kind > line.kind
                 ORDER BY n.kind, n.due_at, n.seq LIMIT 1),
                (SELECT n.seq FROM {table.name} AS n WHERE {LEASABLE.text}
                 AND n.scope > line.scope
                 ORDER BY n.scope, n.kind, n.due_at, n.seq LIMIT 1)
            )
        )
        SELECT scope, kind, due_at FROM line
    """  # noqa: S608 - the table's name and a condition of ours, no value
    return Prepared(sa.text(text))


@functools.lru_cache
def choice(table: sa.Table) -> Prepared:
    """Heads of a line due at ``now`` whose lane is free, the longest due first, ``at_most`` many.

    Gives seq, lane, and whether it is suspect: it crashed ``suspect_from`` times or more. No two
    suspects are leased at a time.
    """

    def is_leased(matches: Callable[[sa.FromClause], sa.ColumnElement[bool]]) -> sa.Exists:
        other = table.alias("other")
        leased = sa.text("other.state = 'leased'")
        return sa.exists(sa.select(sa.literal(1)).select_from(other).where(leased, matches(other)))

    suspect_from = sa.bindparam("suspect_from", type_=WHOLE)
    suspect = table.c.crashes >= suspect_from
    return Prepared(
        sa.select(table.c.seq, table.c.lane, suspect)
        .where(
            LEASABLE,
            table.c.scope == sa.bindparam("of_scope"),
            table.c.kind == sa.bindparam("of_kind"),
            table.c.due_at <= sa.bindparam("now", type_=WHOLE),
            ~is_leased(lambda other: other.c.lane == table.c.lane),
            ~suspect | ~is_leased(lambda other: other.c.crashes >= suspect_from),
        )
        .order_by(table.c.due_at, table.c.seq)
        .limit(sa.bindparam("at_most", type_=WHOLE))
        # PostgreSQL: what another transaction is changing is not waited for. SQLite has one writer.
        .with_for_update(skip_locked=True)
    )


def chosen(seqs: Sequence[int]) -> dict[str, int]:
    """Give the values by which ``leasing`` takes these seqs; a power of two, the last repeated."""
    size = 1 << (len(seqs) - 1).bit_length()
    return {f"seq_{i}": seqs[min(i, len(seqs) - 1)] for i in range(size)}


@functools.lru_cache
def leasing(table: sa.Table, size: int) -> Prepared:
    """Lease ``size`` seqs (see ``chosen``) at ``at`` until ``until``; returns their rows."""
    at = sa.bindparam("at", type_=WHOLE)
    return Prepared(
        sa.update(table)
        .where(table.c.seq.in_([sa.bindparam(f"seq_{i}", type_=WHOLE) for i in range(size)]))
        .values(
            state=MessageState.LEASED.value,
            attempts=table.c.attempts + 1,
            fence=table.c.fence + 1,
            first_attempt_at=sa.func.coalesce(table.c.first_attempt_at, at),
            last_attempt_at=at,
            lease_until=sa.bindparam("until", type_=WHOLE),
        )
        .returning(*message_columns(table))
    )


@functools.lru_cache
def sending(table: sa.Table) -> Prepared:
    """Note that the message ``of_message``, leased under ``of_fence``, is being sent."""
    return Prepared(
        sa.update(table)
        .where(
            table.c.message_id == sa.bindparam("of_message"),
            LEASED,
            table.c.fence == sa.bindparam("of_fence", type_=WHOLE),
        )
        .values(
            sent_at=sa.bindparam("at", type_=WHOLE),
            sent_at_theirs=sa.bindparam("theirs", type_=WHOLE),
            sent_fence=sa.bindparam("of_fence", type_=WHOLE),
        )
    )


@functools.lru_cache
def moving(table: sa.Table, condition: str) -> Prepared:
    """Change the message ``of_message`` if ``condition`` (SQL text) holds; returns its key.

    Parameters: ``new_state``, ``new_error``, ``new_settled_at``; ``new_due_at``, ``new_result``,
    ``new_crashes``, ``new_head``, each kept as stored where None; ``given_back``, how many attempts
    to take off.
    """

    def new(name: str, type_: sa.types.TypeEngine[Any] = WHOLE) -> sa.BindParameter[Any]:
        return sa.bindparam(f"new_{name}", type_=type_)

    column = table.c
    given_back = sa.bindparam("given_back", type_=WHOLE)
    return Prepared(
        sa.update(table)
        .where(column.message_id == sa.bindparam("of_message"), sa.text(condition))
        .values(
            state=new("state", WORDS),
            due_at=sa.func.coalesce(new("due_at"), column.due_at),
            last_error=new("error", WORDS),
            result=sa.func.coalesce(new("result", WORDS), column.result),
            crashes=sa.func.coalesce(new("crashes"), column.crashes),
            attempts=sa.case((column.attempts > given_back, column.attempts - given_back), else_=0),
            # Nothing tried, nothing aged: a message that only met shut gates is as good as new.
            first_attempt_at=sa.case(
                (column.attempts > given_back, column.first_attempt_at), else_=None
            ),
            head=sa.func.coalesce(new("head"), column.head),
            settled_at=new("settled_at"),
            lease_until=None,
        )
        .returning(column.key)
    )


@functools.lru_cache
def promotion(table: sa.Table) -> Prepared:
    """Make the oldest unsettled message of ``of_key`` its head."""
    following = sa.select(sa.func.min(table.c.seq)).where(
        table.c.key == sa.bindparam("of_key"), UNSETTLED
    )
    return Prepared(
        sa.update(table)
        .where(table.c.seq == following.correlate(None).scalar_subquery())
        .values(head=1)
    )


def message_columns(table: sa.Table) -> tuple[sa.Column[Any], ...]:
    """What ``message_from_row`` takes, in its order: the fields of ``Message``."""
    return tuple(table.c[each.name] for each in dataclasses.fields(Message))


def message_from_row(row: Sequence[Any]) -> Message:
    """Give a row of ``message_columns`` as a message."""
    (
        seq,
        message_id,
        scope,
        key,
        lane,
        kind,
        subject,
        payload,
        doubtful,
        state,
        attempts,
        fence,
        due_at,
        created_at,
        first_attempt_at,
        last_attempt_at,
        sent_at,
        lease_until,
        settled_at,
        last_error,
        result,
        crashes,
        sent_fence,
        sent_at_theirs,
        trace,
    ) = row
    return Message(
        seq=seq,
        message_id=message_id,
        scope=scope,
        key=key,
        lane=lane,
        kind=kind,
        subject=subject,
        payload=payload,
        doubtful=bool(doubtful),
        state=_STATES[state],
        attempts=attempts,
        crashes=crashes,
        fence=fence,
        due_at=from_ms(due_at),
        created_at=from_ms(created_at),
        first_attempt_at=_instant(first_attempt_at),
        last_attempt_at=_instant(last_attempt_at),
        sent_at=_instant(sent_at),
        sent_fence=sent_fence,
        sent_at_theirs=_instant(sent_at_theirs),
        lease_until=_instant(lease_until),
        settled_at=_instant(settled_at),
        last_error=last_error,
        result=result,
        trace=trace,
    )


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)
