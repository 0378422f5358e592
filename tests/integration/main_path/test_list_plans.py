"""Every list, with every filter, is a walk along an index: nothing is sorted, nothing passed by."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from .conftest import SQLITE_ONLY

FILTERS: dict[str, dict[str, tuple[str | bool, ...]]] = {
    "claims.list": {"creditor": ("acme",), "state": ("held", "closed"), "debtor": ("10001",)},
    "claims.reviews": {"creditor": ("acme",), "invoice": ("30001",)},
    "cases.list": {"creditor": ("acme",)},
    "events.list": {
        "creditor": ("acme",),
        "type": ("payment.received",),
        "outcome": ("recorded", "handled", "rejected"),
    },
    "outbox.list": {
        "creditor": ("acme",),
        "state": ("pending", "parked", "delivered"),
        "kind": ("kravia.register",),
    },
    "doubts.list": {"creditor": ("acme",)},
    "payments.list": {"creditor": ("acme",), "state": ("waiting", "unmatched")},
    "tasks.list": {"creditor": ("acme",), "all": (True,)},
    "alerts.list": {},
    "audit.list": {
        "actor": ("user:kari",),
        "action": ("claims.note",),
        "subject": ("all", "clm_1"),
        "since": ("2026-11-24",),
        "until": ("2026-11-24T10:00",),
    },
}


def _questions() -> list[tuple[str, dict[str, object]]]:
    """Every list with every combination of its filters, from the start and from the middle."""
    questions: list[tuple[str, dict[str, object]]] = []
    for name, filters in FILTERS.items():
        for values in product(*(("", *each) for each in filters.values()), ("", "70")):
            asked = dict(zip((*filters, "after"), values, strict=True))
            questions.append((name, {key: value for key, value in asked.items() if value}))
    return questions


def _told(question: tuple[str, dict[str, object]]) -> str:
    return " ".join((question[0], *(f"{key}={value}" for key, value in question[1].items())))


@pytest.fixture
async def seen(world: Any) -> Any:
    """Ask and give the plan, step by step, of every statement that this took."""
    statements: list[tuple[str, tuple[Any, ...]]] = []

    def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        statements.append((statement, tuple(parameters)))

    def plans(connection: Any) -> list[str]:
        raw = connection.connection.driver_connection
        return [
            row[3]
            for statement, parameters in statements
            for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]

    async def ask(name: str, arguments: dict[str, str]) -> list[str]:
        event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            await world.call(name, **arguments)
        finally:
            event.remove(sa.Engine, "before_cursor_execute", note)
        steps: list[str] = await world.gateway.database.read(plans)
        statements.clear()
        return steps

    return ask


@SQLITE_ONLY
async def test_no_list_sorts_or_passes_by_what_it_leaves_out(world: Any, seen: Any) -> None:
    """The planner knows nothing of how many rows there are: its choice here is its choice there."""
    await world.active()
    wrong = []
    for question in _questions():
        name, arguments = question
        steps = await seen(name, arguments)
        assert steps
        unfiltered = set(arguments) <= {"after", "all"}
        for step in steps:
            # The walk back over a whole table, which stops at a page, is a list without a filter.
            walk = step.startswith("SCAN") and not (unfiltered or "event_unhandled" in step)
            if "TEMP B-TREE" in step or (walk and "CONSTANT" not in step):
                wrong.append(f"{_told(question)}: {step}")

    assert wrong == [], "\n".join(wrong)
