"""The database server fails under a running gateway: nothing lost, nothing doubled, and it goes on.

`make soak` breaks it ``CHAOS_ROUNDS`` times as often.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path

import aiohttp
import orjson
import pytest

from clients.webhook.ledger_events import event_body, invoice_data
from gateway.storage.postgres_connection import engine_of
from gateway.storage.postgres_server import prepare
from tests.acceptance.conftest import House
from tests.acceptance.fragile_server import FragileServer
from tests.acceptance.programs import Program, simulated_now
from tests.conftest import MEMORY

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "1"))
CLAIMS = 30
"""For each round: some seconds of work on two busy cores."""

CONNECTIONS_MAX = 25
"""Of the server: a gateway's seven, the test's, and some for others to take."""

TERMINATIONS_EVERY_SECONDS = 0.05
LEASE_SECONDS = 11.0
"""As short as the timeouts here allow: what a killed process held is waited for."""

Record = Callable[[str, object], None]


@pytest.fixture(scope="module")
def server() -> Iterator[FragileServer]:
    with tempfile.TemporaryDirectory(
        dir=MEMORY if MEMORY.is_dir() else None, ignore_cleanup_errors=True
    ) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        server = FragileServer(Path(folder) / "server")
        try:
            server.execute(f"ALTER SYSTEM SET max_connections = {CONNECTIONS_MAX}")
            server.restart("fast")
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="module")
def template(server: FragileServer) -> str:
    name = server.create()
    prepare(engine_of(server.url(name)))
    return name


@pytest.fixture
def database(server: FragileServer, template: str) -> Iterator[str]:
    """The name of a migrated database."""
    name = server.create(template)
    yield name
    server.drop(name)


@pytest.fixture
def house(house: House, server: FragileServer, database: str) -> House:
    """The same house, its database on a server that fails."""
    house.database = server.url(database)
    house.settings()
    file = house.folder / "gateway.toml"
    text = file.read_text().replace("lease_seconds = 20", f"lease_seconds = {LEASE_SECONDS:g}")
    text = text.replace("read_timeout_seconds = 8", "read_timeout_seconds = 6")
    text = text.replace("total_timeout_seconds = 10", "total_timeout_seconds = 6")
    calls = "[kravia]\nconnect_timeout_seconds = 2\nwrite_timeout_seconds = 2\n"
    file.write_text(text.replace("[kravia]\n", calls))
    return house


async def unanswered(house: House, numbers: Sequence[str]) -> list[str]:
    """Send each invoice once, as its sender would; gives those to be sent again."""

    async def send(number: str) -> bool:
        data = invoice_data(
            id=f"inv-{house.creditor}-{number}", number=number, debtor={"number": f"d-{number}"}
        )
        body = event_body("invoice.overdue", data, timestamp=simulated_now().isoformat())
        try:
            answer = await house.post(orjson.dumps(body), webhook_id=f"overdue-{number}")
        except aiohttp.ClientError:
            return False
        return answer.status == 202

    answered = await asyncio.gather(*(send(number) for number in numbers))
    return [number for number, ok in zip(numbers, answered, strict=True) if not ok]


IDLE_ROUNDS_MAX = 3
"""A doubt waits for its next look and then for its witness; on a busy machine that is long."""


async def all_active(
    house: House, program: Program, server: FragileServer, database: str, claims: int
) -> None:
    """Wait for the end of all work; what an outage left in doubt gets its witness."""

    async def look() -> bool:
        if server.count(database, "SELECT count(*) FROM message WHERE state = 'in_doubt'"):
            await house.set_clocks()
            await house.at_kravia(
                "preload",
                creditor_id=str(house.creditor),
                invoice_no=f"9{next(house.numbers)}",
                invoice_date="2026-01-01",
                original_amount="1.00",
                debtor_number="another",
            )
        active = server.count(database, "SELECT count(*) FROM claim WHERE state = 'active'")
        unsettled = "SELECT count(*) FROM message WHERE settled_at IS NULL"
        return active == claims and server.count(database, unsettled) == 0

    idle = 0
    while True:
        had = len(program.logged("message.settled"))
        try:
            await program.until(look, f"{claims} active claims")
        except AssertionError:
            idle = idle + 1 if len(program.logged("message.settled")) == had else 0
            if idle == IDLE_ROUNDS_MAX:
                raise
        else:
            return


async def each_is_registered_once(house: House, numbers: Sequence[str]) -> None:
    """What Kravia and the ledger have in their books."""
    books = await house.books()
    cases = [row for row in books["invoices"] if not row["preloaded"]]
    assert sorted(row["invoice_no"] for row in cases) == sorted(numbers)
    assert books["duplicates"] == []
    told = [row["data"]["claim"]["invoice_id"] for row in await house.told("claim.registered")]
    assert len(told) == len(set(told)) == len(numbers)


async def settled(program: Program, more: int) -> None:
    """Wait until so many more messages than now have been settled."""
    goal = len(program.logged("message.settled")) + more

    async def look() -> bool:
        return len(program.logged("message.settled")) >= goal

    await program.until(look, f"{more} more settled messages")


def batches() -> Iterator[list[str]]:
    """Invoice numbers, a round's at a time."""
    for first in count(30_001, CLAIMS):
        yield [str(number) for number in range(first, first + CLAIMS)]


@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_a_server_that_restarts_while_work_flows_loses_and_doubles_nothing(
    house: House, server: FragileServer, database: str, how: str, record_property: Record
) -> None:
    numbers: list[str] = []
    async with house.serve() as gateway:
        for _, batch in zip(range(ROUNDS), batches(), strict=False):
            sending = asyncio.create_task(unanswered(house, batch))
            numbers += batch
            for _ in range(2):
                await settled(gateway, CLAIMS // 6)
                await asyncio.to_thread(server.restart, how)
            assert await sending == []
        await all_active(house, gateway, server, database, len(numbers))
    await each_is_registered_once(house, numbers)
    record_property(f"PostgreSQL restarts survived, {how}", 2 * ROUNDS)


async def test_sessions_that_are_terminated_all_the_time_cost_nothing(
    house: House, server: FragileServer, database: str, record_property: Record
) -> None:
    numbers: list[str] = []
    async with house.serve() as gateway, terminating(server) as terminated:
        for _, batch in zip(range(ROUNDS), batches(), strict=False):
            assert await unanswered(house, batch) == []
            numbers += batch
            await all_active(house, gateway, server, database, len(numbers))
        assert gateway.process.returncode is None
    await each_is_registered_once(house, numbers)
    assert len(terminated) > 10
    record_property("PostgreSQL sessions terminated", len(terminated))


@asynccontextmanager
async def terminating(server: FragileServer) -> AsyncIterator[list[int]]:
    """Terminate one session of the gateway after another; gives a list that grows with each."""
    terminated: list[int] = []
    stop = asyncio.Event()

    async def go_on() -> None:
        while not stop.is_set():
            terminated.extend([1] * await asyncio.to_thread(server.terminate, sessions_max=1))
            await asyncio.to_thread(
                server.execute, f"SELECT pg_sleep({TERMINATIONS_EVERY_SECONDS})"
            )

    task = asyncio.create_task(go_on())
    try:
        yield terminated
    finally:
        stop.set()
        await task


async def test_a_server_without_a_free_connection_is_named_and_waited_for(
    house: House, server: FragileServer, database: str, record_property: Record
) -> None:
    numbers: list[str] = []
    taken = 0
    async with house.serve() as gateway:
        for _, batch in zip(range(ROUNDS), batches(), strict=False):
            sending = asyncio.create_task(unanswered(house, batch))
            numbers += batch
            await settled(gateway, CLAIMS // 6)
            with server.full() as held:
                taken += held
                line = await gateway.says("no connection free")
                assert "database.lost" in line
                async with house.starting() as another:
                    assert await another.ended() == 3
                    assert "no connection free" in "\n".join(another.lines)
                    assert "max_connections" in "\n".join(another.lines)
            assert await sending == []
            await all_active(house, gateway, server, database, len(numbers))
        assert gateway.logged("database.regained")
    await each_is_registered_once(house, numbers)
    record_property("PostgreSQL connections taken by others", taken)


async def test_a_gateway_that_is_killed_again_and_again_loses_and_doubles_nothing(
    house: House, server: FragileServer, database: str, record_property: Record
) -> None:
    numbers: list[str] = []
    waiting: list[str] = []
    kills = 0
    for _, batch in zip(range(ROUNDS), batches(), strict=False):
        numbers += batch
        waiting += batch
        for _ in range(2):
            await house.set_clocks()
            async with house.serve() as gateway:
                sending = asyncio.create_task(unanswered(house, waiting))
                await settled(gateway, 3)
                gateway.kill()
                waiting = await sending
                assert await gateway.ended() == -signal.SIGKILL
                kills += 1

    await house.set_clocks()
    async with house.serve() as gateway:
        assert await unanswered(house, waiting) == []
        await all_active(house, gateway, server, database, len(numbers))
    await each_is_registered_once(house, numbers)
    record_property("gateways killed on PostgreSQL", kills)
