"""One invoice, one day, one decision: every rule is asked, then the answers are weighed.

Precedence: reject > hold with a known date > review > hold without a date > forward; only the
review of a claim soon time-barred (INK-16) comes before a dated hold: waiting would lose the right.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from gateway.domain.decision import Decision, Effect, Outcome, Reason
from gateway.domain.eligibility.facts import Facts, gather
from gateway.domain.eligibility.hand_over import merge_key
from gateway.domain.eligibility.limitation import soon_time_barred
from gateway.domain.eligibility.rule import Judge, Rule
from gateway.domain.eligibility.rulebook import RULES, RULES_FOR_FORWARD
from gateway.domain.invoice import Invoice
from gateway.domain.rules import Policy, Rules
from gateway.domain.standing import Standing

# Bound once: this is the hottest loop there is, and Python 3.11 reads an enum's member slowly.
_ALWAYS = tuple((rule.find, rule) for rule in RULES)
_FOR_FORWARD = tuple((rule.find, rule) for rule in RULES_FOR_FORWARD)
_REJECT, _HOLD, _REVIEW = Effect.REJECT, Effect.HOLD, Effect.REVIEW
_OUTCOMES = {_REJECT: Outcome.REJECT, _HOLD: Outcome.HOLD, _REVIEW: Outcome.REVIEW}
_FORWARD = Outcome.FORWARD


def decide(
    invoice: Invoice, *, standing: Standing, rules: Rules, policy: Policy, today: date
) -> Decision:
    """Decide what becomes of the claim on ``today`` (Oslo). Total: any invoice gets an answer.

    ``reasons`` are all rules that hold, review or reject, those that decided first; ``warnings``
    are the rest. Both are free of names, addresses and other personal data.
    """
    facts = gather(invoice, standing=standing, rules=rules, policy=policy, today=today)
    reasons: list[Reason] = []
    warnings: list[Reason] = []
    for reason in _ask(_ALWAYS, facts):
        (reasons if reason.effect in _OUTCOMES else warnings).append(reason)
    outcome = weigh(reasons)
    if outcome is _FORWARD:
        warnings += _ask(_FOR_FORWARD, facts)
    if len(reasons) > 1:
        reasons.sort(key=lambda reason: _OUTCOMES[reason.effect] is not outcome)
    return Decision(
        outcome=outcome,
        on=today,
        hold_until=_hold_until(reasons) if outcome is _OUTCOMES[_HOLD] else None,
        reasons=tuple(reasons),
        warnings=tuple(warnings),
        amounts=facts.amounts,
        limitation_last_day=facts.limitation_last_day,
        earliest_forward=facts.earliest,
        merge_key=merge_key(facts),
    )


def weigh(reasons: Iterable[Reason]) -> Outcome:
    """Return the outcome that these reasons come to, by the precedence above."""
    rejects = reviews = dated_holds = holds = urgent = False
    for reason in reasons:
        if reason.effect is _REJECT:
            rejects = True
        elif reason.effect is _REVIEW:
            reviews = True
            urgent = urgent or reason.rule == soon_time_barred.id
        elif reason.effect is _HOLD:
            holds = True
            dated_holds = dated_holds or reason.until is not None
    if not (rejects or reviews or holds):
        return _FORWARD
    if rejects:
        return Outcome.REJECT
    if dated_holds and not urgent:
        return Outcome.HOLD
    return Outcome.REVIEW if reviews else Outcome.HOLD


def _ask(rules: Iterable[tuple[Judge, Rule]], facts: Facts) -> list[Reason]:
    return [rule.reason(found) for find, rule in rules if (found := find(facts)) is not None]


def _hold_until(reasons: Iterable[Reason]) -> date | None:
    """Return the latest end of the holds; ``None`` if one of them has no known end."""
    ends = [reason.until for reason in reasons if reason.effect is _HOLD]
    known = [end for end in ends if end is not None]
    return max(known) if len(known) == len(ends) else None
