"""A decision on the screen: the outcome first, then why, then the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gateway.cli.render import amount, day, one_line

_COLOURS = {"forward": "green", "hold": "yellow", "review": "cyan", "reject": "red"}
_MEANINGS = {
    "forward": "may be handed to the agency now",
    "hold": "not yet",
    "review": "a person must look at it",
    "reject": "must not be collected as it stands",
}
_FIGURES = ("principal", "fees", "interest", "compensation", "total")


def decision_view(decision: Mapping[str, Any]) -> RenderableType:
    """Lay out the contract's ``explain`` document for 80 columns."""
    parts: list[RenderableType] = [_headline(decision)]
    reasons = decision.get("reasons") or []
    parts.append(
        _section("Why", _rules(reasons) if reasons else Text("No rule stands in the way."))
    )
    if warnings := decision.get("warnings"):
        parts.append(_section("Also", _rules(warnings)))
    amounts = decision.get("amounts") or {}
    parts.append(
        _section(f"Amounts on the day, {one_line(str(amounts.get('currency')))}", _amounts(amounts))
    )
    parts.append(_section("Dates", _dates(decision)))
    return Group(*parts)


def _headline(decision: Mapping[str, Any]) -> Text:
    outcome = one_line(str(decision.get("decision")))
    meaning = _MEANINGS.get(outcome, "")
    if until := decision.get("hold_until"):
        meaning = f"until {day(str(until))}"
    return Text.assemble(
        f"Invoice {one_line(str(decision.get('invoice_id')))} on {day(str(decision.get('on')))}: ",
        (outcome, f"bold {_COLOURS.get(outcome, '')}".strip()),
        f", {meaning}" if meaning else "",
    )


def _section(title: str, body: RenderableType) -> RenderableType:
    return Group(Text(f"\n{title}", style="bold"), Padding(body, (0, 0, 0, 2)))


def _rules(rules: Sequence[Mapping[str, Any]]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for rule in rules:
        text = Text(one_line(str(rule.get("message"))))
        if source := rule.get("source"):
            text.append(f"\n{one_line(str(source))}", style="dim")
        effect = one_line(str(rule.get("effect") or ""))
        grid.add_row(
            Text(one_line(str(rule.get("rule")))),
            Text(effect, style=_COLOURS.get(effect, "")),
            text,
        )
    return grid


def _amounts(amounts: Mapping[str, Any]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, justify="right")
    for name in _FIGURES:
        figure = amounts.get(name)
        style = "bold" if name == "total" else ""
        known = amount(str(figure)) if figure is not None else "no rate covers it"
        grid.add_row(Text(name, style=style), Text(known, style=style))
    return grid


def _dates(decision: Mapping[str, Any]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    earliest = decision.get("earliest_forward") or {}
    rows = {
        "earliest forward by law": earliest.get("by_law"),
        "earliest forward by policy": earliest.get("by_policy"),
        "limitation, last day": decision.get("limitation_last_day"),
        "gathered under": decision.get("merge_key"),
    }
    for name, value in rows.items():
        grid.add_row(Text(name), Text(day(str(value)) if value else "-"))
    return grid
