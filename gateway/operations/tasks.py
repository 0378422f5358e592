"""A person has done a task; some tasks are questions and need an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.mark_booked import BY_HAND, mark_if_booked
from gateway.operations.receive_money import PAYOUT_OR_DIRECT, settle_ambiguous
from gateway.storage import claims, desk
from gateway.storage.tables import task

ANSWERS = ("payout", "direct")


def done(
    connection: sa.Connection,
    gateway: Gateway,
    arguments: Mapping[str, object],
    actor: str,
    now: datetime,
) -> dict[str, object]:
    """Mark a task done. Whose money a payment was is answered ``payout`` or ``direct``."""
    task_id = str(arguments.get("task_id") or "")
    row = connection.execute(sa.select(task).where(task.c.task_id == task_id)).first()
    if row is None or row.done_at is not None:
        raise OperationError(
            f"there is no open task {task_id}; list them with: tasks list", kind="not_found"
        )
    note = str(arguments.get("note") or "")
    if row.kind == PAYOUT_OR_DIRECT:
        answer = str(arguments.get("answer") or "")
        if answer not in ANSWERS:
            raise OperationError(
                f"say whose money it was: tasks done {task_id} --answer payout, or --answer direct",
                kind="invalid",
            )
        claim = claims.get(connection, row.claim_id)
        if claim is not None:
            settle_ambiguous(
                connection, gateway, claim, row.about, is_payout=answer == "payout", now=now
            )
        note = f"{answer}: {note}" if note else answer
    desk.done(connection, task_id, actor, note, now)
    if row.kind == BY_HAND and row.claim_id is None:
        mark_if_booked(connection, gateway, row.creditor_id, row.about, now)
    desk.record_action(
        connection, actor=actor, action="tasks.done", subject=task_id, reason=note, now=now
    )
    return {"task_id": task_id, "done": True}
