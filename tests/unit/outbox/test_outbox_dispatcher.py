"""The dispatcher over a real SQLite database in memory, written in the loop's own thread."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Self, TypeVar

import pytest
import sqlalchemy as sa

from outbox import store
from outbox.dispatcher import LEASE_MARGIN_SECONDS, Deliver, Dispatcher, DispatchReport
from outbox.message import (
    Cancelled,
    Delivered,
    InDoubt,
    Message,
    MessageState,
    NewMessage,
    Outcome,
    OutcomeReplacedError,
    Parked,
    Retry,
)
from outbox.retry import RetryPolicy
from outbox.table import message_table

T = TypeVar("T")

METADATA = sa.MetaData()
TABLE = message_table(METADATA)
NOTE = sa.Table("note", METADATA, sa.Column("text", sa.Text))
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
POLICY = RetryPolicy(
    first_seconds=5, max_seconds=3_600, attempts_max=2, total_age_max_seconds=86_400
)
PATIENCE_SECONDS = 5.0  # what a test that fails may hang; one that passes takes milliseconds
NEVER_SECONDS = 600.0  # a poll that a passing test never waits for


class BusyError(Exception):
    """A write that may succeed the next time."""


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        METADATA.create_all(connection)
        yield connection
    engine.dispose()


class Writer:
    """Runs each op in a savepoint of its own; fails and pauses as it was told to.

    In ``run`` the first write is the recovery and the second the first lease.
    """

    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.failures: list[Exception | None] = []
        self.after: dict[int, Callable[[], Awaitable[None]]] = {}  # by number of the write, from 1
        self.writes = 0
        self.scopes: list[str | None] = []

    async def __call__(self, op: Callable[[sa.Connection], T], /, *, scope: str | None) -> T:
        self.scopes.append(scope)
        self.writes += 1
        number = self.writes
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        with self.connection.begin_nested():
            result = op(self.connection)
        if number in self.after:
            await self.after[number]()
        return result


@pytest.fixture
def write(connection: sa.Connection) -> Writer:
    return Writer(connection)


def new(message_id: str, *, doubtful: bool = False, due_at: datetime = NOW) -> NewMessage:
    return NewMessage(
        message_id=message_id,
        scope="acme",
        key=f"key of {message_id}",
        kind="register",
        payload=b"{}",
        due_at=due_at,
        doubtful=doubtful,
    )


def add(connection: sa.Connection, *messages: NewMessage) -> None:
    store.add(connection, TABLE, *messages, now=NOW)


def stored(connection: sa.Connection, message_id: str) -> Message:
    message = store.find(connection, TABLE, message_id)
    assert message is not None
    return message


def dispatcher(write: Writer, deliver: Deliver, **options: Any) -> Dispatcher:
    defaults: dict[str, Any] = {
        "lease_seconds": 60,
        "concurrency": 4,
        "policy": POLICY,
        "jitter": random.Random(1),  # noqa: S311 - not a secret
        "transient": (BusyError,),
        "poll_seconds": NEVER_SECONDS,
    }
    return Dispatcher(write, TABLE, deliver, **(defaults | options))


async def deliver_all(_message: Message) -> Outcome:
    return Delivered(result="4711")


async def never(_message: Message) -> Outcome:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.fixture
async def reported() -> AsyncIterator[list[dict[str, Any]]]:
    """What was told to the loop's exception handler."""
    loop = asyncio.get_running_loop()
    contexts: list[dict[str, Any]] = []
    loop.set_exception_handler(lambda _loop, context: contexts.append(context))
    yield contexts
    loop.set_exception_handler(None)


class TestOneBatch:
    async def test_writes_down_each_outcome_and_counts_them(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        outcomes: dict[str, Outcome] = {
            "m1": Delivered(result="4711"),
            "m2": Retry(at=LATER, error="HTTP 503"),
            "m3": InDoubt(at=LATER, error="reset"),
            "m4": Parked(reason="HTTP 400"),
            "m5": Cancelled(reason="facts changed"),
        }

        async def deliver(message: Message) -> Outcome:
            return outcomes[message.message_id]

        add(connection, *(new(message_id) for message_id in outcomes))
        report = await dispatcher(write, deliver, concurrency=8).run_once(NOW)

        assert report == DispatchReport(
            leased=5, delivered=1, retried=1, in_doubt=1, parked=1, cancelled=1
        )
        assert [stored(connection, message_id).state for message_id in outcomes] == [
            MessageState.DELIVERED,
            MessageState.PENDING,
            MessageState.IN_DOUBT,
            MessageState.PARKED,
            MessageState.CANCELLED,
        ]

    async def test_takes_no_more_than_its_slots(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        add(connection, *(new(f"m{number}") for number in range(5)))
        dispatch = dispatcher(write, deliver_all, concurrency=2)

        assert [(await dispatch.run_once(NOW)).leased for _ in range(4)] == [2, 2, 1, 0]

    async def test_an_unexpected_failure_is_doubt_where_doubt_matters(
        self, connection: sa.Connection, write: Writer, reported: list[dict[str, Any]]
    ) -> None:
        async def deliver(_message: Message) -> Outcome:
            raise KeyError("Kari Nordmann")

        add(connection, new("m1", doubtful=True), new("m2"))
        await dispatcher(write, deliver).run_once(NOW)

        doubted, failed = stored(connection, "m1"), stored(connection, "m2")
        assert doubted.state == MessageState.IN_DOUBT
        assert doubted.due_at == NOW + timedelta(seconds=60)
        assert (failed.state, failed.attempts) == (MessageState.PENDING, 1)
        assert NOW <= failed.due_at <= NOW + timedelta(seconds=5)
        assert failed.last_error == "failed unexpectedly (KeyError)"
        assert [type(context["exception"]) for context in reported] == [KeyError, KeyError]

    @pytest.mark.usefixtures("reported")
    async def test_unexpected_failures_come_to_an_end(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        async def deliver(_message: Message) -> Outcome:
            raise KeyError

        add(connection, new("m1"))
        dispatch = dispatcher(write, deliver)
        await dispatch.run_once(NOW)
        await dispatch.run_once(LATER)

        assert stored(connection, "m1").state == MessageState.PARKED

    async def test_a_delivery_ends_before_its_lease(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        add(connection, new("m1", doubtful=True), new("m2"))
        dispatch = dispatcher(
            write, never, lease_seconds=LEASE_MARGIN_SECONDS + 0.02, monotonic=lambda: 0.0
        )
        await dispatch.run_once(NOW)

        assert stored(connection, "m1").state == MessageState.IN_DOUBT
        assert stored(connection, "m2").state == MessageState.PENDING
        assert stored(connection, "m2").last_error == "not done before its lease ended"

    async def test_nothing_is_sent_once_the_lease_is_past(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        sent: list[str] = []

        async def deliver(message: Message) -> Outcome:
            sent.append(message.message_id)
            return Delivered()

        readings = iter([0.0, 60.0 - LEASE_MARGIN_SECONDS])  # at the lease; before sending
        add(connection, new("m1", doubtful=True))
        await dispatcher(write, deliver, monotonic=lambda: next(readings)).run_once(NOW)

        assert sent == []
        assert stored(connection, "m1").state == MessageState.PENDING
        assert stored(connection, "m1").attempts == 0

    def test_a_lease_without_room_to_work_is_refused(self, write: Writer) -> None:
        with pytest.raises(ValueError, match="longer than 5"):
            dispatcher(write, deliver_all, lease_seconds=LEASE_MARGIN_SECONDS)


def take_note(connection: sa.Connection, message: Message, outcome: Outcome) -> None:
    text = f"{message.message_id} {type(outcome).__name__}"
    connection.execute(sa.insert(NOTE).values(text=text))


def notes(connection: sa.Connection) -> list[str]:
    return list(connection.execute(sa.select(NOTE.c.text)).scalars())


class TestSettling:
    async def test_the_hook_writes_in_the_same_transaction(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        add(connection, new("m1"))
        await dispatcher(write, deliver_all, on_settle=take_note).run_once(NOW)

        assert notes(connection) == ["m1 Delivered"]

    async def test_an_outcome_that_comes_too_late_is_lost_and_counted(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        async def deliver(message: Message) -> Outcome:
            store.sending(connection, TABLE, message.message_id, message.fence, now=NOW, theirs=NOW)
            store.expire(connection, TABLE, now=NOW, everything=True)
            return Delivered()

        seen: list[bool] = []
        add(connection, new("m1", doubtful=True))
        dispatch = dispatcher(
            write,
            deliver,
            on_settle=take_note,
            observer=lambda _message, _outcome, held: seen.append(held),
        )
        report = await dispatch.run_once(NOW)

        assert report == DispatchReport(leased=1, lost=1)
        assert seen == [False]
        assert notes(connection) == []
        assert stored(connection, "m1").state == MessageState.IN_DOUBT

    @pytest.mark.parametrize(
        ("doubtful", "outcome", "state"),
        [
            (True, Delivered(result="4711"), MessageState.IN_DOUBT),
            (True, InDoubt(at=LATER, error="reset"), MessageState.IN_DOUBT),
            (True, Retry(at=LATER, error="HTTP 503"), MessageState.PARKED),
            (False, Delivered(result="4711"), MessageState.PARKED),
        ],
    )
    async def test_an_outcome_nobody_could_take_note_of_goes_to_a_person_or_is_looked_up(
        self,
        connection: sa.Connection,
        write: Writer,
        reported: list[dict[str, Any]],
        doubtful: bool,
        outcome: Outcome,
        state: MessageState,
    ) -> None:
        async def deliver(_message: Message) -> Outcome:
            return outcome

        def hook(connection: sa.Connection, message: Message, outcome: Outcome) -> None:
            take_note(connection, message, outcome)
            raise KeyError("Kari Nordmann")

        add(connection, new("m1", doubtful=doubtful))
        await dispatcher(write, deliver, on_settle=hook).run_once(NOW)

        message = stored(connection, "m1")
        assert message.state == state
        assert message.last_error == (
            f"its outcome ({type(outcome).__name__}) could not be recorded"
        )
        assert notes(connection) == []
        assert len(reported) == 1

    async def test_the_hook_may_have_another_outcome_written(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        def hook(connection: sa.Connection, message: Message, outcome: Outcome) -> None:
            take_note(connection, message, outcome)
            if isinstance(outcome, Delivered):
                raise OutcomeReplacedError(Parked(reason="another's"))

        add(connection, new("m1"))
        report = await dispatcher(write, deliver_all, on_settle=hook).run_once(NOW)

        assert report == DispatchReport(leased=1, parked=1)
        message = stored(connection, "m1")
        assert (message.state, message.last_error) == (MessageState.PARKED, "another's")
        assert notes(connection) == ["m1 Parked"]

    async def test_an_outcome_is_written_again_until_it_is_written(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        write.failures = [None, BusyError(), BusyError()]  # the lease; then the settle, twice
        add(connection, new("m1"))
        await dispatcher(write, deliver_all, poll_seconds=0.001).run_once(NOW)

        assert stored(connection, "m1").state == MessageState.DELIVERED

    async def test_a_full_disk_under_the_hook_is_not_the_hooks_fault(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        def hook(_connection: sa.Connection, _message: Message, _outcome: Outcome) -> None:
            raise sa.exc.OperationalError("INSERT", None, Exception("disk full"))

        add(connection, new("m1"))
        with pytest.raises(sa.exc.OperationalError):
            await dispatcher(write, deliver_all, on_settle=hook).run_once(NOW)

        assert stored(connection, "m1").state == MessageState.LEASED


class Running:
    """A dispatcher that runs, with a clock that goes with the loop's."""

    def __init__(self, dispatch: Dispatcher) -> None:
        self.stop = asyncio.Event()
        self.wake = asyncio.Event()
        loop = asyncio.get_running_loop()
        started = loop.time()
        self.task = asyncio.create_task(
            dispatch.run(
                stop=self.stop,
                clock=lambda: NOW + timedelta(seconds=loop.time() - started),
                wake=self.wake,
            )
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        self.stop.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self.task


class Deliveries:
    """Deliveries that wait to be let go, and say how many run at once."""

    def __init__(self) -> None:
        self.gates: dict[str, asyncio.Event] = {}
        self.begun: list[str] = []
        self.ended: list[str] = []
        self.at_once_max = 0
        self._changed = asyncio.Condition()

    async def __call__(self, message: Message) -> Outcome:
        self.begun.append(message.message_id)
        self.at_once_max = max(self.at_once_max, len(self.begun) - len(self.ended))
        await self._tell()
        if message.message_id in self.gates:
            await self.gates[message.message_id].wait()
        self.ended.append(message.message_id)
        await self._tell()
        return Delivered()

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._changed:
            await self._changed.wait_for(condition)


class TestRunning:
    async def test_a_slow_delivery_holds_up_no_other(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        deliveries = Deliveries()
        deliveries.gates["m0"] = asyncio.Event()
        add(connection, *(new(f"m{number}") for number in range(7)))
        async with Running(dispatcher(write, deliveries, concurrency=2)):
            await deliveries.until(lambda: len(deliveries.ended) == 6)
            assert "m0" not in deliveries.ended
            deliveries.gates["m0"].set()

        assert deliveries.at_once_max == 2
        assert deliveries.ended == ["m1", "m2", "m3", "m4", "m5", "m6", "m0"]
        assert store.counts(connection, TABLE)[MessageState.LEASED] == 0

    async def test_busy_slots_are_not_given_away_twice(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        deliveries = Deliveries()
        deliveries.gates = {f"m{number}": asyncio.Event() for number in range(6)}
        add(connection, *(new(f"m{number}") for number in range(6)))
        async with Running(dispatcher(write, deliveries, concurrency=3)) as running:
            await deliveries.until(lambda: len(deliveries.begun) == 3)
            deliveries.gates["m1"].set()
            await deliveries.until(lambda: len(deliveries.begun) == 4)
            for _ in range(3):
                running.wake.set()
                await asyncio.sleep(0)
            assert deliveries.begun == ["m0", "m1", "m2", "m3"]
            for gate in deliveries.gates.values():
                gate.set()

        assert deliveries.at_once_max == 3

    async def test_a_wake_up_makes_it_look_at_once(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        deliveries = Deliveries()
        async with Running(dispatcher(write, deliveries)) as running:
            for number in range(3):
                add(connection, new(f"m{number}"))
                running.wake.set()
                await deliveries.until(lambda: len(deliveries.ended) == number + 1)  # noqa: B023 - awaited before the next round

    async def test_a_wake_up_while_it_looks_is_not_lost(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        deliveries = Deliveries()
        running = Running(dispatcher(write, deliveries))

        async def add_behind_its_back() -> None:
            add(connection, new("m1"))
            running.wake.set()

        write.after[2] = add_behind_its_back  # it has looked, and has yet to fall asleep
        async with running:
            await deliveries.until(lambda: deliveries.ended == ["m1"])

    async def test_a_lost_wake_up_costs_no_more_than_a_poll(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        deliveries = Deliveries()
        async with Running(dispatcher(write, deliveries, poll_seconds=0.01)):
            await asyncio.sleep(0)
            add(connection, new("m1"))
            await deliveries.until(lambda: deliveries.ended == ["m1"])

    async def test_it_wakes_when_the_next_is_due(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        deliveries = Deliveries()
        add(connection, new("m1", due_at=NOW + timedelta(milliseconds=30)))
        async with Running(dispatcher(write, deliveries)):
            await deliveries.until(lambda: deliveries.ended == ["m1"])

    async def test_it_begins_by_taking_back_the_leases_of_the_process_before(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        deliveries = Deliveries()
        add(connection, new("m1", doubtful=True), new("m2"))
        for leased in store.lease(connection, TABLE, now=NOW, until=LATER, limit=2):
            store.sending(connection, TABLE, leased.message_id, leased.fence, now=NOW, theirs=NOW)
        async with Running(dispatcher(write, deliveries)):
            await deliveries.until(lambda: deliveries.ended == ["m2"])

        assert stored(connection, "m1").state == MessageState.IN_DOUBT

    async def test_a_lease_that_fails_in_passing_is_tried_again(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        deliveries = Deliveries()
        write.failures = [None, BusyError()]  # the recovery; the first lease
        add(connection, new("m1"))
        async with Running(dispatcher(write, deliveries, poll_seconds=0.01)):
            await deliveries.until(lambda: deliveries.ended == ["m1"])


class TestStopping:
    async def test_what_runs_may_end(self, connection: sa.Connection, write: Writer) -> None:
        deliveries = Deliveries()
        deliveries.gates["m1"] = asyncio.Event()
        add(connection, new("m1", doubtful=True))
        async with Running(dispatcher(write, deliveries)) as running:
            await deliveries.until(lambda: deliveries.begun == ["m1"])
            add(connection, new("m2"))
            running.stop.set()
            asyncio.get_running_loop().call_later(0.01, deliveries.gates["m1"].set)

        assert stored(connection, "m1").state == MessageState.DELIVERED
        assert deliveries.begun == ["m1"]

    async def test_what_does_not_end_is_cut_off(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        deliveries = Deliveries()
        deliveries.gates = {"m1": asyncio.Event(), "m2": asyncio.Event()}
        add(connection, new("m1", doubtful=True), new("m2"))
        async with Running(dispatcher(write, deliveries, drain_seconds=0.01)):
            await deliveries.until(lambda: len(deliveries.begun) == 2)

        assert stored(connection, "m1").state == MessageState.IN_DOUBT
        assert stored(connection, "m1").last_error == "cut off by a stop"
        assert stored(connection, "m2").state == MessageState.PENDING

    async def test_what_has_not_begun_is_given_back_uncounted(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        deliveries = Deliveries()
        running = Running(dispatcher(write, deliveries))
        add(connection, new("m1", doubtful=True))

        async def stop_meanwhile() -> None:
            running.stop.set()
            for _ in range(3):  # until the stop has been heard
                await asyncio.sleep(0)

        write.after[2] = stop_meanwhile
        await asyncio.wait_for(running.task, PATIENCE_SECONDS)

        assert deliveries.begun == []
        assert stored(connection, "m1").state == MessageState.PENDING
        assert stored(connection, "m1").attempts == 0

    async def test_an_outcome_that_cannot_be_written_does_not_hold_up_a_stop_for_ever(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        deliveries = Deliveries()
        write.failures = [None, None, *(BusyError() for _ in range(10_000))]
        add(connection, new("m1"))
        async with Running(
            dispatcher(write, deliveries, poll_seconds=0.001, drain_seconds=0.02)
        ) as running:
            await deliveries.until(lambda: deliveries.ended == ["m1"])
            running.stop.set()

        assert stored(connection, "m1").state == MessageState.LEASED

    async def test_a_failure_of_the_database_ends_it(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        write.failures = [None, None, OSError("disk gone"), OSError("disk gone")]
        add(connection, new("m1"), new("m2"))
        running = Running(dispatcher(write, deliver_all))

        with pytest.raises(OSError, match="disk gone"):
            await asyncio.wait_for(running.task, PATIENCE_SECONDS)

    async def test_a_cancelled_run_drains_too(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        deliveries = Deliveries()
        deliveries.gates["m1"] = asyncio.Event()
        add(connection, new("m1"))
        running = Running(dispatcher(write, deliveries))
        await deliveries.until(lambda: deliveries.begun == ["m1"])
        running.task.cancel()
        asyncio.get_running_loop().call_later(0.01, deliveries.gates["m1"].set)

        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(running.task, PATIENCE_SECONDS)
        assert stored(connection, "m1").state == MessageState.DELIVERED

    async def test_a_cancelled_batch_leaves_its_leases_to_be_taken_back(
        self, connection: sa.Connection, write: Writer
    ) -> None:
        deliveries = Deliveries()
        deliveries.gates["m1"] = asyncio.Event()
        add(connection, new("m1", doubtful=True))
        dispatch = dispatcher(write, deliveries)
        batch = asyncio.create_task(dispatch.run_once(NOW))
        await deliveries.until(lambda: deliveries.begun == ["m1"])
        store.sending(connection, TABLE, "m1", stored(connection, "m1").fence, now=NOW, theirs=NOW)
        batch.cancel()
        with pytest.raises(asyncio.CancelledError):
            await batch

        (taken_back,) = await dispatch.recover(LATER)
        assert taken_back.state == MessageState.IN_DOUBT
