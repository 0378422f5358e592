"""The edge on the real database: what is answered 202 is on the disk, once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from clients.webhook import ledger_events
from gateway.storage.database import Database
from gateway.storage.inbox import record
from gateway.storage.seal import PlainSeal

BODY = orjson.dumps(ledger_events.invoice_body())
INVALID = orjson.dumps(ledger_events.invoice_body(total=2250))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with await Database.open(f"sqlite:///{tmp_path}/gateway.db") as database:
        yield database


@pytest.fixture
async def sender(start: Any, database: Database) -> Any:
    return await start(record=partial(record, database, PlainSeal(bytes(32))))


def rows(database: Database) -> list[tuple[object, ...]]:
    # Another connection than the server's: what it sees was committed.
    with sqlite3.connect(f"file:{database.path}?mode=ro", uri=True) as connection:
        found = connection.execute(
            "SELECT webhook_id, type, outcome, problem FROM event"
        ).fetchall()
    connection.close()
    return found


async def test_each_outcome_is_on_the_disk_when_it_is_answered(
    sender: Any, database: Database
) -> None:
    recorded = await sender.post(BODY, webhook_id="msg-1")
    ignored = await sender.post(b'{"type":"ping"}', webhook_id="msg-2")
    rejected = await sender.post(INVALID, webhook_id="msg-3")

    assert [recorded.status, ignored.status, rejected.status] == [202, 202, 422]
    first, second, third = rows(database)
    assert first == ("msg-1", "invoice.overdue", "recorded", None)
    assert second == ("msg-2", "ping", "ignored", None)
    assert third[:3] == ("msg-3", "invoice.overdue", "rejected")
    assert "data.invoice.total" in str(third[3])


async def test_redeliveries_and_conflicts_leave_the_first_alone(
    sender: Any, database: Database
) -> None:
    answers = [
        await sender.post(body, webhook_id=webhook_id)
        for body, webhook_id in (
            (BODY, "msg-1"),
            (BODY, "msg-1"),
            (INVALID, "msg-1"),
            (INVALID, "msg-2"),
            (INVALID, "msg-2"),
            (BODY, "msg-2"),
        )
    ]

    assert [answer.status for answer in answers] == [202, 202, 409, 422, 422, 409]
    assert answers[1].json["outcome"] == "duplicate"
    assert answers[3].json == answers[4].json
    assert [row[2] for row in rows(database)] == ["recorded", "rejected"]


async def test_a_storm_of_redeliveries_is_kept_once_each(sender: Any, database: Database) -> None:
    answers = await asyncio.gather(
        *(sender.post(BODY, webhook_id=f"msg-{n % 20}") for n in range(200))
    )

    outcomes = Counter(answer.json["outcome"] for answer in answers)
    assert outcomes == {"recorded": 20, "duplicate": 180}
    assert len(rows(database)) == 20


async def test_a_database_that_is_gone_is_a_503(sender: Any, database: Database) -> None:
    await database.close()

    answer = await sender.post(BODY)

    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
