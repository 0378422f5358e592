"""At a stop a loop ends what it is doing, unless it may be cut off."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from gateway.workers.runner import Loop, repeat

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.mark.parametrize("may_be_cut", [True, False])
async def test_a_stop_cuts_off_only_what_may_be_cut(*, may_be_cut: bool) -> None:
    stop, begun, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
    done: list[datetime] = []

    async def once(now: datetime) -> None:
        begun.set()
        await ended.wait()
        done.append(now)

    loop = Loop(name="long", once=once, every_seconds=60, may_be_cut=may_be_cut)
    running = asyncio.create_task(repeat(loop, clock=lambda: NOW, stop=stop))
    await begun.wait()
    stop.set()
    if not may_be_cut:
        ended.set()
    await asyncio.wait_for(running, timeout=5)

    assert done == ([] if may_be_cut else [NOW])


async def test_what_may_be_cut_still_says_whether_to_go_on() -> None:
    stop = asyncio.Event()
    turns: list[int] = []

    async def once(_now: datetime) -> bool:
        turns.append(1)
        if len(turns) == 3:
            stop.set()
        return True

    loop = Loop(name="quick", once=once, every_seconds=60, may_be_cut=True)
    await asyncio.wait_for(repeat(loop, clock=lambda: NOW, stop=stop), timeout=5)

    assert len(turns) == 3
