"""Several dispatchers on one PostgreSQL database: each message once, in order, one to a lane."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from gateway.storage.database import Database
from gateway.storage.server_clock import server_now
from gateway.storage.tables import message
from outbox import store
from outbox.dispatcher import LEASING, Dispatcher
from outbox.message import Delivered, Message, MessageState, NewMessage, Outcome
from outbox.retry import RetryPolicy

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PATIENCE_SECONDS = 30.0
POLICY = RetryPolicy(first_seconds=1, max_seconds=60, attempts_max=9, total_age_max_seconds=86_400)
KEYS, LANES, OF_A_KEY = 30, 10, 3


@pytest.fixture
async def databases(postgres_url: str) -> AsyncIterator[list[Database]]:
    async with (
        await Database.open(postgres_url) as first,
        await Database.open(postgres_url) as second,
        await Database.open(postgres_url) as third,
    ):
        yield [first, second, third]


def new(message_id: str, key: str, lane: str | None = None) -> NewMessage:
    return NewMessage(
        message_id=message_id,
        scope="acme",
        key=key,
        lane=lane,
        kind="register",
        payload=b"{}",
        due_at=NOW,
        doubtful=True,
    )


class Receiver:
    """Takes deliveries from all dispatchers and notes what must not be."""

    def __init__(self) -> None:
        self.got: dict[str, list[str]] = defaultdict(list)  # by key
        self.under_way: Counter[str] = Counter()  # by lane
        self.crowded: list[str] = []
        self.takers: Counter[int] = Counter()

    async def deliver(self, taker: int, leased: Message) -> Outcome:
        lane = leased.lane or ""
        self.under_way[lane] += 1
        if self.under_way[lane] > 1:
            self.crowded.append(lane)
        for _ in range(5):
            await asyncio.sleep(0)
        self.got[leased.key].append(leased.message_id)
        self.takers[taker] += 1
        self.under_way[lane] -= 1
        return Delivered()


def dispatcher(
    database: Database, receiver: Receiver, taker: int, *, lease_seconds: float = 60
) -> Dispatcher:
    return Dispatcher(
        database.write,
        message,
        lambda leased: receiver.deliver(taker, leased),
        lease_seconds=lease_seconds,
        concurrency=4,
        policy=POLICY,
        jitter=random.Random(1),  # noqa: S311 - not a secret
        shared=True,
        lease_clock=lambda connection, _now: server_now(connection),
    )


async def test_they_share_what_is_due_and_nothing_is_doubled_or_out_of_order(
    databases: list[Database],
) -> None:
    messages = [
        new(f"{key}.{place}", f"key-{key}", f"lane-{key % LANES}")
        for place in range(OF_A_KEY)
        for key in range(KEYS)
    ]
    await databases[0].write(lambda c: store.add(c, message, *messages, now=NOW))
    receiver = Receiver()
    parts = [dispatcher(database, receiver, n) for n, database in enumerate(databases)]

    async def until_empty(part: Dispatcher, database: Database) -> None:
        while (await database.read(lambda c: store.counts(c, message)))[MessageState.PENDING]:
            await part.run_once(NOW)

    async with asyncio.timeout(PATIENCE_SECONDS):
        await asyncio.gather(*map(until_empty, parts, databases))

    assert receiver.crowded == []
    assert receiver.got == {
        f"key-{key}": [f"{key}.{place}" for place in range(OF_A_KEY)] for key in range(KEYS)
    }
    assert min(receiver.takers.values()) > 0
    assert len(receiver.takers) == len(databases)


async def test_leases_end_by_the_servers_clock_and_are_then_taken_over(
    databases: list[Database],
) -> None:
    def lease(connection: sa.Connection) -> list[Message]:
        until = server_now(connection) + timedelta(seconds=60)
        return store.lease(connection, message, now=NOW, until=until, limit=10)

    def lapse(connection: sa.Connection) -> None:
        at = sa.text("UPDATE message SET lease_until = :at WHERE message_id = 'lapsed'")
        connection.execute(at, {"at": 1})

    await databases[0].write(
        lambda c: store.add(c, message, new("lapsed", "a"), new("held", "b"), now=NOW)
    )
    taken = {m.message_id: m for m in await databases[0].write(lease, scope=LEASING)}
    await databases[0].write(lapse)
    receiver = Receiver()
    # Its own clock is an hour ahead: by that, both leases would be over.
    report = await dispatcher(databases[1], receiver, 1).run_once(NOW + timedelta(hours=1))

    assert report.delivered == 1
    assert receiver.got == {"a": ["lapsed"]}  # never noted as being sent, hence no doubt
    for name, stands in (("lapsed", False), ("held", True)):
        late = await databases[0].write(
            lambda c, m=taken[name]: store.settle(  # type: ignore[misc]  # mypy cannot infer a lambda's default
                c, message, m.message_id, m.fence, Delivered(), now=NOW
            ),
            scope="acme",
        )
        assert late is stands


async def test_what_another_is_changing_is_passed_over_not_waited_for(
    databases: list[Database],
) -> None:
    await databases[0].write(
        lambda c: store.add(c, message, new("busy", "a"), new("free", "b"), now=NOW)
    )
    receiver = Receiver()
    loop = asyncio.get_running_loop()

    def cancel_slowly(connection: sa.Connection) -> int:
        store.cancel(connection, message, "busy", reason="a test", now=NOW)
        running = asyncio.run_coroutine_threadsafe(
            dispatcher(databases[1], receiver, 1).run_once(NOW), loop
        )
        return running.result(PATIENCE_SECONDS).leased

    assert await databases[0].write(cancel_slowly, scope="acme-other") == 1
    assert receiver.got == {"b": ["free"]}
