"""All rules in force, in the order of their ids: the one list to read, print or count."""

from __future__ import annotations

from gateway.domain.eligibility import (
    completeness,
    creditors_choice,
    debtor,
    due_date,
    fees,
    hand_over,
    jurisdiction,
    limitation,
    notice,
    objection,
    plan,
    principal,
    rates,
)
from gateway.domain.eligibility.rule import Rule


def _in_order(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    # The project's own rules (GW) after the law's (INK), as INK sorts after GW.
    return tuple(sorted(rules, key=lambda rule: (rule.id.startswith("GW"), rule.id)))


RULES: tuple[Rule, ...] = _in_order(
    (
        *due_date.RULES,
        *principal.RULES,
        *notice.RULES,
        *objection.RULES,
        *limitation.RULES,
        *debtor.RULES,
        *jurisdiction.RULES,
        *completeness.RULES,
        *fees.RULES,
        *rates.RULES,
        *plan.RULES,
        *hand_over.RULES,
        *creditors_choice.RULES,
    )
)
"""Asked of every claim, top-down; all that trigger are told."""

RULES_FOR_FORWARD: tuple[Rule, ...] = _in_order(hand_over.RULES_FOR_FORWARD)
"""Asked only of a claim that may go: they say with what it goes."""
