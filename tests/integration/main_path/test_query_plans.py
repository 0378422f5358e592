"""No statement of the main path grows slower with the number of claims, messages or events."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from gateway.storage import mirror
from gateway.workers import clock

from .conftest import SQLITE_ONLY


@contextmanager
def noted() -> Iterator[dict[str, Any]]:
    """The statements that run meanwhile, each with the values it was first given."""
    seen: dict[str, Any] = {}

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.setdefault(statement, parameters)

    event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(sa.Engine, "before_cursor_execute", note)


async def plans(world: Any, seen: dict[str, Any]) -> list[tuple[str, str]]:
    """Each statement with every step of its plan."""

    def explained(connection: Any) -> list[tuple[str, str]]:
        raw = connection.connection.driver_connection
        return [
            (statement, row[3])
            for statement, parameters in seen.items()
            for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]

    found: list[tuple[str, str]] = await world.gateway.database.read(explained)
    return found


@SQLITE_ONLY
async def test_no_query_of_the_hot_path_reads_a_whole_table(world: Any) -> None:
    """Every statement that names one claim, key or debtor finds it by an index."""
    with noted() as all_seen:
        kravia_id = await world.active()
        await world.paid()
        world.debtor_pays(kravia_id, "100.00")
        world.kravia.pay_out(10759, world.now[0].date())
        await world.overdue("30002", notices=[])
        await world.disputed("30002")
        await world.settle()
        await world.withdrawn()
        world.kravia.withdraw(kravia_id)
        await world.settle()
    seen = {
        statement: parameters
        for statement, parameters in all_seen.items()
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE"))
    }
    scans = [
        (statement, step)
        for statement, step in await plans(world, seen)
        if step.startswith("SCAN")
        and not any(fine in step for fine in ("INDEX", "subquery", "CONSTANT"))
        and "ORDER BY claim.seq DESC" not in statement  # an operator's list, page by page
    ]
    assert len(seen) > 20
    assert scans == []


@SQLITE_ONLY
async def test_what_is_due_is_found_by_its_day(world: Any) -> None:
    """The planner would rather read all claims of the creditor: a million, of which few are due."""
    seen: list[tuple[str, Any]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen.append((statement, parameters))

    event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        await clock.run_once(world.gateway, world.now[0])
    finally:
        event.remove(sa.Engine, "before_cursor_execute", note)

    def plan(connection: Any) -> list[str]:
        raw = connection.connection.driver_connection
        ((statement, parameters),) = [each for each in seen if "decide_on" in each[0]]
        return [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]

    (step,) = await world.gateway.database.read(plan)  # a second step would be to sort
    assert "USING INDEX claim_due (decide_on>? AND decide_on<?)" in step


@SQLITE_ONLY
async def test_what_may_be_a_claim_at_kravia_is_found_by_its_id_and_number(world: Any) -> None:
    """The planner would rather read all cases of the creditor, twice for each hand-over."""

    def plan(connection: Any) -> list[str]:
        statement: Any = mirror._CANDIDATES._statement
        asked = str(statement.compile(dialect=connection.dialect))
        raw = connection.connection.driver_connection
        return [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {asked}", ("x",) * 4)]

    steps = " ".join(await world.gateway.database.read(plan))

    assert "mirror_by_accounting_id (creditor_id=? AND accounting_invoice_id=?)" in steps
    assert "mirror_by_number (creditor_id=? AND invoice_number=?)" in steps


@SQLITE_ONLY
async def test_no_batch_of_the_comparison_walks_all_rows_of_the_creditor(world: Any) -> None:
    """Each batch would: a million claims are two thousand batches."""
    kravia_id = await world.active()
    await world.paid()
    world.debtor_pays(kravia_id, "100.00")
    await world.settle()
    world.kravia.pay_out(10759, world.now[0].date())
    await world.settle()
    with noted() as seen:
        page: Any = {"next": ""}
        while page["next"] is not None:
            after = {"after": page["next"]} if page["next"] else {}
            page = await world.call("reconcile", **after)

    found = await plans(world, seen)
    tables = ("mirror", "claim", "receipt", "collected", "settlement_line", "message")
    assert {step.split()[1] for _, step in found} >= set(tables)
    assert [
        (statement, step)
        for statement, step in found
        if step.startswith("SCAN") or step.endswith("(creditor_id=?)")
        if step.split()[1] in tables
    ] == []
