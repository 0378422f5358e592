"""A process that is killed while it delivers: what the next one finds, and does first."""

from __future__ import annotations

import asyncio
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from gateway.storage.database import Database
from gateway.storage.tables import message
from outbox import store
from outbox.dispatcher import Dispatcher
from outbox.message import Delivered, Message, MessageState, NewMessage, Outcome
from outbox.retry import RetryPolicy

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PATIENCE_SECONDS = 20.0
POLICY = RetryPolicy(first_seconds=1, max_seconds=60, attempts_max=9, total_age_max_seconds=86_400)

CHILD = """
import asyncio, random, sys
from datetime import UTC, datetime
from gateway.storage.database import Database
from gateway.storage.tables import message
from outbox import store
from outbox.dispatcher import Dispatcher
from outbox.message import Delivered
from outbox.retry import RetryPolicy

now = datetime(2026, 11, 24, 9, tzinfo=UTC)

def say(message, *_):
    print(message.message_id, flush=True)

database = None

async def deliver(leased):
    await database.write(
        lambda c: store.sending(c, message, leased.message_id, leased.fence, now=now, theirs=now)
    )
    if leased.message_id.startswith("quick"):
        return Delivered()
    say(leased)
    await asyncio.Event().wait()

async def main():
    global database
    database = await Database.open(sys.argv[1])
    dispatcher = Dispatcher(
        database.write, message, deliver, lease_seconds=60, concurrency=8,
        policy=RetryPolicy(first_seconds=1, max_seconds=6, attempts_max=9, total_age_max_seconds=9),
        jitter=random.Random(1), observer=say,
    )
    await dispatcher.run(stop=asyncio.Event(), clock=lambda: now, wake=asyncio.Event())

asyncio.run(main())
"""


def new(message_id: str, key: str, *, doubtful: bool) -> NewMessage:
    return NewMessage(
        message_id=message_id,
        scope="acme",
        key=key,
        kind="register",
        payload=b"{}",
        due_at=NOW,
        doubtful=doubtful,
    )


def deliver_until_killed(url: str, *wanted: str) -> None:
    """Start a process that delivers; kill it when these are delivered (quick ones) or hang."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, url], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        missing = set(wanted)
        while missing:
            line = child.stdout.readline()
            assert line, "the process ended by itself"
            missing.discard(line.strip())
        child.send_signal(signal.SIGKILL)


def states(connection: sa.Connection) -> dict[str, MessageState]:
    return {m.message_id: m.state for m in store.listing(connection, message, limit=100)}


async def test_what_was_on_its_way_is_in_doubt_or_sent_again_and_nothing_is_lost(
    database_url: str,
) -> None:
    url = database_url
    messages = [
        new("quick", "a", doubtful=True),
        new("register", "b", doubtful=True),
        new("payment", "b", doubtful=True),
        new("webhook", "c", doubtful=False),
    ]
    async with await Database.open(url) as database:
        await database.write(lambda connection: store.add(connection, message, *messages, now=NOW))
    await asyncio.to_thread(deliver_until_killed, url, "quick", "register", "webhook")

    sent: list[str] = []
    stop = asyncio.Event()

    async def deliver(leased: Message) -> Outcome:
        sent.append(leased.message_id)
        stop.set()
        return Delivered()

    async with await Database.open(url) as database:
        dispatcher = Dispatcher(
            database.write,
            message,
            deliver,
            lease_seconds=60,
            concurrency=8,
            policy=POLICY,
            jitter=random.Random(1),  # noqa: S311 - not a secret
        )
        later = NOW + timedelta(seconds=10)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await dispatcher.run(stop=stop, clock=lambda: later, wake=asyncio.Event())

        assert sent == ["webhook"]
        assert await database.read(states) == {
            "quick": MessageState.DELIVERED,
            "register": MessageState.IN_DOUBT,
            "payment": MessageState.PENDING,
            "webhook": MessageState.DELIVERED,
        }


async def test_what_kills_the_process_each_time_is_parked_and_condemns_no_other(
    database_url: str,
) -> None:
    url = database_url
    async with await Database.open(url) as database:
        await database.write(
            lambda connection: store.add(
                connection,
                message,
                new("poison", "a", doubtful=False),
                new("slow", "b", doubtful=False),
                now=NOW,
            )
        )
    for _ in range(store.CRASH_ATTEMPTS_MAX - 1):
        await asyncio.to_thread(deliver_until_killed, url, "poison", "slow")
    await asyncio.to_thread(deliver_until_killed, url, "poison")

    async with await Database.open(url) as database:
        await database.write(
            lambda connection: store.expire(connection, message, now=NOW, everything=True)
        )
        assert await database.read(states) == {
            "poison": MessageState.PARKED,
            "slow": MessageState.PENDING,
        }
