"""A group of operations on PostgreSQL: one transaction under the locks of what it touches.

::

    BEGIN · locks · mark ── op, op, op ── COMMIT          (no savepoints: an op rarely fails)
              │── one failed: ROLLBACK, and the whole group again, each op in a savepoint
              '── the connection is lost: connect, and the group again, half of it at a time

Other processes write at the same time, so what SQLite's one writer excludes is excluded by advisory
locks, held to the end of the transaction. An operation that names a scope (a creditor) has that
scope to itself; one that names none has the database to itself; ``UNLOCKED`` ones hold nothing. All
locks of a group are taken before its first statement, in one order for everybody, so groups never
wait for each other in a circle; and under READ COMMITTED every later statement sees what any
earlier holder committed. docs/decisions/0016 says why that is enough.

The mark is a row of this writer's own that counts its groups. When the connection is lost amid a
COMMIT, it tells whether the group was kept: so a lost connection loses and doubles nothing, and an
operation may run more than once, but is kept once.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import psycopg
import sqlalchemy as sa
from psycopg.pq import TransactionStatus

from gateway.storage.errors import DatabaseBusy, DatabaseFull
from gateway.storage.group_commit import UNLOCKED, Result, Waiting
from gateway.storage.postgres_connection import Session
from gateway.storage.postgres_errors import AGAIN, BUSY, FULL, is_lost, is_standby, postgres_error
from gateway.storage.raw_connection import mend
from gateway.storage.server_clock import NOW_MS

TRIES_MAX: Final = 10
"""Deadlocks with what holds none of our locks are rare; ten in a row are a fault elsewhere."""

LEARNT_AFTER_GROUPS: Final = frozenset({8, 32, 128, 512, 2_048})
"""When to have a young database look at its tables. Plans made while they were nearly empty take
any index for as good as any other, and are kept until there are statistics: for the first minutes
every statement would read all of a creditor's claims. Later the server does it by itself."""

_EVERYTHING: Final = 0x4B726176  # "Krav": the lock that every scope shares


def lock_key(scope: str) -> int:
    """Give the advisory lock of a scope: a signed 64-bit number."""
    digest = hashlib.blake2b(f"kravia-gateway/{scope}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def locks(group: Sequence[Waiting]) -> list[str]:
    """Give the statements that take the locks of a group, in the order everybody takes them."""
    scopes = {waiting.scope for waiting in group}
    if None in scopes:
        return [f"SELECT pg_advisory_xact_lock({_EVERYTHING})"]
    keys = sorted(lock_key(scope) for scope in scopes if scope and scope != UNLOCKED)
    if not keys:
        return []
    shared = f"SELECT pg_advisory_xact_lock_shared({_EVERYTHING})"
    return [shared, *(f"SELECT pg_advisory_xact_lock({key})" for key in keys)]


class _OpFailedError(Exception):
    """An operation raised while there was no savepoint to go back to."""


class PostgresGroups:
    """Commits groups over one connection, in a thread of its own."""

    def __init__(self, engine: sa.Engine, stopping: threading.Event) -> None:
        self.session = Session(engine, stopping)
        self._writer_id = secrets.randbits(62)
        self._groups = 0
        # Never looked at (https://www.postgresql.org/docs/current/catalog-pg-class.html).
        young = self.session.raw.execute(
            "SELECT reltuples < 0 FROM pg_class WHERE relname = 'claim'"
        )
        self._is_young = young.fetchone() == (True,)
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="database-writer")
        self.session.raw.execute(
            f"INSERT INTO writer (writer_id, groups, opened_at) VALUES ({self._writer_id}, 0,"  # noqa: S608 - a number of ours
            f" {NOW_MS})"
        )

    async def commit(self, group: Sequence[Waiting]) -> tuple[list[Result], float]:
        """Run a group; it goes on even if the caller leaves."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._executor, self.run, group)

    def run(self, group: Sequence[Waiting]) -> tuple[list[Result], float]:
        """Run the operations in one transaction; a result for each, and the seconds of COMMIT.

        Where the connection is lost amid them, half as many are tried at a time: a group that takes
        longer than connections live would never end. Blocks.

        Raises ``DatabaseBusy`` or ``DatabaseFull`` when nothing was kept and the next may fare
        better, ``DatabaseUnavailable`` when the server is gone.
        """
        results: list[Result] = []
        seconds, size = 0.0, len(group)
        while len(results) < len(group):
            try:
                kept = self._run_part(group[len(results) :][:size])
            except (DatabaseBusy, DatabaseFull) as error:
                if not results:
                    raise
                rest = group[len(results) :]  # what came before is kept
                return [*results, *(Result(error=type(error)(str(error))) for _ in rest)], seconds
            if kept is None:
                size = max(1, size // 2)
            else:
                results += kept[0]
                seconds += kept[1]
        return results, seconds

    def _run_part(self, group: Sequence[Waiting]) -> tuple[list[Result], float] | None:
        """Run operations in one transaction; None where it was lost and nothing of it is kept."""
        self._groups += 1
        if self._is_young and self._groups in LEARNT_AFTER_GROUPS:
            self.session.retried(self._learn)
        savepoints, tries = False, 0
        while True:
            committing, started = False, 0.0
            try:
                self._begin(group)
                results = self._run_all(group, savepoints=savepoints)
                committing, started = True, time.perf_counter()
                self.session.raw.execute("COMMIT", prepare=False)
            except _OpFailedError:
                self._roll_back()
                savepoints = True
            except (psycopg.Error, sa.exc.DBAPIError) as error:
                if is_lost(error, self.session.raw) or is_standby(error):
                    self.session.again(error)
                    if committing and self.session.retried(self._was_kept):
                        return results, time.perf_counter() - started
                    return None
                self._roll_back()
                tries += 1
                _raise_unless_again(error, tries)
            else:
                return results, time.perf_counter() - started

    def _learn(self) -> None:
        """Have statistics made; every process's plans are then made anew."""
        self.session.raw.execute("ANALYZE (SKIP_LOCKED)", prepare=False)

    def _begin(self, group: Sequence[Waiting]) -> None:
        """Begin, lock and leave the mark, in one round trip."""
        statements = ["BEGIN ISOLATION LEVEL READ COMMITTED", *locks(group), self._mark()]
        self.session.raw.execute("; ".join(statements).encode(), prepare=False)

    def _mark(self) -> str:
        return f"UPDATE writer SET groups = {self._groups} WHERE writer_id = {self._writer_id}"  # noqa: S608 - numbers of ours

    def _was_kept(self) -> bool:
        """Whether the group whose commit went unanswered is kept; waits while that is open."""
        # The lock waits for a server process that is still committing.
        row = self.session.raw.execute(
            "SELECT groups FROM writer WHERE writer_id = %s FOR UPDATE", (self._writer_id,)
        ).fetchone()
        return row == (self._groups,)

    def _run_all(self, group: Sequence[Waiting], *, savepoints: bool) -> list[Result]:
        if savepoints:
            return [self._run_guarded(waiting) for waiting in group]
        results = []
        for waiting in group:
            try:
                results.append(Result(value=self._call(waiting)))
            except BaseException as error:
                if _is_ours(error, self.session):
                    raise
                raise _OpFailedError from error
        return results

    def _run_guarded(self, waiting: Waiting) -> Result:
        """Run one operation so that its failure undoes it alone."""
        raw = self.session.raw
        raw.execute("SAVEPOINT op", prepare=False)
        try:
            value = self._call(waiting)
        except BaseException as error:
            if _is_ours(error, self.session):
                raise
            raw.execute("ROLLBACK TO SAVEPOINT op; RELEASE SAVEPOINT op", prepare=False)
            if isinstance(error, StopIteration):  # a future cannot carry it
                error = RuntimeError("the operation raised StopIteration")
            return Result(error=error)
        raw.execute("RELEASE SAVEPOINT op", prepare=False)
        return Result(value=value)

    def _call(self, waiting: Waiting) -> object:
        raw = self.session.raw
        try:
            value = waiting.op(self.session.connection)
        finally:
            if not raw.closed:
                mend(self.session.connection)
        if raw.info.transaction_status is TransactionStatus.INERROR:
            # COMMIT would then undo everything and not call it an error.
            raise RuntimeError("the operation went on after a statement of it had failed")
        return value

    def _roll_back(self) -> None:
        try:
            self.session.raw.execute("ROLLBACK", prepare=False)
        except psycopg.Error as error:
            self.session.again(error)

    def abandon(self) -> None:
        """Let go of the connection before anything went through it."""
        self.session.close()
        self._executor.shutdown(wait=False)

    async def close(self) -> None:
        """Let go of the mark and the connection."""

        def end() -> None:
            with contextlib.suppress(psycopg.Error):  # the next start clears what is old
                self.session.raw.execute(
                    "DELETE FROM writer WHERE writer_id = %s", (self._writer_id,)
                )
            self.session.close()

        await asyncio.get_running_loop().run_in_executor(self._executor, end)
        self._executor.shutdown(wait=False)


def _is_ours(error: BaseException, session: Session) -> bool:
    """Whether it concerns the transaction, not the operation that met it."""
    cause = postgres_error(error)
    if cause is None:
        return False
    lost = is_lost(error, session.raw) or is_standby(error)
    return lost or cause.sqlstate in AGAIN | BUSY | FULL


def _raise_unless_again(error: psycopg.Error | sa.exc.DBAPIError, tries: int) -> None:
    cause = postgres_error(error)
    state = None if cause is None else cause.sqlstate
    if state in FULL:
        raise DatabaseFull(
            "the disk of the database server is full; nothing was kept. Free some space."
        ) from error
    if state in BUSY or (state in AGAIN and tries >= TRIES_MAX):
        raise DatabaseBusy(
            f"the database server cut the work short ({cause}); nothing was kept, try again soon"
        ) from error
    if state not in AGAIN:
        raise error
