"""The gateway's loops, turned by hand: the ``run_once`` that ``serve`` calls, without waiting."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from gateway.cli.demo.stage import Stage
from gateway.storage.tables import message as table
from gateway.workers import clock, doubts, intake
from outbox import store
from outbox.message import MessageState

_TURNS_MAX = 100
"""A gateway that is not at rest by then never will be: an error beats a demo that hangs."""


@dataclass(slots=True)
class Loops:
    """Turns everything until nothing moves; counts how doubts ended."""

    stage: Stage
    doubts_ended: Counter[str] = field(default_factory=Counter)

    async def until_quiet(self) -> None:
        """Let the gateway do all that can be done at this instant."""
        for _ in range(_TURNS_MAX):
            if not await self._turn():
                return
        raise RuntimeError(f"the gateway does not come to rest at {self.stage.clock.now}")

    async def waiting(self) -> int:
        """How many messages wait for their time, or are in doubt."""
        counts = await self.stage.gateway.database.read(
            lambda connection: store.counts(connection, table)
        )
        return counts[MessageState.PENDING] + counts[MessageState.IN_DOUBT]

    async def _turn(self) -> bool:
        gateway, parts, now = self.stage.gateway, self.stage.workers, self.stage.clock.now
        moved = 0
        for report in await parts.poller.run_once(now):
            moved += report.changed + report.settlements
        for swept in await parts.ledger_poller.run_once(now):
            moved += swept.recorded.total() + swept.left
        moved += (await intake.run_once(gateway, now)).total()
        moved += await clock.run_once(gateway, now)
        moved += await self._deliver()
        ends = await doubts.run_once(gateway, parts.poller, now)
        self.doubts_ended += ends
        moved += ends["adopted"] + ends["absent"]
        return bool(moved)

    async def _deliver(self) -> int:
        """Deliver batch after batch, so that a large number is polled for once, not per batch."""
        leased = 0
        while report := (await self.stage.workers.dispatcher.run_once(self.stage.clock.now)).leased:
            leased += report
        return leased
