"""Do the ledger, the gateway and Kravia tell the same story of a claim? Pure.

Compared are whether it is being collected, how it ended, and the open principal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one party holds: ``ended`` is a close reason, ``open`` the principal still owed.

    ``collecting`` None: it does not know of collecting, and of an end only what ``ended`` says.
    ``open`` None: it says nothing of that.
    """

    collecting: bool | None
    ended: str | None
    open: Decimal | None


def disagreements(
    invoice_id: str, *, ledger: Side, gateway: Side, kravia: Side | None
) -> tuple[str, ...]:
    """Sentences, none where all agree. ``kravia`` is ``None`` for what it has never had."""
    sides = {"ledger": ledger, "gateway": gateway}
    if kravia is not None:
        sides["Kravia"] = kravia
    elif gateway.collecting:
        return (f"{invoice_id}: the gateway thinks Kravia collects it, and Kravia has no case",)
    found = []
    for name, values in _said(sides):
        if any(value != next(iter(values.values())) for value in values.values()):
            said = ", ".join(f"{side} {value}" for side, value in values.items())
            found.append(f"{invoice_id}: {name}: {said}")
    return tuple(found)


def _said(sides: Mapping[str, Side]) -> Iterator[tuple[str, dict[str, object]]]:
    """Give each question with the answers of those who have one."""
    knows = {name: side for name, side in sides.items() if side.collecting is not None}
    ended = {name: side for name, side in sides.items() if name in knows or side.ended is not None}
    counts = {name: side for name, side in sides.items() if side.open is not None}
    yield "is it being collected", {name: side.collecting for name, side in knows.items()}
    yield "how it ended", {name: side.ended for name, side in ended.items()}
    yield "what is open", {name: side.open for name, side in counts.items()}
