"""A database with many rows of everything that is listed, and how long one page of each takes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.storage.events import OUTCOMES
from gateway.storage.tables import alert, audit, claim, event, message, task
from outbox.instants import to_ms
from outbox.message import TERMINAL, MessageState

Values = dict[str, object]

CREDITORS = ("acme", "beta")
TYPES = ("invoice.overdue", "payment.received", "invoice.updated")
KINDS = ("kravia.register", "kravia.payment", "ledger.claim.registered")
BODY = b"\x00" + b"x" * 700
"""About what an invoice with its debtor takes, in bytes."""

START_MS = to_ms(datetime(2026, 11, 24, 10, 0, tzinfo=UTC))
CHUNK_ROWS = 5_000

RARE = 0.001
"""How many rows are not of the common creditor, state or kind: the hardest to find."""

PAGES: tuple[tuple[str, Mapping[str, object]], ...] = (
    ("claims.list", {}),
    ("claims.list", {"creditor": "beta", "state": "review"}),
    ("claims.list", {"debtor": "d-7", "state": "active"}),
    ("cases.list", {}),
    ("cases.list", {"creditor": "beta"}),
    ("events.list", {}),
    ("events.list", {"creditor": "beta", "type": "payment.received"}),
    ("events.list", {"outcome": "rejected"}),
    ("outbox.list", {}),
    ("outbox.list", {"creditor": "beta"}),
    ("outbox.list", {"state": "parked", "kind": "kravia.payment"}),
    ("doubts.list", {}),
    ("tasks.list", {"creditor": "beta"}),
    ("alerts.list", {}),
)
"""A page of each list: without a filter, and with filters that only few rows pass."""


def fill(connection: sa.Connection, rows: int, *, rare: float = RARE, seed: int = 1) -> None:
    """Write ``rows`` claims, events, messages, tasks, alerts and lines of audit."""
    pick = random.Random(seed)  # noqa: S311 - a measurement must repeat

    def choose(common: str, others: tuple[str, ...]) -> str:
        return pick.choice(others) if pick.random() < rare else common

    makers: dict[sa.Table, Callable[[int], Values]] = {
        claim: lambda at: _claim(at, choose),
        event: lambda at: _event(at, choose),
        message: lambda at: _message(at, choose),
        task: lambda at: _task(at, choose),
        alert: lambda at: _alert(at, choose),
        audit: lambda at: {"at": START_MS + at, "actor": "kari", "action": "pause", "subject": "*"},
    }
    for table, make in makers.items():
        for first in range(0, rows, CHUNK_ROWS):
            many = [make(at) for at in range(first, min(first + CHUNK_ROWS, rows))]
            connection.execute(sa.insert(table), many)


Choose = Callable[[str, tuple[str, ...]], str]


def _claim(at: int, choose: Choose) -> Values:
    creditor, debtor = choose("acme", CREDITORS), f"d-{at // 2}"
    return {
        "claim_id": f"clm_{at:09}",
        "case_id": f"cas_{creditor}{at // 2:09}",
        "creditor_id": creditor,
        "invoice_id": f"inv-{at}",
        "invoice_number": f"{at}",
        "debtor_number": debtor,
        "issue_date": "2026-08-01",
        "state": choose("active", tuple(ClaimState)),
        "currency": "NOK",
        "outstanding_minor": 125_000 + at,
        "sealed_facts": BODY,
        "facts_at": START_MS,
        "facts_hash": b"",
        "snapshot_hash": b"",
        "problem": "a rule says not yet: the deadline of the notice has not passed",
        "created_at": START_MS,
        "updated_at": START_MS + at,
    }


def _event(at: int, choose: Choose) -> Values:
    outcome = choose("handled", OUTCOMES)
    return {
        "event_id": f"evt_{at:09}",
        "creditor_id": choose("acme", CREDITORS),
        "webhook_id": f"wh-{at}",
        "type": choose("invoice.overdue", TYPES),
        "invoice_id": f"inv-{at}",
        "sealed_body": BODY,
        "body_hash": b"",
        "received_at": START_MS + at,
        "outcome": outcome,
        "problem": "data.invoice.total: is required" if outcome == "rejected" else None,
    }


def _message(at: int, choose: Choose) -> Values:
    state = choose("delivered", tuple(MessageState))
    kind = choose("kravia.payment", KINDS)
    if state in {MessageState.IN_DOUBT, MessageState.PARKED}:
        kind = "kravia.payment"  # to list a register in doubt its payload is opened
    is_settled = MessageState(state) in TERMINAL
    return {
        "message_id": f"msg_{at:09}",
        "scope": choose("acme", CREDITORS),
        "key": f"kravia.clm_{at:09}",
        "kind": kind,
        "subject": f"clm_{at:09}",
        "payload": BODY,
        "doubtful": 1,
        "state": state,
        "head": 0,  # nothing is sent from here
        "due_at": START_MS,
        "created_at": START_MS + at,
        "settled_at": START_MS + at if is_settled else None,
        "last_error": "quarantine: nobody knows" if at % 2 else "refused",
    }


def _task(at: int, choose: Choose) -> Values:
    return {
        "task_id": f"tsk_{at:09}",
        "creditor_id": choose("acme", CREDITORS),
        "claim_id": f"clm_{at:09}",
        "kind": "new_due_date",
        "about": "",
        "text": "Kravia has no call for a new due date: change it in the portal",
        "created_at": START_MS + at,
        "done_at": START_MS + at if choose("open", ("done",)) == "done" else None,
    }


def _alert(at: int, choose: Choose) -> Values:
    return {
        "creditor_id": choose("acme", CREDITORS),
        "kind": "parked",
        "about": f"msg_{at:09}",
        "text": "kravia.payment is parked: it was refused or given up",
        "command": f"kravia-gateway outbox show msg_{at:09}",
        "raised_at": START_MS + at,
    }


async def page_seconds(call: Callable[..., Any], clock: Callable[[], float]) -> dict[str, float]:
    """Ask for every page of ``PAGES`` twice through ``call``; the second time, by name, in s."""
    taken: dict[str, float] = {}
    for name, arguments in PAGES:
        for _ in range(2):  # the first also compiles the statement
            begun = clock()
            await call(name, **arguments)
            asked = " ".join((name, *(f"--{key} {value}" for key, value in arguments.items())))
            taken[asked] = clock() - begun
    return taken
