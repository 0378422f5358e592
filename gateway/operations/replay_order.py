"""Reads what a person orders to be replayed; a wrong argument is answered with what is allowed."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.operations.arguments import Arguments, query_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.message_pages import message_kind
from gateway.operations.moments import span_of
from gateway.operations.paging import Query
from gateway.schema.webhooks import EVENT_TYPES
from gateway.storage import events
from gateway.storage.replay_filter import Filter, What
from outbox.message import MessageState

EVENT_STATES: tuple[str, ...] = tuple(word for word in events.OUTCOMES if word != "recorded")
"""Outcomes of events that can be replayed: one just recorded is on its way by itself."""

MESSAGE_STATES: tuple[str, ...] = (
    MessageState.PARKED,
    MessageState.PENDING,
    MessageState.DELIVERED,
    MessageState.CANCELLED,
)
"""States of messages that can be replayed; parked is meant where nothing is said."""

RATE_MAX_PER_SECOND = 10_000
"""Far beyond what one process does: a cap above it would be none."""

ERROR_CHARACTERS_MAX = 200
"""More than a person types to tell one error from another."""


def filter_of(gateway: Gateway, arguments: Arguments) -> Filter:
    """Which events or messages are meant; raises ``OperationError`` naming the argument."""
    query = query_of(gateway, arguments)
    what = What(_needed_choice(query, "what", tuple(What)))
    since, until = span_of(query)
    is_events = what is What.EVENTS
    state = _choice(query, "state", EVENT_STATES if is_events else MESSAGE_STATES)
    if state is None and not is_events:
        state = MessageState.PARKED.value
    return Filter(
        what=what,
        creditor=query.text("creditor"),
        since=since,
        until=until,
        state=state,
        type=_choice(query, "type", EVENT_TYPES) if is_events else message_kind(query, "type"),
        error=_error(query),
    )


def rate_of(arguments: Arguments) -> int | None:
    """How many items a second at most; ``None`` for as many as live traffic leaves room for."""
    given = arguments.get("rate")
    if given is None:
        return None
    try:
        rate = int(str(given))
    except ValueError:
        rate = 0
    if not 1 <= rate <= RATE_MAX_PER_SECOND:
        raise OperationError(
            f"rate must be a whole number of items a second, 1 to {RATE_MAX_PER_SECOND}",
            kind="invalid",
        )
    return rate


def _needed_choice(query: Query, name: str, allowed: Sequence[str]) -> str:
    found = query.choice(name, allowed)
    if found is None:
        raise OperationError(f"{name} must be one of {', '.join(allowed)}", kind="invalid")
    return found


def _choice(query: Query, name: str, allowed: Sequence[str]) -> str | None:
    found = query.text(name)
    if found in {MessageState.IN_DOUBT.value, MessageState.LEASED.value} and name == "state":
        raise OperationError(
            f"state must be one of {', '.join(allowed)}: a message that is {found} may have been"
            " applied, and is looked up by itself; see doubts list",
            kind="invalid",
        )
    return query.choice(name, allowed)


def _error(query: Query) -> str | None:
    found = query.text("error")
    if found is not None and not 1 <= len(found) <= ERROR_CHARACTERS_MAX:
        raise OperationError(
            f"error must be a part of the error's text, 1 to {ERROR_CHARACTERS_MAX} characters",
            kind="invalid",
        )
    return found
