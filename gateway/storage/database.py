"""The database: writers that commit in groups, and a few readers, on SQLite or on PostgreSQL.

``write(op)`` and ``read(op)`` take a synchronous function of a SQLAlchemy connection. A write
returns when it is on the disk. A read sees one consistent state for as long as its function runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self, TypeVar

import sqlalchemy as sa

from gateway.storage.group_commit import GroupObserver
from gateway.storage.sqlite_database import SqliteDatabase

if TYPE_CHECKING:
    from gateway.storage.postgres_database import PostgresDatabase

T = TypeVar("T")

QUEUE_OPS_MAX: Final = 2_000
"""Operations that may wait for the disk: a fifth of a second of ingest at full speed. Beyond that
a sender is better off with 503 and its own retry."""


def is_postgresql(url: str) -> bool:
    """Whether a database URL names a PostgreSQL server; any other is SQLite's to judge."""
    return url.startswith(("postgresql://", "postgres://"))


class Database:
    """One open database. Made by ``Database.open``; close it, or use it as a context manager."""

    def __init__(self, parts: SqliteDatabase | PostgresDatabase) -> None:
        self._parts = parts
        self.is_shared = not isinstance(parts, SqliteDatabase)
        """Whether other processes may have it open too, and hold leases of their own."""

    @classmethod
    async def open(
        cls,
        url: str,
        *,
        group_observer: GroupObserver = lambda _operations, _seconds, _sync_seconds: None,
        queue_max: int = QUEUE_OPS_MAX,
    ) -> Self:
        """Open ``sqlite:///relative.db``, ``sqlite:////absolute.db`` or ``postgresql://…``.

        Creates (a file) and migrates as needed. Raises ``DatabaseUrlError``, ``DatabaseLocked``,
        ``DatabaseUnusable``, ``DatabaseTooNew``.
        """
        if is_postgresql(url):
            # Here: without it the driver need not be loaded.
            from gateway.storage.postgres_database import PostgresDatabase  # noqa: PLC0415

            return cls(
                await PostgresDatabase.open(url, queue_max=queue_max, group_observer=group_observer)
            )
        return cls(
            await SqliteDatabase.open(url, queue_max=queue_max, group_observer=group_observer)
        )

    async def write(
        self,
        op: Callable[[sa.Connection], T],
        *,
        atomic: bool = False,
        scope: str | None = None,
    ) -> T:
        """Run ``op`` and give its result once it is durable.

        What ``op`` raises comes back here alone, and nothing of it is kept. An op must not commit,
        roll back or wait for anything; it may be run more than once before it is kept once.

        Nothing else writes while it runs, as far as ``scope`` reaches: None is everything, the id
        of a creditor all that is that creditor's, ``UNLOCKED`` nothing. An op with a scope must
        keep to it. ``atomic=True`` spares the savepoint of an op in which at most one statement
        changes anything.

        Also raises ``DatabaseBusy`` and ``DatabaseFull`` (nothing was kept), and
        ``DatabaseUnavailable``.
        """
        return await self._parts.write(op, atomic=atomic, scope=scope)

    async def read(self, op: Callable[[sa.Connection], T]) -> T:
        """Run ``op`` on one consistent state that holds every write answered before.

        Keep it short: nothing that a read still sees can be cleared away. An op that writes fails.
        Raises ``DatabaseBusy`` when too many reads wait, and ``DatabaseUnavailable``.
        """
        return await self._parts.read(op)

    async def rewrite(self) -> bool:
        """Write everything anew without what was deleted; False if something still holds it.

        Writes wait meanwhile. Raises ``DatabaseBusy`` and ``DatabaseFull``.
        """
        return await self._parts.rewrite()

    @property
    def path(self) -> Path:
        """The SQLite file; ``LookupError`` where there is none."""
        if not isinstance(self._parts, SqliteDatabase):
            raise LookupError("a database on a server has no file")  # noqa: TRY004 - nothing is amiss
        return self._parts.path

    @property
    def failed(self) -> asyncio.Event:
        """Set once the database can no longer be trusted: stop the process and start again."""
        return self._parts.failed

    @property
    def waiting(self) -> int:
        """How many writes wait for the disk."""
        return self._parts.waiting

    async def close(self) -> None:
        """Commit what was accepted and let go of the database."""
        await self._parts.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()
