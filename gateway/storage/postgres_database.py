"""The parts of an open database on a PostgreSQL server, which other processes share.

::

    write(scope=UNLOCKED or LEASING) ──> the quick writer: webhooks and leases wait for no lock
    write(scope=creditor) ─────────────> one of a few writers, always the same for one creditor
    write() ───────────────────────────> the first of them, with the database to itself
    read() ────────────────────────────> readers, each on a snapshot
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Final, Self, TypeVar

import psycopg
import sqlalchemy as sa

from gateway.storage.errors import DatabaseBusy
from gateway.storage.group_commit import UNLOCKED, GroupObserver, GroupWriter
from gateway.storage.postgres_connection import engine_of, open_connection
from gateway.storage.postgres_groups import PostgresGroups, lock_key
from gateway.storage.postgres_reader import PostgresReader
from gateway.storage.postgres_server import prepare
from gateway.storage.readers import Readers
from outbox.dispatcher import LEASING

T = TypeVar("T")

WRITERS: Final = 2
"""Writers of creditors' claims: while one waits for its commit or for a creditor's lock, the other
works. Python runs one at a time, so more would only take connections."""

GROUP_OPS_MAX: Final = 64
"""Fewer than on SQLite: a group holds its creditors' locks to its end, and statements go over a
socket (64 operations of 15 statements take some 150 ms)."""

_QUICK: Final = frozenset({UNLOCKED, LEASING})


class PostgresDatabase:
    """The writers and the readers. Made by ``open``."""

    def __init__(self, engine: sa.Engine, *, queue_max: int, group_observer: GroupObserver) -> None:
        self.failed = asyncio.Event()
        self._engine = engine
        self._stopping = stopping = threading.Event()
        self._groups: list[PostgresGroups] = []
        try:
            for _ in range(1 + WRITERS):
                self._groups.append(PostgresGroups(engine, stopping))
            self._readers = Readers(lambda: PostgresReader(engine, stopping))
        except BaseException:
            for groups in self._groups:
                groups.abandon()
            raise
        self._quick, *self._writers = (
            GroupWriter(
                groups.commit,
                queue_max=queue_max,
                group_observer=group_observer,
                group_max=GROUP_OPS_MAX,
                failed=self.failed,
            )
            for groups in self._groups
        )

    @classmethod
    async def open(cls, url: str, *, queue_max: int, group_observer: GroupObserver) -> Self:
        """Check, migrate, connect."""
        engine = engine_of(url)
        await asyncio.to_thread(prepare, engine)
        return cls(engine, queue_max=queue_max, group_observer=group_observer)

    async def write(
        self, op: Callable[[sa.Connection], T], *, atomic: bool, scope: str | None
    ) -> T:
        """Queue one operation with the writer of its scope."""
        if scope in _QUICK:
            writer = self._quick
        elif scope is None:
            writer = self._writers[0]
        else:
            writer = self._writers[lock_key(scope) % WRITERS]
        return await writer.write(op, atomic=atomic, scope=scope)

    @property
    def connections(self) -> tuple[sa.Connection, ...]:
        """Every connection, for those who look at what goes over it."""
        writing = (groups.session.connection for groups in self._groups)
        return (*writing, *(reader.connection for reader in self._readers.all))

    async def read(self, op: Callable[[sa.Connection], T]) -> T:
        """Run ``op`` on a snapshot."""
        return await self._readers.read(op)

    @property
    def waiting(self) -> int:
        """How many writes wait."""
        return sum(writer.waiting for writer in (self._quick, *self._writers))

    async def rewrite(self) -> bool:
        """Write the tables anew without what was deleted, each while nothing else reads it."""
        return await asyncio.to_thread(self._rewrite)

    def _rewrite(self) -> bool:
        _, raw = open_connection(self._engine)
        try:
            # Statistics hold samples of the values: they are made and written anew too.
            raw.execute("VACUUM (FULL, ANALYZE)", prepare=False)
            raw.execute("VACUUM (FULL) pg_statistic", prepare=False)
        except psycopg.Error as error:
            raise DatabaseBusy(
                f"the tables were not all written anew ({error}); try again"
            ) from error
        finally:
            raw.close()
        return True

    async def close(self) -> None:
        """Commit what was accepted, then let go of every connection."""
        try:
            for writer in (self._quick, *self._writers):
                await writer.close()
        finally:
            self._stopping.set()  # nobody waits any longer for a server that is gone
            await asyncio.to_thread(self._readers.close)
            for groups in self._groups:
                await groups.close()
