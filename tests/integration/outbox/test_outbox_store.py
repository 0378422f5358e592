"""What happens to messages, on SQLite in memory and on a PostgreSQL server."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from outbox import store
from outbox.message import (
    Cancelled,
    Delivered,
    InDoubt,
    Message,
    MessageState,
    NewMessage,
    Outcome,
    Parked,
    Retry,
)
from outbox.table import message_table

METADATA = sa.MetaData()
TABLE = message_table(METADATA)
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def connection(request: pytest.FixtureRequest) -> Iterator[sa.Connection]:
    """A connection in a transaction of its own, and an empty table."""
    if request.param == "sqlite":
        engine = sa.create_engine("sqlite://")
    else:
        engine = request.getfixturevalue("outbox_server")
    with engine.connect() as connection:
        METADATA.create_all(connection)
        yield connection
        connection.rollback()
    if request.param == "sqlite":
        engine.dispose()


@pytest.fixture(scope="module")
def outbox_server(postgres: Any) -> Iterator[sa.Engine]:
    """An empty database on the server: every test undoes what it did."""
    name = postgres.create()
    url = postgres.url(name).replace("postgresql://", "postgresql+psycopg://", 1)
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()
    postgres.drop(name)


def new(
    message_id: str,
    *,
    key: str = "claim-1",
    lane: str | None = None,
    kind: str = "register",
    scope: str = "acme",
    subject: str | None = None,
    due_at: datetime = NOW,
    doubtful: bool = False,
) -> NewMessage:
    return NewMessage(
        message_id=message_id,
        scope=scope,
        key=key,
        lane=lane,
        kind=kind,
        subject=subject,
        payload=b'{"amount": "1250.00"}',
        due_at=due_at,
        doubtful=doubtful,
    )


def add(connection: sa.Connection, *messages: NewMessage) -> None:
    store.add(connection, TABLE, *messages, now=NOW)


def lease(connection: sa.Connection, *, now: datetime = NOW, limit: int = 10) -> list[Message]:
    return store.lease(connection, TABLE, now=now, until=now + timedelta(minutes=1), limit=limit)


def leased_ids(connection: sa.Connection, *, now: datetime = NOW, limit: int = 10) -> list[str]:
    return [message.message_id for message in lease(connection, now=now, limit=limit)]


def settle(
    connection: sa.Connection, message_id: str, outcome: Outcome, *, fence: int | None = None
) -> bool:
    held = stored(connection, message_id).fence if fence is None else fence
    return store.settle(connection, TABLE, message_id, held, outcome, now=NOW)


def stored(connection: sa.Connection, message_id: str) -> Message:
    message = store.find(connection, TABLE, message_id)
    assert message is not None
    return message


class TestAdding:
    def test_keeps_every_field(self, connection: sa.Connection) -> None:
        add(connection, new("m1", lane="debtor-1", subject="claim-1", doubtful=True, due_at=LATER))

        assert stored(connection, "m1") == Message(
            seq=1,
            message_id="m1",
            scope="acme",
            key="claim-1",
            lane="debtor-1",
            kind="register",
            subject="claim-1",
            payload=b'{"amount": "1250.00"}',
            doubtful=True,
            state=MessageState.PENDING,
            attempts=0,
            fence=0,
            due_at=LATER,
            created_at=NOW,
            first_attempt_at=None,
            last_attempt_at=None,
            sent_at=None,
            lease_until=None,
            settled_at=None,
            last_error=None,
            result=None,
            crashes=0,
            sent_fence=None,
        )

    def test_refuses_an_id_that_exists(self, connection: sa.Connection) -> None:
        add(connection, new("m1"))

        with pytest.raises(store.DuplicateMessageError, match="message m1 exists"):
            add(connection, new("m1", key="claim-2"))

    def test_does_not_take_another_broken_rule_for_a_duplicate(
        self, connection: sa.Connection
    ) -> None:
        connection.exec_driver_sql("CREATE UNIQUE INDEX picky ON message (scope)")
        add(connection, new("m0", key="another"))

        with pytest.raises(sa.exc.IntegrityError):
            add(connection, new("m1"))

    def test_makes_a_message_head_when_all_before_it_are_settled(
        self, connection: sa.Connection
    ) -> None:
        add(connection, new("m1"))
        lease(connection)
        settle(connection, "m1", Delivered())
        add(connection, new("m2"))

        assert leased_ids(connection) == ["m2"]


class TestLeasing:
    def test_counts_the_attempt_and_raises_the_fence(self, connection: sa.Connection) -> None:
        add(connection, new("m1"))
        (first,) = lease(connection)
        settle(connection, "m1", Retry(at=LATER, error="HTTP 503"))
        (second,) = lease(connection, now=LATER)

        assert (first.attempts, first.fence, first.state) == (1, 1, MessageState.LEASED)
        assert (second.attempts, second.fence) == (2, 2)
        assert second.first_attempt_at == NOW
        assert second.last_attempt_at == LATER
        assert second.lease_until == LATER + timedelta(minutes=1)

    def test_takes_the_longest_due_first_and_nothing_early(self, connection: sa.Connection) -> None:
        add(
            connection,
            new("later", key="a", due_at=NOW + timedelta(milliseconds=1)),
            new("now", key="b"),
            new("before", key="c", due_at=NOW - timedelta(days=1)),
        )

        assert leased_ids(connection) == ["before", "now"]

    def test_takes_one_message_of_a_key_at_a_time_in_order(self, connection: sa.Connection) -> None:
        add(connection, new("m1"), new("m2"), new("other", key="claim-2"))

        assert leased_ids(connection) == ["m1", "other"]
        assert leased_ids(connection) == []
        settle(connection, "m1", Delivered())
        assert leased_ids(connection) == ["m2"]

    def test_a_message_that_waits_for_its_retry_holds_its_key(
        self, connection: sa.Connection
    ) -> None:
        add(connection, new("m1"), new("m2"))
        lease(connection)
        settle(connection, "m1", Retry(at=LATER, error="HTTP 503"))

        assert leased_ids(connection) == []
        assert leased_ids(connection, now=LATER) == ["m1"]

    @pytest.mark.parametrize("outcome", [InDoubt(at=LATER, error="reset"), Parked(reason="no")])
    def test_doubt_and_parking_hold_the_key_and_nothing_else(
        self, connection: sa.Connection, outcome: Outcome
    ) -> None:
        add(connection, new("m1", lane="debtor-1"), new("m2", lane="debtor-1"))
        add(connection, new("sibling", key="claim-2", lane="debtor-1"))
        lease(connection)
        settle(connection, "m1", outcome)

        assert leased_ids(connection) == ["sibling"]
        assert leased_ids(connection, now=LATER) == []

    def test_takes_one_message_of_a_lane_at_a_time(self, connection: sa.Connection) -> None:
        add(
            connection,
            new("m1", key="a", lane="debtor-1"),
            new("m2", key="b", lane="debtor-1"),
            new("m3", key="c", lane="debtor-2"),
            new("m4", key="d"),
            new("m5", key="e"),
        )

        assert leased_ids(connection) == ["m1", "m3", "m4", "m5"]
        settle(connection, "m1", Parked(reason="no"))
        assert leased_ids(connection) == ["m2"]

    def test_siblings_of_a_lane_do_not_use_up_the_limit(self, connection: sa.Connection) -> None:
        siblings = [new(f"s{number}", key=f"s{number}", lane="debtor-1") for number in range(5)]
        add(connection, *siblings, new("m1", key="a"), new("m2", key="b"), new("m3", key="c"))

        assert leased_ids(connection, limit=3) == ["s0", "m1", "m2"]


class TestSettling:
    def test_delivered_ends_it(self, connection: sa.Connection) -> None:
        add(connection, new("m1"))
        lease(connection)
        settle(connection, "m1", Retry(at=NOW, error="HTTP 503"))
        lease(connection)

        assert settle(connection, "m1", Delivered(result="4711"))
        message = stored(connection, "m1")
        assert message.state == MessageState.DELIVERED
        assert message.result == "4711"
        assert message.settled_at == NOW
        assert message.lease_until is None
        assert message.last_error is None

    def test_cancelled_ends_it(self, connection: sa.Connection) -> None:
        add(connection, new("m1"), new("m2"))
        lease(connection)

        assert settle(connection, "m1", Cancelled(reason="facts changed"))
        assert stored(connection, "m1").state == MessageState.CANCELLED
        assert stored(connection, "m1").last_error == "facts changed"
        assert leased_ids(connection) == ["m2"]

    def test_in_doubt_says_when_to_look_it_up(self, connection: sa.Connection) -> None:
        add(connection, new("m1"))
        lease(connection)
        settle(connection, "m1", InDoubt(at=LATER, error="reset"))

        message = stored(connection, "m1")
        assert (message.state, message.due_at) == (MessageState.IN_DOUBT, LATER)
        assert message.last_error == "reset"
        assert message.settled_at is None

    def test_an_uncounted_retry_leaves_no_trace_of_an_attempt(
        self, connection: sa.Connection
    ) -> None:
        add(connection, new("m1"))
        lease(connection)
        settle(connection, "m1", Retry(at=LATER, error="gate shut", counted=False))

        message = stored(connection, "m1")
        assert (message.state, message.attempts) == (MessageState.PENDING, 0)
        assert message.first_attempt_at is None
        assert message.due_at == LATER

    def test_an_uncounted_retry_keeps_the_attempts_before_it(
        self, connection: sa.Connection
    ) -> None:
        add(connection, new("m1"))
        lease(connection)
        settle(connection, "m1", Retry(at=LATER, error="HTTP 503"))
        lease(connection, now=LATER)
        settle(connection, "m1", Retry(at=LATER, error="HTTP 429", counted=False))

        message = stored(connection, "m1")
        assert message.attempts == 1
        assert message.first_attempt_at == NOW

    def test_an_old_fence_changes_nothing(self, connection: sa.Connection) -> None:
        add(connection, new("m1"))
        (stale,) = lease(connection)
        store.expire(connection, TABLE, now=NOW, everything=True)
        lease(connection)
        before = stored(connection, "m1")

        assert not settle(connection, "m1", Delivered(), fence=stale.fence)
        assert stored(connection, "m1") == before

    def test_a_lease_taken_back_can_no_longer_be_settled(self, connection: sa.Connection) -> None:
        add(connection, new("m1"))
        lease(connection)
        store.expire(connection, TABLE, now=NOW, everything=True)

        assert not settle(connection, "m1", Delivered())

    def test_an_unknown_message_is_not_settled(self, connection: sa.Connection) -> None:
        assert not store.settle(connection, TABLE, "nobody", 1, Delivered(), now=NOW)


class TestExpiring:
    def test_a_doubtful_message_goes_in_doubt_and_another_is_due_again(
        self, connection: sa.Connection
    ) -> None:
        add(connection, new("m1", key="a", doubtful=True), new("m2", key="b"))
        for message in lease(connection):
            assert store.sending(
                connection, TABLE, message.message_id, message.fence, now=NOW, theirs=NOW
            )
        taken_back = store.expire(connection, TABLE, now=LATER, everything=True)

        assert [(m.message_id, m.state, m.due_at) for m in taken_back] == [
            ("m1", MessageState.IN_DOUBT, LATER),
            ("m2", MessageState.PENDING, LATER),
        ]
        assert taken_back[0].sent_at == NOW
        assert {m.attempts for m in taken_back} == {1}
        assert {m.last_error for m in taken_back} == {"delivery was cut off"}

    def test_a_doubtful_message_that_was_not_being_sent_is_due_again(
        self, connection: sa.Connection
    ) -> None:
        add(connection, new("m1", doubtful=True))
        (message,) = lease(connection)
        assert store.sending(connection, TABLE, "m1", message.fence, now=NOW, theirs=NOW)
        settle(connection, "m1", Retry(at=NOW, error="refused"))
        lease(connection)

        (taken_back,) = store.expire(connection, TABLE, now=NOW, everything=True)

        assert taken_back.state == MessageState.PENDING
        assert (taken_back.sent_at, taken_back.sent_fence) == (NOW, message.fence)

    def test_when_something_was_last_sent_is_known_after_it_is_over(
        self, connection: sa.Connection
    ) -> None:
        add(connection, new("m1", subject="claim-1"), new("m2", key="b", subject="claim-1"))

        (first, _) = lease(connection)
        assert stored(connection, "m1").sent_at is None
        assert store.sending(connection, TABLE, first.message_id, first.fence, now=NOW, theirs=NOW)
        settle(connection, first.message_id, Cancelled(reason="other facts"))

        assert (stored(connection, "m1").sent_at, stored(connection, "m2").sent_at) == (NOW, None)

    def test_a_lost_lease_may_not_begin_to_send(self, connection: sa.Connection) -> None:
        add(connection, new("m1", doubtful=True))
        (stale,) = lease(connection)
        store.expire(connection, TABLE, now=NOW, everything=True)
        lease(connection)

        assert not store.sending(connection, TABLE, "m1", stale.fence, now=NOW, theirs=NOW)

    def test_leases_that_still_run_are_left_alone(self, connection: sa.Connection) -> None:
        add(connection, new("m1"))
        lease(connection)
        end = NOW + timedelta(minutes=1)

        assert store.expire(connection, TABLE, now=end, everything=False) == []
        after = end + timedelta(milliseconds=1)
        assert len(store.expire(connection, TABLE, now=after, everything=False)) == 1

    def test_a_message_that_crashes_three_times_in_a_row_is_parked(
        self, connection: sa.Connection
    ) -> None:
        add(connection, new("m1"))
        states = []
        for _ in range(3):
            lease(connection)
            (message,) = store.expire(connection, TABLE, now=NOW, everything=True)
            states.append(message.state)

        assert states == [MessageState.PENDING, MessageState.PENDING, MessageState.PARKED]
        assert "3 times in a row" in (message.last_error or "")

    def test_before_its_last_chance_a_message_is_leased_with_no_other_such(
        self, connection: sa.Connection
    ) -> None:
        add(connection, *(new(f"m{number}", key=f"k{number}") for number in range(3)))
        for _ in range(2):
            assert leased_ids(connection) == ["m0", "m1", "m2"]
            store.expire(connection, TABLE, now=NOW, everything=True)
        add(connection, new("fresh", key="k3"))

        assert leased_ids(connection) == ["m0", "fresh"]
        assert leased_ids(connection) == []
        settle(connection, "m0", Delivered())
        assert leased_ids(connection) == ["m1"]

    def test_an_outcome_between_crashes_starts_the_count_again(
        self, connection: sa.Connection
    ) -> None:
        add(connection, new("m1"))
        for _ in range(3):
            for _ in range(2):
                lease(connection)
                store.expire(connection, TABLE, now=NOW, everything=True)
            lease(connection)
            settle(connection, "m1", Retry(at=NOW, error="HTTP 503"))

        assert stored(connection, "m1").state == MessageState.PENDING


class TestResolving:
    @pytest.fixture
    def doubted(self, connection: sa.Connection) -> str:
        add(connection, new("m1", doubtful=True), new("m2", doubtful=True))
        lease(connection)
        settle(connection, "m1", InDoubt(at=NOW, error="reset"))
        return "m1"

    def test_found_at_the_receiver_is_delivered(
        self, connection: sa.Connection, doubted: str
    ) -> None:
        assert store.resolve(connection, TABLE, doubted, Delivered(result="4711"), NOW)
        assert stored(connection, doubted).state == MessageState.DELIVERED
        assert leased_ids(connection) == ["m2"]

    def test_proved_absent_is_sent_again(self, connection: sa.Connection, doubted: str) -> None:
        assert store.resolve(connection, TABLE, doubted, Retry(at=LATER, error="absent"), NOW)
        assert leased_ids(connection) == []
        assert leased_ids(connection, now=LATER) == ["m1"]

    def test_still_unknown_is_looked_up_later(
        self, connection: sa.Connection, doubted: str
    ) -> None:
        assert store.resolve(connection, TABLE, doubted, InDoubt(at=LATER, error="lag"), NOW)
        assert stored(connection, doubted).due_at == LATER

    def test_quarantined_is_parked_and_may_still_be_resolved(
        self, connection: sa.Connection, doubted: str
    ) -> None:
        assert store.resolve(connection, TABLE, doubted, Parked(reason="two candidates"), NOW)
        assert stored(connection, doubted).last_error == "two candidates"
        assert not store.resolve(connection, TABLE, doubted, InDoubt(at=NOW, error="?"), NOW)
        assert store.resolve(connection, TABLE, doubted, Delivered(), NOW)

    @pytest.mark.usefixtures("doubted")
    @pytest.mark.parametrize("message_id", ["m2", "nobody"])
    def test_what_is_not_in_doubt_is_not_resolved(
        self, connection: sa.Connection, message_id: str
    ) -> None:
        assert not store.resolve(connection, TABLE, message_id, Delivered(), NOW)

    def test_what_crashed_too_often_is_parked_unless_a_person_sends_it(
        self, connection: sa.Connection
    ) -> None:
        add(connection, new("m1", doubtful=True))
        again = Retry(at=NOW, error="absent")
        for _ in range(3):
            (leased,) = lease(connection)
            store.sending(connection, TABLE, "m1", leased.fence, now=NOW, theirs=NOW)
            (message,) = store.expire(connection, TABLE, now=NOW, everything=True)
            assert message.state == MessageState.IN_DOUBT
            assert store.resolve(connection, TABLE, "m1", again, NOW)

        assert stored(connection, "m1").state == MessageState.PARKED
        assert "not at the receiver" in (stored(connection, "m1").last_error or "")
        assert store.resolve(connection, TABLE, "m1", again, NOW, by_person=True)
        assert stored(connection, "m1").state == MessageState.PENDING
        assert stored(connection, "m1").crashes == 0


class TestOperating:
    def test_resend_sends_a_parked_message_as_if_new(self, connection: sa.Connection) -> None:
        add(connection, new("m1"))
        lease(connection)
        settle(connection, "m1", Parked(reason="HTTP 400"))

        assert store.resend(connection, TABLE, "m1", now=LATER)
        (message,) = lease(connection, now=LATER)
        assert (message.attempts, message.first_attempt_at) == (1, LATER)

    def test_resend_hurries_a_waiting_message(self, connection: sa.Connection) -> None:
        add(connection, new("m1", due_at=LATER))

        assert store.resend(connection, TABLE, "m1", now=NOW)
        assert leased_ids(connection) == ["m1"]

    def test_hasten_makes_due_what_waits_for_something_that_is_over(
        self, connection: sa.Connection
    ) -> None:
        add(connection, *(new(f"m{number}", key=f"k{number}") for number in range(3)))
        add(connection, new("other", key="k3", scope="other"), new("payment", key="k4", kind="p"))
        lease(connection)
        for message_id in ["m0", "m1", "other", "payment"]:
            settle(connection, message_id, Retry(at=LATER, error="paused: holiday"))
        settle(connection, "m2", Retry(at=LATER, error="HTTP 503"))

        hastened = store.hasten(
            connection, TABLE, scope="acme", kind="register", error_prefix="paused", now=NOW
        )

        assert hastened == 2
        assert leased_ids(connection) == ["m0", "m1"]

    def test_cancel_lets_the_next_go(self, connection: sa.Connection) -> None:
        add(connection, new("m1", due_at=LATER), new("m2"))

        assert store.cancel(connection, TABLE, "m1", reason="objection", now=NOW)
        assert stored(connection, "m1").state == MessageState.CANCELLED
        assert leased_ids(connection) == ["m2"]

    def test_cancel_takes_out_what_waits_behind_a_head(self, connection: sa.Connection) -> None:
        add(connection, new("m1"), new("m2"), new("m3"))

        assert store.cancel(connection, TABLE, "m2", reason="objection", now=NOW)
        assert leased_ids(connection) == ["m1"]
        settle(connection, "m1", Delivered())
        assert leased_ids(connection) == ["m3"]

    @pytest.mark.parametrize(
        "outcome", [None, InDoubt(at=NOW, error="reset"), Delivered(), Cancelled(reason="no")]
    )
    def test_what_is_under_way_or_over_is_neither_cancelled_nor_resent(
        self, connection: sa.Connection, outcome: Outcome | None
    ) -> None:
        add(connection, new("m1"))
        lease(connection)
        if outcome is not None:
            settle(connection, "m1", outcome)
        before = stored(connection, "m1")

        assert not store.cancel(connection, TABLE, "m1", reason="objection", now=LATER)
        assert not store.resend(connection, TABLE, "m1", now=LATER)
        assert stored(connection, "m1") == before


class TestLooking:
    def test_nothing_is_found_under_an_unknown_id(self, connection: sa.Connection) -> None:
        assert store.find(connection, TABLE, "nobody") is None

    def test_lists_page_by_seq_and_filter(self, connection: sa.Connection) -> None:
        add(
            connection,
            new("m1", key="a", subject="claim-1"),
            new("m2", key="b", scope="other"),
            new("m3", key="c", kind="payment", due_at=LATER),
            new("m4", key="d"),
        )
        lease(connection, limit=1)

        def ids(**filters: object) -> list[str]:
            arguments = {"limit": 10, **filters}
            found = store.listing(connection, TABLE, **arguments)  # type: ignore[arg-type]  # one filter at a time
            return [message.message_id for message in found]

        assert ids() == ["m1", "m2", "m3", "m4"]
        assert ids(limit=2) == ["m1", "m2"]
        assert ids(limit=2, after=2) == ["m3", "m4"]
        assert ids(limit=2, after=4, newest_first=True) == ["m3", "m2"]
        assert ids(scope="other") == ["m2"]
        assert ids(kind="payment") == ["m3"]
        assert ids(subject="claim-1") == ["m1"]
        assert ids(state=MessageState.LEASED) == ["m1"]
        assert ids(state=MessageState.DELIVERED) == []
        assert ids(state=MessageState.PENDING, due_by=NOW) == ["m2", "m4"]

    def test_counts_are_of_what_is_not_settled(self, connection: sa.Connection) -> None:
        add(connection, new("m1", key="a"), new("m2", key="b", scope="other"), new("m3", key="c"))
        lease(connection, limit=1)
        settle(connection, "m1", Delivered())

        none = {
            MessageState.PENDING: 0,
            MessageState.LEASED: 0,
            MessageState.IN_DOUBT: 0,
            MessageState.PARKED: 0,
        }
        assert store.counts(connection, TABLE) == {**none, MessageState.PENDING: 2}
        assert store.counts(connection, TABLE, scope="other") == {**none, MessageState.PENDING: 1}

    def test_the_next_due_instant_is_that_of_a_pending_head(
        self, connection: sa.Connection
    ) -> None:
        assert store.next_due_at(connection, TABLE) is None

        add(connection, new("m1", due_at=LATER), new("m2", due_at=NOW))
        assert store.next_due_at(connection, TABLE) == LATER
