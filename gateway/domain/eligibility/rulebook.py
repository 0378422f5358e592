"""All rules in force, in the order of their ids: the one list to read, print or count."""

from __future__ import annotations

from gateway.domain import consolidation, matching
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
    regime,
)
from gateway.domain.eligibility.rule import Rule
from gateway.domain.wording import Words

_SUBJECTS = (
    due_date,
    principal,
    notice,
    objection,
    limitation,
    debtor,
    jurisdiction,
    completeness,
    fees,
    rates,
    plan,
    hand_over,
    regime,
    creditors_choice,
)


def _in_order(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    # The project's own rules (GW) after the law's (INK), as INK sorts after GW.
    return tuple(sorted(rules, key=lambda rule: (rule.id.startswith("GW"), rule.id)))


RULES: tuple[Rule, ...] = _in_order(tuple(rule for part in _SUBJECTS for rule in part.RULES))
"""Asked of every claim, top-down; all that trigger are told."""

RULES_FOR_FORWARD: tuple[Rule, ...] = _in_order(hand_over.RULES_FOR_FORWARD)
"""Asked only of a claim that may go: they say with what it goes."""

WORDS: dict[str, Words] = {
    words.key: words
    for part in (*_SUBJECTS, matching, consolidation)
    for words in vars(part).values()
    if isinstance(words, Words)
}
"""Every text a decision can hold, by its key: a stored decision is read in either language."""

OVERRIDABLE: frozenset[str] = frozenset(rule.id for rule in RULES if rule.a_person_may_override)
"""Rules of the creditor's own policy whose hold a person may let go."""
