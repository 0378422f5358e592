"""Reading beside the writer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from gateway.storage import readers
from gateway.storage.database import Database
from gateway.storage.errors import DatabaseBusy

PATIENCE_SECONDS = 10.0


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with await Database.open(database_url) as database:
        await database.write(create_note)
        yield database


def create_note(connection: sa.Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE note (number INTEGER)")


def insert(connection: sa.Connection) -> None:
    connection.exec_driver_sql("INSERT INTO note VALUES (1)")


def count(connection: sa.Connection) -> int:
    found: int = connection.exec_driver_sql("SELECT count(*) FROM note").scalar_one()
    return found


async def test_a_read_sees_every_write_answered_before(database: Database) -> None:
    for expected in range(1, 6):
        await database.write(insert)
        assert await database.read(count) == expected


async def test_a_read_sees_one_state_for_as_long_as_it_runs(database: Database) -> None:
    begun, written = threading.Event(), threading.Event()

    def count_twice(connection: sa.Connection) -> tuple[int, int]:
        first = count(connection)
        begun.set()
        assert written.wait(PATIENCE_SECONDS)
        return first, count(connection)

    reading = asyncio.create_task(database.read(count_twice))
    await asyncio.to_thread(begun.wait, PATIENCE_SECONDS)
    await database.write(insert)
    written.set()

    assert await reading == (0, 0)
    assert await database.read(count) == 1


async def test_a_read_that_writes_fails_and_keeps_nothing(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"):
        await database.read(insert)
    assert await database.read(count) == 0


async def test_what_a_read_raises_comes_back_and_costs_no_reader(database: Database) -> None:
    def fail(_connection: sa.Connection) -> None:
        raise LookupError("no such claim")

    for _ in range(readers.READERS + 1):
        with pytest.raises(LookupError, match="no such claim"):
            await database.read(fail)
    assert await database.read(count) == 0


async def test_reads_beyond_a_limit_are_refused_and_cancelled_ones_count_until_they_end(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(readers, "READS_WAITING_MAX", 1)
    let_go = threading.Event()
    begun = threading.Semaphore(0)

    def wait(_connection: sa.Connection) -> None:
        begun.release()
        assert let_go.wait(PATIENCE_SECONDS)

    reading = [asyncio.create_task(database.read(wait)) for _ in range(readers.READERS)]
    for _ in reading:
        assert await asyncio.to_thread(begun.acquire, timeout=PATIENCE_SECONDS)
    queued = asyncio.create_task(database.read(count))
    await asyncio.sleep(0)
    reading[0].cancel()
    await asyncio.sleep(0)

    with pytest.raises(DatabaseBusy, match="try again"):
        await database.read(count)
    let_go.set()
    assert await queued == 0
    await asyncio.gather(*reading, return_exceptions=True)
    assert await database.read(count) == 0
