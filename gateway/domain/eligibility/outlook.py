"""What time alone will make of a claim: when its holds end, and what is decided then."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from gateway.domain.decision import Decision, Outcome
from gateway.domain.eligibility.decide import decide
from gateway.domain.invoice import Invoice
from gateway.domain.rules import Policy, Rules
from gateway.domain.standing import Standing

HOLDS_MAX = 8
"""Dated holds followed one after another; three is the most that any known facts give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """``now`` is the decision asked for; ``then`` that of ``day``, the first without a dated hold.

    Where nothing is held until a day, both are the same.
    """

    now: Decision
    day: date
    then: Decision

    @property
    def eligible_on(self) -> date | None:
        """The day on which the claim may go if nothing but time changes."""
        return self.day if self.then.outcome is Outcome.FORWARD else None


def outlook(
    invoice: Invoice, *, standing: Standing, rules: Rules, policy: Policy, today: date
) -> Outlook:
    """Decide on ``today``, and again on each day that a hold names."""
    now = then = decide(invoice, standing=standing, rules=rules, policy=policy, today=today)
    day = today
    for _ in range(HOLDS_MAX):
        if then.hold_until is None:
            break
        day = then.hold_until
        then = decide(invoice, standing=standing, rules=rules, policy=policy, today=day)
    return Outlook(now=now, day=day, then=then)
