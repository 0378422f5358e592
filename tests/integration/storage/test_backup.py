"""A copy of a database in use is whole, equal, private; and it comes back, or nothing changes."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import threading
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa

from gateway.storage import backup, copy_marks
from gateway.storage.backup import BackupError, back_up, key_path, restore
from gateway.storage.database import Database
from gateway.storage.errors import DatabaseLocked, DatabaseTooNew, DatabaseUnusable
from gateway.storage.sqlite_file import restoring_path
from gateway.storage.tables import audit

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def note(connection: sa.Connection, subject: str = "x") -> None:
    connection.execute(sa.insert(audit).values(at=1, actor="a", action="b", subject=subject))


def subjects(path: Path) -> list[str]:
    """What a file that nobody has open holds."""
    with sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True) as connection:
        return [s for (s,) in connection.execute("SELECT subject FROM audit ORDER BY seq")]


def names(folder: Path) -> set[str]:
    """What lies there, but for what reading a database leaves."""
    return {p.name for p in folder.iterdir() if not p.name.endswith(("-wal", "-shm"))}


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A database with three rows, closed, and its key."""
    place = tmp_path / "gateway.db"
    async with await Database.open(f"sqlite:///{place}") as database:
        for number in range(3):
            await database.write(partial(note, subject=str(number)))
    key_path(place).write_text("ab" * 32)
    return place


async def test_a_copy_of_a_closed_database_is_equal_and_private(path: Path) -> None:
    copied = back_up(path, path.with_name("copy.db"), NOW)

    assert copied.rows["audit"] == 3
    assert subjects(copied.path) == ["0", "1", "2"]
    for file in (copied.path, key_path(copied.path)):
        assert mode_of(file) == 0o600
    assert key_path(copied.path).read_text() == "ab" * 32
    assert sorted(p.name for p in path.parent.glob("copy*")) == ["copy.db", "copy.db.key"]


async def test_a_copy_taken_under_writes_is_one_state_of_many(path: Path) -> None:
    """Each commit adds a pair; a copy that had half a pair would be no state there ever was."""
    stop = threading.Event()
    async with await Database.open(f"sqlite:///{path}") as database:

        def pair(connection: sa.Connection) -> None:
            note(connection, "left")
            note(connection, "right")

        async def write() -> int:
            count = 0
            while not stop.is_set():
                await database.write(pair)
                count += 1
            return count

        writing = asyncio.create_task(write())
        copies = [
            await asyncio.to_thread(back_up, path, path.with_name(f"copy{n}.db"), NOW)
            for n in range(4)
        ]
        stop.set()
        assert await writing > 0

    for copied in copies:
        found = subjects(copied.path)
        assert found.count("left") == found.count("right")


async def test_a_copy_says_that_it_is_one_and_the_original_does_not(path: Path) -> None:
    copied = back_up(path, path.with_name("copy.db"), NOW)
    key_path(copied.path).unlink()

    async with await Database.open(f"sqlite:///{copied.path}") as database:
        mark = await database.read(copy_marks.newest)
    assert mark == copy_marks.CopyMark(copied_at=NOW, restored_at=None)
    async with await Database.open(f"sqlite:///{path}") as database:
        assert await database.read(copy_marks.newest) is None


async def test_a_file_that_is_there_is_never_overwritten(path: Path) -> None:
    target = path.with_name("copy.db")
    target.write_text("mine")
    with pytest.raises(BackupError, match="exists"):
        back_up(path, target, NOW)
    assert target.read_text() == "mine"


async def test_a_copy_that_differs_is_not_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([{"audit": (3, "a")}, {"audit": (3, "b")}])
    monkeypatch.setattr(backup, "_contents", lambda _connection: next(answers))
    with pytest.raises(BackupError, match="differs in audit"):
        back_up(path, path.with_name("copy.db"), NOW)
    assert list(path.parent.glob("copy*")) == []


async def test_without_the_key_nothing_is_copied(path: Path) -> None:
    key_path(path).unlink()
    with pytest.raises(BackupError, match="missing"):
        back_up(path, path.with_name("copy.db"), NOW)


async def test_restored_over_a_newer_database_that_is_kept_aside(path: Path) -> None:
    copied = back_up(path, path.with_name("copy.db"), NOW)
    async with await Database.open(f"sqlite:///{path}") as database:
        await database.write(lambda connection: note(connection, "later"))
    key_path(path).write_text("cd" * 32)

    done = restore(copied.path, path, NOW, replace=True)

    assert subjects(path) == ["0", "1", "2"]
    assert key_path(path).read_text() == "ab" * 32
    assert done.aside is not None
    assert subjects(done.aside) == ["0", "1", "2", "later"]
    assert key_path(done.aside).read_text() == "cd" * 32
    assert mode_of(path) == 0o600


async def test_a_log_that_was_left_behind_goes_aside_with_its_database(path: Path) -> None:
    copied = back_up(path, path.with_name("copy.db"), NOW)
    log = path.with_name("gateway.db-wal")
    log.write_bytes(b"left by a crash")
    done = restore(copied.path, path, NOW, replace=True)

    assert not log.exists()
    assert done.aside is not None
    beside = done.aside.with_name(f"{done.aside.name}-wal")
    assert beside.read_bytes() == b"left by a crash"
    assert subjects(path) == ["0", "1", "2"]


async def test_not_while_a_server_has_the_database(path: Path) -> None:
    copied = back_up(path, path.with_name("copy.db"), NOW)
    async with await Database.open(f"sqlite:///{path}") as database:
        with pytest.raises(DatabaseLocked):
            restore(copied.path, path, NOW, replace=True)
        await database.write(note)


async def test_not_over_a_database_unasked(path: Path) -> None:
    copied = back_up(path, path.with_name("copy.db"), NOW)
    with pytest.raises(BackupError, match="--yes"):
        restore(copied.path, path, NOW, replace=False)


@pytest.mark.parametrize("content", [b"", b"SQLite format 3\0 and then nothing like it", b"text"])
async def test_what_is_no_copy_changes_nothing(path: Path, content: bytes) -> None:
    false = path.with_name("false.db")
    false.write_bytes(content)
    before = names(path.parent)
    with pytest.raises(DatabaseUnusable):
        restore(false, path, NOW, replace=True)
    assert subjects(path) == ["0", "1", "2"]
    assert names(path.parent) == before


async def test_a_copy_of_a_later_release_is_refused(path: Path) -> None:
    copied = back_up(path, path.with_name("copy.db"), NOW)
    with sqlite3.connect(copied.path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew):
        restore(copied.path, path, NOW, replace=True)
    assert subjects(path) == ["0", "1", "2"]
    assert not restoring_path(path).exists()


async def test_a_restore_that_was_cut_off_is_seen_and_done_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied = back_up(path, path.with_name("copy.db"), NOW)

    def cut_off(_database: Path, _now: datetime) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(backup, "_put_aside", cut_off)
        with pytest.raises(KeyboardInterrupt):
            restore(copied.path, path, NOW, replace=True)
    with pytest.raises(DatabaseUnusable, match="cut off half way"):
        await Database.open(f"sqlite:///{path}")

    restore(copied.path, path, NOW, replace=True)
    async with await Database.open(f"sqlite:///{path}") as database:
        await database.write(note)
