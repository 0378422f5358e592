"""What the inbox says to each delivery of a webhook, and what it keeps."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from gateway.storage import inbox
from gateway.storage.database import Database
from gateway.storage.inbox import NewEvent, Recorded
from gateway.storage.seal import PlainSeal
from gateway.storage.tables import alert, event

SEAL = PlainSeal(b"0123456789abcdef")
EVENT = NewEvent(
    creditor_id="acme",
    webhook_id="msg-1",
    type="invoice.overdue",
    invoice_id="inv-1001",
    body=b'{"type": "invoice.overdue"}',
    received_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
    outcome="recorded",
    event_id="evt_1",
)
REJECTED = replace(EVENT, outcome="rejected", problem='[{"field": "data.invoice.id"}]')


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with await Database.open(database_url) as database:
        yield database


async def rows(database: Database, table: sa.Table) -> list[dict[str, object]]:
    return await database.read(
        lambda connection: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
    )


async def test_an_event_is_kept_sealed_with_the_hash_of_its_raw_body(database: Database) -> None:
    assert await inbox.record(database, SEAL, EVENT) == Recorded(
        event_id="evt_1", outcome="recorded", problem=None
    )
    assert await rows(database, event) == [
        {
            "seq": 1,
            "event_id": "evt_1",
            "creditor_id": "acme",
            "webhook_id": "msg-1",
            "type": "invoice.overdue",
            "invoice_id": "inv-1001",
            "sealed_body": b'\x00{"type": "invoice.overdue"}',
            "body_hash": bytes.fromhex(
                "5830630bd549dbb2e944c779ba23e62964d8f3d90c4c6c7d561d5bc199d75298"
            ),
            "received_at": 1_795_510_800_000,
            "outcome": "recorded",
            "problem": None,
            "handled_at": None,
            "trace": None,
            "forgotten_at": None,
        }
    ]


async def test_the_same_again_is_a_duplicate_of_the_first(database: Database) -> None:
    await inbox.record(database, SEAL, EVENT)

    assert await inbox.record(database, SEAL, replace(EVENT, event_id="evt_2")) == Recorded(
        event_id="evt_1", outcome="duplicate", problem=None
    )
    assert len(await rows(database, event)) == 1


async def test_the_same_webhook_id_of_another_creditor_is_another_event(
    database: Database,
) -> None:
    await inbox.record(database, SEAL, EVENT)
    other = replace(EVENT, creditor_id="other", event_id="evt_2")

    assert (await inbox.record(database, SEAL, other)).outcome == "recorded"


async def test_another_body_under_the_id_is_a_conflict_and_one_alert(database: Database) -> None:
    await inbox.record(database, SEAL, EVENT)
    other = replace(EVENT, body=b"{}", event_id="evt_2")
    answers = [await inbox.record(database, SEAL, other) for _ in range(2)]

    assert answers == [Recorded(event_id="evt_1", outcome="conflict", problem=None)] * 2
    (raised,) = await rows(database, alert)
    assert raised["kind"] == "webhook_id_reused"
    assert raised["about"] == "msg-1"
    assert raised["command"] == "kravia-gateway events show evt_1"
    (kept,) = await rows(database, event)
    assert kept["sealed_body"] == b'\x00{"type": "invoice.overdue"}'


async def test_a_rejected_event_is_rejected_again_for_the_same_reason(database: Database) -> None:
    first = await inbox.record(database, SEAL, REJECTED)
    again = await inbox.record(
        database, SEAL, replace(REJECTED, problem="another wording", event_id="evt_2")
    )

    assert first == again
    assert again == Recorded(event_id="evt_1", outcome="rejected", problem=REJECTED.problem)


async def test_an_ignored_event_is_kept_and_then_a_duplicate(database: Database) -> None:
    ignored = replace(EVENT, outcome="ignored", type="invoice.opened")

    assert (await inbox.record(database, SEAL, ignored)).outcome == "ignored"
    assert (await inbox.record(database, SEAL, ignored)).outcome == "duplicate"


async def test_of_many_deliveries_at_once_one_is_recorded(database: Database) -> None:
    deliveries = [replace(EVENT, event_id=f"evt_{number}") for number in range(64)]
    answers = await asyncio.gather(*(inbox.record(database, SEAL, each) for each in deliveries))

    assert Counter(answer.outcome for answer in answers) == {"recorded": 1, "duplicate": 63}
    assert len({answer.event_id for answer in answers}) == 1


async def test_event_ids_are_fresh_and_unguessable() -> None:
    ids = {inbox.new_event_id() for _ in range(1_000)}

    assert len(ids) == 1_000
    assert all(len(event_id) == len("evt_") + 24 for event_id in ids)


async def test_an_event_id_used_twice_is_an_error_and_not_a_duplicate(database: Database) -> None:
    await inbox.record(database, SEAL, EVENT)

    with pytest.raises(sa.exc.NoResultFound):
        await inbox.record(database, SEAL, replace(EVENT, webhook_id="msg-2"))


async def test_an_event_may_be_recorded_in_a_larger_operation(database: Database) -> None:
    def op(connection: sa.Connection) -> None:
        assert inbox.record_in(connection, SEAL, EVENT).outcome == "recorded"
        assert inbox.record_in(connection, SEAL, EVENT).outcome == "duplicate"
        raise LookupError("undo")

    with pytest.raises(LookupError, match="undo"):
        await database.write(op)
    assert await rows(database, event) == []


async def test_pending_are_the_recorded_that_nobody_handled(database: Database) -> None:
    for number in range(5):
        each = replace(EVENT, webhook_id=f"msg-{number}", event_id=f"evt_{number}")
        await inbox.record(database, SEAL, each)
    await inbox.record(database, SEAL, replace(REJECTED, webhook_id="msg-9", event_id="evt_9"))

    assert await database.read(inbox.pending_count) == 5
    assert await database.read(lambda connection: inbox.pending_count(connection, at_most=3)) == 3


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_counting_the_pending_walks_their_index(database: Database) -> None:
    query = "SELECT 1 FROM event WHERE outcome = 'recorded' LIMIT 10"
    plan = await database.read(
        lambda connection: connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}").all()
    )

    assert "USING INDEX event_unhandled" in str(plan)
