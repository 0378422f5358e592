"""Sends one message again that a person has ordered to be replayed.

What waits or is parked is the same message as before: its receiver never took it, and a register,
payment or credit note meets the send gate, the mirror and the look for it at Kravia as ever. What
was told before is told by a new message, behind all that its key has: a new ``webhook-id``, so that
no receiver takes it for a repetition, the same content, and ``replay_of`` with the first id.
"""

from __future__ import annotations

import json
from datetime import datetime

import sqlalchemy as sa

from gateway.operations.gateway import Gateway
from gateway.operations.replay_set import message_left_out
from gateway.operations.settled import sent_again
from gateway.storage.replay_filter import Matched
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import TERMINAL, Message, NewMessage

SENT_AGAIN = "sent_again"
"""The same message is due now, its attempts counted anew."""

TOLD_AGAIN = "told_again"
"""A new message with the same content is queued."""


def replay_message(
    connection: sa.Connection, gateway: Gateway, replay_id: str, message: Message, now: datetime
) -> str | None:
    """Have one message sent; returns what was done, ``None`` if it can no longer be replayed."""
    if message_left_out(gateway, _as_matched(message)) is not None:
        return None
    if message.state not in TERMINAL:
        store.resend(connection, table, message.message_id, now=now)
        sent_again(connection, message)
        return SENT_AGAIN
    copy = NewMessage(
        message_id=copy_id(replay_id, message),
        scope=message.scope,
        key=message.key,
        kind=message.kind,
        subject=message.subject,
        payload=_payload(gateway, message),
        due_at=now,
        doubtful=False,
    )
    store.add(connection, table, copy, now=now)
    return TOLD_AGAIN


def copy_id(replay_id: str, message: Message) -> str:
    """The id under which a replay tells a message again: another in every replay, one in each."""
    return f"msg_{replay_id.partition('_')[2]}_{message.seq}"


def _payload(gateway: Gateway, message: Message) -> bytes:
    document = json.loads(gateway.seal.open(message.payload))
    first = document["data"].get("replay_of", message.message_id)
    document["data"] = {**document["data"], "replay_of": first}
    return gateway.seal.seal(json.dumps(document).encode())


def _as_matched(message: Message) -> Matched:
    return Matched(
        seq=message.seq,
        item_id=message.message_id,
        creditor_id=message.scope,
        type=message.kind,
        state=message.state.value,
        at=message.created_at,
        error=message.last_error,
        doubtful=message.doubtful,
    )
