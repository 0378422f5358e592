"""How a simulated Fiken may be out of sorts, beyond single faults."""

from __future__ import annotations

from dataclasses import dataclass

from clients.simulated_faults import Circumstances


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions(Circumstances):
    """Standing circumstances rather than single faults.

    ``rows_max``: Fiken answers at most that many rows a page, whatever is asked (0: as documented).
    ``leaves_out_payments``: a sale inside an invoice comes without its payments.
    """

    rows_max: int = 0
    leaves_out_payments: bool = False
