"""Messages of the outbox as lists and shows give them (contract §4).

Payloads are never shown: they hold personal data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import sqlalchemy as sa

from gateway.operations.errors import OperationError
from gateway.operations.messages import Kind
from gateway.operations.paging import Document, Query, page
from gateway.operations.tell import LEDGER, NOTIFY
from gateway.storage.tables import QUARANTINE, RETRIED
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import Message, MessageState

RETRYING: Final = "retrying"

LISTED_STATES: Final = (*MessageState, RETRYING)
"""What a list takes as a state: also those pending that were tried before; ``due_at`` is when they
are tried next."""


def outbox_list(connection: sa.Connection, query: Query) -> Document:
    """Messages, newest first."""
    state = query.choice("state", LISTED_STATES)
    kind = message_kind(query)

    def fetch(creditor_id: str | None) -> Sequence[Message]:
        if state == RETRYING:
            return _retrying(connection, query, creditor_id, kind)
        return store.listing(
            connection,
            table,
            scope=creditor_id,
            state=None if state is None else MessageState(state),
            kind=kind,
            limit=query.limit,
            after=query.after,
            newest_first=query.is_newest_first,
        )

    return page(query, fetch, lambda row: row.seq, message_row, newest_first=query.is_newest_first)


def _retrying(
    connection: sa.Connection, query: Query, creditor_id: str | None, kind: str | None
) -> Sequence[Message]:
    """A walk along those that were tried, however many wait for their first try."""
    # As expressions, or the planner would rather walk all that is pending of a creditor or a kind.
    own = [
        column.concat("") == value
        for column, value in ((table.c.scope, creditor_id), (table.c.kind, kind))
        if value is not None
    ]
    return store.listing(
        connection,
        table,
        condition=sa.and_(RETRIED, *own),
        limit=query.limit,
        after=query.after,
        newest_first=query.is_newest_first,
    )


def message_kind(query: Query, name: str = "kind") -> str | None:
    """A kind of message; those that tell somebody are named after what they tell."""
    kind = query.text(name)
    if kind is not None and not kind.startswith((LEDGER, NOTIFY)) and kind not in tuple(Kind):
        allowed = ", ".join((*Kind, f"{LEDGER}…", f"{NOTIFY}…"))
        raise OperationError(f"{name} must be one of {allowed}", kind="invalid")
    return kind


def message_row(row: Message) -> Document:
    """A message's minimum fields."""
    return {
        "message_id": row.message_id,
        "creditor_id": row.scope,
        "key": row.key,
        "kind": row.kind,
        "state": row.state.value,
        "standing": standing(row),
        "attempts": row.attempts,
        "due_at": row.due_at.isoformat(),
        "last_error": row.last_error,
        "claim_id": row.subject,
    }


def standing(row: Message) -> str:
    """The state as people tell it.

    A message tried before is *retrying*, one parked with its effect unknown is *quarantined*.
    """
    if row.state is MessageState.PENDING and row.last_error:
        return RETRYING
    if row.state is MessageState.PARKED and (row.last_error or "").startswith(QUARANTINE):
        return "quarantined"
    return row.state.value


def message_show(connection: sa.Connection, message_id: str) -> Document:
    """A message, without its payload: that holds personal data."""
    found = store.find(connection, table, message_id)
    if found is None:
        raise OperationError(
            f"there is no message {message_id}; list them with: outbox list", kind="not_found"
        )
    instants = {
        "created_at": found.created_at,
        "first_attempt_at": found.first_attempt_at,
        "last_attempt_at": found.last_attempt_at,
        "lease_until": found.lease_until,
        "settled_at": found.settled_at,
    }
    return {
        **message_row(found),
        **{name: None if at is None else at.isoformat() for name, at in instants.items()},
        "lane": found.lane,
        "fence": found.fence,
        "result": found.result,
    }
