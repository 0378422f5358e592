"""Loops that only one of several processes may run: pollers and clocks, each under a duty.

Every process asks for every duty, again and again; whoever holds one renews it by asking. So a
loop moves to another process within ``DUTY_SECONDS`` + ``ASK_SECONDS`` of its holder's death.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

import structlog

from gateway.operations.gateway import Gateway
from gateway.storage import duties
from gateway.storage.group_commit import UNLOCKED

logger = structlog.get_logger(__name__)

AGENCY: Final = "agency"  # Kravia's feed, and the doubts that are judged by it
LEDGERS: Final = "ledgers"
CLOCK: Final = "clock"
REMINDERS: Final = "reminders"
REPLAYS: Final = "replays"
SEALING: Final = "sealing"
PURGING: Final = "purging"
COMPARISON: Final = "comparison"
NAMES: Final = (AGENCY, CLOCK, COMPARISON, LEDGERS, PURGING, REMINDERS, REPLAYS, SEALING)

DUTY_SECONDS: Final = 12.0
"""How long a duty outlasts its last renewal: several missed renewals, no restart of the server."""

ASK_SECONDS: Final = 3.0

_MARGIN_SECONDS: Final = 4.0
"""A holder stops believing in its duty so long before others may take it."""

Once = Callable[[datetime], Awaitable[object]]


class Duties:
    """What this process holds; asks nobody where no other process can be."""

    def __init__(
        self,
        gateway: Gateway,
        holder: str,
        *,
        names: tuple[str, ...] = NAMES,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gateway = gateway
        self._names = names
        self._holder = holder
        self._monotonic = monotonic
        self._held: frozenset[str] = frozenset()
        self._until = 0.0  # monotonic seconds

    def holds(self, name: str) -> bool:
        """Whether this process is the one to do it now."""
        if not self._gateway.database.is_shared:
            return True
        return name in self._held and self._monotonic() < self._until

    def under(self, name: str, once: Once) -> Once:
        """Make ``once`` do nothing, and say that it did nothing, without the duty."""

        async def if_held(now: datetime) -> object:
            return await once(now) if self.holds(name) else None

        return if_held

    async def run_once(self, _now: datetime) -> None:
        """Ask for every duty; what is new begins at once."""
        if not self._gateway.database.is_shared:
            return
        until = self._monotonic() + DUTY_SECONDS - _MARGIN_SECONDS
        held = await self._gateway.database.write(
            lambda connection: duties.hold(connection, self._names, self._holder, DUTY_SECONDS),
            scope=UNLOCKED,
        )
        taken, lost = held - self._held, self._held - held
        self._held, self._until = held, until
        for name in sorted(taken | lost):
            logger.info("duty.taken" if name in taken else "duty.lost", worker=name)
        if AGENCY in taken:
            self._gateway.wake.polling.set()
        if LEDGERS in taken:
            self._gateway.wake.sweeping.set()
        if REPLAYS in taken:
            self._gateway.wake.replaying.set()

    async def release(self) -> None:
        """Give back what is held, so that another process need not wait for it to lapse."""
        self._held = frozenset()
        if self._gateway.database.is_shared:
            await self._gateway.database.write(
                lambda connection: duties.release(connection, self._holder), scope=UNLOCKED
            )
