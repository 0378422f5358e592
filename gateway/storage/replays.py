"""Replays as kept: the order, its frozen set, how far it is, and what came of each item.

An item is the ``seq`` of an event or a message, so the set is in the order in which its events were
committed and its messages were queued, and is worked off in that order.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from gateway.storage.replay_filter import Filter, What
from gateway.storage.tables import replay, replay_count, replay_item
from outbox.instants import from_ms, to_ms
from outbox.prepared import Prepared


class ReplayState(StrEnum):
    """Where a replay stands."""

    FREEZING = "freezing"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"


UNFINISHED = (ReplayState.FREEZING.value, ReplayState.RUNNING.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """One replay. ``through_seq`` bounds its set, which is written down up to ``frozen_seq``."""

    seq: int
    replay_id: str
    state: ReplayState
    filter: Filter
    rate_per_second: int | None
    actor: str
    reason: str
    started_at: datetime
    ended_at: datetime | None
    through_seq: int
    frozen_seq: int
    items: int

    @property
    def what(self) -> What:
        """Events or messages."""
        return self.filter.what


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReplay:
    """A replay to begin."""

    replay_id: str
    filter: Filter
    rate_per_second: int | None
    actor: str
    reason: str
    through_seq: int


def begin(connection: sa.Connection, new: NewReplay, now: datetime) -> None:
    """Write down the order; its set is still to be frozen."""
    connection.execute(
        sa.insert(replay).values(
            replay_id=new.replay_id,
            what=new.filter.what.value,
            state=ReplayState.FREEZING.value,
            filter=json.dumps(new.filter.to_json()),
            rate_per_second=new.rate_per_second,
            actor=new.actor,
            reason=new.reason,
            started_at=to_ms(now),
            through_seq=new.through_seq,
            frozen_seq=0,
            items=0,
        )
    )


def get(connection: sa.Connection, replay_id: str) -> Replay | None:
    """The replay of this id."""
    return _one(connection, sa.select(replay).where(replay.c.replay_id == replay_id))


def unfinished(connection: sa.Connection) -> Replay | None:
    """The replay that is not over; there is at most one."""
    query = sa.select(replay).where(replay.c.state.in_(UNFINISHED)).order_by(replay.c.seq).limit(1)
    return _one(connection, query)


def listing(connection: sa.Connection, *, limit: int, after: int | None) -> tuple[Replay, ...]:
    """Newest first, ``after`` a ``seq``."""
    query = sa.select(replay).order_by(replay.c.seq.desc()).limit(limit)
    if after is not None:
        query = query.where(replay.c.seq < after)
    return tuple(_from_row(row) for row in connection.execute(query))


def counts(connection: sa.Connection, seq: int) -> dict[str, int]:
    """How many items came to which outcome so far."""
    rows = connection.execute(
        sa.select(replay_count.c.outcome, replay_count.c["count"])
        .where(replay_count.c.replay_seq == seq)
        .order_by(replay_count.c.outcome)
    )
    return {row[0]: row[1] for row in rows}


def freeze(
    connection: sa.Connection, order: Replay, item_seqs: Iterable[int], *, frozen_seq: int
) -> bool:
    """Add a page of the set; ``False``, and nothing is added, if it is no longer being frozen.

    The last page, which reaches ``through_seq``, sets the replay going.
    """
    rows = [{"replay_seq": order.seq, "item_seq": seq} for seq in item_seqs]
    is_last = frozen_seq >= order.through_seq
    update = (
        sa.update(replay)
        .where(replay.c.seq == order.seq, replay.c.state == ReplayState.FREEZING.value)
        .values(
            frozen_seq=frozen_seq,
            items=replay.c["items"] + len(rows),
            state=(ReplayState.RUNNING if is_last else ReplayState.FREEZING).value,
        )
    )
    if connection.execute(update).rowcount != 1:
        return False
    if rows:
        connection.execute(sa.insert(replay_item), rows)
    return True


def next_items(connection: sa.Connection, seq: int, limit: int) -> list[int]:
    """The first items that are not done, in their order; none unless the replay runs.

    Asked in the transaction that does them: so each is done once, in order, and none after a
    cancel.
    """
    return [row[0] for row in _NEXT.all(connection, of_replay=seq, most=limit)]


_NEXT = Prepared(
    sa.select(replay_item.c.item_seq)
    .where(
        replay_item.c.replay_seq == sa.bindparam("of_replay"),
        sa.text("outcome IS NULL"),
        sa.exists(
            sa.select(sa.literal_column("1"))
            .select_from(replay)
            .where(
                replay.c.seq == sa.bindparam("of_replay"),
                replay.c.state == ReplayState.RUNNING.value,
            )
            .correlate(None)
        ),
    )
    .order_by(replay_item.c.item_seq)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_DONE = Prepared(
    sa.update(replay_item)
    .where(
        replay_item.c.replay_seq == sa.bindparam("of_replay"),
        replay_item.c.item_seq == sa.bindparam("of_item"),
    )
    .values(outcome=sa.bindparam("new_outcome"))
)
_COUNT = Prepared(
    sa.update(replay_count)
    .where(
        replay_count.c.replay_seq == sa.bindparam("of_replay"),
        replay_count.c.outcome == sa.bindparam("of_outcome"),
    )
    .values({"count": replay_count.c["count"] + sa.bindparam("more")})
)


def items_are(connection: sa.Connection, seq: int, outcomes: Mapping[int, str]) -> None:
    """Write down what came of each item, and count it."""
    for item_seq, outcome in outcomes.items():
        _DONE.change(connection, of_replay=seq, of_item=item_seq, new_outcome=outcome)
    for outcome, more in Counter(outcomes.values()).items():
        if not _COUNT.change(connection, of_replay=seq, of_outcome=outcome, more=more):
            connection.execute(
                sa.insert(replay_count).values(replay_seq=seq, outcome=outcome, count=more)
            )


def end(connection: sa.Connection, seq: int, state: ReplayState, now: datetime) -> bool:
    """End a replay as done or cancelled; ``False`` if it had ended."""
    update = (
        sa.update(replay)
        .where(replay.c.seq == seq, replay.c.state.in_(UNFINISHED))
        .values(state=state.value, ended_at=to_ms(now))
    )
    return connection.execute(update).rowcount == 1


def _one(connection: sa.Connection, query: sa.Select[Any]) -> Replay | None:
    row = connection.execute(query).first()
    return None if row is None else _from_row(row)


def _from_row(row: sa.Row[Any]) -> Replay:
    return Replay(
        seq=row.seq,
        replay_id=row.replay_id,
        state=ReplayState(row.state),
        filter=Filter.from_json(json.loads(row.filter)),
        rate_per_second=row.rate_per_second,
        actor=row.actor,
        reason=row.reason,
        started_at=from_ms(row.started_at),
        ended_at=None if row.ended_at is None else from_ms(row.ended_at),
        through_seq=row.through_seq,
        frozen_seq=row.frozen_seq,
        items=row._mapping["items"],  # noqa: SLF001 - SQLAlchemy's public name for it
    )
