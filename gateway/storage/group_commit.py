"""Group commit: whole operations queue up and share one transaction and one sync to disk.

::

    callers ── write(op) ──> queue ── all that waits ──> BEGIN IMMEDIATE
                                                         op, op, op               (whole)
                                                         COMMIT                   (one fsync)
    callers <── result or own error ── after COMMIT ─────'

There is no timer: while one group is being synced the next one gathers, so the window is zero when
idle and one commit long under load, by itself. A thread that owns the connection runs a whole group
as one function; a caller that is cancelled gives up its answer and nothing else. How a group is
committed is ``sqlite_groups``' to say, or ``postgres_groups``'.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import sqlalchemy as sa

from gateway.storage.errors import (
    DatabaseBusy,
    DatabaseFull,
    DatabaseUnavailable,
    StorageError,
)

T = TypeVar("T")
ErrorT = TypeVar("ErrorT", bound=StorageError)
Op = Callable[[sa.Connection], T]
GroupObserver = Callable[[int, float, float], None]
"""Told after each commit: operations in the group, seconds from BEGIN to the end of COMMIT, and
seconds of COMMIT alone: that is where the log is written and synced, and at times checkpointed."""

UNLOCKED: Final = ""
"""The scope of an operation that relies on unique constraints and its own rows alone."""

GROUP_OPS_MAX: Final = 256
"""The sync is shared well enough long before this many; more would only make the first caller wait
for the last (256 inserts take some 10 ms)."""


@dataclass(slots=True)
class Waiting:
    """An operation whose caller waits for it; ``atomic`` ones never need a savepoint."""

    op: Op[Any]
    future: asyncio.Future[Any]
    atomic: bool
    scope: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What one operation gave, told to its caller only after the commit."""

    value: Any = None
    error: BaseException | None = None


Commit = Callable[[Sequence[Waiting]], Awaitable[tuple[list[Result], float]]]
"""Runs a group in one transaction and gives a result for each of its operations, once it is kept,
and the seconds that COMMIT took.

Raises ``DatabaseBusy`` or ``DatabaseFull`` when nothing of the group was kept and the next may fare
better; after anything else nobody knows what is kept, and the writer is never used again."""


class GroupWriter:
    """One writer of a database: takes operations, commits them in groups, answers them."""

    def __init__(
        self,
        commit: Commit,
        *,
        queue_max: int,
        group_observer: GroupObserver,
        group_max: int = GROUP_OPS_MAX,
        failed: asyncio.Event | None = None,
    ) -> None:
        self.failed = failed or asyncio.Event()  # writers of one database share theirs
        self._refusal: DatabaseUnavailable | None = None
        self._commit_group = commit
        self._group_max = group_max
        self._queue: deque[Waiting] = deque()
        self._queue_max = queue_max
        self._group_observer = group_observer
        self._wake = asyncio.Event()
        self._task = asyncio.create_task(self._run(), name="database-writer")

    @property
    def waiting(self) -> int:
        """How many operations wait for the next group."""
        return len(self._queue)

    async def write(self, op: Op[T], *, atomic: bool, scope: str | None = None) -> T:
        """Queue one operation and give its result once it is committed."""
        if self._refusal is not None:
            raise _again(self._refusal)
        if len(self._queue) >= self._queue_max:
            raise DatabaseBusy(
                f"{self._queue_max} operations wait for the disk; nothing was kept, try again soon"
            )
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append(Waiting(op, future, atomic, scope))
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
        while self._queue and len(group) < self._group_max:
            waiting = self._queue.popleft()
            if not waiting.future.done():
                group.append(waiting)
        return group

    async def _commit(self, group: list[Waiting]) -> None:
        started = time.perf_counter()
        try:
            results, sync_seconds = await self._commit_group(group)
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
