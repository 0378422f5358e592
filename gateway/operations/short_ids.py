"""Lets a person type the beginning of an id, as long as only one thing has an id that begins so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import sqlalchemy as sa

from gateway.operations.errors import OperationError
from gateway.storage.tables import bank_line, claim, event, message, task

_COLUMNS: Final[Mapping[str, sa.Column[str]]] = {
    "case_id": claim.c.case_id,
    "claim_id": claim.c.claim_id,
    "event_id": event.c.event_id,
    "line_id": bank_line.c.line_id,
    "message_id": message.c.message_id,
    "task_id": task.c.task_id,
}
_BEHIND: Final = "~"
"""Sorts behind every character of our ids."""


def with_whole_ids(
    connection: sa.Connection, arguments: Mapping[str, object]
) -> Mapping[str, object]:
    """The arguments, ids that are only begun written out; raises ``OperationError``.

    What no id begins with stays as it is: the operation says where to look.
    """
    found = {
        name: _whole(connection, column, value)
        for name, column in _COLUMNS.items()
        if isinstance(value := arguments.get(name), str) and value
    }
    return {**arguments, **found}


def _whole(connection: sa.Connection, column: sa.Column[str], given: str) -> str:
    """The one id that is ``given`` or begins so."""
    like = sa.select(column).distinct().where(column >= given, column < f"{given}{_BEHIND}")
    found = connection.execute(like.order_by(column).limit(2)).scalars().all()
    if not found or found[0] == given:
        return given
    if len(found) > 1:
        raise OperationError(
            f"several ids begin with {given}, such as {found[0]} and {found[1]}: type more of it",
            kind="invalid",
        )
    return found[0]
