"""What the creditor did in its own ledger: a follow-up moved, a claim given into other hands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from gateway.domain.decision import Decision, Outcome
from gateway.domain.invoice import Elsewhere, ElsewhereStanding, Invoice
from gateway.domain.money_events import difference

Make = Callable[..., Invoice]
Decided = Callable[..., Decision]


@pytest.mark.parametrize(
    ("until", "outcome", "hold_until"),
    [
        ("2026-11-25", Outcome.HOLD, date(2026, 11, 26)),
        ("2026-11-24", Outcome.HOLD, date(2026, 11, 25)),
        ("2026-11-23", Outcome.FORWARD, None),
    ],
)
def test_a_postponed_follow_up_holds_until_its_day_is_over(
    an_invoice: Make, decided: Decided, until: str, outcome: Outcome, hold_until: date | None
) -> None:
    decision = decided(an_invoice(postponed_until=date.fromisoformat(until)))

    assert (decision.outcome, decision.hold_until) == (outcome, hold_until)


@pytest.mark.parametrize(
    ("standing", "outcome"),
    [
        (ElsewhereStanding.RUNNING, Outcome.REJECT),
        (ElsewhereStanding.SOLD, Outcome.REJECT),
        (ElsewhereStanding.ENDED, Outcome.REVIEW),
        (ElsewhereStanding.UNKNOWN, Outcome.REVIEW),
    ],
)
def test_a_claim_in_other_hands_is_not_handed_over_again(
    an_invoice: Make, decided: Decided, standing: ElsewhereStanding, outcome: Outcome
) -> None:
    decision = decided(an_invoice(elsewhere=Elsewhere(standing=standing, word="A_WORD")))

    assert decision.outcome is outcome
    [reason] = decision.reasons
    assert reason.rule == "GW-04"
    assert "A_WORD" in reason.message


@pytest.mark.parametrize(
    ("before", "after", "count"), [(None, "2026-12-01", 1), ("2026-12-01", None, 0)]
)
def test_a_follow_up_moved_after_hand_over_is_for_a_person(
    an_invoice: Make, before: Any, after: Any, count: int
) -> None:
    first, second = (
        an_invoice(postponed_until=None if day is None else date.fromisoformat(day))
        for day in (before, after)
    )

    assert len(difference(first, second).for_a_person) == count
