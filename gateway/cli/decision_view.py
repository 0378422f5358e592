"""A decision on the screen: the outcome first, then why, then the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from gateway.cli.render import amount, day, one_line
from gateway.domain.wording import Language

_COLOURS = {"forward": "green", "hold": "yellow", "review": "cyan", "reject": "red"}
_FIGURES = ("principal", "fees", "interest", "compensation", "total")
_SIBLINGS_SHOWN = 10  # of each kind; --json has them all

_ENGLISH = {
    "forward": "may be handed to the agency now",
    "hold": "not yet",
    "review": "a person must look at it",
    "reject": "must not be collected as it stands",
    "headline": "Invoice {invoice} on {on}: ",
    "until": "until {until}",
    "why": "Why",
    "nothing": "No rule stands in the way.",
    "also": "Also",
    "amounts": "Amounts on the day, {currency}",
    "dates": "Dates",
    "unknown": "no rate covers it",
    "principal": "principal",
    "fees": "fees",
    "interest": "interest",
    "compensation": "compensation",
    "total": "total",
    "light": "the agency's fee, at most",
    "heavy": "and later, at most",
    "by_law": "earliest forward by law",
    "by_policy": "earliest forward by policy",
    "limitation": "limitation, last day",
    "merge_key": "gathered under",
    "debtor": "All claims on the debtor",
    "together": "goes together",
    "attached_to": "at the agency",
    "apart": "stays apart",
    "more": "and {more} more",
}
_BOKMAL = {
    "forward": "kan overføres til inkassoforetaket nå",
    "hold": "ikke ennå",
    "review": "et menneske må se på det",
    "reject": "kan ikke kreves inn slik det er",
    "headline": "Faktura {invoice} den {on}: ",
    "until": "til {until}",
    "why": "Hvorfor",
    "nothing": "Ingen regel står i veien.",
    "also": "Dessuten",
    "amounts": "Beløp den dagen, {currency}",
    "dates": "Datoer",
    "unknown": "ingen sats dekker det",
    "principal": "hovedstol",
    "fees": "gebyr",
    "interest": "renter",
    "compensation": "kompensasjon",
    "total": "sum",
    "light": "inkassosalær, høyst",
    "heavy": "og senere, høyst",
    "by_law": "tidligst overført etter loven",
    "by_policy": "tidligst etter egne valg",
    "limitation": "foreldelse, siste dag",
    "merge_key": "samles under",
    "debtor": "Alle krav mot skyldneren",
    "together": "går sammen",
    "attached_to": "hos inkassoforetaket",
    "apart": "holdes utenfor",
    "more": "og {more} til",
}


def decision_view(decision: Mapping[str, Any]) -> RenderableType:
    """Lay out the contract's ``explain`` document for 80 columns, in its own language."""
    words = _words(decision)
    parts: list[RenderableType] = [_headline(decision, words)]
    reasons = decision.get("reasons") or []
    why = _rules(reasons) if reasons else Text(words["nothing"])
    parts.append(_section(words["why"], why))
    if warnings := decision.get("warnings"):
        parts.append(_section(words["also"], _rules(warnings)))
    amounts = decision.get("amounts") or {}
    title = words["amounts"].format(currency=one_line(str(amounts.get("currency"))))
    parts.append(_section(title, _amounts(amounts, decision.get("agency_fee"), words)))
    parts.append(_section(words["dates"], _dates(decision, words)))
    if together := decision.get("consolidation"):
        parts.append(consolidation_view(together))
    return Group(*parts)


def consolidation_view(found: Mapping[str, Any]) -> RenderableType:
    """Lay out which claims on a debtor go together, which stay apart, and why."""
    words = _words(found)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_column(no_wrap=True, justify="right")
    grid.add_column(overflow="fold")
    for kind in ("together", "attached_to", "apart"):
        rows = found.get(kind) or []
        for row in rows[:_SIBLINGS_SHOWN]:
            why = one_line(str(row.get("why") or ""))
            if rules := row.get("rules"):
                why += f" ({', '.join(map(str, rules))})"
            grid.add_row(
                Text(words[kind]),
                Text(one_line(str(row.get("invoice_number")))),
                Text(f"{amount(str(row.get('outstanding')))} {row.get('currency')}"),
                Text(why),
            )
        if len(rows) > _SIBLINGS_SHOWN:
            more = words["more"].format(more=len(rows) - _SIBLINGS_SHOWN)
            grid.add_row(Text(words[kind]), Text(more))
    return _section(words["debtor"], grid)


def _words(document: Mapping[str, Any]) -> Mapping[str, str]:
    return _BOKMAL if document.get("language") == Language.BOKMAL.value else _ENGLISH


def _headline(decision: Mapping[str, Any], words: Mapping[str, str]) -> Text:
    outcome = one_line(str(decision.get("decision")))
    meaning = words.get(outcome, "")
    if until := decision.get("hold_until"):
        meaning = words["until"].format(until=day(str(until)))
    headline = words["headline"].format(
        invoice=one_line(str(decision.get("invoice_id"))), on=day(str(decision.get("on")))
    )
    return Text.assemble(
        headline,
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


def _amounts(
    amounts: Mapping[str, Any], fee: Mapping[str, Any] | None, words: Mapping[str, str]
) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, justify="right")
    for name in _FIGURES:
        figure = amounts.get(name)
        style = "bold" if name == "total" else ""
        known = amount(str(figure)) if figure is not None else words["unknown"]
        grid.add_row(Text(words[name], style=style), Text(known, style=style))
    for name, figure in (fee or {}).items():
        grid.add_row(Text(words[name], style="dim"), Text(amount(str(figure)), style="dim"))
    return grid


def _dates(decision: Mapping[str, Any], words: Mapping[str, str]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True)
    earliest = decision.get("earliest_forward") or {}
    rows = {
        words["by_law"]: earliest.get("by_law"),
        words["by_policy"]: earliest.get("by_policy"),
        words["limitation"]: decision.get("limitation_last_day"),
        words["merge_key"]: decision.get("merge_key"),
    }
    for name, value in rows.items():
        grid.add_row(Text(name), Text(day(str(value)) if value else "-"))
    return grid
