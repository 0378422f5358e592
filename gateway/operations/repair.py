"""A person corrects an event that could not be handled; the original stays beside the copy."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa

from gateway.operations.discretion import body_to_keep
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.schema.faults import Fault
from gateway.schema.webhooks import (
    KNOWN_TYPES,
    InvalidEvent,
    NotJsonError,
    ParsedEvent,
    parse_event,
)
from gateway.storage import events
from gateway.storage.desk import clear_alert, record_action
from gateway.storage.events import StoredEvent
from gateway.storage.inbox import NewEvent, record_in

REPAIRABLE = frozenset({"rejected", "waiting", "conflict", "ignored", "stale"})
"""Outcomes of events that changed nothing; a handled one is corrected by a newer event."""


def repair_event(
    connection: sa.Connection,
    gateway: Gateway,
    event_id: str,
    body: str,
    *,
    actor: str,
    reason: str,
    now: datetime,
) -> str:
    """Record the corrected body as an event of its own; returns its id."""
    original = _repairable(connection, event_id)
    raw = body.encode("utf-8", "surrogateescape")
    parsed = _parsed(raw)
    raw = body_to_keep(gateway, original.creditor_id, raw)
    recorded = record_in(
        connection,
        gateway.seal,
        NewEvent(
            creditor_id=original.creditor_id,
            webhook_id=f"{_copies_of(event_id)}{hashlib.sha256(raw).hexdigest()[:16]}",
            type=parsed.type,
            invoice_id=parsed.invoice_id,
            body=raw,
            received_at=now,
            outcome="recorded",
            event_id=gateway.new_id("evt_"),
        ),
    )
    # What was wrong with a rejected one stays: the sender may deliver it again, and is told again.
    problem = original.problem if original.outcome == "rejected" else None
    events.mark(connection, original, "repaired", now, problem=problem)
    for kind in ("event_failed", events.WAITING_ALERT):
        clear_alert(connection, original.creditor_id, kind, event_id)
    record_action(
        connection, actor=actor, action="events.repair", subject=event_id, reason=reason, now=now
    )
    return recorded.event_id


def copy_of(connection: sa.Connection, original: StoredEvent) -> str | None:
    """The id of the event that a repaired one was repaired as."""
    if original.outcome != "repaired":
        return None
    return events.id_by_webhook(connection, original.creditor_id, _copies_of(original.event_id))


def corrected_copies(
    connection: sa.Connection, creditor_id: str, event_id: str
) -> tuple[StoredEvent, ...]:
    """The copies an event was repaired as, one after another; the last one stands for it."""
    copies: list[StoredEvent] = []
    while True:
        copy_id = events.id_by_webhook(connection, creditor_id, _copies_of(event_id))
        copy = None if copy_id is None else events.get(connection, copy_id)
        if copy is None:
            return tuple(copies)
        copies.append(copy)
        event_id = copy.event_id


def _copies_of(event_id: str) -> str:
    """How the webhook id of an event's corrected copy begins."""
    return f"repair-{event_id}-"


def _repairable(connection: sa.Connection, event_id: str) -> StoredEvent:
    original = events.get(connection, event_id)
    if original is None:
        raise OperationError(
            f"there is no event {event_id}; list them with: events list", kind="not_found"
        )
    if original.outcome == "repaired":
        raise OperationError(
            f"{event_id} was repaired as {copy_of(connection, original)}; see:"
            f" events show {copy_of(connection, original)}",
            kind="refused",
        )
    if original.outcome not in REPAIRABLE:
        raise OperationError(
            f"{event_id} is {original.outcome}: only events that changed nothing can be repaired;"
            " what is handled is corrected by a newer event from the sender",
            kind="refused",
        )
    return original


def faults_of_body(raw: bytes) -> tuple[Fault, ...]:
    """What is wrong with a corrected body; none if it can be handled."""
    try:
        parsed = parse_event(raw)
    except NotJsonError as error:
        return (Fault(field="", message=str(error)),)
    if isinstance(parsed, InvalidEvent):
        return parsed.faults
    if parsed.event is None:
        return (Fault(field="type", message=f"must be one of {', '.join(KNOWN_TYPES)}"),)
    return ()


def _parsed(raw: bytes) -> ParsedEvent:
    faults = faults_of_body(raw)
    parsed = None if faults else parse_event(raw)
    if not isinstance(parsed, ParsedEvent):
        told = "; ".join(f"{fault.field}: {fault.message}".removeprefix(": ") for fault in faults)
        raise OperationError(f"the corrected body still has faults: {told}", kind="invalid")
    return parsed
