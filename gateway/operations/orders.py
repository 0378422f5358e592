"""What a person orders of a message or a doubt: send it again, cancel it, say what became of it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gateway.operations import doubts
from gateway.operations.arguments import Arguments, needed, needed_reason, reason_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.message_pages import message_show
from gateway.operations.messages import Kind
from gateway.operations.paging import Document
from gateway.operations.settled import after_settle, sent_again
from gateway.storage import claims
from gateway.storage.desk import record_action
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import Cancelled, Message


def resend_message(
    connection: sa.Connection, _gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Send a parked or waiting message again now; one in doubt must be looked up first."""
    message_id = needed(arguments, "message_id")
    found = store.find(connection, table, message_id)
    if found is not None and doubts.is_open(found):
        raise OperationError(
            f"the outcome of {message_id} is unknown; look first: doubts show {message_id}",
            kind="refused",
        )
    if not store.resend(connection, table, message_id, now=now):
        raise _cannot(found, message_id, "sent again")
    if found is not None:
        sent_again(connection, found)
    record_action(
        connection,
        actor=actor,
        action="outbox.resend",
        subject=message_id,
        reason=reason_of(arguments),
        now=now,
    )
    return message_show(connection, message_id)


def cancel_message(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Cancel a parked or waiting message; a claim so stopped does not come back by itself."""
    message_id = needed(arguments, "message_id")
    found = store.find(connection, table, message_id)
    if found is not None and doubts.is_open(found):
        raise OperationError(
            f"the outcome of {message_id} is unknown; decide it with: doubts adopt or doubts"
            f" resend, after a look: doubts show {message_id}",
            kind="refused",
        )
    reason = reason_of(arguments) or f"by {actor}"
    if not store.cancel(connection, table, message_id, reason=reason, now=now) or found is None:
        raise _cannot(found, message_id, "cancelled")
    if found.kind == Kind.REGISTER and found.subject:
        # A person stopped it: it must not come back by itself.
        _hold(connection, found.subject, now)
    after_settle(connection, gateway, found, Cancelled(reason=reason), now)
    record_action(
        connection,
        actor=actor,
        action="outbox.cancel",
        subject=message_id,
        reason=reason,
        now=now,
    )
    return message_show(connection, message_id)


def _cannot(found: Message | None, message_id: str, done: str) -> OperationError:
    if found is None:
        text = f"there is no message {message_id}; list them with: outbox list"
        return OperationError(text, kind="not_found")
    return OperationError(
        f"{message_id} is {found.state}: only parked and waiting messages can be {done}; "
        "list those with: outbox list --state parked",
        kind="refused",
    )


def _hold(connection: sa.Connection, claim_id: str, now: datetime) -> None:
    claim = claims.get(connection, claim_id)
    if claim is not None:
        claims.change(connection, claim, now, held_by_person=1)


def adopt_doubt(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Say which of Kravia's cases a doubtful message made."""
    message_id = needed(arguments, "message_id")
    doubts.adopt(
        connection,
        gateway,
        message_id,
        needed(arguments, "kravia_invoice_id"),
        actor=actor,
        reason=needed_reason(arguments),
        now=now,
    )
    return message_show(connection, message_id)


def resend_doubt(
    connection: sa.Connection, _gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Send a doubtful message again: a person has checked that Kravia has nothing of it."""
    message_id = needed(arguments, "message_id")
    doubts.resend(connection, message_id, actor=actor, reason=needed_reason(arguments), now=now)
    return message_show(connection, message_id)
