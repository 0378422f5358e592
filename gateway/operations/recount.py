"""Figures that take long to count are counted seldom, and nobody waits for them twice.

What is counted quickly is counted each time. What is not is answered as it was last counted, and
counted again behind the answer, at most for a twentieth of the time. A count that works in steps
asks for a ``lull`` before each, so that pages have the processor to themselves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

QUICK_SECONDS: Final = 0.05
"""A page has 0.2 s in all; what takes less than this is worth being exact."""

PATIENCE_SECONDS: Final = 0.1
"""How long a first count is waited for; pages that come later are shown without at once."""

LULL_SECONDS: Final = 0.25
"""How long a step waits for pages at most: longer than a page takes, and a CSV only slows it."""

REST: Final = 20
"""How many times as long as a count took the next one waits."""


@dataclass(slots=True)
class _Kept:
    value: object
    at: float
    took: float


@dataclass(slots=True)
class Recount:
    """The last counts, by what they are about: as many as there are sets of creditors to see."""

    seconds: Callable[[], float] = time.monotonic
    _kept: dict[Hashable, _Kept] = field(default_factory=dict)
    _running: dict[Hashable, asyncio.Task[_Kept]] = field(default_factory=dict)
    _begun: dict[Hashable, float] = field(default_factory=dict)
    _answers: int = 0  # being made, and of those the ones that wait for a count
    _waiting: int = 0
    _lull: asyncio.Event = field(default_factory=asyncio.Event)

    async def of(self, about: Hashable, count: Callable[[], Awaitable[object]]) -> object:
        """The figures: counted now, or as they were a little while ago."""
        kept = self._kept.get(about)
        if kept is None or kept.took < QUICK_SECONDS:
            return (await self._again(about, count)).value
        if self.seconds() - kept.at >= REST * kept.took:
            self._again(about, count)
        return kept.value

    async def soon(self, about: Hashable, count: Callable[[], Awaitable[object]]) -> object | None:
        """The same for what may take minutes: ``None`` while it is counted for the first time."""
        kept = self._kept.get(about)
        if kept is not None and kept.took >= QUICK_SECONDS:
            return await self.of(about, count)
        running = self._again(about, count)
        self._waiting += 1
        self._look_for_lull()
        try:
            left = self._begun[about] + PATIENCE_SECONDS - self.seconds()
            await asyncio.wait({running}, timeout=max(0.0, left))
        finally:
            self._waiting -= 1
        return running.result().value if running.done() else None

    @contextmanager
    def answering(self) -> Iterator[None]:
        """While somebody waits for a page."""
        self._answers += 1
        try:
            yield
        finally:
            self._answers -= 1
            self._look_for_lull()

    async def lull(self) -> None:
        """Until no page is being made that waits for nothing here; ``LULL_SECONDS`` at most."""
        if self._answers <= self._waiting:
            return
        self._lull.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(LULL_SECONDS):
                await self._lull.wait()

    def _look_for_lull(self) -> None:
        if self._answers <= self._waiting:
            self._lull.set()

    def _again(
        self, about: Hashable, count: Callable[[], Awaitable[object]]
    ) -> asyncio.Task[_Kept]:
        """Count, once for all who ask meanwhile."""
        running = self._running.get(about)
        if running is None or running.done():
            self._begun[about] = self.seconds()
            running = asyncio.create_task(self._counted(about, count))
            running.add_done_callback(_look)
            self._running[about] = running
        return running

    async def _counted(self, about: Hashable, count: Callable[[], Awaitable[object]]) -> _Kept:
        began = self.seconds()
        value = await count()
        ended = self.seconds()
        self._kept[about] = kept = _Kept(value=value, at=ended, took=ended - began)
        return kept


def _look(ended: asyncio.Task[_Kept]) -> None:
    """A count behind an answer has nobody to fail for: the next one tells."""
    if not ended.cancelled():
        ended.exception()
