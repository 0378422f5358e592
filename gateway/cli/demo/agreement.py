"""Do the ledger, the gateway and Kravia tell the same story of a claim? Pure.

Compared are whether it is being collected, how it ended, and the open principal.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one party holds: ``ended`` is a close reason, ``open`` the principal still owed."""

    collecting: bool
    ended: str | None
    open: Decimal


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
    for name, values in (
        ("is it being collected", [side.collecting for side in sides.values()]),
        ("how it ended", [side.ended for side in sides.values()]),
        ("what is open", [side.open for side in sides.values()]),
    ):
        if any(value != values[0] for value in values):
            said = ", ".join(f"{side} {value}" for side, value in zip(sides, values, strict=True))
            found.append(f"{invoice_id}: {name}: {said}")
    return tuple(found)
