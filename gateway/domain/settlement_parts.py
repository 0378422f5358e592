"""What a pay-out is made of, to the øre: principal, interest, fees, and what the agency kept.

What comes is positive, what was kept is negative; the parts add up to the amount paid out. What the
statement does not explain is a part of its own, so that nothing is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

_NOTHING = Decimal(0)


class Part(StrEnum):
    """A part of a pay-out; each but the unexplained has an account of its own."""

    PRINCIPAL = "principal"
    INTEREST = "interest"
    FEES = "fees"
    COSTS = "costs"
    VAT = "vat"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldLine:
    """What one claim brought, and of that the parts that are named; None: not said."""

    amount: Decimal
    principal: Decimal | None
    interest: Decimal | None = None
    fees: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One part; ``line`` is the place of its line from 1, None where it is of the whole pay-out."""

    part: Part
    amount: Decimal
    line: int | None = None


def shares(
    amount: Decimal,
    lines: Iterable[ToldLine],
    *,
    costs: Decimal | None = None,
    vat: Decimal | None = None,
) -> tuple[Share, ...]:
    """Take a pay-out of ``amount`` apart; ``costs`` and ``vat`` are what was kept, positive."""
    found: list[Share] = []
    for place, line in enumerate(lines, start=1):
        named = (
            (Part.PRINCIPAL, line.principal),
            (Part.INTEREST, line.interest),
            (Part.FEES, line.fees),
        )
        rest = line.amount
        for part, said in named:
            if said:
                found.append(Share(part=part, amount=said, line=place))
                rest -= said
        if rest:
            found.append(Share(part=Part.UNEXPLAINED, amount=rest, line=place))
    for part, said in ((Part.COSTS, costs), (Part.VAT, vat)):
        if said:
            found.append(Share(part=part, amount=-said))
    rest = amount - sum((share.amount for share in found), _NOTHING)
    if rest:
        found.append(Share(part=Part.UNEXPLAINED, amount=rest))
    return tuple(found)
