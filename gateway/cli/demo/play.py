"""Plays the stories: the calendar is walked from happening to happening, and time is only set."""

from __future__ import annotations

import time as machine_time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from itertools import groupby

from gateway.cli.demo import days
from gateway.cli.demo.cast import Cast
from gateway.cli.demo.kind import LedgerKind
from gateway.cli.demo.loops import Loops
from gateway.cli.demo.outcome import Outcome, outcome_of
from gateway.cli.demo.perform import Performer
from gateway.cli.demo.progress import Progress
from gateway.cli.demo.stage import open_stage
from gateway.cli.demo.story import Story
from gateway.domain.oslo import start_of_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """Something that is done at an instant; ``name`` is shown while it is."""

    at: datetime
    name: str
    act: Callable[[], Awaitable[None]]


async def play(
    told: Sequence[Story], *, kind: LedgerKind, seed: int, progress: Progress
) -> Outcome:
    """Play the stories on a ledger of that kind and say how each ended."""
    started = machine_time.monotonic()
    async with open_stage(now=days.START, seed=seed, invoices=len(told), kind=kind) as stage:
        performer, loops = Performer(stage), Loops(stage)
        await performer.prepare()
        try:
            await _walk(_in_order(told, performer, seed), loops, progress)
        finally:
            progress.end()
        return await outcome_of(
            told, stage, kind, loops, seconds=machine_time.monotonic() - started
        )


async def _walk(happenings: Sequence[Happening], loops: Loops, progress: Progress) -> None:
    """From instant to instant: time is set, all of it happens, then the gateway has its turn."""
    progress.begin(len(happenings))
    for instant, together in groupby(happenings, key=lambda happening: happening.at):
        await _pass_time(instant, loops)
        for happening in together:
            progress.show(instant, happening.name)
            await happening.act()
            progress.advance()
        await loops.until_quiet()


async def _pass_time(until: datetime, loops: Loops) -> None:
    """Move the clocks on; while something waits to be sent again, look every quarter of an hour."""
    stage = loops.stage
    while await loops.waiting() and stage.clock.now + days.HOP < until:
        stage.set_now(stage.clock.now + days.HOP)
        await loops.until_quiet()
    stage.set_now(until)


def _in_order(told: Sequence[Story], performer: Performer, seed: int) -> list[Happening]:
    """Everything that happens, by time; what falls together is shuffled by seed, story by story."""
    shuffle = Cast(seed=seed, size=0).order
    ranks = {story.invoice.invoice_id: shuffle() for story in told}
    dealt = [
        (
            step.at,
            ranks[story.invoice.invoice_id],
            Happening(
                at=step.at,
                name=story.name,
                act=partial(performer.perform, story.invoice, step),
            ),
        )
        for story in told
        for step in story.steps
    ]
    dealt += [(each.at, 1.0, each) for each in _of_the_calendar(performer)]
    dealt.sort(key=lambda entry: entry[:2])
    return [happening for _, _, happening in dealt]


def _of_the_calendar(performer: Performer) -> Iterator[Happening]:
    """What happens whatever the stories: days begin, Kravia pays out, the bank tells of it."""

    async def nothing() -> None:
        """The loops are turned after it; that is all."""

    async def pay_out(on: date) -> None:
        performer.pay_out(on)

    async def read_account(on: date) -> None:
        await performer.read_account(on)

    for today in days.business_days():
        morning = start_of_day(today, days.AFTER_THE_BANK_FILES)
        yield Happening(at=morning, name="holds whose day has come", act=nothing)
        if today in days.PAYOUT_DAYS:
            noon = start_of_day(today, days.PAYOUT)
            yield Happening(at=noon, name="Kravia pays out", act=partial(pay_out, today))
            later = days.next_business_day(today)
            yield Happening(
                at=start_of_day(later, days.BANK_FILES),
                name="the pay-out is booked",
                act=partial(read_account, later),
            )
