"""Decisions to forward, remembered from when they were made until the gate asks again.

A decision is a pure function of facts, standing, rules, policy and day. So where all five are what
they were, the rules need not be asked once more; where one differs, or another process decided,
they are.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from gateway.domain.decision import Decision
from gateway.domain.rules import Policy, Rules
from gateway.domain.standing import Standing

REMEMBERED_MAX: Final = 4_096
"""Claims on their way at once, a few seconds' worth; they take some 6 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All that a decision depends on; ``facts_hash`` stands for the invoice."""

    facts_hash: bytes
    standing: Standing
    rules: Rules
    policy: Policy
    today: date


@dataclass(slots=True)
class Remembered:
    """The last decisions to forward, by claim; forgotten in the order they came."""

    decisions: OrderedDict[str, tuple[Asked, Decision]] = field(default_factory=OrderedDict)

    def keep(self, claim_id: str, asked: Asked, decision: Decision) -> None:
        """Remember what the rules answered; whether it is committed makes no difference."""
        self.decisions[claim_id] = (asked, decision)
        while len(self.decisions) > REMEMBERED_MAX:
            self.decisions.popitem(last=False)

    def find(self, claim_id: str, asked: Asked) -> Decision | None:
        """What the rules answered when asked the very same."""
        kept = self.decisions.get(claim_id)
        return kept[1] if kept is not None and kept[0] == asked else None
