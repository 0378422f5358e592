"""A simulated remote's own switches under ``/_sim/``: pure, the shell only carries them.

======  ============  ==========================================================
PUT     /_sim/clock   ``{"now": "2026-11-24T10:00:00+01:00"}``
POST    /_sim/faults  ``{"faults": [{"kind": …}], "conditions": {…}}``, added to the rest
DELETE  /_sim/faults  no more trouble
======  ============  ==========================================================

These every remote has; ``GET /_sim/state`` and what may happen there are its own. What is wrong
answers 400, an unknown id 404.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from clients.simulated_faults import FaultPlan, faults_from_document
from clients.simulated_remote import SimulatedRemote

PREFIX = "/_sim/"
"""Where the switches are; no remote has such a path."""

Document = Mapping[str, object]

AnyRemote = SimulatedRemote[Any, Any]

R = TypeVar("R", bound=AnyRemote)

Switches = Mapping[tuple[str, str], Callable[[R, Document], dict[str, object]]]
"""By method and by the path's end: what is done with the body, and answers."""


class ControlError(Exception):
    """The switch cannot be thrown so; ``status`` is for HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def control(
    simulator: R, own: Switches[R], method: str, path: str, document: object
) -> dict[str, object]:
    """Throw one switch, of the remote's ``own`` or of all remotes', and return what it did."""
    if not isinstance(document, Mapping):
        raise ControlError(400, "the body must be an object")
    name = (method, path.removeprefix(PREFIX))
    switch = own.get(name) or _SWITCHES.get(name)
    if switch is None:
        raise ControlError(404, "no such switch")
    try:
        return switch(simulator, document)
    except LookupError as error:
        raise ControlError(404, f"missing or unknown: {error}") from error
    except (ValueError, TypeError, InvalidOperation) as error:
        raise ControlError(400, str(error) or type(error).__name__) from error


def plant(simulator: AnyRemote, document: Document) -> dict[str, object]:
    """Add the document's faults to those there; its conditions, if any, replace those there."""
    plan = faults_from_document(document, type(simulator.faults.conditions))
    simulator.faults.plant(*plan.faults)
    if "conditions" in document:
        simulator.faults.conditions = plan.conditions
    return {"faults": asdict(simulator.faults)}


def text_of(document: Document, key: str, otherwise: str | None = None) -> str:
    """Return a text; ``otherwise`` where the key is absent, without which it must be there."""
    value = document[key] if otherwise is None else document.get(key, otherwise)
    if not isinstance(value, str):
        raise TypeError(f"{key}: must be a text")
    return value


def amount_of(document: Document, key: str) -> Decimal:
    """Return a positive amount, written as a text."""
    amount = Decimal(text_of(document, key))
    if not amount.is_finite() or amount <= 0:
        raise ValueError(f"{key}: must be a positive amount")
    return amount


def day_of(document: Document, key: str) -> date:
    """Return a date written YYYY-MM-DD."""
    return date.fromisoformat(text_of(document, key))


def instant_of(document: Document, key: str) -> datetime:
    """Return an aware instant."""
    instant = datetime.fromisoformat(text_of(document, key))
    if instant.tzinfo is None:
        raise ValueError(f"{key}: needs an offset")
    return instant


def _clock(simulator: AnyRemote, document: Document) -> dict[str, object]:
    now = instant_of(document, "now")
    simulator.set_now(now)
    return {"now": now}


def _clear(simulator: AnyRemote, _: Document) -> dict[str, object]:
    simulator.faults = FaultPlan(conditions=type(simulator.faults.conditions)())
    return {"faults": asdict(simulator.faults)}


_SWITCHES: Switches[AnyRemote] = {
    ("PUT", "clock"): _clock,
    ("POST", "faults"): plant,
    ("DELETE", "faults"): _clear,
}
