"""Replicas on one PostgreSQL that stand still, are stopped, or die of what they are given.

A replica that stands still past its lease and then goes on is refused what it says by then. Stopped
while Kravia answers, it doubles nothing. Stopped between its last look at the lease and the first
byte on the socket, it may send what another has sent by then: no client can exclude that without
the remote's help, so it is counted. `make soak` stops ``CHAOS_ROUNDS`` times as many.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack

import psycopg
import pytest

from gateway.workers.duties import NAMES
from tests.acceptance.conftest import House
from tests.acceptance.programs import Document, Program, simulated_now, until_any

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "1"))
LEASE_SECONDS = 11.0
"""As short as the timeouts here allow."""

CLAIMS = 4


Record = Callable[[str, object], None]


@pytest.fixture
def house(house: House, postgres_url: str) -> House:
    """The same house, its database on a server, its leases short."""
    house.database = postgres_url
    house.settings()
    file = house.folder / "gateway.toml"
    text = file.read_text().replace("lease_seconds = 20", f"lease_seconds = {LEASE_SECONDS:g}")
    text = text.replace("read_timeout_seconds = 8", "read_timeout_seconds = 6")
    text = text.replace("total_timeout_seconds = 10", "total_timeout_seconds = 6")
    calls = "[kravia]\nconnect_timeout_seconds = 2\nwrite_timeout_seconds = 2\n"
    file.write_text(text.replace("[kravia]\n", calls))
    return house


def count(house: House, query: str) -> int:
    with psycopg.connect(house.database) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    number: int = row[0]
    return number


async def test_what_a_paused_replica_says_after_its_lease_is_refused(
    house: House, record_property: Record
) -> None:
    refused = accepted = 0
    numbers: list[str] = []
    for at in range(ROUNDS):
        batch = [str(30_001 + at * CLAIMS + each) for each in range(CLAIMS)]
        numbers += batch
        async with AsyncExitStack() as stack:
            victim = await stack.enter_async_context(house.serve("--stops-sending", batch[0]))
            port = house.port
            others = [await stack.enter_async_context(house.serve()) for _ in range(2)]
            house.port = port
            await until_any([victim, *others], lambda: mirrored(house), "a complete mirror")
            for other in others:  # so that it is the victim that leases
                other.process.send_signal(signal.SIGSTOP)
            await it_stops_amid_its_work(house, victim, batch)
            for other in others:
                other.process.send_signal(signal.SIGCONT)
            settled = len(registers(victim))
            await others_end_its_work(house, others, numbers)
            victim.process.send_signal(signal.SIGCONT)
            await has_said_all(victim, settled)
            refused += len(victim.logged("message.superseded"))
            accepted += len(registers(victim)) - settled

    doubled = await registers_too_many(house)
    assert accepted == 0
    assert refused == CLAIMS * ROUNDS
    assert set(doubled) <= set(numbers[::CLAIMS])  # only what was stopped right before it was sent
    record_property("replicas paused past their lease", ROUNDS)
    record_property("stale completions refused", refused)
    record_property("stale completions accepted", accepted)
    record_property("doubled sends of a paused replica", len(doubled))


async def mirrored(house: House) -> bool:
    return count(house, "SELECT count(*) FROM feed WHERE completed_at IS NOT NULL") == 1


def registers(program: Program) -> list[Document]:
    """The ends of registers that it has written down."""
    return [row for row in program.logged("message.settled") if row["kind"] == "kravia.register"]


async def has_said_all(victim: Program, settled: int) -> None:
    """Wait until it has told, or tried to tell, what became of each register it had leased."""

    async def look() -> bool:
        refused = len(victim.logged("message.superseded"))
        return refused + len(registers(victim)) - settled >= CLAIMS

    await victim.until(look, "its stale completions")


async def it_stops_amid_its_work(house: House, victim: Program, batch: list[str]) -> None:
    """All but one of its registers are at Kravia, which answers soon; the last is not yet sent."""
    await house.kravia_fails("register", "slow", seconds=3, times=CLAIMS - 1)
    for number in batch[1:]:
        assert (await house.overdue(number)).status == 202

    async def under_way() -> bool:
        return not (await house.at_kravia("state", "GET"))["faults"]["faults"]

    await victim.until(under_way, "every other register under way")
    assert (await house.overdue(batch[0])).status == 202
    await asyncio.to_thread(os.waitid, os.P_PID, victim.pid, os.WSTOPPED)
    assert count(house, "SELECT count(*) FROM message WHERE state = 'leased'") == CLAIMS


async def others_end_its_work(house: House, others: list[Program], numbers: list[str]) -> None:
    """Its leases run out, and what was in doubt is looked up, or sent again."""

    async def taken_over() -> bool:
        return count(house, "SELECT count(*) FROM message WHERE state = 'leased'") == 0

    await until_any(others, taken_over, "the takeover")
    await a_witness(house)

    await until_any(others, lambda: actives(house, len(numbers)), "active claims")


async def registers_too_many(house: House) -> list[str]:
    """The invoices that Kravia has more than once, one for each time too many."""
    books = await house.books()
    cases = Counter(row["invoice_no"] for row in books["invoices"] if not row["preloaded"])
    return [number for number, times in cases.items() for _ in range(times - 1)]


async def a_witness(house: House) -> None:
    """Something else changes at Kravia: what the mirror does not show is not there."""
    await house.set_clocks()
    await house.at_kravia(
        "preload",
        creditor_id=str(house.creditor),
        invoice_no=f"9{simulated_now():%H%M%S}",
        invoice_date="2026-01-01",
        original_amount="1.00",
        debtor_number="another",
    )


async def test_a_replica_that_is_told_to_stop_ends_its_calls_and_leaves_the_rest_to_others(
    house: House,
) -> None:
    await house.kravia_fails("register", "slow", seconds=1.5)
    async with house.serve() as leaving:
        await house.overdue("30001")

        async def is_in_flight() -> bool:
            return bool((await house.books())["invoices"])

        await leaving.until(is_in_flight, "the register at Kravia")
        port = house.port
        async with house.serve() as staying:
            house.port, port = port, house.port
            leaving.terminate()
            await leaving.says("server.draining")
            refused = await house.overdue("30002")
            assert (refused.status, int(refused.headers["Retry-After"]) > 0) == (503, True)
            assert await leaving.ended() == 0
            assert registers(leaving)[-1]["outcome"] == "delivered"

            house.port = port
            assert (await house.overdue("30002")).status == 202
            await staying.until(lambda: actives(house, 2), "both claims active")
            await staying.until(lambda: duties_of_one(house), "every duty taken over")
    books = await house.books()
    assert sorted(row["invoice_no"] for row in books["invoices"]) == ["30001", "30002"]
    assert books["duplicates"] == []


async def test_a_message_that_kills_each_that_takes_it_is_parked_after_three_and_others_go_on(
    house: House,
) -> None:
    deadly = ("--dies-sending", "30001")
    async with house.serve(*deadly) as first:
        assert (await house.overdue("30001")).status == 202
        assert await first.ended() == -signal.SIGKILL
    for _ in range(2):
        let_leases_lapse(house)
        async with house.starting(options=deadly) as another:
            assert await another.ended() == -signal.SIGKILL

    let_leases_lapse(house)
    async with house.serve(*deadly) as last:
        assert (await house.overdue("30002")).status == 202
        await last.until(lambda: actives(house, 2), "both claims active")

        async def the_other_is_told() -> bool:
            return len(await house.told("claim.registered")) == 1

        await last.until(the_other_is_told, "claim.registered of 30002 at the ledger")
        parked = "SELECT count(*) FROM message WHERE state = 'parked'"
        assert count(house, f"{parked} AND kind LIKE 'ledger%'") == count(house, parked) == 1
        assert count(house, f"{parked} AND last_error LIKE '%3 times in a row%'") == 1
    assert (await house.books())["duplicates"] == []


def let_leases_lapse(house: House) -> None:
    """As time would."""
    with psycopg.connect(house.database, autocommit=True) as connection:
        connection.execute("UPDATE message SET lease_until = 0 WHERE state = 'leased'")


async def actives(house: House, many: int) -> bool:
    return count(house, "SELECT count(*) FROM claim WHERE state = 'active'") == many


async def duties_of_one(house: House) -> bool:
    return count(house, "SELECT count(DISTINCT holder) FROM duty") == 1 and (
        count(house, "SELECT count(*) FROM duty") == len(NAMES)
    )
