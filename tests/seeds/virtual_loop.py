"""An event loop whose time is simulated and whose order of turns is drawn from a seed.

Nothing waits: where no task can go on, the clock jumps to the next timer. What is ready at the same
moment runs in an order that is drawn, as it might on any machine. There are no sockets or threads
in it, so that one seed is one run, always.
"""

from __future__ import annotations

import asyncio
import random
import selectors
from collections import deque
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

STUCK = "nothing is ready and nothing is scheduled: the run waits for ever"

TURNS_MAX = 500_000
"""Twenty times what a seed takes: one that takes more goes round in a circle."""

SPINNING = f"the run does not end within {TURNS_MAX} turns of its loop"


class _NoWaiting(selectors.SelectSelector):
    def select(self, timeout: float | None = None) -> Any:
        if timeout is None:
            raise RuntimeError(STUCK)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """``time()`` is simulated seconds from 0."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self, order: random.Random) -> None:
        super().__init__(_NoWaiting())
        self._order = order
        self._now = 0.0
        self._turns = 0

    def time(self) -> float:
        """The simulated clock."""
        return self._now

    def _run_once(self) -> None:
        self._turns += 1
        if self._turns > TURNS_MAX:
            raise RuntimeError(SPINNING)
        if not self._ready:
            pending = [timer.when() for timer in self._scheduled if not timer.cancelled()]
            if pending:
                self._now = max(self._now, min(pending))
        elif len(self._ready) > 1 and self._order.random() < SHUFFLED:
            handles = list(self._ready)
            self._order.shuffle(handles)
            self._ready.clear()
            self._ready.extend(handles)
        super()._run_once()  # type: ignore[misc]  # asyncio's own, the same in every version yet


SHUFFLED = 0.5
"""In how many turns the order is drawn; in the rest it is asyncio's, which is met most."""


def run(coroutine: Coroutine[Any, Any, T], order: random.Random) -> T:
    """Run to the end on a loop of its own."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(order)) as runner:
        return runner.run(coroutine)


async def pass_time(seconds: float) -> None:
    """Let simulated time pass; no real time does."""
    loop = asyncio.get_running_loop()
    passed: asyncio.Future[None] = loop.create_future()
    timer = loop.call_later(seconds, passed.set_result, None)
    try:
        await passed
    finally:
        timer.cancel()
