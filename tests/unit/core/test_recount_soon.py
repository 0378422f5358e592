"""A count that takes minutes: a page does not wait for it, and is given it once it is there."""

from __future__ import annotations

import asyncio

import pytest

from gateway.operations import recount
from gateway.operations.recount import Recount


async def test_a_first_count_is_not_waited_for_and_a_known_one_is_given(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recount, "PATIENCE_SECONDS", 0.0)
    clock = [0.0]
    counts = Recount(seconds=lambda: clock[0])
    may_end = asyncio.Event()
    begun: list[float] = []

    async def slow() -> object:
        begun.append(clock[0])
        await may_end.wait()
        clock[0] += 60.0
        return len(begun)

    assert await counts.soon("it", slow) is None
    assert await counts.soon("it", slow) is None
    may_end.set()
    while await counts.soon("it", slow) is None:
        pass

    assert await counts.soon("it", slow) == 1
    assert begun == [0.0]


async def test_a_step_waits_for_the_page_that_is_made_but_not_for_one_that_waits_for_it() -> None:
    counts = Recount()
    steps: list[str] = []

    async def count() -> str:
        await counts.lull()
        steps.append("counted")
        return "all"

    async def other() -> None:
        with counts.answering():
            steps.append("page begun")
            for _ in range(5):
                await asyncio.sleep(0)
            steps.append("page made")

    page = asyncio.create_task(other())
    await asyncio.sleep(0)
    with counts.answering():
        assert await counts.soon("it", count) == "all"
        await page
        assert await counts.soon("another", count) == "all"

    assert steps == ["page begun", "page made", "counted", "counted"]
