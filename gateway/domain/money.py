"""Money as exact decimals: rounding, and the crossing to whole minor units (øre)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from functools import lru_cache

_MINOR_PER_MAJOR = 100
_HALF_UP = Context(prec=400, rounding=ROUND_HALF_UP)  # digits: more than any amount we accept


def round_half_up(value: Fraction | Decimal, places: int = 2) -> Decimal:
    """Round to ``places`` decimals, a half away from zero; exact for a number of any size.

    The result carries exactly ``places`` decimals: ``round_half_up(Decimal(5))`` is ``5.00``.
    """
    if isinstance(value, Decimal):
        return value.quantize(_unit(places), context=_HALF_UP)
    numerator, denominator = value.as_integer_ratio()
    return half_up(numerator, denominator, places)


def half_up(numerator: int, denominator: int, places: int) -> Decimal:
    """Round a fraction as ``round_half_up`` does, which need not be in its lowest terms."""
    scaled = abs(numerator) * 10**places
    rounded = (2 * scaled + denominator) // (2 * denominator)
    return _exact(-rounded if numerator < 0 else rounded, places)


@lru_cache(maxsize=16)
def _unit(places: int) -> Decimal:
    return _exact(1, places)


def to_minor(amount: Decimal) -> int:
    """Turn major units into whole minor units; ``ValueError`` if there are more than 2 decimals."""
    numerator, denominator = amount.as_integer_ratio()
    minor, rest = divmod(numerator * _MINOR_PER_MAJOR, denominator)
    if rest:
        raise ValueError(f"{amount} has more than two decimals")
    return minor


def from_minor(minor: int) -> Decimal:
    """Turn whole minor units into major units with exactly two decimals."""
    return _exact(minor, 2)


def _exact(units: int, places: int) -> Decimal:
    # The constructor is exact; Decimal arithmetic would round to the context's 28 digits.
    return Decimal(f"{units}E-{places}")
