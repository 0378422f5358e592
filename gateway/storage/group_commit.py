"""Group commit: whole operations queue up and share one transaction and one sync to disk.

::

    callers ── write(op) ──> queue ── all that waits ──> BEGIN IMMEDIATE
                                                         SAVEPOINT, op, RELEASE   (each op)
                                                         COMMIT                   (one fsync)
    callers <── result or own error ── after COMMIT ─────'

There is no timer: while one group is being synced the next one gathers, so the window is zero when
idle and one commit long under load, by itself. The thread of the one aiosqlite connection runs a
whole group as one function; a caller that is cancelled gives up its answer and nothing else.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeVar, cast

import aiosqlite
import sqlalchemy as sa

from gateway.storage.errors import (
    DatabaseBusy,
    DatabaseFull,
    DatabaseUnavailable,
    StorageError,
)
from gateway.storage.raw_connection import RawConnection, mend
from gateway.storage.result_codes import HELD, UNTRUSTED, primary_code, sqlite_error

T = TypeVar("T")
ErrorT = TypeVar("ErrorT", bound=StorageError)
Op = Callable[[sa.Connection], T]
GroupObserver = Callable[[int, float, float], None]
"""Told after each commit: operations in the group, seconds from BEGIN to the end of COMMIT, and
seconds of COMMIT alone: that is where the log is written and synced, and at times checkpointed."""

GROUP_OPS_MAX: Final = 256
"""The sync is shared well enough long before this many; more would only make the first caller wait
for the last (256 inserts take some 10 ms)."""


_FETCH_ROWS: Final = 64  # for aiosqlite's own cursors, which nothing here uses


class OwnedConnection(aiosqlite.Connection):
    """An aiosqlite connection that also runs whole functions in the thread that owns it.

    ``_execute`` and ``_thread`` are aiosqlite's own; tests guard this seam.
    """

    def __init__(self, connector: Callable[[], RawConnection]) -> None:
        super().__init__(connector, iter_chunk_size=_FETCH_ROWS)
        # A process that ends without closing must end; to the file that is a kill, no more.
        self._thread.daemon = True

    async def run(self, function: Callable[[RawConnection], T]) -> T:
        """Run ``function`` with the raw connection; it goes on even if the caller leaves."""
        raw = cast("RawConnection", self._conn)
        result: T = await self._execute(function, raw)  # type: ignore[no-untyped-call]  # its own
        return result


@dataclass(slots=True)
class Waiting:
    """An operation whose caller waits for it; ``atomic`` ones need no savepoint."""

    op: Op[Any]
    future: asyncio.Future[Any]
    atomic: bool


@dataclass(frozen=True, slots=True)
class Result:
    """What one operation gave, told to its caller only after the commit."""

    value: Any = None
    error: BaseException | None = None


class GroupWriter:
    """The only writer of a database: takes operations, commits them in groups, answers them."""

    def __init__(
        self,
        owned: OwnedConnection,
        connection: sa.Connection,
        *,
        queue_max: int,
        group_observer: GroupObserver,
    ) -> None:
        self.failed = asyncio.Event()
        self._refusal: DatabaseUnavailable | None = None
        self._owned = owned
        self._connection = connection
        self._queue: deque[Waiting] = deque()
        self._queue_max = queue_max
        self._group_observer = group_observer
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="database-writer")

    @property
    def waiting(self) -> int:
        """How many operations wait for the next group."""
        return len(self._queue)

    async def write(self, op: Op[T], *, atomic: bool) -> T:
        """Queue one operation and give its result once it is committed."""
        if self._refusal is not None:
            raise _again(self._refusal)
        if len(self._queue) >= self._queue_max:
            raise DatabaseBusy(
                f"{self._queue_max} operations wait for the disk; nothing was kept, try again soon"
            )
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append(Waiting(op, future, atomic))
        self._wake.set()
        return await future

    async def close(self) -> None:
        """Commit what was accepted, then stop; nothing is accepted any more."""
        if self._refusal is None:
            self._refusal = DatabaseUnavailable("the database is closed; nothing was kept")
        self._wake.set()
        await asyncio.wait({self._task})
        if not self._task.cancelled():
            self._task.result()

    async def _run(self) -> None:
        try:
            while not self.failed.is_set():
                group = self._take_group()
                if group:
                    await self._commit(group)
                elif self._refusal is not None:
                    return
                else:
                    self._wake.clear()
                    await self._wake.wait()
        finally:  # also when this task is cancelled: nobody may wait for ever
            if self._refusal is None:
                self._refusal = DatabaseUnavailable("the database's writer was stopped")
                self.failed.set()
            refusals = [Result(error=_again(self._refusal)) for _ in self._queue]
            self._answer(self._queue, refusals)

    def _take_group(self) -> list[Waiting]:
        """Take what waits, up to the limit, without those whose callers have left."""
        group: list[Waiting] = []
        while self._queue and len(group) < GROUP_OPS_MAX:
            waiting = self._queue.popleft()
            if not waiting.future.done():
                group.append(waiting)
        return group

    async def _commit(self, group: list[Waiting]) -> None:
        started = time.perf_counter()
        try:
            results, sync_seconds = await self._owned.run(
                lambda raw: run_group(raw, self._connection, group)
            )
        except (DatabaseBusy, DatabaseFull) as error:
            self._answer(group, [Result(error=_again(error)) for _ in group])
        except BaseException as error:  # whatever it is: nobody knows what is on the disk now
            known = error if isinstance(error, DatabaseUnavailable) else None
            self._refusal = known or DatabaseUnavailable(f"the database's writer failed: {error!r}")
            self.failed.set()
            self._answer(group, [Result(error=_again(self._refusal)) for _ in group])
            if known is None:
                raise
        else:
            self._answer(group, results)
            self._group_observer(len(group), time.perf_counter() - started, sync_seconds)

    @staticmethod
    def _answer(group: Sequence[Waiting], results: Sequence[Result]) -> None:
        for waiting, result in zip(group, results, strict=True):
            if waiting.future.done():
                continue  # its caller left; the operation stands all the same
            if result.error is None:
                waiting.future.set_result(result.value)
            else:
                waiting.future.set_exception(result.error)


def _again(error: ErrorT) -> ErrorT:
    """Give each caller its own exception: raising one object twice mixes up its tracebacks."""
    fresh = type(error)(str(error))
    fresh.__cause__ = error.__cause__
    return fresh


def run_group(
    raw: sqlite3.Connection, connection: sa.Connection, group: Sequence[Waiting]
) -> tuple[list[Result], float]:
    """Run the operations in one transaction, in the connection's thread.

    Returns a result for each, and the seconds that COMMIT took.

    Raises ``DatabaseBusy`` or ``DatabaseFull`` when nothing of the group was kept and the next may
    fare better, ``DatabaseUnavailable`` when the connection must not be used again.
    """
    try:
        raw.execute("BEGIN IMMEDIATE")
        results = [_run_one(raw, connection, waiting) for waiting in group]
        started = time.perf_counter()
        raw.execute("COMMIT")
        sync_seconds = time.perf_counter() - started
    except sqlite3.Error as error:
        _fail_group(raw, error)
    return results, sync_seconds


def _run_one(raw: sqlite3.Connection, connection: sa.Connection, waiting: Waiting) -> Result:
    if not waiting.atomic:
        raw.execute("SAVEPOINT op")
    try:
        try:
            value = waiting.op(connection)
        finally:
            mend(connection)
    except BaseException as error:  # noqa: BLE001 - its caller gets it, the group goes on
        cause = sqlite_error(error)
        if cause is not None and (not raw.in_transaction or primary_code(cause) in UNTRUSTED):
            # SQLite has undone the whole group, or must not go on. Not "from error": that is itself
            # caused by this one, and a circle of causes has no end for those who follow it.
            raise cause from None
        if not waiting.atomic:
            raw.execute("ROLLBACK TO op")
            raw.execute("RELEASE op")
        return Result(error=_for_caller(error, cause))
    if not waiting.atomic:
        raw.execute("RELEASE op")
    return Result(value=value)


def _for_caller(error: BaseException, cause: sqlite3.Error | None) -> BaseException:
    if cause is not None and primary_code(cause) == sqlite3.SQLITE_FULL:
        full = _full()
        full.__cause__ = error
        return full
    if isinstance(error, StopIteration):  # a future cannot carry it
        return RuntimeError("the operation raised StopIteration")
    return error


def _fail_group(raw: sqlite3.Connection, error: sqlite3.Error) -> NoReturn:
    """Undo the group and say what kind of failure this is."""
    code = primary_code(error)
    if raw.in_transaction and code not in UNTRUSTED:
        try:
            raw.execute("ROLLBACK")
        except sqlite3.Error:
            code = sqlite3.SQLITE_ERROR  # what cannot be undone cannot be trusted
    if code == sqlite3.SQLITE_FULL:
        raise _full() from error
    if code in HELD:
        raise DatabaseBusy(
            "another program holds the database file; nothing was kept. "
            "Close what else has it open (a sqlite3 shell, a backup tool)."
        ) from error
    raise DatabaseUnavailable(
        f"the database can no longer be written ({error}). Stop the gateway, check the disk and "
        f"the system log, start again: what was answered is kept, what was not may or may not be."
    ) from error


def _full() -> DatabaseFull:
    return DatabaseFull("the disk of the database is full; nothing was kept. Free some space.")
