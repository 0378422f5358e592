"""Rules about the due date: passed, moved to a business day, and whether the invoice arrived."""

from __future__ import annotations

from gateway.domain.business_days import add_days
from gateway.domain.decision import Effect
from gateway.domain.eligibility.facts import Facts
from gateway.domain.eligibility.rule import Finding, rule


@rule(
    "INK-01",
    Effect.HOLD,
    "A claim that is not yet overdue is held until the day after its due date.",
    source="inkassoloven § 9",
)
def not_yet_overdue(facts: Facts) -> Finding | None:
    """Hold while the (moved) due date has not passed."""
    if facts.due_on is None or facts.today > facts.due_on:
        return None
    return Finding(
        message=f"The invoice falls due on {facts.due_on}; it is overdue from the day after.",
        until=add_days(facts.due_on, 1),
    )


@rule(
    "INK-30",
    Effect.WARN,
    "A due date or notice deadline on a day off counts as the next business day.",
    source="gjeldsbrevloven § 5 by analogy (due date); gateway policy (notice deadline)",
)
def moved_to_business_day(facts: Facts) -> Finding | None:
    """Tell that a date was moved."""
    moved = []
    if facts.stated_due_on != facts.due_on:
        moved.append(f"the due date {facts.stated_due_on} counts as {facts.due_on}")
    deadline = facts.basis.running.deadline if facts.basis else None
    if facts.earliest and deadline and facts.deadline_counts_as != deadline:
        moved.append(
            f"the notice deadline {deadline} counts as {facts.deadline_counts_as} by policy"
        )
    if not moved:
        return None
    return Finding(message=f"Not a business day: {' and '.join(moved)}.")


@rule(
    "INK-11",
    Effect.WARN,
    "An invoice that never reached the debtor has not fallen due: know how it was delivered.",
    source="inkassoloven § 9; FinKN 2017-492",
)
def delivery_not_shown(facts: Facts) -> Finding | None:
    """Warn where nothing tells how the invoice was delivered."""
    if facts.invoice.delivery_evidence:
        return None
    return Finding(
        message="Nothing tells how the invoice was delivered, so this could not be checked."
    )


RULES = (not_yet_overdue, moved_to_business_day, delivery_not_shown)
