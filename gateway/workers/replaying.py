"""Freezes the set of a replay and works it off, beside live traffic and behind it.

::

    freezing   a stretch of the table a commit: which seqs are in the set
    running    the next items, in order, each in one commit with what it does
               as many as the rate, the outbox and the inbox leave room for

Nothing is remembered here but the pace: a process that dies loses nothing, the next one goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
import structlog

from gateway.operations.gateway import Gateway
from gateway.operations.replay_event import LEFT_OUT, replay_event
from gateway.operations.replay_message import replay_message
from gateway.operations.replay_set import members
from gateway.storage import events, inbox, replays
from gateway.storage.errors import StorageError
from gateway.storage.replay_filter import What
from gateway.storage.replays import Replay, ReplayState
from gateway.storage.tables import message as table
from outbox import store

logger = structlog.get_logger(__name__)

FREEZE_STRETCH: Final = 1_000
"""Rows looked at in one commit while freezing: some 5 ms of the one writer."""

BATCH_MAX: Final = 8
"""Items given to the one writer at once: what a live webhook may find before it in the queue."""

FAILED: Final = "failed"
"""An item that could not be done, through a fault of the gateway's; the log says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How many items may be done at ``at``: fills up by the rate, to one second's worth."""

    left: float
    at: datetime


def refilled(budget: Budget | None, rate_per_second: int, now: datetime) -> Budget:
    """The budget at ``now``; one that begins has room for a single item."""
    if budget is None:
        return Budget(left=1.0, at=now)
    seconds = max(0.0, (now - budget.at).total_seconds())
    left = min(float(rate_per_second), budget.left + seconds * rate_per_second)
    return Budget(left=left, at=now)


class Replayer:
    """Works off the one replay that is not over.

    ``outbox_room`` is how many messages may be due or on their way before a replay adds more: live
    ones then wait for one round of deliveries at most. ``None`` where nothing else is delivered.
    """

    def __init__(self, gateway: Gateway, *, outbox_room: int | None) -> None:
        self._gateway = gateway
        self._outbox_room = outbox_room
        self._budget: tuple[str, Budget] | None = None
        self._waits_for = 0  # deliveries that must end before there is room for a batch
        self._ended = 0

    @property
    def waits_for_room(self) -> bool:
        """Whether the end of a delivery brings nearer the next batch."""
        return self._waits_for > 0

    def delivery_ended(self) -> bool:
        """Take note of it; whether there now is room for a batch, so ``run_once`` may be called."""
        self._ended += 1
        if not self._waits_for:
            return False
        self._waits_for -= 1
        return not self._waits_for

    async def run_once(self, now: datetime) -> int:
        """Freeze a stretch or do a batch; gives how many rows were looked at or items done."""
        self._waits_for = 0
        order = await self._gateway.database.read(replays.unfinished)
        if order is None:
            self._budget = None
            return 0
        if order.state is ReplayState.FREEZING:
            return await self._freeze(order)
        return await self._work(order, now)

    async def _freeze(self, order: Replay) -> int:
        above = order.frozen_seq
        through = min(above + FREEZE_STRETCH, order.through_seq)

        def freeze(connection: sa.Connection) -> bool:
            found = members(
                connection,
                self._gateway,
                order.filter,
                above=above,
                through=through,
                newest=order.through_seq,
            )
            seqs = [each.seq for each in found.taken]
            return replays.freeze(connection, order, seqs, frozen_seq=through)

        await self._gateway.database.write(freeze)
        return max(1, through - above)

    async def _work(self, order: Replay, now: datetime) -> int:
        room = await self._room(order, now)
        if not room:
            return 0
        done = await self._do(order, room, now)
        if not done:
            return await self._end(order, now)
        if self._budget is not None:
            budget = self._budget[1]
            self._budget = (order.replay_id, Budget(left=budget.left - done, at=budget.at))
        self._gateway.wake.deliver()
        return done

    async def _room(self, order: Replay, now: datetime) -> int:
        """How many items may be done now; live events and messages come first."""
        room = BATCH_MAX
        if order.rate_per_second is None:
            self._budget = None
        else:
            known = self._budget
            before = known[1] if known is not None and known[0] == order.replay_id else None
            budget = refilled(before, order.rate_per_second, now)
            self._budget = (order.replay_id, budget)
            room = min(room, int(budget.left))
        most = self._outbox_room
        if not room or most is None:
            return room

        def live(connection: sa.Connection) -> tuple[int, int]:
            under_way = store.under_way(connection, table, now=now, at_most=most)
            return under_way, inbox.pending_count(connection, at_most=1)

        room = min(room, max(1, most // 2))  # half is on its way while the other half is added
        while True:
            ended = self._ended
            under_way, pending = await self._gateway.database.read(live)
            lacking = under_way + room - most
            if lacking <= 0:
                return min(room, 1) if pending else room
            lacking -= self._ended - ended  # what ended while we looked tells nobody again
            if lacking > 0:
                self._waits_for = lacking
                return 0

    async def _do(self, order: Replay, most: int, now: datetime) -> int:
        """Do the next items, ``most`` of them; gives how many: none is left, or it has ended."""
        gateway = self._gateway

        tried: list[int] = []

        def do(connection: sa.Connection) -> int:
            tried[:] = replays.next_items(connection, order.seq, most)
            outcomes = _outcomes(connection, gateway, order, tried, now)
            replays.items_are(connection, order.seq, outcomes)
            return len(tried)

        def give_up(connection: sa.Connection) -> int:
            if replays.next_items(connection, order.seq, 1) == tried:
                replays.items_are(connection, order.seq, dict.fromkeys(tried, FAILED))
            return len(tried)

        try:
            return await gateway.database.write(do)
        except (StorageError, sa.exc.OperationalError):
            raise  # the disk, not an item
        except Exception:
            if not tried:
                raise
            if len(tried) > 1:  # nothing of it was kept; alone, the others are done as ever
                return await self._do(order, 1, now)
            logger.exception("replay.item_failed", replay_id=order.replay_id, item_seq=tried[0])
            return await gateway.database.write(give_up)

    async def _end(self, order: Replay, now: datetime) -> int:
        ended = await self._gateway.database.write(
            lambda connection: replays.end(connection, order.seq, ReplayState.DONE, now)
        )
        if ended:
            logger.info("replay.done", replay_id=order.replay_id, count=order.items)
        return 0


def _outcomes(
    connection: sa.Connection, gateway: Gateway, order: Replay, items: Sequence[int], now: datetime
) -> dict[int, str]:
    """Run events or messages again; what is gone since the set was frozen is left out."""
    outcomes = dict.fromkeys(items, LEFT_OUT)
    if order.what is What.EVENTS:
        for item_seq in items:
            stored = events.by_seq(connection, item_seq)
            if stored is not None:
                outcomes[item_seq] = replay_event(connection, gateway, stored, now)
    else:
        for message in store.find_by_seqs(connection, table, items):
            done = replay_message(connection, gateway, order.replay_id, message, now)
            outcomes[message.seq] = done or LEFT_OUT
    return outcomes
