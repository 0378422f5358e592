"""The statements that every message goes through, built once per table, and its row as a value.

Building a statement takes several times as long as running it, so these take all that varies as
parameters; SQLAlchemy then finds its compiled form at once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.dml import ReturningUpdate

from outbox.columns import WHOLE, WORDS
from outbox.instants import from_ms
from outbox.message import Message, MessageState
from outbox.table import LEASABLE, UNSETTLED


@functools.lru_cache
def insertion(table: sa.Table) -> sa.Insert:
    """Append a message: its columns, and its key once more as ``of_key``."""
    of_key = sa.bindparam("of_key", type_=WORDS)
    others = sa.select(sa.literal(1)).where(table.c.key == of_key, UNSETTLED).correlate(None)
    return sa.insert(table).values(
        state=MessageState.PENDING.value, head=sa.case((sa.exists(others), 0), else_=1)
    )


@functools.lru_cache
def lines(table: sa.Table) -> sa.TextualSelect:
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
    return sa.text(text).columns(scope=sa.Text, kind=sa.Text, due_at=sa.Integer)


@functools.lru_cache
def choice(table: sa.Table) -> sa.Select[int, str | None, bool]:
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
    return (
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


@functools.lru_cache
def leasing(table: sa.Table) -> ReturningUpdate[Any]:
    """Lease the seqs ``chosen`` at ``at`` until ``until``; returns their rows."""
    at = sa.bindparam("at", type_=WHOLE)
    return (
        sa.update(table)
        .where(table.c.seq.in_(sa.bindparam("chosen", expanding=True)))
        .values(
            state=MessageState.LEASED.value,
            attempts=table.c.attempts + 1,
            fence=table.c.fence + 1,
            first_attempt_at=sa.func.coalesce(table.c.first_attempt_at, at),
            last_attempt_at=at,
            lease_until=sa.bindparam("until", type_=WHOLE),
        )
        .returning(table)
    )


@functools.lru_cache
def moving(table: sa.Table, condition: str) -> ReturningUpdate[str]:
    """Change the message ``of_message`` if ``condition`` (SQL text) holds; returns its key.

    Parameters: ``new_state``, ``new_error``, ``new_settled_at``; ``new_due_at``, ``new_result``,
    ``new_crashes``, ``new_head``, each kept as stored where None; ``given_back``, how many attempts
    to take off.
    """

    def new(name: str, type_: sa.types.TypeEngine[Any] = WHOLE) -> sa.BindParameter[Any]:
        return sa.bindparam(f"new_{name}", type_=type_)

    column = table.c
    given_back = sa.bindparam("given_back", type_=WHOLE)
    return (
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
def promotion(table: sa.Table) -> sa.Update:
    """Make the oldest unsettled message of ``of_key`` its head."""
    following = sa.select(sa.func.min(table.c.seq)).where(
        table.c.key == sa.bindparam("of_key"), UNSETTLED
    )
    return (
        sa.update(table)
        .where(table.c.seq == following.correlate(None).scalar_subquery())
        .values(head=1)
    )


def message_from_row(row: sa.Row[Any]) -> Message:
    """Give a row of the table as a message."""

    def instant(milliseconds: int | None) -> datetime | None:
        return None if milliseconds is None else from_ms(milliseconds)

    return Message(
        seq=row.seq,
        message_id=row.message_id,
        scope=row.scope,
        key=row.key,
        lane=row.lane,
        kind=row.kind,
        subject=row.subject,
        payload=row.payload,
        doubtful=bool(row.doubtful),
        state=MessageState(row.state),
        attempts=row.attempts,
        crashes=row.crashes,
        fence=row.fence,
        due_at=from_ms(row.due_at),
        created_at=from_ms(row.created_at),
        first_attempt_at=instant(row.first_attempt_at),
        last_attempt_at=instant(row.last_attempt_at),
        sent_at=instant(row.sent_at),
        sent_fence=row.sent_fence,
        sent_at_theirs=instant(row.sent_at_theirs),
        lease_until=instant(row.lease_until),
        settled_at=instant(row.settled_at),
        last_error=row.last_error,
        result=row.result,
        trace=row.trace,
    )
