"""A disk that is full, held by another program, or failing: who is told what, and what is kept."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.storage.database import Database
from gateway.storage.errors import DatabaseBusy, DatabaseFull, DatabaseUnavailable
from gateway.storage.group_commit import GroupWriter
from gateway.storage.raw_connection import RawConnection, bind
from gateway.storage.sqlite_groups import OwnedConnection, sqlite_commit

BLOB = b"x" * 100_000


def create_note(connection: sa.Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE note (number INTEGER, blob BLOB)")


def insert(number: int, blob: bytes = b"") -> Callable[[sa.Connection], int]:
    def op(connection: sa.Connection) -> int:
        connection.execute(
            sa.text("INSERT INTO note VALUES (:number, :blob)"), {"number": number, "blob": blob}
        )
        return number

    return op


def numbers(connection: sa.Connection) -> list[int]:
    return list(connection.execute(sa.text("SELECT number FROM note ORDER BY rowid")).scalars())


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(f"sqlite:///{tmp_path}/gateway.db") as database:
        await database.write(create_note)
        yield database


async def tell(database: Database, pragma: str) -> None:
    """Set a pragma of the writer's connection."""
    await database.write(lambda connection: connection.exec_driver_sql(f"PRAGMA {pragma}").all())


class TestAFullDisk:
    @pytest.mark.parametrize("atomic", [False, True])
    async def test_fails_the_group_that_meets_it_and_keeps_nothing_of_it(
        self, database: Database, atomic: bool
    ) -> None:
        await tell(database, "max_page_count = 10")  # less than there are: no page more
        errors = await asyncio.gather(
            database.write(insert(1)),
            database.write(insert(2, BLOB), atomic=atomic),
            database.write(insert(3)),
            return_exceptions=True,
        )

        assert [type(error) for error in errors] == [DatabaseFull] * 3  # SQLite undid them all
        assert "nothing was kept. Free some space" in str(errors[1])
        assert await database.write(insert(4)) == 4
        assert await database.read(numbers) == [4]

    async def test_is_over_when_there_is_room_again(self, database: Database) -> None:
        await tell(database, "max_page_count = 10")
        with pytest.raises(DatabaseFull):
            await database.write(insert(1, BLOB))
        await tell(database, "max_page_count = 100000")

        assert await database.write(insert(2, BLOB)) == 2
        assert not database.failed.is_set()

    async def test_of_a_real_file_system_loses_nothing_that_was_answered(
        self, small_disk: Path
    ) -> None:
        ballast = small_disk / "ballast"
        write_zeros(ballast, 1_500_000)
        async with await Database.open(f"sqlite:///{small_disk}/gateway.db") as database:
            await database.write(create_note)
            kept = await fill(database)
            assert kept
            ballast.unlink()
            kept.append(await database.write(insert(1_000, BLOB)))

            assert await database.read(numbers) == kept
        async with await Database.open(f"sqlite:///{small_disk}/gateway.db") as database:
            assert await database.read(numbers) == kept


def write_zeros(path: Path, count: int) -> None:
    path.write_bytes(bytes(count))


async def fill(database: Database) -> list[int]:
    """Insert rows of 100 kB until the disk is full; gives those that were answered."""
    kept: list[int] = []
    for number in range(200):
        try:
            kept.append(await database.write(insert(number, BLOB)))
        except DatabaseFull:
            return kept
    raise AssertionError


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 4 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount") or "mount"
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=4m", "none", folder], check=False, capture_output=True
    )
    if done.returncode:
        pytest.skip("this user may not mount a small file system")
    yield folder
    subprocess.run([shutil.which("umount") or "umount", "-l", folder], check=True)


class TestAnotherProgram:
    async def test_that_holds_the_file_makes_writes_fail_for_the_moment(
        self, database: Database
    ) -> None:
        await tell(database, "busy_timeout = 1")
        shell = sqlite3.connect(database.path, isolation_level=None)
        try:
            shell.execute("BEGIN IMMEDIATE")
            with pytest.raises(DatabaseBusy, match="another program"):
                await database.write(insert(1))
            assert await database.read(numbers) == []
            shell.execute("ROLLBACK")

            assert await database.write(insert(2)) == 2
        finally:
            shell.close()


class FaultyConnection(RawConnection):
    """Fails statements that are one of the given words, with a given result code."""

    words: tuple[str, ...] = ()
    code = sqlite3.SQLITE_OK

    def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
        if sql in self.words:
            error = sqlite3.OperationalError("planted fault")
            error.sqlite_errorcode = self.code
            raise error
        return super().execute(sql, *parameters)


@pytest.fixture
async def owned(tmp_path: Path) -> AsyncIterator[OwnedConnection]:
    owned = OwnedConnection(
        lambda: sqlite3.connect(
            tmp_path / "faulty.db", isolation_level=None, factory=FaultyConnection
        )
    )
    await owned
    yield owned
    await owned.close()


@pytest.fixture
async def writer(owned: OwnedConnection) -> AsyncIterator[GroupWriter]:
    connection = await owned.run(bind)
    writer = GroupWriter(
        sqlite_commit(owned, connection), queue_max=100, group_observer=lambda *_told: None
    )
    await writer.write(create_note, atomic=False)
    yield writer
    await writer.close()


def plant(owned: OwnedConnection, code: int, *words: str) -> None:
    raw = owned._conn
    assert isinstance(raw, FaultyConnection)
    raw.words, raw.code = words, code


async def ask(writer: GroupWriter, *ops: Callable[[sa.Connection], object]) -> list[object]:
    return await asyncio.gather(
        *(writer.write(op, atomic=False) for op in ops), return_exceptions=True
    )


class TestACommitThatFails:
    @pytest.mark.parametrize(
        "code",
        [sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR],
    )
    async def test_fails_every_caller_and_everyone_after(
        self, owned: OwnedConnection, writer: GroupWriter, code: int
    ) -> None:
        plant(owned, code, "COMMIT")
        errors = await ask(writer, insert(1), insert(2))
        plant(owned, sqlite3.SQLITE_OK)
        errors += await ask(writer, insert(3))

        assert [type(error) for error in errors] == [DatabaseUnavailable] * 3
        assert len({id(error) for error in errors}) == 3
        assert "Stop the gateway, check the disk" in str(errors[0])
        assert writer.failed.is_set()

    async def test_for_want_of_room_fails_its_callers_and_goes_on(
        self, owned: OwnedConnection, writer: GroupWriter
    ) -> None:
        plant(owned, sqlite3.SQLITE_FULL, "COMMIT")
        errors = await ask(writer, insert(1), insert(2))
        plant(owned, sqlite3.SQLITE_OK)

        assert [type(error) for error in errors] == [DatabaseFull] * 2
        assert await ask(writer, insert(3), numbers) == [3, [3]]

    async def test_and_cannot_be_undone_is_the_end(
        self, owned: OwnedConnection, writer: GroupWriter
    ) -> None:
        plant(owned, sqlite3.SQLITE_FULL, "COMMIT", "ROLLBACK")

        assert [type(error) for error in await ask(writer, insert(1))] == [DatabaseUnavailable]
        assert writer.failed.is_set()


class TestAnOperationThatMeetsAFailure:
    async def test_of_the_disk_ends_the_group_and_the_writer(
        self, owned: OwnedConnection, writer: GroupWriter
    ) -> None:
        def op(_connection: sa.Connection) -> None:
            error = sqlite3.OperationalError("disk I/O error")
            error.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
            raise error

        errors = await ask(writer, insert(1), op, insert(2))

        assert [type(error) for error in errors] == [DatabaseUnavailable] * 3
        await owned.run(lambda raw: raw.execute("ROLLBACK"))
        assert await owned.run(lambda raw: raw.execute("SELECT * FROM note").fetchall()) == []

    async def test_of_room_alone_fails_its_caller_alone(self, writer: GroupWriter) -> None:
        def op(connection: sa.Connection) -> None:
            insert(9)(connection)
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

        results = await ask(writer, insert(1), op, insert(2))

        assert [results[0], results[2]] == [1, 2]
        assert isinstance(results[1], DatabaseFull)
        assert await ask(writer, numbers) == [[1, 2]]

    async def test_that_undid_the_transaction_fails_the_group_but_not_the_writer(
        self, owned: OwnedConnection, writer: GroupWriter
    ) -> None:
        raw = owned._conn

        def op(_connection: sa.Connection) -> None:
            raw.execute("ROLLBACK")  # as SQLite itself may on a full disk
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

        errors = await ask(writer, insert(1), op, insert(2))

        assert [type(error) for error in errors] == [DatabaseFull] * 3
        assert await ask(writer, insert(3), numbers) == [3, [3]]

    async def test_of_the_writer_itself_leaves_nobody_waiting(self, owned: OwnedConnection) -> None:
        def observe(*_told: float) -> None:
            raise ZeroDivisionError

        connection = await owned.run(bind)
        commit = sqlite_commit(owned, connection)
        writer = GroupWriter(commit, queue_max=100, group_observer=observe)
        first = await ask(writer, create_note)
        second = await ask(writer, insert(1))

        assert first == [None]
        assert [type(error) for error in second] == [DatabaseUnavailable]
        assert writer.failed.is_set()
        with pytest.raises(ZeroDivisionError):
            await writer.close()


CHILD = """
import asyncio, resource, signal, sys
import sqlalchemy as sa
from gateway.storage.database import Database
from gateway.storage.errors import DatabaseUnavailable

def create(connection):
    connection.exec_driver_sql("CREATE TABLE note (number INTEGER, blob BLOB)")

def insert(number):
    def op(connection):
        row = {"n": number, "b": b"x" * 20000}
        connection.execute(sa.text("INSERT INTO note VALUES (:n, :b)"), row)
    return op

async def main():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    database = await Database.open(sys.argv[1])
    await database.write(create)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))
    try:
        for number in range(1000):
            await database.write(insert(number))
            print(number, flush=True)
    except DatabaseUnavailable as error:
        print(error, file=sys.stderr)
    assert database.failed.is_set()
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    try:
        await database.write(insert(1000))
    except DatabaseUnavailable:
        await database.close()
        sys.exit(7)

asyncio.run(main())
"""


async def test_a_real_write_error_stops_the_writer_and_loses_nothing_answered(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path}/gateway.db"
    child = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", CHILD, url],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    answered = [int(line) for line in child.stdout.split()]

    assert child.returncode == 7, child.stderr
    assert "disk I/O error" in child.stderr
    assert len(answered) > 10
    async with await Database.open(url) as database:
        assert (await database.read(numbers))[: len(answered)] == answered


async def test_damage_met_while_reading_is_said_to_be_damage(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/gateway.db"
    async with await Database.open(url) as database:
        await database.write(create_note)
        root = await database.read(
            lambda connection: connection.exec_driver_sql(
                "SELECT rootpage FROM sqlite_master WHERE name = 'note'"
            ).scalar_one()
        )
        await database.write(insert(1))
    spoil(database.path, root)

    async with await Database.open(url) as database:
        with pytest.raises(DatabaseUnavailable, match="malformed"):
            await database.read(numbers)
        with pytest.raises(DatabaseUnavailable, match="malformed"):
            await database.write(insert(2))
        assert database.failed.is_set()


def spoil(path: Path, page: int) -> None:
    """Overwrite one page of 4096 bytes, counted from 1, with rubbish."""
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
