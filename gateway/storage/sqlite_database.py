"""The parts of an open SQLite file: its lock, the one writer, a few readers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Self, TypeVar

import sqlalchemy as sa

from gateway.storage.errors import DatabaseBusy, DatabaseFull
from gateway.storage.group_commit import GroupObserver, GroupWriter
from gateway.storage.lock import FileLock
from gateway.storage.readers import Readers
from gateway.storage.result_codes import primary_code
from gateway.storage.sqlite_file import (
    check_place,
    connect_writer,
    path_from_url,
    prepare_writer,
    rewrite,
)
from gateway.storage.sqlite_groups import OwnedConnection, sqlite_commit
from gateway.storage.sqlite_reader import SqliteReader

T = TypeVar("T")


class SqliteDatabase:
    """The file's lock, its writer and its readers. Made by ``open``."""

    def __init__(
        self,
        path: Path,
        *,
        lock: FileLock,
        owned: OwnedConnection,
        connection: sa.Connection,
        writer: GroupWriter,
        readers: Readers,
    ) -> None:
        self.path = path
        self._lock = lock
        self._owned = owned
        self._writer = writer
        self._readers = readers
        self.connections = (connection, *(reader.connection for reader in readers.all))

    @classmethod
    async def open(cls, url: str, *, queue_max: int, group_observer: GroupObserver) -> Self:
        """Lock the file, create and migrate it as needed."""
        path = path_from_url(url)
        check_place(path)
        lock = FileLock(path.with_name(f"{path.name}.lock"))
        try:
            owned = OwnedConnection(lambda: connect_writer(path))
            await owned
            try:
                connection = await owned.run(lambda raw: prepare_writer(raw, path))
                readers = Readers(lambda: SqliteReader(path))
            except BaseException:
                await owned.close()
                raise
        except BaseException:
            lock.release()
            raise
        commit = sqlite_commit(owned, connection)
        writer = GroupWriter(commit, queue_max=queue_max, group_observer=group_observer)
        return cls(
            path, lock=lock, owned=owned, connection=connection, writer=writer, readers=readers
        )

    async def write(
        self,
        op: Callable[[sa.Connection], T],
        *,
        atomic: bool,
        scope: str | None,  # noqa: ARG002 - one writer: every op has the whole file to itself
    ) -> T:
        """Queue one operation."""
        return await self._writer.write(op, atomic=atomic)

    async def read(self, op: Callable[[sa.Connection], T]) -> T:
        """Run ``op`` on a snapshot."""
        return await self._readers.read(op)

    async def rewrite(self) -> bool:
        """Write the file anew without what was deleted."""
        try:
            return await self._owned.run(rewrite)
        except sqlite3.Error as error:
            if primary_code(error) == sqlite3.SQLITE_FULL:
                raise DatabaseFull(
                    "the disk is too full to write the database anew: it takes as much room again"
                ) from error
            raise DatabaseBusy(f"the database was not written anew ({error}); try again") from error

    @property
    def failed(self) -> asyncio.Event:
        """Set once the file can no longer be trusted."""
        return self._writer.failed

    @property
    def waiting(self) -> int:
        """How many writes wait for the disk."""
        return self._writer.waiting

    async def close(self) -> None:
        """Commit what was accepted, fold the log into the file, let go of the file and its lock."""
        try:
            await self._writer.close()
        finally:
            try:
                # Before the writer: the last connection to close folds the log in.
                await asyncio.to_thread(self._readers.close)
            finally:
                try:
                    await self._owned.close()
                finally:
                    self._lock.release()
