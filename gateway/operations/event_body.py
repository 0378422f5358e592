"""Shows a person the body of an event, so that it can be corrected; the audit tells who looked."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime

import sqlalchemy as sa

from gateway.operations.arguments import Arguments, needed, reason_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import events
from gateway.storage.desk import record_action


def event_body(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """The bytes that came, as base64: they need not be text. They hold personal data."""
    event_id = needed(arguments, "event_id")
    found = events.get(connection, event_id)
    if found is None:
        raise OperationError(
            f"there is no event {event_id}; list them with: events list", kind="not_found"
        )
    record_action(
        connection,
        actor=actor,
        action="events.show --body",
        subject=event_id,
        reason=reason_of(arguments),
        now=now,
    )
    body = gateway.seal.open(found.sealed_body)
    return {"event_id": event_id, "body_base64": b64encode(body).decode()}
