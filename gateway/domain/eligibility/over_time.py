"""How a decision may change from one day to the next while nothing is told anew.

============ ============================================================================
hold         its day comes, and the claim goes or a person looks; or limitation nears
forward      a notice grows old, a rate is missing, an act begins (hold); limitation nears, the
             claim becomes long overdue (review); the agency's licence ends (reject)
review       only a person lets it go. The right is lost (reject); or a plan ends and takes the
             notice that was in question with it (hold)
reject       never goes by itself. Only where a plan ends, and takes an invalid notice with it,
             does the question become another: a new notice (hold), or a person's (review)
============ ============================================================================

So a claim that was refused, or that waits for a person, is never collected by the passing of time.
"""

from __future__ import annotations

from gateway.domain.decision import Outcome

BY_TIME: dict[Outcome, frozenset[Outcome]] = {
    Outcome.HOLD: frozenset(Outcome),
    Outcome.FORWARD: frozenset(Outcome),
    Outcome.REVIEW: frozenset({Outcome.REVIEW, Outcome.REJECT, Outcome.HOLD}),
    Outcome.REJECT: frozenset({Outcome.REJECT, Outcome.HOLD, Outcome.REVIEW}),
}
"""From a day's decision to the next day's."""
