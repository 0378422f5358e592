"""What came in, kept before it is answered: one row per (creditor, webhook id), whatever races.

The unique constraint ``event_once`` decides what is a duplicate: two deliveries of one webhook at
the same moment both try to insert, and the one that inserts nothing reads what the other kept.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, cast

import sqlalchemy as sa

from gateway.storage.database import Database
from gateway.storage.group_commit import UNLOCKED
from gateway.storage.insertion import insertion_once
from gateway.storage.seal import Seal
from gateway.storage.tables import alert, event
from outbox.instants import to_ms

if TYPE_CHECKING:
    import psycopg

NewOutcome = Literal["recorded", "rejected", "ignored"]
RecordOutcome = Literal["recorded", "duplicate", "ignored", "rejected", "conflict"]


def new_event_id() -> str:
    """Give a fresh event id: 96 random bits, as every id of ours, so that none ever meet."""
    return f"evt_{secrets.token_hex(12)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """One validly signed webhook: its raw ``body``, and the ``problem`` if it was rejected.

    ``trace`` is the W3C traceparent that what it causes is traced under, if anything is.
    """

    creditor_id: str
    webhook_id: str
    type: str
    invoice_id: str | None
    body: bytes
    received_at: datetime
    outcome: NewOutcome
    problem: str | None = None
    trace: str | None = None
    event_id: str = field(default_factory=new_event_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What is now kept, and under which id.

    ``recorded``, ``ignored``, ``rejected``: kept just now, or (rejected only) kept before with that
    stored ``problem``. ``duplicate``: kept before. ``conflict``: another body is kept under this
    webhook id; the first stands and an alert is raised.
    """

    event_id: str
    outcome: RecordOutcome
    problem: str | None


# The hot path of the whole gateway, hence no statement objects: the raw connection, one statement,
# positional parameters (tests/benchmarks/ingest_storage.py measures it).
_INSERT: Final = """
INSERT INTO event (event_id, creditor_id, webhook_id, type, invoice_id, sealed_body, body_hash,
                   received_at, outcome, problem, trace)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO NOTHING
"""
_INSERT_POSTGRESQL: Final = _INSERT.replace("?", "%s")


async def record(database: Database, seal: Seal, event: NewEvent) -> Recorded:
    """Keep an event durably and say what it was; returns after the commit, never before."""
    sealed_body, body_hash = seal.seal(event.body), hashlib.sha256(event.body).digest()
    # At most one statement of it changes anything: the insert, or the alert when that did nothing.
    # Unlocked: unique constraints alone decide what becomes of it.
    return await database.write(
        lambda connection: _record(connection, event, sealed_body, body_hash),
        atomic=True,
        scope=UNLOCKED,
    )


def record_in(connection: sa.Connection, seal: Seal, event: NewEvent) -> Recorded:
    """Keep an event inside the caller's transaction; else as ``record``."""
    return _record(connection, event, seal.seal(event.body), hashlib.sha256(event.body).digest())


def _record(
    connection: sa.Connection, new: NewEvent, sealed_body: bytes, body_hash: bytes
) -> Recorded:
    raw = cast("sqlite3.Connection | psycopg.Connection", connection.connection.driver_connection)
    cursor = raw.execute(
        _INSERT if connection.dialect.name == "sqlite" else _INSERT_POSTGRESQL,
        (
            new.event_id,
            new.creditor_id,
            new.webhook_id,
            new.type,
            new.invoice_id,
            sealed_body,
            body_hash,
            to_ms(new.received_at),
            new.outcome,
            new.problem,
            new.trace,
        ),
    )
    if cursor.rowcount == 1:
        return Recorded(event_id=new.event_id, outcome=new.outcome, problem=new.problem)
    return _compare(connection, new, body_hash)


def _compare(connection: sa.Connection, new: NewEvent, body_hash: bytes) -> Recorded:
    """Say what a webhook id that is already kept means for this delivery."""
    kept = connection.execute(
        sa.select(event.c.event_id, event.c.body_hash, event.c.outcome, event.c.problem).where(
            event.c.creditor_id == new.creditor_id, event.c.webhook_id == new.webhook_id
        )
    ).one()
    if kept.body_hash != body_hash:
        _raise_alert(connection, new, kept.event_id)
        return Recorded(event_id=kept.event_id, outcome="conflict", problem=None)
    if kept.outcome == "rejected" or (kept.outcome == "repaired" and kept.problem is not None):
        # Repaired here, but as wrong as ever where it came from: the sender is told again.
        return Recorded(event_id=kept.event_id, outcome="rejected", problem=kept.problem)
    return Recorded(event_id=kept.event_id, outcome="duplicate", problem=None)


def _raise_alert(connection: sa.Connection, new: NewEvent, event_id: str) -> None:
    """Tell a person, once per webhook id, that the sender used it for two bodies."""
    connection.execute(
        insertion_once(connection, alert),
        {
            "creditor_id": new.creditor_id,
            "kind": "webhook_id_reused",
            "about": new.webhook_id,
            "text": f"Another body came under webhook id {new.webhook_id}; the first was kept.",
            "command": f"kravia-gateway events show {event_id}",
            "raised_at": to_ms(new.received_at),
        },
    )


def pending_count(connection: sa.Connection, *, at_most: int = 1_000_000) -> int:
    """Count the recorded events that intake has not handled; stops counting at ``at_most``."""
    some = (
        sa.select(sa.literal(1))
        .select_from(event)
        .where(sa.text("outcome = 'recorded'"))
        .limit(at_most)
    )
    return connection.execute(sa.select(sa.func.count()).select_from(some.subquery())).scalar_one()
