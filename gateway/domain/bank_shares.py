"""How a sum is shared among the claims that carry its KID; what can be read two ways is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """A claim that a sum may be for: ``outstanding`` is 0 where nothing of it is open."""

    claim_id: str
    outstanding: Decimal


Shares = tuple[tuple[str, Decimal], ...]
"""Claims and what each gets; together the whole sum."""


def shares(amount: Decimal, owed: Sequence[Owed]) -> Shares | None:
    """Share ``amount``, or ``None`` where a person must say.

    A KID of one claim alone says all, whatever the amount. Where several carry it, only an amount
    that fits is sure: all that is open, one open claim alone, or exactly one of them.
    """
    if len(owed) == 1:
        return ((owed[0].claim_id, amount),)
    still = [each for each in owed if each.outstanding > 0]
    if len(still) == 1:
        return ((still[0].claim_id, amount),)
    if still and sum(each.outstanding for each in still) == amount:
        return tuple((each.claim_id, each.outstanding) for each in still)
    fitting = [each for each in still if each.outstanding == amount]
    return ((fitting[0].claim_id, amount),) if len(fitting) == 1 else None
