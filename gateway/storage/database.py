"""The database: one writer that commits in groups, a few readers, one process.

``write(op)`` and ``read(op)`` take a synchronous function of a SQLAlchemy connection. A write
returns when it is on the disk. A read sees one consistent state for as long as its function runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import sqlalchemy as sa

from gateway.storage.group_commit import GroupObserver, GroupWriter, OwnedConnection
from gateway.storage.lock import FileLock
from gateway.storage.readers import Readers
from gateway.storage.sqlite_file import check_place, connect_writer, path_from_url, prepare_writer

T = TypeVar("T")

QUEUE_OPS_MAX: Final = 2_000
"""Operations that may wait for the disk: a fifth of a second of ingest at full speed. Beyond that
a sender is better off with 503 and its own retry."""


class Database:
    """One open database. Made by ``Database.open``; close it, or use it as a context manager."""

    def __init__(
        self,
        path: Path,
        *,
        lock: FileLock,
        owned: OwnedConnection,
        writer: GroupWriter,
        readers: Readers,
    ) -> None:
        self.path = path
        self.socket_path = path.with_name(f"{path.name}.sock")
        self._lock = lock
        self._owned = owned
        self._writer = writer
        self._readers = readers

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        group_observer: GroupObserver = lambda _operations, _seconds, _sync_seconds: None,
        queue_max: int = QUEUE_OPS_MAX,
    ) -> Self:
        """Open ``sqlite:///relative.db`` or ``sqlite:////absolute.db``; create, migrate as needed.

        Raises ``DatabaseUrlError``, ``DatabaseLocked``, ``DatabaseUnusable``, ``DatabaseTooNew``.
        """
        path = path_from_url(url)
        check_place(path)
        lock = FileLock(path.with_name(f"{path.name}.lock"))
        try:
            owned = OwnedConnection(lambda: connect_writer(path))
            await owned
            try:
                connection = await owned.run(lambda raw: prepare_writer(raw, path))
                readers = Readers(path)
            except BaseException:
                await owned.close()
                raise
        except BaseException:
            lock.release()
            raise
        writer = GroupWriter(owned, connection, queue_max=queue_max, group_observer=group_observer)
        return cls(path, lock=lock, owned=owned, writer=writer, readers=readers)

    async def write(self, op: Callable[[sa.Connection], T], *, atomic: bool = False) -> T:
        """Run ``op`` and give its result once it is durable.

        What ``op`` raises comes back here alone, and nothing of it is kept. ``atomic=True`` spares
        the savepoint of an op in which at most one statement changes anything. An op must not
        commit, roll back or wait for anything. Also raises ``DatabaseBusy`` and ``DatabaseFull``
        (nothing was kept), and ``DatabaseUnavailable``.
        """
        return await self._writer.write(op, atomic=atomic)

    async def read(self, op: Callable[[sa.Connection], T]) -> T:
        """Run ``op`` on one consistent state that holds every write answered before.

        Keep it short: the log cannot shrink below what a read still sees. An op that writes fails.
        Raises ``DatabaseBusy`` when too many reads wait, and ``DatabaseUnavailable``.
        """
        return await self._readers.read(op)

    @property
    def failed(self) -> asyncio.Event:
        """Set once the database can no longer be trusted: stop the process and start again."""
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

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
