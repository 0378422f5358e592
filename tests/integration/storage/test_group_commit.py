"""Group commit on real databases: who is answered what, and what others then see."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from gateway.storage import postgres_database
from gateway.storage.database import Database
from gateway.storage.errors import DatabaseBusy, DatabaseUnavailable
from gateway.storage.group_commit import GROUP_OPS_MAX
from gateway.storage.raw_connection import RawConnection
from gateway.storage.sqlite_groups import OwnedConnection

PATIENCE_SECONDS = 10.0  # what a test that fails may hang
Op = Callable[[sa.Connection], object]


def insert(number: int) -> Callable[[sa.Connection], int]:
    def op(connection: sa.Connection) -> int:
        connection.execute(sa.text("INSERT INTO note VALUES (:number)"), {"number": number})
        return number

    return op


Kept = Callable[[], list[int]]


@pytest.fixture
def kept(database_url: str) -> Kept:
    """What another connection sees, in the order it was written."""

    def on_sqlite() -> list[int]:
        raw = sqlite3.connect(database_url.removeprefix("sqlite:///"))
        try:
            return [number for (number,) in raw.execute("SELECT number FROM note ORDER BY rowid")]
        finally:
            raw.close()

    def on_postgresql() -> list[int]:
        with psycopg.connect(database_url) as raw:
            return [number for (number,) in raw.execute("SELECT number FROM note ORDER BY ctid")]

    return on_sqlite if database_url.startswith("sqlite") else on_postgresql


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


class Gate:
    """An op that holds the writer's thread until it is let go."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, _connection: sa.Connection) -> str:
        self.entered.set()
        assert self.let_go.wait(PATIENCE_SECONDS)
        return "gate"

    async def until_entered(self) -> None:
        assert await asyncio.to_thread(self.entered.wait, PATIENCE_SECONDS)


@pytest.fixture
def groups() -> list[int]:
    return []


@pytest.fixture
async def database(database_url: str, groups: list[int]) -> AsyncIterator[Database]:
    async with await Database.open(
        database_url, group_observer=lambda ops, *_seconds: groups.append(ops), queue_max=1_000
    ) as database:
        await database.write(create_note)
        groups.clear()
        yield database


def create_note(connection: sa.Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE note (number INTEGER NOT NULL UNIQUE)")


async def answers(database: Database, *ops: Op) -> list[object]:
    """What each op gives or raises, all asked at once."""
    return await asyncio.gather(*(database.write(op) for op in ops), return_exceptions=True)


async def test_what_is_answered_is_on_the_disk(database: Database, kept: Kept) -> None:
    assert await database.write(insert(1)) == 1
    assert kept() == [1]


async def test_operations_that_wait_together_share_a_commit(
    database: Database, groups: list[int]
) -> None:
    assert await answers(database, *(insert(number) for number in range(50))) == list(range(50))
    assert groups == [50]


async def test_a_group_has_a_limit_and_keeps_the_order(
    database: Database, groups: list[int], kept: Kept
) -> None:
    limit = postgres_database.GROUP_OPS_MAX if database.is_shared else GROUP_OPS_MAX
    await answers(database, *(insert(number) for number in range(limit + 1)))

    assert groups == [limit, 1]
    assert kept() == list(range(limit + 1))


async def test_nothing_is_answered_before_the_commit(database: Database, kept: Kept) -> None:
    gate = Gate()
    answered = asyncio.create_task(database.write(insert(1)))
    held = asyncio.create_task(database.write(gate))
    await gate.until_entered()

    assert not answered.done()
    assert kept() == []
    gate.let_go.set()
    assert (await answered, await held) == (1, "gate")


@pytest.mark.parametrize("atomic", [False, True])
async def test_a_failure_is_its_callers_alone(
    database: Database, groups: list[int], atomic: bool, kept: Kept
) -> None:
    await database.write(insert(7))
    groups.clear()
    results = await asyncio.gather(
        database.write(insert(1)),
        database.write(insert(7), atomic=atomic),
        database.write(insert(2)),
        return_exceptions=True,
    )

    assert [results[0], results[2]] == [1, 2]
    assert isinstance(results[1], sa.exc.IntegrityError)
    assert groups == [3]
    assert kept() == [7, 1, 2]


async def test_nothing_of_a_failed_operation_is_kept(database: Database, kept: Kept) -> None:
    def op(connection: sa.Connection) -> None:
        insert(1)(connection)
        with connection.begin_nested():
            insert(2)(connection)
        raise LookupError("no such claim")

    with pytest.raises(LookupError, match="no such claim"):
        await database.write(op)
    assert kept() == []


async def test_an_operation_may_undo_a_part_of_itself(database: Database, kept: Kept) -> None:
    def op(connection: sa.Connection) -> None:
        insert(1)(connection)
        with connection.begin_nested() as part:
            insert(2)(connection)
            part.rollback()
        insert(3)(connection)

    await database.write(op)
    assert kept() == [1, 3]


@pytest.mark.parametrize("ending", ["commit", "rollback"])
async def test_an_operation_cannot_end_the_transaction_of_its_group(
    database: Database, ending: str, kept: Kept
) -> None:
    def op(connection: sa.Connection) -> None:
        insert(2)(connection)
        getattr(connection, ending)()

    results = await answers(database, insert(1), op, insert(3), op, insert(4))

    assert results[0::2] == [1, 3, 4]
    assert [str(error) for error in results[1::2]] == [
        "an operation neither commits nor rolls back: its group does that"
    ] * 2
    assert kept() == [1, 3, 4]


async def test_an_operation_that_leaves_a_savepoint_open_harms_nobody(
    database: Database, kept: Kept
) -> None:
    def op(connection: sa.Connection) -> None:
        connection.begin_nested()
        insert(1)(connection)

    await answers(database, op, insert(2), op)
    assert await database.write(insert(3)) == 3
    assert {2, 3} <= set(kept())


async def test_a_refusal_swallowed_by_the_operation_harms_nobody(
    database: Database, kept: Kept
) -> None:
    def op(connection: sa.Connection) -> None:
        insert(1)(connection)
        with contextlib.suppress(RuntimeError):
            connection.commit()
        insert(2)(connection)

    results = await answers(database, op, insert(3))

    assert results[1] == 3
    assert kept()[-1] == 3


async def test_a_stray_stop_iteration_reaches_its_caller(database: Database) -> None:
    with pytest.raises(RuntimeError, match="StopIteration"):
        await database.write(lambda _connection: next(iter(())))


async def test_a_caller_that_leaves_early_is_left_out(database: Database, kept: Kept) -> None:
    gate = Gate()
    held = asyncio.create_task(database.write(gate))
    await gate.until_entered()
    leaver = asyncio.create_task(database.write(insert(1)))
    stayer = asyncio.create_task(database.write(insert(2)))
    await asyncio.sleep(0)
    leaver.cancel()
    await asyncio.sleep(0)
    gate.let_go.set()

    assert (await held, await stayer) == ("gate", 2)
    assert leaver.cancelled()
    assert kept() == [2]


async def test_a_caller_that_leaves_in_mid_group_neither_splits_nor_hangs_it(
    database: Database, groups: list[int], kept: Kept
) -> None:
    gate = Gate()
    tasks = [asyncio.create_task(database.write(op)) for op in (insert(1), gate, insert(2))]
    await gate.until_entered()
    tasks[0].cancel()
    tasks[1].cancel()
    gate.let_go.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)

    assert [type(result) for result in results] == [
        asyncio.CancelledError,
        asyncio.CancelledError,
        int,
    ]
    assert groups == [3]
    assert kept() == [1, 2]


async def test_a_full_queue_refuses_and_recovers(database_url: str) -> None:
    async with await Database.open(database_url, queue_max=2) as database:
        await database.write(create_note)
        gate = Gate()
        held = asyncio.create_task(database.write(gate))
        await gate.until_entered()
        waiting = [asyncio.create_task(database.write(insert(number))) for number in (1, 2)]
        await asyncio.sleep(0)

        assert database.waiting == 2
        with pytest.raises(DatabaseBusy, match="nothing was kept"):
            await database.write(insert(3))
        gate.let_go.set()
        assert await asyncio.gather(held, *waiting) == ["gate", 1, 2]
        assert await database.write(insert(4)) == 4


async def test_closing_keeps_what_was_accepted_and_refuses_the_rest(
    database_url: str, kept: Kept
) -> None:
    database = await Database.open(database_url)
    await database.write(create_note)
    accepted = [asyncio.create_task(database.write(insert(number))) for number in range(10)]
    await asyncio.sleep(0)
    await database.close()

    assert await asyncio.gather(*accepted) == list(range(10))
    assert kept() == list(range(10))
    with pytest.raises(DatabaseUnavailable, match="closed"):
        await database.write(insert(99))
    with pytest.raises(DatabaseUnavailable, match="closed"):
        await database.read(insert(99))


async def test_closing_folds_the_log_into_the_file(tmp_path: Path) -> None:
    database = await Database.open(f"sqlite:///{tmp_path}/gateway.db")
    await database.write(create_note)
    assert names(tmp_path) == {"gateway.db", "gateway.db.lock", "gateway.db-wal", "gateway.db-shm"}
    await database.close()

    assert names(tmp_path) == {"gateway.db", "gateway.db.lock"}


async def test_nobody_waits_for_a_writer_that_was_stopped(database: Database) -> None:
    gate = Gate()
    waiting = [asyncio.create_task(database.write(op)) for op in (gate, insert(1))]
    await gate.until_entered()
    late = asyncio.create_task(database.write(insert(2)))
    await asyncio.sleep(0)
    for task in asyncio.all_tasks():
        if task.get_name() == "database-writer":
            task.cancel()
    gate.let_go.set()
    async with asyncio.timeout(PATIENCE_SECONDS):
        results = await asyncio.gather(*waiting, late, return_exceptions=True)

    assert [type(result) for result in results] == [DatabaseUnavailable] * 3
    assert database.failed.is_set()


async def test_the_thread_of_the_connection_runs_whole_functions(tmp_path: Path) -> None:
    """The seam to aiosqlite: its private ``_execute``, ``_conn`` and ``_thread``."""
    owned = OwnedConnection(lambda: sqlite3.connect(tmp_path / "seam.db", factory=RawConnection))
    await owned
    try:
        threads = [await owned.run(lambda _raw: threading.current_thread()) for _ in range(2)]

        assert threads[0] is threads[1]
        assert threads[0] is not threading.current_thread()
        assert threads[0].daemon
        # A connection used outside the thread that made it would raise here.
        assert await owned.run(lambda raw: raw.execute("SELECT 1").fetchone()) == (1,)
        with pytest.raises(IndexError):
            await owned.run(lambda _raw: [].pop())
    finally:
        await owned.close()
