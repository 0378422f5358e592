"""Lists page by page give every row that the filter wants, once, in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.storage.tables import claim, event, message, task
from tests.benchmarks.many_rows import fill

ROWS = 240
TABLES = {"claims": claim, "events": event, "outbox": message, "tasks": task}
COLUMNS = {"creditor": "creditor_id", "debtor": "debtor_number"}
IDS = {"claims": "claim_id", "events": "event_id", "outbox": "message_id", "tasks": "task_id"}


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """A second creditor, to have something to leave out."""
    second = {"kravia_creditor_id": 20001, "webhook_secrets": ["env:SECRET"]}
    ledger = {"kind": "webhook", "url": "http://127.0.0.1:2/in", "secret": "env:SECRET"}
    return {"creditors": {"beta": {**second, "ledger": ledger}}}


@pytest.fixture
async def full(world: Any) -> Any:
    await world.gateway.database.write(lambda connection: fill(connection, ROWS, rare=0.5))
    return world


async def _all(world: Any, name: str, **arguments: object) -> list[dict[str, Any]]:
    """Follow ``next`` to the end, seven rows at a time."""
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        more: dict[str, object] = {} if after is None else {"after": after}
        page = await world.call(name, limit=7, **arguments, **more)
        found += page["items"]
        after = page["next"]
        if after is None:
            return found


async def _stored(world: Any, table: sa.Table) -> list[dict[str, Any]]:
    def read(connection: sa.Connection) -> list[dict[str, Any]]:
        rows = connection.execute(sa.select(table).order_by(table.c.seq)).mappings()
        return [dict(row) for row in rows]

    rows: list[dict[str, Any]] = await world.gateway.database.read(read)
    return rows


@pytest.mark.parametrize(
    ("name", "filters"),
    [
        ("claims", {}),
        ("claims", {"creditor": "acme"}),
        ("claims", {"state": "active"}),
        ("claims", {"creditor": "beta", "state": "review"}),
        ("claims", {"debtor": "d-7"}),
        ("claims", {"debtor": "d-7", "state": "active"}),
        ("events", {}),
        ("events", {"creditor": "acme"}),
        ("events", {"type": "payment.received"}),
        ("events", {"outcome": "recorded"}),
        ("events", {"outcome": "handled", "creditor": "acme"}),
        ("events", {"creditor": "acme", "type": "invoice.overdue"}),
        ("events", {"creditor": "acme", "type": "invoice.updated", "outcome": "recorded"}),
        ("outbox", {}),
        ("outbox", {"creditor": "beta"}),
        ("outbox", {"kind": "kravia.payment"}),
        ("outbox", {"state": "delivered", "kind": "kravia.register"}),
        ("outbox", {"state": "parked"}),
        ("outbox", {"creditor": "acme", "kind": "kravia.payment"}),
    ],
    ids=str,
)
async def test_the_pages_of_a_list_are_all_that_it_wants_newest_first(
    full: Any, name: str, filters: dict[str, str]
) -> None:
    scope = {"creditor": "scope"} if name == "outbox" else COLUMNS
    rows = await _stored(full, TABLES[name])
    wanted = [
        row[IDS[name]]
        for row in reversed(rows)
        if all(row[scope.get(key, key)] == value for key, value in filters.items())
    ]

    found = await _all(full, f"{name}.list", **filters)

    assert wanted
    assert [row[IDS[name]] for row in found] == wanted


@pytest.mark.parametrize(
    ("arguments", "wants"),
    [
        ({}, lambda row: row["done_at"] is None),
        ({"all": True}, lambda _: True),
        ({"creditor": "beta"}, lambda r: r["done_at"] is None and r["creditor_id"] == "beta"),
        ({"creditor": "beta", "all": True}, lambda row: row["creditor_id"] == "beta"),
    ],
)
async def test_the_pages_of_tasks_are_the_open_ones_oldest_first(
    full: Any, arguments: dict[str, Any], wants: Callable[[dict[str, Any]], bool]
) -> None:
    wanted = [row["task_id"] for row in await _stored(full, task) if wants(row)]

    assert [row["task_id"] for row in await _all(full, "tasks.list", **arguments)] == wanted


@pytest.mark.parametrize("filters", [{}, {"creditor": "acme"}])
async def test_a_case_stands_once_in_the_pages_where_its_newest_claim_is(
    full: Any, filters: dict[str, str]
) -> None:
    claims = [
        row
        for row in reversed(await _stored(full, claim))
        if row["creditor_id"] in (filters.get("creditor"), *([] if filters else ("acme", "beta")))
    ]

    found = await _all(full, "cases.list", **filters)

    assert [row["case_id"] for row in found] == list(dict.fromkeys(r["case_id"] for r in claims))
    assert sum(row["claims"] for row in found) == len(claims)
    first = [row for row in claims if row["case_id"] == found[0]["case_id"]]
    assert found[0]["states"] == sorted({row["state"] for row in first})
    assert found[0]["outstanding"] == f"{sum(row['outstanding_minor'] for row in first) / 100:.2f}"


async def test_doubts_are_those_in_doubt_and_in_quarantine_oldest_first(full: Any) -> None:
    wanted = [
        row["message_id"]
        for row in await _stored(full, message)
        if row["state"] == "in_doubt"
        or (row["state"] == "parked" and row["last_error"].startswith("quarantine: "))
    ]

    assert [row["message_id"] for row in await _all(full, "doubts.list")] == wanted
