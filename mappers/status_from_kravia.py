"""What Kravia's status of a case means for the claim: read by the assumptions, never guessed."""

from __future__ import annotations

from dataclasses import dataclass

from clients.kravia.assumptions import Assumptions
from gateway.domain.claim import CloseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class StillActive:
    """Kravia is working on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Kravia is done with it."""

    reason: CloseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownStatus:
    """A word nobody has given a meaning: kept raw, shown, alerted."""

    word: str


_ENDED = {
    "paid": CloseReason.PAID,
    "credited": CloseReason.CREDITED,
    "withdrawn": CloseReason.WITHDRAWN,
    "closed": CloseReason.CLOSED_BY_AGENCY,
    "rejected": CloseReason.REJECTED_BY_AGENCY,
}


def status_from_kravia(
    status: str | None, closing_reason: str | None, assumptions: Assumptions
) -> StillActive | Ended | UnknownStatus:
    """Read a status word by ``config/kravia.toml``; no word at all says nothing new."""
    if status is None:
        return StillActive()
    meaning = assumptions.meaning(status, closing_reason)
    if meaning == "active":
        return StillActive()
    if meaning in _ENDED:
        return Ended(reason=_ENDED[meaning])
    return UnknownStatus(word=status)
