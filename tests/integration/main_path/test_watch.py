"""Alerts are raised once and go when their cause does; counts are read from indexes alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event as sa_event

from clients.simulated_faults import FaultKind
from clients.webhook.simulator import LedgerFault, LedgerFaultKind
from gateway.storage.measures import inbox_depth, measure
from gateway.storage.tables import alert, claim

from .conftest import SQLITE_ONLY

NOTIFY = pytest.mark.parametrize(
    "creditor", [{"notify": {"url": "http://127.0.0.1:3/in", "secret": "env:SECRET"}}]
)
TODAY = date(2026, 11, 24)


async def kinds(world: Any) -> list[str]:
    """What stands, but for the figures of 2026, which end in 37 days."""
    return sorted(kind for kind in await world.alerts() if kind != "rates")


def without_end(world: Any) -> None:
    """Give every table of figures rows that hold until replaced."""
    rules = world.gateway.rules
    for name in ("late_interest", "compensation"):
        rows = tuple(replace(row, until=None) for row in getattr(rules, name))
        object.__setattr__(rules, name, rows)


async def seconds_of(world: Any, name: str) -> float:
    await world.workers.watch.look(world.now[0])
    line = next(
        line for line in world.metrics.render().decode().splitlines() if line.startswith(name)
    )
    return float(line.rpartition(" ")[2])


@NOTIFY
async def test_figures_that_run_out_are_told_once_until_they_are_added(world: Any) -> None:
    for _ in range(2):
        await world.watch()
        await world.deliver()
    rows = [row for row in await world.items("alerts.list") if row["kind"] == "rates"]
    assert [row["creditor_id"] for row in rows] == ["*", "*"]
    assert "late_interest covers no day after 2026-12-31" in rows[1]["message"]
    assert rows[0]["command"] == "kravia-gateway check-config"
    told = world.notify.of_type("alert")
    assert [each.data["kind"] for each in told] == ["rates", "rates"]
    assert {each.data["creditor_id"] for each in told} == {"acme"}
    assert await seconds_of(world, 'gateway_rates_left_days{table="late_interest"}') == 37

    without_end(world)
    await world.watch()
    assert await world.alerts() == []


@pytest.mark.parametrize(("ahead", "stands"), [(61, False), (60, True), (0, True)])
async def test_figures_are_warned_of_sixty_days_ahead(world: Any, ahead: int, stands: bool) -> None:
    without_end(world)
    rules = world.gateway.rules
    last = replace(rules.late_interest[-1], until=TODAY + timedelta(days=ahead))
    object.__setattr__(rules, "late_interest", (*rules.late_interest[:-1], last))

    await world.watch()

    assert await world.alerts() == (["rates"] if stands else [])


async def test_a_kravia_that_does_not_answer_is_told_once_after_ten_minutes(world: Any) -> None:
    world.fail("search", FaultKind.REFUSE, times=None)
    for minutes in (0, 9):
        world.pass_time(minutes=minutes)
        await world.poll()
        await world.watch()
        assert await kinds(world) == []
    for _ in range(2):
        world.pass_time(minutes=2)
        await world.poll()
        await world.watch()
        assert await kinds(world) == ["remote_down"]

    await world.restart()
    await world.watch()
    assert await kinds(world) == ["remote_down"]  # nobody has tried since
    world.mend()
    await world.poll()
    await world.watch()
    assert await kinds(world) == []


async def test_a_ledger_that_does_not_answer_is_told_beside_kravia(world: Any) -> None:
    world.ledger.plant(_hangs())
    await world.active()
    for _ in range(8):
        world.pass_time(minutes=10)
        await world.settle()
    await world.watch()
    [down] = [row for row in await world.items("alerts.list") if row["kind"] == "remote_down"]
    assert down["creditor_id"] == "acme"
    assert down["message"].startswith("ledger has not answered since 2026-11-24")
    assert down["command"] == "kravia-gateway creditors check acme"

    world.ledger.clear_faults()
    world.pass_time(hours=2)
    await world.settle()
    await world.watch()
    assert await kinds(world) == []


async def test_a_feed_that_fails_alone_is_told_as_the_feed(world: Any) -> None:
    await world.overdue()
    await world.settle()
    for _ in range(3):
        world.fail("search", FaultKind.STATUS, status=503, times=3)
        world.pass_time(minutes=6)
        await world.poll()
        await world.gateway.kravia.details((await world.claim())["kravia_invoice_id"])
        await world.watch()

    assert await kinds(world) == ["feed"]


async def test_a_doubt_of_an_hour_is_told_until_it_ends(world: Any) -> None:
    world.fail("register", FaultKind.ACCEPT_THEN_TIMEOUT)
    world.fail("search", FaultKind.REFUSE, times=None)
    await world.overdue()
    world.mend()
    await world.poll()
    world.fail("register", FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.intake()
    await world.deliver()
    message = await world.message()
    assert message["state"] == "in_doubt"
    world.pass_time(minutes=59)
    await world.watch()
    assert "in_doubt" not in await world.alerts()

    for _ in range(2):
        world.pass_time(minutes=1)
        await world.watch()
        [raised] = [r for r in await world.items("alerts.list") if r["kind"] == "in_doubt"]
    assert raised["command"] == f"kravia-gateway doubts show {message['message_id']}"
    assert await seconds_of(world, 'gateway_doubts_oldest_age_seconds{state="in_doubt"}') == 3660
    assert await seconds_of(world, 'gateway_doubts{state="in_doubt"}') == 1

    await world.settle()
    await world.watch()
    assert "in_doubt" not in await world.alerts()


async def test_an_inbox_and_an_outbox_that_stand_are_told(world: Any) -> None:
    await world.overdue("30001", debtor={"number": "1"})
    world.pass_time(minutes=6)
    await world.workers.watch.run_once(world.now[0])
    await world.watch()
    assert await kinds(world) == ["inbox_old"]
    assert "gateway_inbox_oldest_age_seconds 360.0" in world.metrics.render().decode()

    await world.intake()
    world.pass_time(minutes=16)
    await world.watch()
    assert await kinds(world) == ["outbox_old"]
    assert await seconds_of(world, "gateway_outbox_oldest_due_age_seconds") == 960

    await world.settle()
    await world.watch()
    assert await kinds(world) == []


async def test_a_clock_that_is_right_again_clears_the_alert_of_the_process_before(
    world: Any,
) -> None:
    world.kravia.set_conditions(date_skew_seconds=600)
    await world.poll()
    await world.restart()
    await world.workers.poller.run_once(world.now[0] - timedelta(days=1))
    assert "clock" in await world.alerts()

    world.kravia.set_conditions(date_skew_seconds=0)
    await world.restart()
    await world.poll()
    assert "clock" not in await world.alerts()


async def test_what_is_past_is_forgotten_after_a_week(world: Any) -> None:
    await world.overdue("30001")
    await world.receive("invoice.overdue", {"another": "body"}, webhook_id="wh-1")
    world.pass_time(days=6)
    await world.watch()
    assert await kinds(world) == ["inbox_old", "webhook_id_reused"]

    await world.intake()
    world.pass_time(days=1)
    await world.watch()
    assert "webhook_id_reused" not in await world.alerts()


async def test_a_version_that_came_twice_is_forgotten_with_the_next(world: Any) -> None:
    await world.overdue(version=2)
    await world.overdue(version=2, outstanding="1.00")
    await world.settle()
    await world.watch()
    assert await kinds(world) == ["version_conflict"]

    await world.overdue(version=3)
    await world.settle()
    await world.watch()
    assert await kinds(world) == []


async def test_an_unknown_status_that_no_claim_has_any_more_is_forgotten(world: Any) -> None:
    kravia_id = await world.active()
    world.kravia.close(kravia_id, "Sendt til namsmannen")
    await world.settle()
    await world.watch()
    assert await kinds(world) == ["unknown_status"]

    def moved(connection: sa.Connection) -> None:
        connection.execute(sa.update(claim).values(kravia_status="Active", details_at=1))

    await world.gateway.database.write(moved)
    await world.watch()
    assert await kinds(world) == []


async def test_an_alert_whose_cause_a_person_ended_elsewhere_goes_by_itself(world: Any) -> None:
    """Rows of kinds that were left behind: by an older release, a restore, a hand."""

    def leave(connection: sa.Connection) -> None:
        for kind in ("parked", "event_failed", "event_waiting", "details", "sent_by_ledger"):
            connection.execute(
                sa.insert(alert).values(
                    creditor_id="acme",
                    kind=kind,
                    about="gone",
                    text="t",
                    command="c",
                    raised_at=0,
                )
            )

    await world.gateway.database.write(leave)
    await world.watch()

    assert await kinds(world) == []


async def test_nothing_is_written_while_nothing_changes(world: Any) -> None:
    await world.watch()
    before = world.metrics.render().decode().count("gateway_commit_seconds_count")
    commits = await commits_of(world)
    await world.workers.watch.alert(world.now[0])
    await world.workers.watch.run_once(world.now[0])

    assert before == 1
    assert await commits_of(world) == commits


async def commits_of(world: Any) -> str:
    lines = world.metrics.render().decode().splitlines()
    return str(next(line for line in lines if line.startswith("gateway_commit_seconds_count")))


async def test_the_whole_way_is_counted(world: Any) -> None:
    await world.active("30001", debtor={"number": "1"})
    await world.overdue("30002", debtor={"number": "2"}, notices=_notices("2026-11-25"))
    await world.active("30003", debtor={"number": "3"})
    await world.disputed("30003")
    await world.settle()
    await world.call("pause", reason="a test", creditor="acme")
    await world.workers.watch.run_once(world.now[0])

    text = world.metrics.render().decode()
    for line in (
        "gateway_inbox_events 0.0",
        'gateway_claims_held{days_ahead="2-7"} 1.0',
        'gateway_claims_frozen{creditor_id="acme"} 1.0',
        'gateway_registers_paused{creditor_id="acme"} 1.0',
        'gateway_registers_paused{creditor_id="*"} 0.0',
        'gateway_mirror_age_seconds{creditor_id="acme"} 0.0',
        'gateway_deliveries_total{kind="kravia.register",outcome="delivered"} 2.0',
        'gateway_remote_calls_total{operation="POST register",status="200",system="kravia"} 2.0',
        "gateway_tasks_open 1.0",
    ):
        assert line in text
    assert "gateway_commit_sync_seconds_count" in text
    assert 'gateway_leases_total{end="taken"}' in text


@SQLITE_ONLY
async def test_counting_reads_no_table(world: Any) -> None:
    seen: dict[str, Any] = {}

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        seen[statement] = tuple(parameters)

    def count(connection: sa.Connection) -> None:
        inbox_depth(connection, at_most=10)
        measure(connection, today=TODAY)

    def plans(connection: Any) -> list[str]:
        raw = connection.connection.driver_connection
        return [
            row[3]
            for statement, parameters in seen.items()
            for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]

    sa_event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        await world.gateway.database.read(count)
    finally:
        sa_event.remove(sa.Engine, "before_cursor_execute", note)
    steps = await world.gateway.database.read(plans)

    small = (
        *("feed", "ledger_sweep", "alert", "pause", "subquery", "CONSTANT", "anon_1"),
        "line",  # one row for each creditor and kind: walked by an index, see outbox.statements
    )
    reads = [step for step in steps if step.startswith("SCAN") and "USING" not in step]
    assert [step for step in reads if not any(word in step for word in small)] == []
    for index in (
        "event_unhandled",
        "message_unsettled",
        "message_leasable",
        "claim_frozen",
        "claim_due",
        "task_open",
    ):
        assert any(index in step for step in steps), index
    for covered in ("message_unsettled", "claim_frozen", "claim_due"):
        assert any(f"COVERING INDEX {covered}" in step for step in steps), covered


def _hangs() -> Any:
    return LedgerFault(kind=LedgerFaultKind.STATUS, status=503, times=1_000)


def _notices(deadline: str) -> list[dict[str, str]]:
    return [
        {
            "kind": "collection_notice",
            "sent_on": "2026-11-10",
            "deadline": deadline,
            "channel": "post",
        }
    ]
