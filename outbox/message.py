"""A message and what may become of it.

::

    pending -> leased -> delivered
       ^         |----> pending (retry at)
       |         |----> in_doubt -> delivered (adopted) | pending (proved absent) | parked
       |         |----> parked      (only a person moves it: resend -> pending, cancel -> cancelled)
       |         '----> cancelled
       '-- resend --------'

All instants are aware UTC ``datetime``; they are stored as whole milliseconds since 1970.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MessageState(StrEnum):
    """Where a message stands."""

    PENDING = "pending"
    LEASED = "leased"
    IN_DOUBT = "in_doubt"
    DELIVERED = "delivered"
    PARKED = "parked"
    CANCELLED = "cancelled"


TRANSITIONS: dict[MessageState, frozenset[MessageState]] = {
    # In doubt: only when the table comes back from a copy (``outbox.restoring``).
    MessageState.PENDING: frozenset(
        {MessageState.LEASED, MessageState.IN_DOUBT, MessageState.CANCELLED}
    ),
    MessageState.LEASED: frozenset(MessageState) - {MessageState.LEASED},
    MessageState.IN_DOUBT: frozenset(
        {MessageState.DELIVERED, MessageState.PENDING, MessageState.PARKED}
    ),
    MessageState.PARKED: frozenset(
        {
            MessageState.DELIVERED,
            MessageState.PENDING,
            MessageState.IN_DOUBT,
            MessageState.CANCELLED,
        }
    ),
    MessageState.DELIVERED: frozenset(),
    MessageState.CANCELLED: frozenset(),
}
"""Every move there is; staying put is none."""

TERMINAL = frozenset({MessageState.DELIVERED, MessageState.CANCELLED})
"""States that let the next message of the same key go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """What must go out; ``payload`` is opaque bytes and is never edited.

    ``key`` orders: one message of a key at a time, in the order they were added.
    ``lane`` (optional) additionally allows one *leased* message at a time among keys that share it.
    ``scope`` says whose it is (listing, caps). ``doubtful`` marks a message whose effect at the
    receiver must not happen twice: an unknown outcome becomes *in doubt* instead of a retry.
    """

    message_id: str
    scope: str
    key: str
    kind: str
    payload: bytes
    due_at: datetime
    doubtful: bool
    lane: str | None = None
    subject: str | None = None  # what it is about, e.g. a claim id
    trace: str | None = None  # what caused it, for whoever traces; opaque here


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as stored. ``fence`` grows with every lease; a settle with an old fence loses.

    ``attempts`` counts leases (given back where nothing was tried), ``crashes`` the leases in a
    row that ended with neither an outcome nor a process to tell it. ``due_at`` says when to send it
    or, in doubt, when to look it up again; ``settled_at`` when it became delivered or cancelled.
    ``sent_at`` says when a call was last about to go out, and ``sent_fence`` under which lease: it
    outlives the lease, for a receiver may have applied even what it answered with a refusal.
    ``sent_at_theirs`` is ``sent_at`` by the receiver's clock: the two cannot be told from each
    other later, when either may have been set.
    """

    seq: int
    message_id: str
    scope: str
    key: str
    lane: str | None
    kind: str
    subject: str | None
    payload: bytes
    doubtful: bool
    state: MessageState
    attempts: int
    fence: int
    due_at: datetime
    created_at: datetime
    first_attempt_at: datetime | None
    last_attempt_at: datetime | None
    sent_at: datetime | None
    lease_until: datetime | None
    settled_at: datetime | None
    last_error: str | None
    result: str | None
    crashes: int = 0
    sent_fence: int | None = None
    sent_at_theirs: datetime | None = None
    trace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """The receiver has it; ``result`` is what it answered with, e.g. its id."""

    result: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """Not applied at the receiver. ``counted=False`` gives the attempt back (429, gate shut)."""

    at: datetime
    error: str
    counted: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class InDoubt:
    """Nobody knows whether the receiver applied it; look it up again at ``at``."""

    at: datetime
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """Given up until a person decides."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """No longer wanted, and certainly not applied."""

    reason: str


Outcome = Delivered | Retry | InDoubt | Parked | Cancelled


class OutcomeReplacedError(Exception):
    """Raised where an outcome is taken note of: it cannot be so, write ``outcome`` instead."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome = outcome
