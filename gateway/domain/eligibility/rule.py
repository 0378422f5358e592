"""A rule as a value: id, effect, texts and legal source beside the function that judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from gateway.domain.decision import Effect, Reason
from gateway.domain.eligibility.facts import Facts
from gateway.domain.wording import Said, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a rule found: a sentence for a finance person, without personal data.

    ``until`` dates a hold: the first day it no longer stands. ``effect`` is given only where it
    differs from the rule's usual one. ``fields`` names facts the ledger must supply.
    """

    says: Said
    until: date | None = None
    effect: Effect | None = None
    fields: tuple[str, ...] = ()


Judge = Callable[[Facts], Finding | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: ``effect`` is the usual one, ``text`` what it says, ``source`` where it stands.

    ``policy`` names the creditor's choices it reads. What a rule with ``a_person_may_override``
    holds, a person may let go: it is the creditor's own policy, never the law.
    """

    id: str
    effect: Effect
    text: Words
    source: str
    find: Judge
    policy: tuple[str, ...] = ()
    a_person_may_override: bool = False

    def reason(self, finding: Finding) -> Reason:
        """Return the finding as a reason that names this rule and its source."""
        return Reason(
            rule=self.id,
            effect=finding.effect or self.effect,
            says=finding.says,
            source=self.source,
            until=finding.until,
            fields=finding.fields,
        )


def rule(
    rule_id: str,
    effect: Effect,
    *,
    en: str,
    nb: str,
    source: str,
    policy: tuple[str, ...] = (),
    a_person_may_override: bool = False,
) -> Callable[[Judge], Rule]:
    """Make a :class:`Rule` of the decorated function; ``en`` and ``nb`` are its text."""

    def bind(find: Judge) -> Rule:
        return Rule(
            id=rule_id,
            effect=effect,
            text=Words(rule_id, en, nb),
            source=source,
            find=find,
            policy=policy,
            a_person_may_override=a_person_may_override,
        )

    return bind
