"""Looks at how much lies open and how things stand: figures for metrics, alerts for people.

The inbox's depth is counted at every turn, for webhooks are refused by it, and stops counting at
its limit. Everything else is counted every ``LOOK_SECONDS``, or less often where counting takes
long: at most ``SHARE_MAX`` of the time goes into it, however much lies open.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import sqlalchemy as sa

from gateway.domain.oslo import oslo_date
from gateway.domain.rates_reach import days_covered
from gateway.metrics import Metrics
from gateway.operations import endings
from gateway.operations.alert_kinds import IN_DOUBT, INBOX_OLD, OUTBOX_OLD
from gateway.operations.conditions import (
    WATCHED,
    Change,
    Patience,
    apply,
    bank_lines_waiting,
    compare,
    is_not_tried,
    rates_running_out,
    silent_remotes,
    too_old,
)
from gateway.operations.gateway import Gateway
from gateway.storage.desk import NewAlert
from gateway.storage.measures import inbox_depth, measure, waiting_bank_lines
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import Message, MessageState

LOOK_SECONDS: Final = 15.0
"""Prometheus asks every 15 to 60 s: fresher figures would be seen by nobody."""

SHARE_MAX: Final = 0.01
"""Of the time, for counting: 300 000 open messages and as many holds take some 0.4 s, and are then
counted each 40 s; with 10 000 of each and a million settled it takes 0.02 s."""

DOUBTS_LOOKED_AT_MAX: Final = 500
"""The oldest doubts; a person who has so many alerts needs no more of them."""


class Watch:
    """Counts and compares. ``is_full`` is asked at every webhook."""

    def __init__(
        self, gateway: Gateway, metrics: Metrics, patience: Patience, *, inbox_max: int
    ) -> None:
        self._gateway = gateway
        self._metrics = metrics
        self._patience = patience
        self._inbox_max = inbox_max
        self._full = False
        self._next_look: datetime | None = None
        self._looked_behind = 0

    def is_full(self) -> bool:
        """Whether new webhooks must wait."""
        return self._full

    async def run_once(self, now: datetime) -> None:
        """Count the inbox, and everything else when its time has come."""
        depth = await self._gateway.database.read(partial(inbox_depth, at_most=self._inbox_max))
        self._full = depth.events >= self._inbox_max
        self._metrics.inbox_counted(depth, now)
        if self._next_look is None or now >= self._next_look:
            seconds = await self.look(now)
            self._next_look = now + timedelta(seconds=max(LOOK_SECONDS, seconds / SHARE_MAX))

    async def look(self, now: datetime) -> float:
        """Count everything now; returns how many seconds that took."""
        gateway, metrics = self._gateway, self._metrics
        today = oslo_date(now)
        started = time.perf_counter()
        measures = await gateway.database.read(partial(measure, today=today))
        seconds = time.perf_counter() - started
        metrics.measured(measures, now)
        metrics.paused(gateway.creditors, measures.paused)
        metrics.rates_left(days_covered(gateway.rules, today))
        metrics.machine(
            writes_waiting=gateway.database.waiting,
            clock_ahead_seconds=gateway.remote_clock.ahead / timedelta(seconds=1),
            watch_seconds=seconds,
        )
        return seconds

    async def alert(self, now: datetime) -> int:
        """Raise and clear alerts so that they are as things are; returns how many changed."""
        gateway = self._gateway
        change = await gateway.database.read(lambda connection: self._change(connection, now))
        standing = await gateway.database.read(
            lambda connection: endings.standing_alerts(connection, self._looked_behind)
        )
        # What one look does not get to, the next one does; then it begins anew.
        is_page = len(standing) == endings.LOOKED_AT_MAX
        self._looked_behind = standing[-1].seq if is_page else 0
        gone = await gateway.database.read(
            lambda connection: endings.ended(connection, gateway, standing, now)
        )
        if not change and not gone:
            return 0

        def write(connection: sa.Connection) -> int:
            apply(connection, gateway, change, now)
            cleared = endings.clear_ended(connection, gateway, gone, now)
            return len(change.to_raise) + len(change.to_clear) + cleared

        return await gateway.database.write(write)

    def _change(self, connection: sa.Connection, now: datetime) -> Change:
        gateway, patience = self._gateway, self._patience
        wanted = [
            *rates_running_out(gateway.rules, oslo_date(now), patience.rates_ahead_days),
            *silent_remotes(gateway.reach, patience.remote_down),
            *too_old(
                INBOX_OLD,
                "events have waited for intake",
                "kravia-gateway events list --outcome recorded",
                inbox_depth(connection, at_most=1).oldest_at,
                patience.inbox_old,
                now,
            ),
            *too_old(
                OUTBOX_OLD,
                "a message that is due has waited to be sent",
                "kravia-gateway outbox list --state pending",
                store.next_due_at(connection, table),
                patience.outbox_old,
                now,
            ),
        ]
        waiting = waiting_bank_lines(connection)
        wanted += bank_lines_waiting(waiting, patience.bank_lines, now)
        compared = compare(
            connection,
            WATCHED,
            wanted,
            is_unknown=lambda key: is_not_tried(gateway.reach, gateway, key),
        )
        # A doubt's end is looked up with all others: here they are only raised.
        doubts = compare(connection, frozenset({IN_DOUBT}), self._long_doubts(connection, now))
        return Change(to_raise=(*compared.to_raise, *doubts.to_raise), to_clear=compared.to_clear)

    def _long_doubts(self, connection: sa.Connection, now: datetime) -> list[NewAlert]:
        found = store.listing(
            connection, table, state=MessageState.IN_DOUBT, limit=DOUBTS_LOOKED_AT_MAX
        )
        before = now - self._patience.in_doubt
        return [_long_doubt(message) for message in found if _sent_at(message) <= before]


def _sent_at(message: Message) -> datetime:
    return message.sent_at or message.last_attempt_at or message.created_at


def _long_doubt(message: Message) -> NewAlert:
    return NewAlert(
        creditor_id=message.scope,
        kind=IN_DOUBT,
        about=message.message_id,
        text=f"{message.kind} {message.message_id} has been in doubt since"
        f" {_sent_at(message):%Y-%m-%d %H:%M} UTC: nothing has shown yet whether it was applied",
        command=f"kravia-gateway doubts show {message.message_id}",
    )
