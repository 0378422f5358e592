"""Opening a database: what is made, what is refused and in which words, and who has it."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.storage.database import Database
from gateway.storage.errors import (
    DatabaseLocked,
    DatabaseTooNew,
    DatabaseUrlError,
    StorageError,
)
from gateway.storage.sqlite_file import APPLICATION_ID

ROOT = Path(__file__).parents[3]
NOBODY = 65_534
PATIENCE_SECONDS = 20.0


async def open_and_close(path: Path) -> Database:
    async with await Database.open(f"sqlite:///{path}") as database:
        return database


async def refusal(path: Path) -> StorageError:
    """What opening raises; and it must leave the place as it was, and unlocked."""
    with pytest.raises(StorageError) as first:
        await open_and_close(path)
    with pytest.raises(StorageError) as second:
        await open_and_close(path)
    assert str(first.value) == str(second.value)
    return first.value


class TestAPlace:
    async def test_is_made_with_the_folders_it_needs(self, tmp_path: Path) -> None:
        database = await open_and_close(tmp_path / "var" / "lib" / "gateway.db")

        assert database.path == tmp_path / "var" / "lib" / "gateway.db"
        assert database.path.is_file()

    async def test_may_be_relative_and_keeps_its_content(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        async with await Database.open("sqlite:///gateway.db") as database:
            await database.write(put_pause)
        async with await Database.open(f"sqlite:///{tmp_path}/gateway.db") as database:
            assert await database.read(pauses) == ["acme"]

    async def test_has_one_lock_whatever_it_is_called(self, tmp_path: Path) -> None:
        (tmp_path / "alias.db").symlink_to(tmp_path / "gateway.db")
        async with await Database.open(f"sqlite:///{tmp_path}/gateway.db"):
            with pytest.raises(DatabaseLocked):
                await Database.open(f"sqlite:///{tmp_path}/alias.db")

    @pytest.mark.parametrize(
        "url",
        ["sqlite://", "sqlite:///", "sqlite:///:memory:", "sqlite:///x.db?mode=ro", "x.db", ""],
    )
    async def test_must_be_named_by_the_url(self, url: str) -> None:
        with pytest.raises(DatabaseUrlError, match="names no file"):
            await Database.open(url)

    async def test_on_a_server_is_named_without_a_driver(self) -> None:
        with pytest.raises(DatabaseUrlError, match="postgresql://USER@HOST/NAME"):
            await Database.open("postgresql+asyncpg://host/db")

    async def test_that_is_a_folder_is_refused(self, tmp_path: Path) -> None:
        assert "is a folder" in str(await refusal(tmp_path))

    async def test_inside_a_file_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()

        assert "cannot create the folder" in str(await refusal(tmp_path / "file" / "x" / "g.db"))

    async def test_that_is_no_database_is_refused_and_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "gateway.db"
        path.write_text("dear diary, today I was opened as a database")

        assert "is not a SQLite database" in str(await refusal(path))
        assert path.read_text().startswith("dear diary")

    @pytest.mark.parametrize("application_id", [0, 42])
    async def test_that_is_another_programs_is_refused_and_left_alone(
        self, tmp_path: Path, application_id: int
    ) -> None:
        path = tmp_path / "gateway.db"
        make_foreign(path, application_id)
        before = path.read_bytes()

        assert "of another program" in str(await refusal(path))
        assert path.read_bytes() == before

    async def test_that_is_empty_is_taken(self, tmp_path: Path) -> None:
        (tmp_path / "gateway.db").touch()

        assert (await open_and_close(tmp_path / "gateway.db")).path.stat().st_size > 0

    async def test_that_is_damaged_is_refused(self, tmp_path: Path) -> None:
        path = (await open_and_close(tmp_path / "gateway.db")).path
        path.write_bytes(path.read_bytes()[:4096] + b"\xff" * 40_960)

        assert "is damaged" in str(await refusal(path))

    async def test_of_a_later_release_is_refused(self, tmp_path: Path) -> None:
        path = (await open_and_close(tmp_path / "gateway.db")).path
        execute(path, "UPDATE alembic_version SET version_num = '9999'")

        error = await refusal(path)
        assert isinstance(error, DatabaseTooNew)
        assert "revision 9999" in str(error)


def put_pause(connection: sa.Connection) -> None:
    connection.exec_driver_sql("INSERT INTO pause VALUES ('acme', 0, 'a test')")


def pauses(connection: sa.Connection) -> list[str]:
    return list(connection.exec_driver_sql("SELECT creditor_id FROM pause").scalars())


def make_foreign(path: Path, application_id: int) -> None:
    execute(path, f"PRAGMA application_id = {application_id}", "CREATE TABLE song (title)")


def execute(path: Path, *statements: str) -> list[object]:
    raw = sqlite3.connect(path)
    try:
        with raw:
            return [raw.execute(statement).fetchall() for statement in statements]
    finally:
        raw.close()


def set_mode(path: Path, mode: int) -> None:
    path.chmod(mode)


class TestRights:
    @pytest.fixture
    def folder(self) -> Iterator[Path]:
        """A folder that others may enter, unlike pytest's own."""
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o755)
            yield Path(name)

    @pytest.fixture
    def as_nobody(self) -> Iterator[None]:
        """Root may write anywhere, so be someone else for a while."""
        user = os.geteuid()
        if user == 0:
            os.seteuid(NOBODY)
        yield
        os.seteuid(user)

    async def test_to_the_folder_are_needed(
        self, folder: Path, request: pytest.FixtureRequest
    ) -> None:
        set_mode(folder, 0o555)
        request.getfixturevalue("as_nobody")

        assert "must be writable" in str(await refusal(folder / "gateway.db"))

    async def test_to_make_the_folder_are_needed(
        self, folder: Path, request: pytest.FixtureRequest
    ) -> None:
        set_mode(folder, 0o555)
        request.getfixturevalue("as_nobody")

        assert "cannot create the folder" in str(await refusal(folder / "var" / "gateway.db"))

    async def test_to_read_the_file_are_needed(
        self, folder: Path, request: pytest.FixtureRequest
    ) -> None:
        path = (await open_and_close(folder / "gateway.db")).path
        set_mode(path, 0o000)
        request.getfixturevalue("as_nobody")

        assert "to read and write: Permission denied" in str(await refusal(path))

    async def test_to_write_the_file_are_needed(
        self, folder: Path, request: pytest.FixtureRequest
    ) -> None:
        path = (await open_and_close(folder / "gateway.db")).path
        (folder / "gateway.db.lock").unlink()
        set_mode(path, 0o444)
        set_mode(folder, 0o777)
        request.getfixturevalue("as_nobody")

        assert "to read and write: Permission denied" in str(await refusal(path))


class TestSetUp:
    async def test_is_durable_and_strict(self, tmp_path: Path) -> None:
        wanted = {
            "journal_mode": "wal",
            "synchronous": 2,  # FULL
            "foreign_keys": 1,
            "mmap_size": 0,
            "application_id": APPLICATION_ID,
        }

        def pragmas(connection: sa.Connection) -> dict[str, object]:
            return {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in wanted
            }

        async with await Database.open(f"sqlite:///{tmp_path}/gateway.db") as database:
            assert await database.write(pragmas) == wanted

    async def test_leaves_no_thread_or_file_behind_when_it_fails(self, tmp_path: Path) -> None:
        path = tmp_path / "gateway.db"
        make_foreign(path, 42)
        await refusal(path)
        path.unlink()

        assert (await open_and_close(path)).path.is_file()


CHILD = """
import asyncio, sys
from gateway.storage.database import Database

async def main():
    database = await Database.open(sys.argv[1])
    print("open", flush=True)
    if sys.argv[2] == "hold":
        await asyncio.sleep(600)

asyncio.run(main())
"""


def start_child(url: str, what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore::ResourceWarning", "-c", CHILD, url, what],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


class TestASecondProcess:
    async def test_is_locked_out_and_told_by_whom_until_the_first_is_dead(
        self, tmp_path: Path
    ) -> None:
        url = f"sqlite:///{tmp_path}/gateway.db"
        child = start_child(url, "hold")
        try:
            assert child.stdout is not None
            assert await asyncio.to_thread(child.stdout.readline) == "open\n"
            with pytest.raises(DatabaseLocked) as caught:
                await Database.open(url)
            assert caught.value.pid == child.pid
            assert f"process {child.pid} has the database open" in str(caught.value)
        finally:
            child.send_signal(signal.SIGKILL)
            await asyncio.to_thread(child.communicate)

        assert (await open_and_close(tmp_path / "gateway.db")).path.is_file()

    async def test_need_not_know_by_whom(self, tmp_path: Path) -> None:
        async with await Database.open(f"sqlite:///{tmp_path}/gateway.db"):
            (tmp_path / "gateway.db.lock").write_text("")
            with pytest.raises(DatabaseLocked, match="another process has") as caught:
                await Database.open(f"sqlite:///{tmp_path}/gateway.db")
        assert caught.value.pid is None

    async def test_that_forgets_to_close_ends_all_the_same(self, tmp_path: Path) -> None:
        child = start_child(f"sqlite:///{tmp_path}/gateway.db", "forget")
        try:
            await asyncio.to_thread(child.communicate, timeout=PATIENCE_SECONDS)
            assert child.returncode == 0
        finally:
            child.kill()
