"""A claim's states and the moves between them; drawn in ``docs/states.md``.

::

    received -> held | review | rejected | ready -> sending -> active -> closed
        ^____________________________________|_________|

``frozen_on`` (an objection) is a flag beside the state: it blocks registering only.
"""

from __future__ import annotations

from enum import StrEnum


class ClaimState(StrEnum):
    """Where a claim stands with us; what Kravia says of it is its *status*."""

    RECEIVED = "received"
    HELD = "held"
    REVIEW = "review"
    REJECTED = "rejected"
    READY = "ready"
    SENDING = "sending"
    ACTIVE = "active"
    CLOSED = "closed"


class CloseReason(StrEnum):
    """Why a claim is over."""

    PAID = "paid"
    CREDITED = "credited"
    WITHDRAWN = "withdrawn"
    WRITTEN_OFF = "written_off"
    CLOSED_BY_AGENCY = "closed_by_agency"
    REJECTED_BY_AGENCY = "rejected_by_agency"


_DECIDED = frozenset({ClaimState.HELD, ClaimState.REVIEW, ClaimState.REJECTED, ClaimState.READY})

TRANSITIONS: dict[ClaimState, frozenset[ClaimState]] = {
    # New facts are decided; a claim found at Kravia is adopted without a register of ours.
    ClaimState.RECEIVED: _DECIDED | {ClaimState.ACTIVE, ClaimState.CLOSED},
    # New facts, a day that has come or a person's word send a decided claim back to be decided.
    ClaimState.HELD: frozenset({ClaimState.RECEIVED, ClaimState.CLOSED}),
    ClaimState.REVIEW: frozenset({ClaimState.RECEIVED, ClaimState.READY, ClaimState.CLOSED}),
    ClaimState.REJECTED: frozenset({ClaimState.RECEIVED, ClaimState.CLOSED}),
    ClaimState.READY: frozenset({ClaimState.RECEIVED, ClaimState.SENDING, ClaimState.CLOSED}),
    # A register that was never sent may be cancelled and the claim decided again.
    ClaimState.SENDING: frozenset({ClaimState.RECEIVED, ClaimState.ACTIVE, ClaimState.CLOSED}),
    ClaimState.ACTIVE: frozenset({ClaimState.CLOSED}),
    ClaimState.CLOSED: frozenset(),
}

LIVE_AT_AGENCY = frozenset({ClaimState.SENDING, ClaimState.ACTIVE})
"""States in which Kravia has, or may have, the claim."""


def may_move(before: ClaimState, after: ClaimState) -> bool:
    """Tell whether ``before -> after`` is in the table; staying put always is."""
    return before == after or after in TRANSITIONS[before]
