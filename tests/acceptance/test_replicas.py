"""Three servers on one PostgreSQL database: they share the work, and one's death is made good."""

from __future__ import annotations

import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack

import psycopg
import pytest

from clients.webhook.ledger_events import payment_data
from gateway.workers.duties import NAMES
from tests.acceptance.conftest import House
from tests.acceptance.programs import Document, Program, until_any

LEASE_SECONDS = 11.0  # the shortest that the timeouts of these settings allow
TAKEOVER_SECONDS = 5
NUMBERS = [str(number) for number in range(30_001, 30_037)]


@pytest.fixture
def house(house: House, postgres_url: str, request: pytest.FixtureRequest) -> House:
    """The same house, its database on a server; with ``short_lease`` its leases are short."""
    house.database = postgres_url
    house.settings()
    if "short_lease" in request.fixturenames:
        file = house.folder / "gateway.toml"
        text = file.read_text().replace("lease_seconds = 20", f"lease_seconds = {LEASE_SECONDS:g}")
        text = text.replace("read_timeout_seconds = 8", "read_timeout_seconds = 6")
        text = text.replace("total_timeout_seconds = 10", "total_timeout_seconds = 6")
        calls = "[kravia]\nconnect_timeout_seconds = 2\nwrite_timeout_seconds = 2\n"
        file.write_text(text.replace("[kravia]\n", calls))
    return house


@pytest.fixture
def short_lease() -> float:
    """Seconds that a lease lasts: few, so that a takeover can be waited for."""
    return LEASE_SECONDS


@pytest.fixture
def database(house: House) -> Iterator[psycopg.Connection[tuple[int, ...]]]:
    """A look into the database from outside."""
    with psycopg.connect(house.database, autocommit=True) as connection:
        yield connection


@pytest.fixture
async def servers(house: House) -> AsyncIterator[list[tuple[Program, int]]]:
    """Three servers and their ports."""
    async with AsyncExitStack() as stack:
        yield [(await stack.enter_async_context(house.serve()), house.port) for _ in range(3)]


def count(database: psycopg.Connection[tuple[int, ...]], query: str) -> int:
    row = database.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


async def a_witness(house: House) -> None:
    """Something else changes at Kravia: what the mirror does not show is not there."""
    await house.set_clocks()
    await house.at_kravia(
        "preload",
        creditor_id=str(house.creditor),
        invoice_no="90001",
        invoice_date="2026-01-01",
        original_amount="1.00",
        debtor_number="another",
    )


async def test_they_share_the_work_and_nothing_is_doubled_or_reordered(
    house: House,
    servers: list[tuple[Program, int]],
    database: psycopg.Connection[tuple[int, ...]],
) -> None:
    async def send(at: int, number: str) -> None:
        house.port = servers[at % 3][1]
        assert (await house.overdue(number)).status == 202
        for payment in (1, 2):  # each to another server than the event before it
            house.port = servers[(at + payment) % 3][1]
            paid = payment_data(
                invoice_id=f"inv-{house.creditor}-{number}",
                payment_id=f"pay-{number}-{payment}",
                amount=f"{payment}00.00",
            )
            assert (await house.send("payment.received", paid)).status == 202

    async def all_done() -> bool:
        active = count(database, "SELECT count(*) FROM claim WHERE state = 'active'")
        open_ = count(database, "SELECT count(*) FROM message WHERE settled_at IS NULL")
        return active == len(NUMBERS) and not open_

    for at, number in enumerate(NUMBERS):  # one after another: the port is the house's
        await send(at, number)
    programs = [program for program, _ in servers]
    try:
        await until_any(programs, all_done, "the end of all work")
    except AssertionError as error:
        query = "SELECT kind, state, last_error, count(*) FROM message GROUP BY 1, 2, 3"
        raise AssertionError(database.execute(query).fetchall()) from error

    books = await house.books()
    assert sorted(row["invoice_no"] for row in books["invoices"]) == NUMBERS
    assert len(books["registers"]) == len(NUMBERS)
    assert books["duplicates"] == []
    for case in books["invoices"]:
        reported = [row["accounting_payment_id"] for row in case["payments"]]
        assert reported == sorted(set(reported))  # none twice, and in the order they came
    told = [row["data"]["claim"]["invoice_id"] for row in await house.told("claim.registered")]
    assert len(told) == len(set(told)) == len(NUMBERS)
    shares = [len(program.logged("message.settled")) for program in programs]
    assert min(shares) > 0, shares
    assert count(database, "SELECT count(*) FROM event WHERE outcome <> 'handled'") == 0
    holders = count(database, "SELECT count(DISTINCT holder) FROM duty")
    assert holders >= 1
    assert count(database, "SELECT count(*) FROM duty") == len(NAMES)  # each duty is one server's


async def test_the_leases_of_one_that_is_killed_are_taken_over_in_time(
    short_lease: float,
    house: House,
    servers: list[tuple[Program, int]],
    database: psycopg.Connection[tuple[int, ...]],
) -> None:
    numbers = NUMBERS[:4]
    victim, *others = (program for program, _ in servers)

    async def mirrored() -> bool:
        return count(database, "SELECT count(*) FROM feed WHERE completed_at IS NOT NULL") == 1

    await until_any([victim, *others], mirrored, "a complete mirror")
    await house.kravia_fails("register", "hang", times=len(numbers))
    for other in others:  # so that it is the victim that leases
        other.process.send_signal(signal.SIGSTOP)
    house.port = servers[0][1]
    for number in numbers:
        assert (await house.overdue(number)).status == 202

    async def under_way() -> bool:
        return not (await house.at_kravia("state", "GET"))["faults"]["faults"]

    await victim.until(under_way, "every register under way")
    victim.kill()
    killed_at = time.monotonic()
    for other in others:
        other.process.send_signal(signal.SIGCONT)
    left = count(database, "SELECT count(*) FROM message WHERE state = 'leased'")
    assert left > 0  # on a slow machine some calls may have timed out before

    async def taken_over() -> bool:
        return count(database, "SELECT count(*) FROM message WHERE crashes > 0") == left

    await until_any(others, taken_over, "the takeover")
    assert time.monotonic() - killed_at <= short_lease + TAKEOVER_SECONDS
    await a_witness(house)

    async def active() -> bool:
        actives = count(database, "SELECT count(*) FROM claim WHERE state = 'active'")
        return actives == len(numbers)

    await until_any(others, active, "active claims")
    books = await house.books()
    mine: list[Document] = [row for row in books["invoices"] if not row["preloaded"]]
    assert sorted(row["invoice_no"] for row in mine) == numbers
    assert books["duplicates"] == []


async def test_a_command_opens_the_database_beside_servers_and_wakes_them(
    house: House, database: psycopg.Connection[tuple[int, ...]]
) -> None:
    async with house.serve() as server:
        stopped = await house.type("pause", "--reason", "a test", "--yes")
        assert stopped.code == 0, stopped.said
        await house.overdue()

        async def waits() -> bool:
            return (
                count(database, "SELECT count(*) FROM message WHERE last_error LIKE 'paused%'") == 1
            )

        await server.until(waits, "a register that waits")
        going = await house.type("resume", "--yes")
        assert going.code == 0, going.said
        shown = await house.type("claims", "list", "--json")
        assert [row["invoice_number"] for row in shown.document["items"]] == ["30001"]

        async def active() -> bool:
            return count(database, "SELECT count(*) FROM claim WHERE state = 'active'") == 1

        await server.until(active, "an active claim")
