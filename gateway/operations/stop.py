"""Stop and go: a pause of new registers, of one creditor or all, and its end."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gateway.operations import restored, send_gate
from gateway.operations.arguments import Arguments, creditor_of, reason_of
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage.desk import (
    ALL_CREDITORS,
    clear_alerts_of_kind,
    lift_pause,
    record_action,
    set_pause,
)


def pause(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Stop new registers, and nothing else."""
    whom = creditor_of(gateway, arguments) if arguments.get("creditor") else ALL_CREDITORS
    reason = reason_of(arguments) or f"by {actor}"
    changed = set_pause(connection, whom, reason, now)
    record_action(connection, actor=actor, action="pause", subject=whom, reason=reason, now=now)
    return {"creditor_id": whom, "paused": True, "changed": changed}


def resume(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Let registers go again; those that waited ask the gate now."""
    whom = creditor_of(gateway, arguments) if arguments.get("creditor") else ALL_CREDITORS
    changed = lift_pause(connection, whom)
    if whom == ALL_CREDITORS:
        clear_alerts_of_kind(connection, restored.ALERT)
    scopes = gateway.creditors if whom == ALL_CREDITORS else (whom,)
    for scope in scopes:
        send_gate.open_for(connection, scope, send_gate.PAUSED, now)
    record_action(
        connection,
        actor=actor,
        action="resume",
        subject=whom,
        reason=reason_of(arguments),
        now=now,
    )
    return {"creditor_id": whom, "paused": False, "changed": changed}
