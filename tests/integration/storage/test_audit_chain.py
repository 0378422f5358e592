"""The audit cannot be changed, and a change made past that is found and named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from gateway.storage import audit_chain
from gateway.storage.audit_chain import ChainFault, Head, Verifying
from gateway.storage.audit_guard import REFUSED
from gateway.storage.database import Database
from gateway.storage.desk import record_action

OTHERS = "at, actor, action, subject"
COLUMNS = f"seq, {OTHERS}"
LAST = "FROM audit WHERE seq = 5"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """Five lines of audit, the head of which is known elsewhere."""
    async with await Database.open(database_url) as database:
        for number in range(1, 6):
            await add(database, f"clm_{number}")
        yield database


async def add(database: Database, subject: str, scope: str | None = None) -> None:
    """Record an action."""
    await database.write(
        lambda connection: record_action(
            connection, actor="kåre", action="pause", subject=subject, reason=None, now=NOW
        ),
        scope=scope,
    )


async def tamper(database: Database, *statements: str) -> None:
    """Do to the audit what only the database's owner can."""

    def run(connection: sa.Connection) -> None:
        if connection.dialect.name == "sqlite":
            opened = [f"DROP TRIGGER audit_no_{each}" for each in ("update", "delete")]
        else:
            opened = ["ALTER TABLE audit DISABLE TRIGGER USER"]
        for statement in (*opened, *statements):
            connection.exec_driver_sql(statement)

    await database.write(run)


async def verified(database: Database, noted: bytes | None = None) -> list[ChainFault]:
    """What is wrong with the chain."""

    def look(connection: sa.Connection) -> list[ChainFault]:
        walk = Verifying(noted=noted)
        for row in audit_chain.rows_in_order(connection, 0, 1_000):
            walk.take(row)
        walk.end(audit_chain.head_of(connection))
        return walk.faults

    return await database.read(look)


async def test_it_is_whole_and_tells_its_head(database: Database) -> None:
    head = await database.read(audit_chain.head_of)

    assert head.rows == 5
    assert await verified(database) == []
    await add(database, "clm_6")
    assert await verified(database, noted=head.hash) == []


@pytest.mark.parametrize(
    "statement", ["UPDATE audit SET actor = 'x' WHERE seq = 2", "DELETE FROM audit WHERE seq = 2"]
)
async def test_the_database_itself_refuses_a_change(database: Database, statement: str) -> None:
    with pytest.raises(sa.exc.DBAPIError, match=REFUSED):
        await database.write(lambda connection: connection.exec_driver_sql(statement))
    assert await verified(database) == []


@pytest.mark.parametrize(
    ("statements", "seqs"),
    [
        (["UPDATE audit SET actor = 'x' WHERE seq = 2"], [2]),
        (["UPDATE audit SET at = at + 1 WHERE seq = 5"], [5]),
        (["DELETE FROM audit WHERE seq = 1"], [2, None]),
        (["DELETE FROM audit WHERE seq IN (3, 4)"], [5, None]),
        (["DELETE FROM audit WHERE seq = 5"], [None]),
        (["UPDATE audit SET seq = 99 WHERE seq = 2"], [3, 99, None]),
        (
            [f"INSERT INTO audit ({COLUMNS}, hash) SELECT 77, {OTHERS}, hash {LAST}"],
            [77, None],
        ),
        (
            [f"INSERT INTO audit ({COLUMNS}) SELECT 77, {OTHERS} {LAST}"],
            [77, None],
        ),
    ],
    ids=["altered", "last_altered", "first_gone", "gone", "end_gone", "moved", "put_in", "no_hash"],
)
async def test_what_was_done_past_that_is_found_and_named(
    database: Database, statements: list[str], seqs: list[int | None]
) -> None:
    await tamper(database, *statements)

    assert [fault.seq for fault in await verified(database)] == seqs


async def test_a_chain_written_anew_is_told_by_a_head_noted_elsewhere(database: Database) -> None:
    noted = (await database.read(audit_chain.head_of)).hash
    await tamper(database, "DELETE FROM audit", "DELETE FROM audit_head")
    for number in range(1, 6):
        await add(database, f"clm_{6 - number}")

    assert await verified(database) == []
    assert [fault.seq for fault in await verified(database, noted=noted)] == [None]


async def test_what_is_rolled_back_leaves_no_gap(database: Database) -> None:
    def fail(connection: sa.Connection) -> None:
        record_action(connection, actor="a", action="b", subject="c", reason="d", now=NOW)
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fail)
    await add(database, "clm_6")

    assert await verified(database) == []


async def test_many_writers_make_one_chain(database_url: str) -> None:
    async with await Database.open(database_url) as one:
        others = [one, await Database.open(database_url)] if one.is_shared else [one]
        await asyncio.gather(
            *(
                add(others[number % len(others)], f"clm_{number}", scope=f"creditor-{number % 7}")
                for number in range(60)
            )
        )
        assert await verified(one) == []
        assert (await one.read(audit_chain.head_of)).rows == 60
        for other in others[1:]:
            await other.close()


def test_an_empty_chain_is_whole() -> None:
    walk = Verifying()
    walk.end(Head(rows=0, hash=audit_chain.BEFORE_ALL))

    assert walk.faults == []
