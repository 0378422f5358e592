"""Dated law and a creditor's policy as values; filled from ``config/rules/norway.toml`` at start.

A row holds from its ``since`` day until the day before the next row's, or to its own ``until``.
A day that no row covers is *not covered*: the caller gets ``None`` and must hold (INK-34).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction


class NoticeBy(StrEnum):
    """Who sends the collection notice."""

    CREDITOR = "creditor"
    AGENCY = "agency"


class SurchargeConsent(StrEnum):
    """Whether the creditor accepts what the agency adds for claims long overdue."""

    WARN = "warn"  # the claim goes, and the decision tells of it
    ASK = "ask"  # a person decides each time
    GIVEN = "given"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One dated figure: percent a year, or NOK."""

    since: date
    value: Decimal
    until: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """A collection act and what it lets a creditor do; without ``since`` it is not in force."""

    id: str
    law: str
    creditor_may_send_notice: bool
    creditor_letter_fees: bool
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Licence:
    """That an agency may collect for others (inkassoloven §§ 4-5), as far as it is known."""

    agency: str
    since: date
    until: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFees:
    """Fees a creditor may charge for its own letters (inkassoforskriften §§ 1-2 and 1-3)."""

    reminder: Fraction
    collection_notice: Fraction
    payment_demand: Fraction
    min_days_after_due: int
    max_fee_letters: int
    second_fee_needs_deadline_days: int
    reset_months: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Up to and including ``up_to`` NOK (``None``: above all) the fee is ``factor`` x the rate."""

    up_to: Decimal | None
    factor: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyFees:
    """What an agency may charge the debtor at most (salær, inkassoforskriften ch. 2)."""

    bands: tuple[Band, ...]  # ascending
    heavy_factor: Fraction
    heavy_after_days: int  # past the payment demand's deadline
    business_factor: Fraction
    vat_share: Fraction  # on top where the creditor cannot deduct it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rules:
    """The law in figures. ``holidays`` are public holidays other than Saturdays and Sundays.

    Equal only to itself, so that what follows from a day alone may be remembered by rules and day.
    """

    collection_rate: tuple[Row, ...]  # inkassosats, NOK
    late_interest: tuple[Row, ...]  # percent a year
    compensation: tuple[Row, ...]  # standard compensation, NOK
    letter_fees: LetterFees
    agency_fees: AgencyFees
    notice_min_deadline_days: int
    interest_demand_days: int
    interest_on_due_date: bool
    interest_tolerance: Decimal  # NOK a claimed figure may differ by (INK-33)
    limitation_years: int
    limitation_urgent_days: int
    limitation_review_days: int
    holidays: frozenset[date]
    regimes: tuple[Regime, ...]
    licences: tuple[Licence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One creditor's choices on top of the law; the defaults are the conservative ones.

    ``amount_min`` is in NOK. What each is for stands in ``config/rules/norway.toml``.
    """

    notice_by: NoticeBy = NoticeBy.CREDITOR
    grace_days: int = 3
    notice_deadline_rolls: bool = True
    forward_on_business_day: bool = True
    notice_max_age_months: int = 6
    agency_min_days_after_due: int = 14
    objection_answer_days: int = 14
    debt_negotiation_months: int = 4
    amount_min: Decimal = Decimal(0)
    surcharge_after_days: int = 90
    surcharge_consent: SurchargeConsent = SurchargeConsent.WARN
    minors_possible: bool = False
    vat_liable: bool = True
    national_id_needed: bool = False
    agencies: frozenset[str] = frozenset({"kravia"})
    countries: frozenset[str] = frozenset({"NO"})
    currencies: frozenset[str] = frozenset({"NOK"})


def regime_on(regimes: tuple[Regime, ...], day: date) -> Regime | None:
    """Return the act in force on ``day``: the latest begun, unless it has ended."""
    latest, begun_on = None, date.min
    for regime in regimes:
        if regime.since is not None and begun_on <= regime.since <= day:
            latest, begun_on = regime, regime.since
    return latest if latest is None or latest.until is None or day <= latest.until else None
