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
