"""The end of the demo on one screen of 80 columns: where each ended and why, what to do next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gateway.cli.demo import days
from gateway.cli.demo.kind import LedgerKind
from gateway.cli.demo.outcome import Outcome
from gateway.cli.demo.story import Chapter, Ending, Story
from gateway.cli.render import one_line

_DOT: Final = " · "
_GROUPS: Final = (
    ("active", "at Kravia", "green"),
    ("closed", "closed", "green"),
    ("held", "held", "yellow"),
    ("review", "in review", "cyan"),
    ("rejected", "rejected", "red"),
)
_FROM: Final = {LedgerKind.CONTA: "in Conta", LedgerKind.WEBHOOK: "by webhook"}
_CHAPTERS: Final = (
    (Chapter.CONTA, "What only Conta can tell"),
    (Chapter.TROUBLE, "What went wrong on the way, on purpose"),
)
_PEOPLE_LINES_MAX: Final = 8
"""Larger plays leave more to people; the screen shows the first."""


def screen_of(outcome: Outcome, commands: Sequence[str]) -> RenderableType:
    """Lay the outcome out; ``commands`` are what to type next."""
    period = f"{days.FIRST_DAY:%-d %B} to {days.LAST_DAY:%-d %B %Y}"
    parts: list[RenderableType] = [
        Text(
            f"{len(outcome.stories)} invoices {_FROM[outcome.kind]}, {period} (simulated)",
            style="bold",
        ),
        *_section("Where they ended, and by which rule", _where(outcome)),
    ]
    for chapter, title in _CHAPTERS:
        if told := [story for story in outcome.stories if story.chapter is chapter]:
            parts += _section(title, _about(told))
    if people := list(_people(outcome)):
        parts += _section("What waits for a person", _rows(people))
    parts += _section("In figures", Text("\n".join(_figures(outcome))))
    if not outcome.as_told:
        parts += _section(
            "Not as told", Text("\n".join(map(one_line, outcome.faults)), style="red")
        )
    parts += _section("Type next", Text("\n".join(commands)))
    return Group(*parts)


def _section(title: str, body: RenderableType) -> tuple[RenderableType, ...]:
    return Text(f"\n{title}", style="bold"), Padding(body, (0, 0, 0, 2))


def _where(outcome: Outcome) -> Table:
    grid = Table.grid(padding=(0, 2))
    for justify in ("left", "right", "left"):
        grid.add_column(justify=justify, overflow="fold")
    rest = dict(enumerate(outcome.seen))
    for state, title, colour in _GROUPS:
        group = [
            number for number, seen in rest.items() if seen is not None and seen.state == state
        ]
        if group:
            grid.add_row(Text(title, style=colour), str(len(group)), _names(outcome, group))
        for number in group:
            del rest[number]
    if rest:
        grid.add_row(Text("elsewhere", style="red"), str(len(rest)), _names(outcome, list(rest)))
    return grid


def _names(outcome: Outcome, group: Sequence[int]) -> str:
    """Name the stories, each with the rule that decided; what had trouble is named below."""
    smooth = [each for each in group if outcome.stories[each].chapter is not Chapter.TROUBLE]
    counted = Counter(_named(outcome.stories[each], outcome.seen[each]) for each in smooth)
    names = [name if count == 1 else f"{name} ({count})" for name, count in counted.items()]
    if len(smooth) < len(group):
        names.append(f"{len(group) - len(smooth)} after trouble, see below")
    return _DOT.join(names)


def _named(story: Story, seen: Ending | None) -> str:
    if seen is None:
        return story.name
    if seen.state in ("active", "closed"):
        return f"{story.name}, frozen" if seen.frozen else story.name
    return " ".join((*seen.rules[:1], story.name))


def _about(stories: Iterable[Story]) -> Table:
    """Each story once, those that several invoices tell too."""
    return _rows(list({story.name: story.about for story in stories}.items()))


def _people(outcome: Outcome) -> Iterator[tuple[str, str]]:
    """Claims in review, tasks and alerts."""
    found: list[tuple[str, str]] = [
        ("review", f"{story.name}: {story.about}")
        for story, seen in zip(outcome.stories, outcome.seen, strict=True)
        if seen is not None and seen.state == "review"
    ]
    found += [("task", _text(task["text"])) for task in outcome.evidence.tasks]
    found += [("alert", _text(alert["message"])) for alert in outcome.evidence.alerts]
    yield from found[:_PEOPLE_LINES_MAX]
    if len(found) > _PEOPLE_LINES_MAX:
        yield "", f"and {len(found) - _PEOPLE_LINES_MAX} more"


def _rows(rows: Sequence[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in rows:
        grid.add_row(Text(name), Text(text, style="dim"))
    return grid


def _figures(outcome: Outcome) -> Iterator[str]:
    figures: Mapping[str, Any] = outcome.figures
    if outcome.as_told:
        yield (
            f"all {figures['invoices']} ended as told, and ledger, gateway and Kravia agree"
            f"  ({figures['seconds']} s)"
        )
    yield _DOT.join(f"{count} {decision}" for decision, count in figures["decisions"].items())
    yield _DOT.join(
        (
            f"{figures['events_recorded']} events recorded",
            f"{figures['claims_registered']} claims in {figures['cases']} cases",
            f"{figures['kravia_register_calls']} register calls",
            f"{figures['duplicates_at_kravia']} doubled",
        )
    )
    yield _DOT.join(
        (
            f"{figures['payments_reported']} payments reported",
            f"{figures['payments_booked']} collected by Kravia and booked",
            f"{figures['payouts_echoed']} pay-outs echoed",
        )
    )
    yield _DOT.join(
        (
            f"{figures['resolved_doubts']} doubts resolved",
            f"{figures['in_doubt']} open",
            f"{figures['parked']} messages parked",
            f"{figures['unreconciled']} differences",
        )
    )


def _text(value: object) -> str:
    return one_line(str(value))
