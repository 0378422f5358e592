"""The store against a model of thirty lines: whatever is asked in whatever order, they agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from outbox import store
from outbox.message import (
    TERMINAL,
    Cancelled,
    Delivered,
    InDoubt,
    MessageState,
    NewMessage,
    Outcome,
    Parked,
    Retry,
)
from outbox.table import message_table

METADATA = sa.MetaData()
TABLE = message_table(METADATA)
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LEASE = timedelta(seconds=60)
STATE_OF = {
    Delivered: MessageState.DELIVERED,
    Retry: MessageState.PENDING,
    InDoubt: MessageState.IN_DOUBT,
    Parked: MessageState.PARKED,
    Cancelled: MessageState.CANCELLED,
}

KEYS = st.sampled_from(["a", "b", "c", "d"])
LANES = st.sampled_from([None, "x", "y"])
SECONDS = st.integers(min_value=0, max_value=90)
PICK = st.integers(min_value=0, max_value=30)
OUTCOMES = st.sampled_from(["delivered", "retry", "give back", "in doubt", "parked", "cancelled"])


@dataclass
class Modelled:
    """A message as the model knows it."""

    message_id: str
    key: str
    lane: str | None
    doubtful: bool
    due_at: datetime
    state: MessageState = MessageState.PENDING
    attempts: int = 0
    fence: int = 0
    crashes: int = 0
    lease_until: datetime | None = None
    sent_at: datetime | None = None
    sent_fence: int | None = None


class StoreMachine(RuleBasedStateMachine):
    """Does the same to the store and to the model, and compares them after every step."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.model: list[Modelled] = []  # in the order of adding
        self.delivered: list[str] = []

    @initialize()
    def open(self) -> None:
        self.engine = sa.create_engine("sqlite://")
        self.connection = self.engine.connect()
        METADATA.create_all(self.connection)

    def teardown(self) -> None:
        self.connection.close()
        self.engine.dispose()

    def head(self, key: str) -> Modelled | None:
        return next((m for m in self.model if m.key == key and m.state not in TERMINAL), None)

    def apply(self, message: Modelled, outcome: Outcome) -> None:
        message.state = STATE_OF[type(outcome)]
        message.lease_until = None
        if isinstance(outcome, Retry | InDoubt):
            message.due_at = outcome.at
        if isinstance(outcome, Retry) and not outcome.counted:
            message.attempts = max(message.attempts - 1, 0)
        if isinstance(outcome, Delivered):
            self.delivered.append(message.message_id)

    def outcome(self, name: str, seconds: int) -> Outcome:
        at = self.now + timedelta(seconds=seconds)
        outcomes: dict[str, Outcome] = {
            "delivered": Delivered(result="4711"),
            "retry": Retry(at=at, error="e"),
            "give back": Retry(at=at, error="e", counted=False),
            "in doubt": InDoubt(at=at, error="e"),
            "parked": Parked(reason="r"),
            "cancelled": Cancelled(reason="r"),
        }
        return outcomes[name]

    @rule(key=KEYS, lane=LANES, doubtful=st.booleans(), seconds=SECONDS)
    def add(self, key: str, lane: str | None, doubtful: bool, seconds: int) -> None:
        message_id = f"m{len(self.model)}"
        due_at = self.now + timedelta(seconds=seconds - 30)
        new = NewMessage(
            message_id=message_id,
            scope="acme",
            key=key,
            lane=lane,
            kind="register",
            payload=message_id.encode(),
            due_at=due_at,
            doubtful=doubtful,
        )
        store.add(self.connection, TABLE, new, now=self.now)
        self.model.append(Modelled(message_id, key, lane, doubtful, due_at))

    @rule(seconds=SECONDS)
    def let_time_pass(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)

    @rule(limit=st.integers(min_value=1, max_value=4))
    def lease(self, limit: int) -> None:
        until = self.now + LEASE
        leased = store.lease(self.connection, TABLE, now=self.now, until=until, limit=limit)

        expected: list[str] = []
        heads = [m for m in self.model if m is self.head(m.key)]
        due = [m for m in heads if m.state == MessageState.PENDING and m.due_at <= self.now]
        for message in sorted(due, key=lambda m: m.due_at):
            leased_now = [m for m in self.model if m.state == MessageState.LEASED]
            busy = {m.lane for m in leased_now} - {None}
            condemned = message.crashes >= 2 and any(m.crashes >= 2 for m in leased_now)
            if message.lane not in busy and not condemned and len(expected) < limit:
                message.state = MessageState.LEASED
                message.attempts += 1
                message.fence += 1
                message.lease_until = until
                expected.append(message.message_id)
        assert [m.message_id for m in leased] == expected

    @rule(pick=PICK, name=OUTCOMES, seconds=SECONDS, stale=st.booleans())
    def settle(self, pick: int, name: str, seconds: int, stale: bool) -> None:
        if not self.model:
            return
        message = self.model[pick % len(self.model)]
        outcome = self.outcome(name, seconds)
        fence = message.fence - int(stale)
        held = store.settle(
            self.connection, TABLE, message.message_id, fence, outcome, now=self.now
        )

        assert held == (message.state == MessageState.LEASED and not stale)
        if held:
            message.crashes = 0
            self.apply(message, outcome)

    @rule(pick=PICK, stale=st.booleans())
    def begin_to_send(self, pick: int, stale: bool) -> None:
        if not self.model:
            return
        message = self.model[pick % len(self.model)]
        fence = message.fence - int(stale)
        held = store.sending(
            self.connection, TABLE, message.message_id, fence, now=self.now, theirs=self.now
        )

        assert held == (message.state == MessageState.LEASED and not stale)
        if held:
            message.sent_at, message.sent_fence = self.now, fence

    @rule(everything=st.booleans())
    def expire(self, everything: bool) -> None:
        store.expire(self.connection, TABLE, now=self.now, everything=everything)
        for message in self.model:
            if message.lease_until and (everything or message.lease_until < self.now):
                message.crashes += 1
                message.lease_until = None
                message.due_at = self.now
                if message.doubtful and message.sent_fence == message.fence:
                    message.state = MessageState.IN_DOUBT
                elif message.crashes >= store.CRASH_ATTEMPTS_MAX:
                    message.state = MessageState.PARKED
                else:
                    message.state = MessageState.PENDING

    @rule(pick=PICK, name=OUTCOMES, seconds=SECONDS, by_person=st.booleans())
    def resolve(self, pick: int, name: str, seconds: int, by_person: bool) -> None:
        outcome = self.outcome(name, seconds)
        if not self.model or isinstance(outcome, Cancelled):
            return
        message = self.model[pick % len(self.model)]
        done = store.resolve(
            self.connection, TABLE, message.message_id, outcome, self.now, by_person=by_person
        )

        fits = {MessageState.IN_DOUBT} | (
            set() if isinstance(outcome, InDoubt) else {MessageState.PARKED}
        )
        assert done == (message.state in fits)
        if not done:
            return
        if isinstance(outcome, Retry) and by_person:
            message.crashes = 0
        if isinstance(outcome, Retry) and message.crashes >= store.CRASH_ATTEMPTS_MAX:
            self.apply(message, Parked(reason="poison"))
        else:
            self.apply(message, outcome)

    @rule(pick=PICK)
    def resend(self, pick: int) -> None:
        if not self.model:
            return
        message = self.model[pick % len(self.model)]
        done = store.resend(self.connection, TABLE, message.message_id, now=self.now)

        assert done == (message.state in {MessageState.PARKED, MessageState.PENDING})
        if done:
            message.state, message.due_at = MessageState.PENDING, self.now
            message.attempts = message.crashes = 0

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        if not self.model:
            return
        message = self.model[pick % len(self.model)]
        done = store.cancel(self.connection, TABLE, message.message_id, reason="r", now=self.now)

        assert done == (message.state in {MessageState.PARKED, MessageState.PENDING})
        if done:
            message.state = MessageState.CANCELLED

    @invariant()
    def nothing_is_lost_and_all_is_as_modelled(self) -> None:
        found = store.listing(self.connection, TABLE, limit=1_000)
        assert [
            Modelled(
                m.message_id,
                m.key,
                m.lane,
                m.doubtful,
                m.due_at,
                m.state,
                m.attempts,
                m.fence,
                m.crashes,
                m.lease_until,
                m.sent_at,
                m.sent_fence,
            )
            for m in found
        ] == self.model
        assert [m.payload for m in found] == [m.message_id.encode() for m in found]
        assert all((m.settled_at is not None) == (m.state in TERMINAL) for m in found)

    @invariant()
    def each_key_waits_for_its_oldest_unsettled_message(self) -> None:
        query = sa.select(TABLE.c.key, TABLE.c.message_id).where(TABLE.c.head == 1)
        heads = {(key, message_id) for key, message_id in self.connection.execute(query)}
        assert heads == {(m.key, m.message_id) for m in self.model if m is self.head(m.key)}

    @invariant()
    def a_lane_has_one_leased_message_at_most(self) -> None:
        leased = store.listing(self.connection, TABLE, state=MessageState.LEASED, limit=1_000)
        lanes = [m.lane for m in leased if m.lane is not None]
        assert len(lanes) == len(set(lanes))

    @invariant()
    def a_key_is_delivered_in_the_order_of_adding(self) -> None:
        place = {m.message_id: place for place, m in enumerate(self.model)}
        for key in "abcd":
            places = [place[i] for i in self.delivered if self.model[place[i]].key == key]
            assert places == sorted(places)

    @invariant()
    def the_next_due_instant_is_right(self) -> None:
        heads = [m for m in self.model if m is self.head(m.key)]
        due = [m.due_at for m in heads if m.state == MessageState.PENDING]
        assert store.next_due_at(self.connection, TABLE) == min(due, default=None)


TestStoreMachine = StoreMachine.TestCase
TestStoreMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
