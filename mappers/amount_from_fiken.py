"""An amount as Fiken writes it, as the domain's."""

from __future__ import annotations

from decimal import Decimal


def amount_from_fiken(hundredths: int) -> Decimal:
    """Return whole øre as kroner (cents as euro …) with two decimals."""
    return Decimal(hundredths).scaleb(-2)
