"""How a simulated Conta may be out of sorts, beyond single faults."""

from __future__ import annotations

from dataclasses import dataclass

from clients.simulated_faults import Circumstances


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions(Circumstances):
    """Standing circumstances rather than single faults.

    ``nulls_for_absent``: what is not there is null instead of left out.
    ``rows_max``: Conta answers at most that many rows a page, whatever ``hits`` asks (0: no cap).
    """

    nulls_for_absent: bool = False
    rows_max: int = 0
