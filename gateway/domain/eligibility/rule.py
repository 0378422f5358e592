"""A rule as a value: id, effect, text and legal source beside the function that judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from gateway.domain.decision import Effect, Reason
from gateway.domain.eligibility.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule found: a sentence for a finance person, without personal data.

    ``until`` dates a hold: the first day it no longer stands. ``effect`` is given only where it
    differs from the rule's usual one. ``fields`` names facts the ledger must supply.
    """

    message: str
    until: date | None = None
    effect: Effect | None = None
    fields: tuple[str, ...] = ()


Judge = Callable[[Facts], Finding | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: ``effect`` is the usual one, ``text`` what it says, ``source`` where it stands."""

    id: str
    effect: Effect
    text: str
    source: str
    find: Judge

    def reason(self, finding: Finding) -> Reason:
        """Return the finding as a reason that names this rule and its source."""
        return Reason(
            rule=self.id,
            effect=finding.effect or self.effect,
            message=finding.message,
            source=self.source,
            until=finding.until,
            fields=finding.fields,
        )


def rule(rule_id: str, effect: Effect, text: str, *, source: str) -> Callable[[Judge], Rule]:
    """Make a :class:`Rule` of the decorated function."""

    def bind(find: Judge) -> Rule:
        return Rule(id=rule_id, effect=effect, text=text, source=source, find=find)

    return bind


def in_money(amount: Decimal, currency: str) -> str:
    """Write an amount for a message: ``1250.00 NOK``."""
    return f"{amount:.2f} {currency}"
