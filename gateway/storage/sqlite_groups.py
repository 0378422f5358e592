"""A group of operations on SQLite: one ``BEGIN IMMEDIATE``, one sync to disk.

An operation rarely fails, and a savepoint for each costs as much as a tenth of its work: SQLite
keeps a copy of every page that changes. So they are run without; when one fails, all is undone and
the group is run again with a savepoint each, and only what fails then is left out.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from typing import Final, NoReturn, TypeVar, cast

import aiosqlite
import sqlalchemy as sa

from gateway.storage.errors import DatabaseBusy, DatabaseFull, DatabaseUnavailable
from gateway.storage.group_commit import Commit, Result, Waiting
from gateway.storage.raw_connection import RawConnection, mend
from gateway.storage.result_codes import HELD, UNTRUSTED, primary_code, sqlite_error

T = TypeVar("T")

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


def sqlite_commit(owned: OwnedConnection, connection: sa.Connection) -> Commit:
    """Commit groups through the one writing connection, in its thread."""

    async def commit(group: Sequence[Waiting]) -> tuple[list[Result], float]:
        return await owned.run(lambda raw: run_group(raw, connection, group))

    return commit


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
        results = _run_all(raw, connection, group)
        started = time.perf_counter()
        raw.execute("COMMIT")
        sync_seconds = time.perf_counter() - started
    except sqlite3.Error as error:
        _fail_group(raw, error)
    return results, sync_seconds


def _run_all(
    raw: sqlite3.Connection, connection: sa.Connection, group: Sequence[Waiting]
) -> list[Result]:
    try:
        return [Result(value=_call(connection, waiting)) for waiting in group]
    except BaseException as error:  # noqa: BLE001 - found again below, and told to its caller
        cause = _not_fatal(raw, error)
        raw.execute("ROLLBACK")
        raw.execute("BEGIN IMMEDIATE")
        if len(group) == 1:
            return [Result(error=_for_caller(error, cause))]
    return [_run_one(raw, connection, waiting) for waiting in group]


def _call(connection: sa.Connection, waiting: Waiting) -> object:
    try:
        return waiting.op(connection)
    finally:
        mend(connection)


def _not_fatal(raw: sqlite3.Connection, error: BaseException) -> sqlite3.Error | None:
    """What of SQLite's is behind the error, if anything; raises it where the group cannot go on."""
    cause = sqlite_error(error)
    if cause is not None and (not raw.in_transaction or primary_code(cause) in UNTRUSTED):
        # SQLite has undone the whole group, or must not go on. Not "from error": that is itself
        # caused by this one, and a circle of causes has no end for those who follow it.
        raise cause from None
    return cause


def _run_one(raw: sqlite3.Connection, connection: sa.Connection, waiting: Waiting) -> Result:
    """Run one operation so that its failure undoes it alone."""
    if not waiting.atomic:
        raw.execute("SAVEPOINT op")
    try:
        value = _call(connection, waiting)
    except BaseException as error:  # noqa: BLE001 - its caller gets it, the group goes on
        cause = _not_fatal(raw, error)
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
