"""docs/rules.md lists every rule as the rulebook has it."""

from __future__ import annotations

from pathlib import Path

from gateway.domain.decision import Outcome
from gateway.domain.eligibility.over_time import BY_TIME
from gateway.domain.eligibility.rulebook import RULES, RULES_FOR_FORWARD

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"
HEADER = ["| Rule | Effect | What it says | Source | Policy |", "|---|---|---|---|---|"]


def table() -> list[str]:
    """The page's table of rules, line by line."""
    book = sorted(RULES + RULES_FOR_FORWARD, key=lambda rule: (rule.id.startswith("GW"), rule.id))
    return HEADER + [
        f"| {rule.id} | {rule.effect} | {rule.text.en}<br>*{rule.text.nb}* | {rule.source} |"
        f" {', '.join(f'`{name}`' for name in rule.policy) or '-'} |"
        for rule in book
    ]


def section(heading: str) -> list[str]:
    text = PAGE.read_text(encoding="utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    return [line for line in text.splitlines() if line.startswith("|")]


def test_the_page_lists_every_rule_with_effect_texts_source_and_policy() -> None:
    assert section("The rules") == table(), "write the table anew from the rulebook"


def test_the_page_has_the_moves_that_time_alone_may_make() -> None:
    told = set()
    for line in section("Time alone")[2:]:
        before, afters, _why = (part.strip() for part in line.strip("|").split("|"))
        for after in Outcome if afters == "any" else map(Outcome, afters.split(", ")):
            told.add((Outcome(before), after))

    moves = {(before, after) for before, after_all in BY_TIME.items() for after in after_all}
    assert {move for move in told if move[0] is not move[1]} == {
        move for move in moves if move[0] is not move[1]
    }
