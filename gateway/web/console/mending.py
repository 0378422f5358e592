"""From a command that mends something to the page of the console where the same is done.

Alerts and differences name a command line; whoever reads them on a page need not type it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

PROGRAM: Final = "kravia-gateway"

_THINGS: Final[Mapping[str, tuple[str, str]]] = {
    "cases": ("case", "case_id"),
    "claims": ("claim", "claim_id"),
    "doubts": ("doubt", "message_id"),
    "events": ("event", "event_id"),
    "outbox": ("message", "message_id"),
    "payments": ("payment", "line_id"),
    "replays": ("replay", "replay_id"),
    "settlements": ("settlement", "settlement_id"),
    "tasks": ("task", "task_id"),
}
"""By a command's first word: the page of one such thing, and what its id is called there."""

_LISTS: Final[Mapping[str, str]] = {
    "alerts": "alerts",
    "cases": "cases",
    "claims": "cases",
    "doubts": "doubts",
    "events": "events",
    "outbox": "delivery",
    "payments": "payments",
    "replays": "replays",
    "settlements": "settlements",
    "tasks": "tasks",
}
_FILTERS: Final = frozenset({"creditor", "state", "outcome", "kind", "type"})
"""Options of lists that pages have under the same name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MendingPlace:
    """A page by the name of its route, the parts of its address and its filters."""

    name: str
    parts: Mapping[str, str] = field(default_factory=dict)
    filters: Mapping[str, str] = field(default_factory=dict)


def place_of(command: str, creditor_id: str | None) -> MendingPlace | None:
    """Find the page; None where only the command line does it.

    ``creditor_id`` is whose thing it is, where the command does not say.
    """
    program, *words = command.split() or [""]
    if program != PROGRAM or not words or "--raw" in words:
        return None
    options = {
        name.removeprefix("--"): value for name, value in pairwise(words) if name.startswith("--")
    }
    creditor = options.get("creditor", creditor_id)
    match words:
        case ["reconcile", *_]:
            return MendingPlace(name="reconciliation", filters=_filters(options))
        case [what, "list", *_] if what in _LISTS:
            return MendingPlace(name=_LISTS[what], filters=_filters(options))
        case ["settlements", "show" | "booked", thing, *_] if creditor is not None:
            parts = {"creditor_id": creditor, "settlement_id": thing}
            return MendingPlace(name="settlement", parts=parts)
        case ["claims", _, thing, *_] if not thing.startswith("clm_"):
            return None  # an invoice of the ledger's that is no claim here
        case [what, _, thing, *_] if what in _THINGS and what != "settlements":
            name, part = _THINGS[what]
            return MendingPlace(name=name, parts={part: thing})
        case _:
            return None


def _filters(options: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in options.items() if name in _FILTERS}
