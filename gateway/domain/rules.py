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


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One dated figure: percent a year, or NOK."""

    since: date
    value: Decimal
    until: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """A collection act; without ``since`` not in force. Carried, not yet acted on (INK-41)."""

    id: str
    law: str
    creditor_may_send_notice: bool
    since: date | None = None
    until: date | None = None


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
class Rules:
    """The law in figures. ``holidays`` are public holidays other than Saturdays and Sundays."""

    collection_rate: tuple[Row, ...]  # inkassosats, NOK
    late_interest: tuple[Row, ...]  # percent a year
    compensation: tuple[Row, ...]  # standard compensation, NOK
    letter_fees: LetterFees
    notice_min_deadline_days: int
    interest_demand_days: int
    limitation_years: int
    limitation_urgent_days: int
    limitation_review_days: int
    holidays: frozenset[date]
    regimes: tuple[Regime, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One creditor's choices on top of the law; the defaults are the conservative ones."""

    notice_by: NoticeBy = NoticeBy.CREDITOR
    grace_days: int = 3
    notice_max_age_months: int = 6
    agency_min_days_after_due: int = 14
    objection_answer_days: int = 14
    debt_negotiation_months: int = 4
    minors_possible: bool = False
    countries: frozenset[str] = frozenset({"NO"})
    currencies: frozenset[str] = frozenset({"NOK"})
