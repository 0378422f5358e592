"""Takes messages that are due and has them delivered, a bounded number at a time.

::

    take back the leases of the process before
    ┌─> lease as many as there are free slots ──> deliver each in a task of its own
    │   (one commit)                              (no transaction open)
    │                                                  v
    └── sleep until woken, a slot is free, <────── settle
        the next is due, poll_seconds              (many share one commit)

A slot is refilled when it is free, and shared out by ``outbox.turns``, so a slow delivery holds up
nothing but its own key, and a slow receiver not those of others. While the process lives, its
leases are judged by a monotonic clock: each delivery ends before its lease does; wall time only
says what is due and, where processes share a table, whose lease ran out. An outcome is known here
alone, so writing it down is tried until it works or the process ends; then the next process takes
the lease back, and doubt is called doubt.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol, TypeVar

import sqlalchemy as sa

from outbox import store
from outbox.message import (
    Cancelled,
    Delivered,
    InDoubt,
    Message,
    Outcome,
    OutcomeReplacedError,
    Parked,
    Retry,
)
from outbox.retry import RetryPolicy, after_failure
from outbox.turns import CourseOf, Line, Waiting, open_course

T = TypeVar("T")
Deliver = Callable[[Message], Awaitable[Outcome]]
OnSettle = Callable[[sa.Connection, Message, Outcome], None]
Observer = Callable[[Message, Outcome, bool], None]
LeaseObserver = Callable[[str, int], None]
"""Told how many leases were ``taken`` or had ``expired``."""
Clock = Callable[[], datetime]
LeaseClock = Callable[[sa.Connection, datetime], datetime]
"""Gives the instant by which leases are judged, from a connection and the clock of this process."""

LEASE_MARGIN_SECONDS: Final = 5.0
"""Between the end of a delivery's time and the end of its lease: room to write the outcome down."""

DRAIN_SECONDS: Final = 35.0
"""How long a stop waits for what runs: one call (30 s at most) and its settling."""

POLL_SECONDS: Final = 1.0
"""The longest sleep: what a wake-up that got lost or a clock that was set back may cost."""

DOUBT_SECONDS: Final = 60.0
"""When to look up for the first time what a delivery left in doubt by failing in an unknown way."""


LEASING: Final = "outbox.leasing"
"""The scope of taking and taking back leases. Of two that lease at the same time each would see a
lane free."""


class Write(Protocol):
    """Runs a function of a connection in a transaction of its own, and returns once it is kept."""

    def __call__(self, op: Callable[[sa.Connection], T], /, *, scope: str | None) -> Awaitable[T]:
        """Run ``op`` while nothing else does with this ``scope``, and give its result.

        The scope is a message's own, or ``LEASING``.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchReport:
    """What one ``run_once`` did; ``lost`` counts outcomes that came after the lease was lost."""

    leased: int = 0
    delivered: int = 0
    retried: int = 0
    in_doubt: int = 0
    parked: int = 0
    cancelled: int = 0
    lost: int = 0


class SettleHookError(Exception):
    """``on_settle`` failed, so the outcome could not be written down as it was."""


@dataclass(frozen=True, slots=True)
class _Lease:
    message: Message
    deadline: float  # monotonic seconds at which its delivery must have ended


class Dispatcher:
    """Delivers what is due. ``run`` for the service, ``run_once`` for one batch.

    ``deliver`` says what became of a message; what it raises is a failure of an unknown kind, which
    is in doubt if the message is doubtful and a failed attempt if not. ``on_settle`` runs in the
    transaction that writes the outcome, and only if the lease still held; it may raise
    ``OutcomeReplacedError`` to have another outcome written, in a new transaction. ``observer`` is
    told each outcome after the commit, and whether the lease held. ``transient`` are errors of
    ``write`` after which the same may succeed (busy, disk full): it waits and tries again.
    ``course_of`` says how a line of messages may be worked on now.
    ``shared``: other processes lease from the same table, so leases that ran out are looked for
    all the time, judged by ``lease_clock``, which must be one for all of them.
    """

    def __init__(
        self,
        write: Write,
        table: sa.Table,
        deliver: Deliver,
        *,
        lease_seconds: float,
        concurrency: int,
        policy: RetryPolicy,
        jitter: random.Random,
        on_settle: OnSettle = lambda _connection, _message, _outcome: None,
        observer: Observer = lambda _message, _outcome, _held: None,
        lease_observer: LeaseObserver = lambda _end, _count: None,
        transient: tuple[type[Exception], ...] = (),
        course_of: CourseOf = open_course,
        monotonic: Callable[[], float] = time.monotonic,
        poll_seconds: float = POLL_SECONDS,
        drain_seconds: float = DRAIN_SECONDS,
        doubt_seconds: float = DOUBT_SECONDS,
        shared: bool = False,
        lease_clock: LeaseClock = lambda _connection, now: now,
    ) -> None:
        if lease_seconds <= LEASE_MARGIN_SECONDS:
            raise ValueError(f"a lease must be longer than {LEASE_MARGIN_SECONDS} s")
        self._write = write
        self._table = table
        self._deliver = deliver
        self._lease_seconds = lease_seconds
        self._concurrency = concurrency
        self._policy = policy
        self._jitter = jitter
        self._on_settle = on_settle
        self._observer = observer
        self._lease_observer = lease_observer
        self._transient = transient
        self._course_of = course_of
        self._busy: Counter[Line] = Counter()
        self._monotonic = monotonic
        self._poll_seconds = poll_seconds
        self._drain_seconds = drain_seconds
        self._doubt_seconds = doubt_seconds
        self._shared = shared
        self._lease_clock = lease_clock
        self._look_for_lapsed_at = 0.0  # monotonic seconds
        self._stopping = False

    async def recover(self, now: datetime) -> list[Message]:
        """Take back the leases of the process before; gives what was taken back.

        That is every lease, or where others may hold some, those that ran out.
        """
        expired = await self._write(lambda connection: self._expire(connection, now), scope=LEASING)
        self._lease_observer("expired", len(expired))
        return expired

    def _expire(self, connection: sa.Connection, now: datetime) -> list[Message]:
        return store.expire(
            connection,
            self._table,
            now=now,
            everything=not self._shared,
            judged_at=self._lease_clock(connection, now),
        )

    async def run_once(self, now: datetime) -> DispatchReport:
        """Lease one batch, deliver it, and return once all of it is settled."""
        leases, _ = await self._lease(now, self._concurrency)
        ended = await asyncio.gather(*(self._handle(lease, lambda: now) for lease in leases))
        return _report(ended)

    async def run(self, *, stop: asyncio.Event, clock: Clock, wake: asyncio.Event) -> None:
        """Recover, then deliver until ``stop`` is set, then drain.

        Set ``wake`` after a commit that made something due. Errors of ``write`` that are not
        transient end it, after draining.
        """
        await self.recover(clock())
        tasks: set[asyncio.Task[object]] = set()
        stopper = asyncio.create_task(_set_after(stop, wake))
        try:
            while not stop.is_set():
                wake.clear()  # before looking: what is set from here on is looked at next time
                sleep_seconds = await self._refill(tasks, clock, wake)
                await _wait(wake, sleep_seconds)
                _raise_failures(tasks)
        finally:
            stopper.cancel()
            await self._drain(tasks)

    async def _refill(
        self, tasks: set[asyncio.Task[object]], clock: Clock, wake: asyncio.Event
    ) -> float:
        """Fill the free slots; gives how long to sleep, in seconds."""
        free = self._concurrency - len(tasks)
        if not free:
            return self._poll_seconds
        now = clock()
        try:
            leases, due_at = await self._lease(now, free)
        except self._transient:
            return self._poll_seconds
        for lease in leases:
            task: asyncio.Task[object] = asyncio.create_task(self._handle(lease, clock))
            tasks.add(task)
            task.add_done_callback(lambda _task: wake.set())
        if len(leases) == free or due_at is None or due_at <= now:
            # All slots are busy, nothing waits, or what is due waits for its lane or its turn.
            return self._poll_seconds
        return min(self._poll_seconds, (due_at - now).total_seconds())

    async def _lease(self, now: datetime, limit: int) -> tuple[list[_Lease], datetime | None]:
        # Before the commit, so that the deadline errs on the early side.
        deadline = self._monotonic() + self._lease_seconds - LEASE_MARGIN_SECONDS
        look = self._shared and self._monotonic() >= self._look_for_lapsed_at
        if look:
            self._look_for_lapsed_at = self._monotonic() + self._poll_seconds

        busy = +self._busy  # a copy, without zeros: ``take`` may run in another thread

        def take(connection: sa.Connection) -> tuple[list[Message], datetime | None]:
            if look:
                self._expire(connection, now)
            until = self._lease_clock(connection, now) + timedelta(seconds=self._lease_seconds)
            leased = store.lease(
                connection,
                self._table,
                now=now,
                until=until,
                limit=limit,
                course_of=self._course_of,
                busy=busy,
            )
            return leased, self._next_due_at(store.waiting(connection, self._table), now)

        messages, due_at = await self._write(take, scope=LEASING)
        self._lease_observer("taken", len(messages))
        self._busy.update(map(_line, messages))
        return [_Lease(message, deadline) for message in messages], due_at

    def _next_due_at(self, waiting: Sequence[Waiting], now: datetime) -> datetime | None:
        """When the first message is due whose receiver takes any by then."""

        def opens_at(each: Waiting) -> datetime:
            rest = self._course_of(each.line).rest_seconds
            return max(each.due_at, now + timedelta(seconds=rest)) if rest > 0 else each.due_at

        return min(map(opens_at, waiting), default=None)

    async def _handle(self, lease: _Lease, clock: Clock) -> tuple[Outcome, bool]:
        try:
            outcome = await self._attempt(lease, clock)
            return await self._settle(lease.message, outcome, clock)
        finally:
            self._busy[_line(lease.message)] -= 1

    async def _attempt(self, lease: _Lease, clock: Clock) -> Outcome:
        """Deliver, and turn whatever goes wrong into an outcome."""
        message = lease.message
        left_seconds = lease.deadline - self._monotonic()
        if self._stopping or left_seconds <= 0:
            return Retry(at=clock(), error="not started before its lease ended", counted=False)
        try:
            async with asyncio.timeout(left_seconds):
                return await self._deliver(message)
        except asyncio.CancelledError:
            if not self._stopping:
                raise
            return self._unknown(message, "cut off by a stop", clock())
        except TimeoutError:
            return self._unknown(message, "not done before its lease ended", clock())
        except Exception as error:  # noqa: BLE001 - no failure of a delivery may end the dispatcher
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"delivery of message {message.message_id} failed", "exception": error}
            )
            # The type alone: its text may carry what the payload carries.
            return self._unknown(message, f"failed unexpectedly ({type(error).__name__})", clock())

    def _unknown(self, message: Message, error: str, now: datetime) -> Outcome:
        if message.doubtful:
            return InDoubt(at=now + timedelta(seconds=self._doubt_seconds), error=error)
        return after_failure(
            message, error=error, now=now, policy=self._policy, jitter=self._jitter
        )

    async def _settle(
        self, message: Message, outcome: Outcome, clock: Clock
    ) -> tuple[Outcome, bool]:
        """Write the outcome down until it is written; gives what was written, and if it held."""
        hooked = True
        while True:
            try:
                held = await self._write(
                    self._settlement(message, outcome, clock(), hooked=hooked), scope=message.scope
                )
            except OutcomeReplacedError as replaced:
                outcome = replaced.outcome
            except SettleHookError as error:
                asyncio.get_running_loop().call_exception_handler(
                    {"message": f"settling message {message.message_id} failed", "exception": error}
                )
                outcome, hooked = self._unwritable(message, outcome, clock()), False
            except self._transient:
                await asyncio.sleep(self._poll_seconds)
            else:
                self._observer(message, outcome, held)
                return outcome, held

    def _settlement(
        self, message: Message, outcome: Outcome, now: datetime, *, hooked: bool
    ) -> Callable[[sa.Connection], bool]:
        def settle(connection: sa.Connection) -> bool:
            held = store.settle(
                connection, self._table, message.message_id, message.fence, outcome, now=now
            )
            if held and hooked:
                try:
                    self._on_settle(connection, message, outcome)
                except (sa.exc.OperationalError, OutcomeReplacedError):
                    raise  # the disk, not the hook; or what the hook wants
                except Exception as error:
                    raise SettleHookError(type(error).__name__) from error
            return held

        return settle

    def _unwritable(self, message: Message, outcome: Outcome, now: datetime) -> Outcome:
        """Give what to write when the owner of the message could not take note of its outcome."""
        why = f"its outcome ({type(outcome).__name__}) could not be recorded"
        if message.doubtful and isinstance(outcome, Delivered | InDoubt):
            return InDoubt(at=now + timedelta(seconds=self._doubt_seconds), error=why)
        return Parked(reason=why)

    async def _drain(self, tasks: set[asyncio.Task[object]]) -> None:
        """Let what runs end, or cut it off in time; what has not begun is given back."""
        self._stopping = True
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._drain_seconds)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=self._drain_seconds)
        self._stopping = False
        _raise_failures(tasks)


def _line(message: Message) -> Line:
    return Line(message.scope, message.kind)


async def _set_after(first: asyncio.Event, then: asyncio.Event) -> None:
    await first.wait()
    then.set()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


def _raise_failures(tasks: set[asyncio.Task[object]]) -> None:
    """Forget the tasks that have ended; raises what one of them failed with."""
    ended = {task for task in tasks if task.done()}
    tasks -= ended
    failures = [task.exception() for task in ended if not task.cancelled()]
    for failure in failures:
        if failure is not None:
            raise failure


def _report(ended: Sequence[tuple[Outcome, bool]]) -> DispatchReport:
    written = [outcome for outcome, held in ended if held]

    def count(kind: type[Outcome]) -> int:
        return sum(isinstance(outcome, kind) for outcome in written)

    return DispatchReport(
        leased=len(ended),
        delivered=count(Delivered),
        retried=count(Retry),
        in_doubt=count(InDoubt),
        parked=count(Parked),
        cancelled=count(Cancelled),
        lost=len(ended) - len(written),
    )
