"""Runs the loops side by side until told to stop. Only here is a clock read and slept by.

One loop's failure is logged and tried again; a database that can no longer be trusted ends all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from gateway.storage.errors import DatabaseUnavailable, StorageError

logger = structlog.get_logger(__name__)

FAILED_WAIT_SECONDS = 5.0
"""After a failure nobody foresaw: long enough not to fill the log, short enough to go on soon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """One loop: ``once`` is called again at once while it says it did something.

    Otherwise it waits for ``wake``, or for ``every_seconds`` in case a wake-up was lost. One that
    ``may_be_cut`` is cut off at a stop: it takes long, and commits what it must not lose.
    """

    name: str
    once: Callable[[datetime], Awaitable[object]]
    every_seconds: float
    wake: asyncio.Event | None = None
    may_be_cut: bool = False


async def repeat(loop: Loop, *, clock: Callable[[], datetime], stop: asyncio.Event) -> None:
    """Run one loop until ``stop``; raises only ``DatabaseUnavailable``."""
    while not stop.is_set():
        wait_seconds = loop.every_seconds
        if loop.wake is not None:
            loop.wake.clear()  # before looking: what is set from here on is looked at next time
        try:
            if await _once(loop, clock(), stop):
                wait_seconds = 0.0
        except DatabaseUnavailable:
            raise
        except StorageError as error:  # busy or full: its sentence is ours and says what to do
            logger.error("loop.failed", worker=loop.name, advice=str(error))  # noqa: TRY400 - says enough
            wait_seconds = FAILED_WAIT_SECONDS
        except Exception:
            logger.exception("loop.failed", worker=loop.name)
            wait_seconds = FAILED_WAIT_SECONDS
        if wait_seconds:
            await _first_of(stop, loop.wake, wait_seconds)
        else:
            await asyncio.sleep(0)


async def run_all(
    loops: Sequence[Loop],
    delivery: Callable[[asyncio.Event], Awaitable[None]],
    *,
    clock: Callable[[], datetime],
    stop: asyncio.Event,
) -> None:
    """Run every loop and ``delivery`` until ``stop``; one that cannot go on stops the rest."""
    tasks = [
        asyncio.create_task(repeat(loop, clock=clock, stop=stop), name=loop.name) for loop in loops
    ]
    tasks.append(asyncio.create_task(_as_coroutine(delivery(stop)), name="delivery"))
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    finally:
        stop.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result


async def _once(loop: Loop, now: datetime, stop: asyncio.Event) -> object:
    if not loop.may_be_cut:
        return await loop.once(now)
    running = asyncio.ensure_future(loop.once(now))
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((running, stopped), return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()
        if not running.done():
            running.cancel()
            await asyncio.wait((running,))
    return None if running.cancelled() else running.result()


async def _as_coroutine(awaitable: Awaitable[None]) -> None:
    await awaitable


async def _first_of(stop: asyncio.Event, wake: asyncio.Event | None, seconds: float) -> None:
    """Sleep until one of the events is set, at most ``seconds``."""
    waits = [asyncio.ensure_future(event.wait()) for event in (stop, wake) if event is not None]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
