"""Figures that take long are answered as they were, and counted again behind the answer."""

from __future__ import annotations

import asyncio

import pytest

from gateway.operations.recount import REST, Recount


class Counting:
    """Counts up, taking ``takes`` seconds of a clock that we turn."""

    def __init__(self, takes: float) -> None:
        self.takes = takes
        self.now = 0.0
        self.value = 0
        self.recount = Recount(seconds=lambda: self.now)

    async def count(self) -> int:
        await asyncio.sleep(0)
        self.now += self.takes
        self.value += 1
        return self.value

    async def ask(self) -> object:
        answer = await self.recount.of("all", self.count)
        for _ in range(5):
            await asyncio.sleep(0)  # what runs behind the answer ends
        return answer


async def test_what_is_quick_is_exact_each_time() -> None:
    figures = Counting(takes=0.01)

    assert [await figures.ask() for _ in range(3)] == [1, 2, 3]


async def test_what_is_slow_is_waited_for_once_and_then_followed() -> None:
    figures = Counting(takes=0.5)
    first = [await figures.ask() for _ in range(3)]
    figures.now += REST * 0.5
    old = await figures.ask()

    assert first == [1, 1, 1]
    assert old == 1  # nobody waited
    assert await figures.ask() == 2


async def test_who_asks_at_once_is_answered_by_one_count() -> None:
    figures = Counting(takes=0.5)

    answers = await asyncio.gather(*(figures.recount.of("all", figures.count) for _ in range(5)))

    assert answers == [1] * 5


async def test_a_count_that_fails_is_tried_again() -> None:
    recount = Recount()

    async def fail() -> object:
        raise ConnectionError

    async def succeed() -> object:
        return 7

    with pytest.raises(ConnectionError):
        await recount.of("all", fail)
    assert await recount.of("all", succeed) == 7
