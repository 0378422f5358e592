"""Several processes on one PostgreSQL database: what excludes what, and what a lost one costs."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from gateway.storage.database import Database
from gateway.storage.errors import DatabaseUnavailable
from gateway.storage.group_commit import UNLOCKED
from gateway.storage.postgres_connection import RawConnection

PATIENCE_SECONDS = 10.0
ROUNDS = 40


@pytest.fixture
async def databases(postgres_url: str) -> AsyncIterator[tuple[Database, Database]]:
    """One database as two processes have it open."""
    async with (
        await Database.open(postgres_url) as first,
        await Database.open(postgres_url) as second,
    ):
        await first.write(
            lambda c: c.exec_driver_sql("CREATE TABLE note (name text PRIMARY KEY, number bigint)")
        )
        yield first, second


def count_up(name: str) -> Callable[[sa.Connection], int]:
    """Read, then write what was read: wrong as soon as two do it at once."""

    def op(connection: sa.Connection) -> int:
        row = connection.execute(
            sa.text("SELECT number FROM note WHERE name = :name"), {"name": name}
        ).first()
        if row is None:
            connection.execute(sa.text("INSERT INTO note VALUES (:name, 1)"), {"name": name})
            return 1
        values = {"name": name, "number": row.number + 1}
        connection.execute(sa.text("UPDATE note SET number = :number WHERE name = :name"), values)
        return int(row.number) + 1

    return op


def add_one(connection: sa.Connection, name: str) -> None:
    """One statement: right whoever does it at once, and it locks the row."""
    connection.execute(
        sa.text("UPDATE note SET number = number + 1 WHERE name = :name"), {"name": name}
    )


def numbers(connection: sa.Connection) -> dict[str, int]:
    rows = connection.exec_driver_sql("SELECT name, number FROM note")
    return {row.name: row.number for row in rows}


class Held:
    """An op that stays in its transaction until it is let go."""

    def __init__(self) -> None:
        self.entered, self.let_go = threading.Event(), threading.Event()

    def __call__(self, _connection: sa.Connection) -> None:
        self.entered.set()
        assert self.let_go.wait(PATIENCE_SECONDS)

    async def until_entered(self) -> None:
        assert await asyncio.to_thread(self.entered.wait, PATIENCE_SECONDS)


@pytest.mark.parametrize("scope", ["acme", None])
async def test_of_one_scope_reads_and_writes_do_not_mix(
    databases: tuple[Database, Database], scope: str | None
) -> None:
    results = await asyncio.gather(
        *(
            database.write(count_up("n"), scope=scope)
            for _ in range(ROUNDS)
            for database in databases
        )
    )

    assert sorted(results) == list(range(1, 2 * ROUNDS + 1))


async def test_an_op_without_a_scope_excludes_those_with_one(
    databases: tuple[Database, Database],
) -> None:
    first, second = databases
    await asyncio.gather(
        *(first.write(count_up("n"), scope="acme") for _ in range(ROUNDS)),
        *(second.write(count_up("n")) for _ in range(ROUNDS)),
    )

    assert await first.read(numbers) == {"n": 2 * ROUNDS}


async def test_scopes_do_not_wait_for_each_other(databases: tuple[Database, Database]) -> None:
    first, second = databases
    held = Held()
    holding = asyncio.create_task(first.write(held, scope="acme"))
    await held.until_entered()

    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await second.write(count_up("other"), scope="other") == 1
        assert await second.write(count_up("free"), scope=UNLOCKED) == 1
    held.let_go.set()
    await holding


async def test_a_deadlock_is_undone_and_run_again(databases: tuple[Database, Database]) -> None:
    """Ops without locks that meet in opposite order: the server ends one, which runs anew."""
    meeting = threading.Barrier(2)

    def both(one: str, other: str) -> Callable[[sa.Connection], None]:
        tries = iter((True,))

        def op(connection: sa.Connection) -> None:
            add_one(connection, one)
            if next(tries, False):
                meeting.wait(PATIENCE_SECONDS)
            add_one(connection, other)

        return op

    first, second = databases
    for name in ("a", "b"):
        await first.write(count_up(name))
    await asyncio.gather(
        first.write(both("a", "b"), scope=UNLOCKED), second.write(both("b", "a"), scope=UNLOCKED)
    )

    assert await first.read(numbers) == {"a": 3, "b": 3}


async def test_a_session_that_is_ended_in_mid_group_costs_nothing(
    databases: tuple[Database, Database],
) -> None:
    database, _ = databases
    ends = iter((True,))

    def op(connection: sa.Connection) -> int:
        number = count_up("n")(connection)
        if next(ends, False):
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        return number

    assert await database.write(op, scope="acme") == 1
    assert await database.write(count_up("n"), scope="acme") == 2


async def test_a_group_that_no_session_lives_through_is_kept_in_parts(
    databases: tuple[Database, Database],
) -> None:
    database, _ = databases
    done: Counter[int] = Counter()  # operations, by transaction

    def op(connection: sa.Connection) -> int:
        transaction: int = connection.exec_driver_sql("SELECT txid_current()").scalar_one()
        done[transaction] += 1
        if done[transaction] == 3:
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        return count_up("n")(connection)

    async with asyncio.timeout(PATIENCE_SECONDS):
        numbered = await asyncio.gather(*(database.write(op, scope="acme") for _ in range(8)))

    assert sorted(numbered) == list(range(1, 9))
    assert await database.read(numbers) == {"n": 8}


async def test_a_read_whose_session_is_ended_is_read_again(
    databases: tuple[Database, Database],
) -> None:
    database, _ = databases
    await database.write(count_up("n"))
    ends = iter((True,))

    def op(connection: sa.Connection) -> dict[str, int]:
        if next(ends, False):
            connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        return numbers(connection)

    assert await database.read(op) == {"n": 1}


@pytest.fixture
def commits(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Break the next commit as told: before the server has it, or before it answers."""
    plan: list[str] = []
    execute = RawConnection.execute

    def fragile(self: RawConnection, query: Any, *more: Any, **options: Any) -> Any:
        how = plan.pop() if query == "COMMIT" and plan else None
        if how == "kept":
            execute(self, query, *more, **options)
        if how is not None:
            self.close()
            raise psycopg.OperationalError("the connection was lost")
        return execute(self, query, *more, **options)

    monkeypatch.setattr(RawConnection, "execute", fragile)
    yield plan
    assert plan == []


@pytest.mark.parametrize("how", ["kept", "not kept"])
async def test_a_commit_that_goes_unanswered_is_kept_once(
    databases: tuple[Database, Database], commits: list[str], how: str
) -> None:
    database, _ = databases
    assert await database.write(count_up("n"), scope="acme") == 1
    commits.append(how)

    assert await database.write(count_up("n"), scope="acme") == 2
    assert await database.read(numbers) == {"n": 2}


async def test_an_op_that_goes_on_after_a_failed_statement_keeps_nothing(
    databases: tuple[Database, Database],
) -> None:
    database, _ = databases

    def op(connection: sa.Connection) -> None:
        count_up("n")(connection)
        try:
            connection.exec_driver_sql("SELECT 1 / 0")
        except sa.exc.DBAPIError:
            return  # PostgreSQL would now turn COMMIT into ROLLBACK and say nothing

    results = await asyncio.gather(
        database.write(op, scope="acme"),
        database.write(count_up("m"), scope="acme"),
        return_exceptions=True,
    )

    assert isinstance(results[0], RuntimeError)
    assert results[1] == 1
    assert await database.read(numbers) == {"m": 1}


async def test_a_server_that_does_not_come_back_ends_it(
    databases: tuple[Database, Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    database, _ = databases
    monkeypatch.setattr("gateway.storage.postgres_connection.RECONNECT_SECONDS", 0.0)

    def gone(_url: str) -> None:
        raise psycopg.OperationalError("connection refused")

    def op(connection: sa.Connection) -> None:
        monkeypatch.setattr("gateway.storage.postgres_connection.connect", gone)
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    with pytest.raises(DatabaseUnavailable, match="did not come back"):
        await database.write(op, scope="acme")
    assert database.failed.is_set()
    with pytest.raises(DatabaseUnavailable):
        await database.write(count_up("n"), scope="other")
