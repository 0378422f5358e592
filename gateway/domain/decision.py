"""What was decided about an invoice, and why: the values ``explain`` prints."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from gateway.domain.wording import Language, Said


class Outcome(StrEnum):
    """What becomes of the claim now."""

    FORWARD = "forward"
    HOLD = "hold"
    REVIEW = "review"
    REJECT = "reject"


class Effect(StrEnum):
    """What one rule asks for. ``strip`` and ``warn`` never decide; they are told as warnings."""

    HOLD = "hold"
    REVIEW = "review"
    REJECT = "reject"
    STRIP = "strip"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One triggered rule: its id, effect, what it says in either language, and source.

    ``until`` dates a hold: the first day it no longer stands. ``fields`` names facts that the
    ledger must supply (contract names such as ``debtor.address.postal_code``).
    """

    rule: str
    effect: Effect
    says: Said
    source: str
    until: date | None = None
    fields: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """What it says, in English."""
        return self.says.in_language(Language.ENGLISH)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amounts:
    """What is owed on the day decided for; a figure that no rate row covers is ``None``."""

    currency: str
    principal: Decimal
    fees: Decimal | None
    interest: Decimal | None
    compensation: Decimal | None
    total: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarliestForward:
    """First day the notice allows forwarding: by law alone, and with the creditor's policy."""

    by_law: date
    by_policy: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The outcome with everything that led to it; ``reasons`` decide, ``warnings`` only tell."""

    outcome: Outcome
    on: date
    hold_until: date | None
    reasons: tuple[Reason, ...]
    warnings: tuple[Reason, ...]
    amounts: Amounts
    limitation_last_day: date | None
    earliest_forward: EarliestForward | None
    merge_key: str
