"""What the gateway itself knows of a claim and its siblings when the claim is decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gateway.domain.claim import ClaimState
from gateway.domain.wording import Said


@dataclass(frozen=True, slots=True, kw_only=True)
class Sibling:
    """Another known claim of the same creditor on the same debtor."""

    invoice_id: str
    invoice_number: str
    currency: str
    state: ClaimState
    frozen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Facts of ours beside the ledger's: frozen flag, hand-over, doubtful identity, siblings.

    ``at_agency`` is true when this very claim was handed over already (INK-38), on
    ``handed_over_on`` where that is known.
    ``identity_conflict`` says in a sentence why this may be another claim or another debtor.
    """

    creditor_id: str
    frozen_on: date | None = None
    at_agency: bool = False
    handed_over_on: date | None = None
    identity_conflict: Said | None = None
    siblings: tuple[Sibling, ...] = ()
