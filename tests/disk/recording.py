"""What the gateway's own writer says to SQLite, statement by statement, to be said again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gateway.storage import inbox, sqlite_file
from gateway.storage import sqlite_database as database_module
from gateway.storage.database import Database
from gateway.storage.inbox import NewEvent
from gateway.storage.raw_connection import RawConnection
from gateway.storage.seal import PlainSeal
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import Delivered, InDoubt, NewMessage, Parked, Retry

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ROUNDS = 4
"""Of record, decide, lease, send and settle: each outcome there is comes up once."""


async def recorded(path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run the five commits of some messages, and return all that the connection was told."""
    said: list[str] = []

    def traced(at: Path) -> RawConnection:
        raw = sqlite_file.connect_writer(at)
        raw.set_trace_callback(said.append)
        return raw

    monkeypatch.setattr(database_module, "connect_writer", traced)
    async with await Database.open(f"sqlite:///{path}") as database:
        for each in range(ROUNDS):
            await _round(database, each)
    return [each for each in said if not each.lstrip().startswith("--")]


async def _round(database: Database, number: int) -> None:
    name = f"{number:04}"
    await inbox.record(
        database,
        PlainSeal(b"k" * 32),
        NewEvent(
            creditor_id="acme",
            webhook_id=f"wh-{name}",
            type="invoice.overdue",
            invoice_id=f"inv-{name}",
            body=b'{"padding": "' + b"x" * 3_000 + b'"}',
            received_at=NOW,
            outcome="recorded",
            event_id=f"evt_{name}",
        ),
    )

    def decide(connection: sa.Connection) -> None:
        new = NewMessage(
            message_id=f"msg_{name}",
            scope="acme",
            key=f"kravia.{name}",
            lane=f"acme/{name}",
            kind="kravia.register",
            subject=name,
            payload=b"p" * 2_000,
            due_at=NOW,
            doubtful=True,
        )
        store.add(connection, table, new, now=NOW)

    def take(connection: sa.Connection) -> tuple[str, int]:
        until = NOW + timedelta(minutes=1)
        (message,) = store.lease(connection, table, now=NOW, until=until, limit=1)
        return message.message_id, message.fence

    await database.write(decide)
    message_id, fence = await database.write(take)
    await database.write(lambda c: store.sending(c, table, message_id, fence, now=NOW, theirs=NOW))
    later = NOW + timedelta(hours=1)
    outcome: Any = (
        Delivered(result="900001"),
        Retry(at=later, error="refused"),
        InDoubt(at=later, error="reset"),
        Parked(reason="a 400"),
    )[number % 4]
    await database.write(lambda c: store.settle(c, table, message_id, fence, outcome, now=NOW))
