"""The gateway's own database on real SQLite, without threads: every step in the loop's one thread.

The writer, its groups, the statements and the file are those that ship. Only what carries a
function to SQLite is another: it runs here and now, between two moments that are drawn. At either
of them the process may die; then nothing more reaches the file.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa

from gateway.storage.database import QUEUE_OPS_MAX, Database
from gateway.storage.group_commit import GroupWriter
from gateway.storage.lock import FileLock
from gateway.storage.raw_connection import RawConnection, bind, mend
from gateway.storage.sqlite_database import SqliteDatabase
from gateway.storage.sqlite_file import connect_reader, connect_writer, prepare_writer
from gateway.storage.sqlite_groups import sqlite_commit

T = TypeVar("T")
Pause = Callable[[str], Awaitable[None]]
"""Waits a drawn moment before or after touching the file; raises where the process is dead."""

_COMPILED: dict[str, Any] = {}


class InLoopConnection:
    """In the place of aiosqlite's thread."""

    def __init__(self, path: Path, pause: Pause) -> None:
        self.raw = connect_writer(path)
        self._pause = pause

    async def run(self, function: Callable[[RawConnection], T]) -> T:
        """Run a whole function on the connection."""
        await self._pause("before")
        result = function(self.raw)
        await self._pause("after")
        return result

    async def close(self) -> None:
        """Let go of the file; what is not committed is gone, as in a kill."""
        self.raw.close()


class InLoopReaders:
    """In the place of the reading threads."""

    def __init__(self, path: Path, pause: Pause) -> None:
        self._raw = connect_reader(path)
        self.connection = _share_compiled(bind(self._raw))
        self.all = (self,)
        self._pause = pause

    async def read(self, op: Callable[[sa.Connection], T]) -> T:
        """Run ``op`` on one state."""
        await self._pause("read")
        self._raw.execute("BEGIN")
        try:
            return op(self.connection)
        finally:
            mend(self.connection)
            self._raw.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file."""
        self._raw.close()


class InLoopParts(SqliteDatabase):
    """The parts of an open database of a process that may be killed."""

    async def close(self) -> None:
        """End, or bury what a kill has left: what was not committed never was."""
        with contextlib.suppress(Exception):  # a writer that failed says so where it is asked
            await self._writer.close()
        self._readers.close()
        await self._owned.close()
        self._lock.release()


def open_in_loop(path: Path, pause: Pause) -> Database:
    """Open the database as ``Database.open`` does."""
    lock = FileLock(path.with_name(f"{path.name}.lock"))
    owned: Any = InLoopConnection(path, pause)
    connection = _share_compiled(prepare_writer(owned.raw, path))
    readers: Any = InLoopReaders(path, pause)
    writer = GroupWriter(
        sqlite_commit(owned, connection),
        queue_max=QUEUE_OPS_MAX,
        group_observer=lambda *_told: None,
    )
    return Database(
        InLoopParts(
            path, lock=lock, owned=owned, connection=connection, writer=writer, readers=readers
        )
    )


def _share_compiled(connection: sa.Connection) -> sa.Connection:
    """Every database compiles its statements anew, which takes longer than a whole seed."""
    connection.dialect = _COMPILED.setdefault("dialect", connection.dialect)
    cache = _COMPILED.setdefault("cache", connection.engine._compiled_cache)
    connection.engine._compiled_cache = cache
    return connection
