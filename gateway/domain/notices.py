"""Which collection notice a claim rests on, and when it lets the claim go.

A newer notice supersedes an older one. If the newer is invalid (sent too early, or with too short a
deadline) and an older one is valid, the older stays the basis; but the deadline of every later
notice still has to run out: whatever a letter promised the debtor is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from gateway.domain.business_days import add_days, next_business_day
from gateway.domain.decision import EarliestForward
from gateway.domain.invoice import Notice, NoticeKind
from gateway.domain.rules import Policy, Rules

_COLLECTION_NOTICE = NoticeKind.COLLECTION_NOTICE  # an enum's member is read slowly in Python 3.11


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """The collection notice to judge, whether it is valid, and that whose deadline ends last."""

    notice: Notice
    valid: bool
    running: Notice


def basis_of(
    letters: Sequence[Notice], *, due_on: date | None, after: date | None, rules: Rules
) -> Basis | None:
    """Return the newest valid collection notice, else the newest, else ``None``.

    ``due_on`` is the due date moved to a business day. Notices sent on ``after`` or earlier do not
    count (a payment plan that has ended since).
    """
    notices = [
        letter
        for letter in letters
        if letter.kind is _COLLECTION_NOTICE and (after is None or letter.sent_on > after)
    ]
    if not notices:
        return None
    if len(notices) == 1:  # as nearly always
        only = notices[0]
        return Basis(notice=only, valid=_is_valid(only, due_on, rules), running=only)
    notices.sort(key=lambda notice: notice.sent_on)
    valid = [notice for notice in notices if _is_valid(notice, due_on, rules)]
    notice = (valid or notices)[-1]
    later = [other for other in notices if other.sent_on >= notice.sent_on and other.deadline]
    running = max(later, key=lambda other: other.deadline or date.min, default=notice)
    return Basis(notice=notice, valid=bool(valid), running=running)


def earliest_forward(
    basis: Basis | None, *, rules: Rules, policy: Policy
) -> EarliestForward | None:
    """Return the first day a valid notice lets the claim go; an invalid one never does.

    By law the day after the deadline, which holidays do not move. By policy the deadline is moved
    to a business day, then ``grace_days`` pass so that payments of the last days are booked, and
    the claim goes on a business day; a creditor may do without either move.
    """
    if basis is None or not basis.valid or basis.running.deadline is None:
        return None
    deadline = basis.running.deadline
    counted = counted_deadline(deadline, rules=rules, policy=policy)
    by_policy = add_days(counted, policy.grace_days + 1)
    if policy.forward_on_business_day:
        by_policy = next_business_day(by_policy, rules.holidays)
    return EarliestForward(by_law=add_days(deadline, 1), by_policy=by_policy)


def counted_deadline(deadline: date, *, rules: Rules, policy: Policy) -> date:
    """Return the deadline as the policy counts it: moved to a business day, or as it stands."""
    if not policy.notice_deadline_rolls:
        return deadline
    return next_business_day(deadline, rules.holidays)


def _is_valid(notice: Notice, due_on: date | None, rules: Rules) -> bool:
    return (
        notice.deadline is not None
        and (due_on is None or notice.sent_on > due_on)
        and notice.deadline >= add_days(notice.sent_on, rules.notice_min_deadline_days)
    )
