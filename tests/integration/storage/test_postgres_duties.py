"""Duties and calls between processes on one PostgreSQL database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import psycopg
import pytest
import sqlalchemy as sa

from gateway.storage import duties, wake_calls
from gateway.storage.database import Database
from gateway.storage.group_commit import UNLOCKED

PATIENCE_SECONDS = 10.0
NAMES = ("agency", "clock")


@pytest.fixture
async def database(postgres_url: str) -> AsyncIterator[Database]:
    async with await Database.open(postgres_url) as database:
        yield database


async def hold(database: Database, holder: str, *names: str) -> frozenset[str]:
    return await database.write(
        lambda connection: duties.hold(connection, names or NAMES, holder, 60.0), scope=UNLOCKED
    )


async def test_a_duty_is_one_holders_who_renews_it(database: Database) -> None:
    assert await hold(database, "a") == {"agency", "clock"}
    assert await hold(database, "b") == set()
    assert await hold(database, "a") == {"agency", "clock"}


async def test_of_many_that_ask_at_once_one_gets_it(database: Database, postgres_url: str) -> None:
    async with await Database.open(postgres_url) as other:
        held = await asyncio.gather(
            *(hold(each, f"{number}") for number, each in enumerate((database, other) * 10))
        )

    assert sorted(len(each) for each in held) == [0] * 19 + [2]


async def test_a_duty_that_lapsed_by_the_servers_clock_is_taken(database: Database) -> None:
    await hold(database, "a")
    await database.write(
        lambda c: c.execute(sa.text("UPDATE duty SET until = 1 WHERE name = 'clock'"))
    )

    assert await hold(database, "b") == {"clock"}
    assert await hold(database, "a") == {"agency"}


async def test_what_is_given_back_is_free_at_once(database: Database) -> None:
    await hold(database, "a")
    await hold(database, "b")
    await database.write(lambda connection: duties.release(connection, "a"), scope=UNLOCKED)

    assert await hold(database, "b") == {"agency", "clock"}


async def test_others_hear_a_call_once_it_is_committed_and_the_caller_does_not(
    database: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wake_calls, "RECONNECT_SECONDS", 0.0)
    heard: asyncio.Queue[wake_calls.Call] = asyncio.Queue()

    async def listen() -> None:
        async for call in wake_calls.heard(postgres_url, "me"):
            await heard.put(call)

    async def called(caller: str, *calls: wake_calls.Call) -> None:
        await database.write(lambda connection: wake_calls.call(connection, caller, calls))

    async def until_heard(call: wake_calls.Call) -> list[wake_calls.Call]:
        """Call until it is heard: nobody tells when the listening begins."""
        before: list[wake_calls.Call] = []
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                await called("you", call)
                while not heard.empty():
                    before.append(heard.get_nowait())
                if call in before:
                    return before
                await asyncio.sleep(0)

    listening = asyncio.create_task(listen())
    await until_heard(("deliver", ""))
    await called("me", ("poll", "mine"))
    many = [("poll", f"{number:03}") for number in range(3 * wake_calls.CALLS_MAX)]
    await called("you", *many)
    async with asyncio.timeout(PATIENCE_SECONDS):
        got = [await heard.get()]
        while got[-1] != many[-1]:
            got.append(await heard.get())
    assert [call for call in got if call[0] == "poll"] == many

    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"
        )
    assert ("sweep", "again") in await until_heard(("sweep", "again"))
    listening.cancel()
