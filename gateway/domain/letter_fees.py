"""What of the creditor's letter fees may be claimed (inkassoforskriften §§ 1-2 and 1-3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from operator import attrgetter

from gateway.domain.business_days import add_days, add_months
from gateway.domain.dated_rows import row_on
from gateway.domain.invoice import Notice, NoticeKind
from gateway.domain.money import half_up
from gateway.domain.rules import LetterFees, Rules, regime_on

_NOTHING = Decimal("0.00")
_SENT_ON = attrgetter("sent_on")
_PAYMENT_DEMAND = NoticeKind.PAYMENT_DEMAND  # an enum's member is read slowly in Python 3.11


class FeeCut(StrEnum):
    """Why less than the charged fee may be claimed."""

    TOO_EARLY = "too_early"  # sent before 14 days had passed since the due date
    SURPLUS = "surplus"  # one letter too many, or no fair deadline in the first
    ABOVE_CAP = "above_cap"  # more than the share of the collection rate


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFee:
    """A letter with a fee: what may be claimed (NOK) and why not all of it.

    ``claimable`` is ``None`` when no collection rate row covers the day the letter was sent.
    """

    letter: Notice
    claimable: Decimal | None
    cut: FeeCut | None = None


def letter_fees(
    letters: Sequence[Notice], *, due_on: date, today: date, rules: Rules
) -> tuple[LetterFee, ...]:
    """Judge each letter that carries a fee and was sent by ``today``, in the order they were sent.

    ``due_on`` is the due date moved to a business day.
    """
    terms = rules.letter_fees
    earliest = add_days(due_on, terms.min_days_after_due)
    charged = [letter for letter in letters if letter.fee > _NOTHING and letter.sent_on <= today]
    counted: list[Notice] = []  # fee-bearing letters since the last pause of six months
    judged = []
    for letter in sorted(charged, key=_SENT_ON):
        if letter.sent_on < earliest:
            judged.append(LetterFee(letter=letter, claimable=_NOTHING, cut=FeeCut.TOO_EARLY))
            continue
        if counted and letter.sent_on >= add_months(counted[-1].sent_on, terms.reset_months):
            counted.clear()
        if not _may_bear_fee(letter, counted, terms):
            judged.append(LetterFee(letter=letter, claimable=_NOTHING, cut=FeeCut.SURPLUS))
            continue
        counted.append(letter)
        judged.append(_capped(letter, rules))
    return tuple(judged)


@lru_cache(maxsize=4096)  # some years of days, three kinds of letter
def fee_cap(kind: NoticeKind, sent_on: date, rules: Rules) -> Decimal | None:
    """Return the most a letter sent that day may cost, in whole NOK; ``None`` without a row.

    0 under an act that gives a creditor no fees for its own letters.
    """
    row = row_on(rules.collection_rate, sent_on)
    regime = regime_on(rules.regimes, sent_on)
    if row is None or regime is None:
        return None
    if not regime.creditor_letter_fees:
        return _NOTHING
    share = _share(kind, rules.letter_fees)
    whole, parts = row.value.as_integer_ratio()
    return half_up(whole * share.numerator, parts * share.denominator, 0)


def _may_bear_fee(letter: Notice, counted: Sequence[Notice], terms: LetterFees) -> bool:
    # § 1-3: two reminders, or a reminder and a collection notice; besides, one payment demand.
    earlier = [
        other
        for other in counted
        if (other.kind is _PAYMENT_DEMAND) is (letter.kind is _PAYMENT_DEMAND)
    ]
    if not earlier:
        return True
    if letter.kind is _PAYMENT_DEMAND:
        return False
    first = earlier[0]
    return (
        len(earlier) < terms.max_fee_letters
        and first.kind is NoticeKind.REMINDER
        and first.deadline is not None
        and first.deadline >= add_days(first.sent_on, terms.second_fee_needs_deadline_days)
        and letter.sent_on > first.deadline
    )


def _capped(letter: Notice, rules: Rules) -> LetterFee:
    cap = fee_cap(letter.kind, letter.sent_on, rules)
    if cap is None:
        return LetterFee(letter=letter, claimable=None)
    if letter.fee > cap:
        return LetterFee(letter=letter, claimable=cap, cut=FeeCut.ABOVE_CAP)
    return LetterFee(letter=letter, claimable=letter.fee)


def _share(kind: NoticeKind, terms: LetterFees) -> Fraction:
    if kind is NoticeKind.PAYMENT_DEMAND:
        return terms.payment_demand
    return terms.collection_notice if kind is NoticeKind.COLLECTION_NOTICE else terms.reminder
