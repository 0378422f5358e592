"""``explain --all``: a line a claim, printed page by page so that any number fits in memory."""

from __future__ import annotations

import json
from collections.abc import Mapping

import typer

from gateway.cli.call import Document, call_pages
from gateway.cli.next_page import next_page
from gateway.cli.render import Row, amount, one_line

_WIDTHS = (14, 12, 13, 8, 10, 10, 7)
"""Of the columns; with a space between them 80 together."""

_HEADERS = ("invoice", "debtor", "outstanding", "decision", "may go", "limit", "rule")


def explain_all(
    context: typer.Context, arguments: Mapping[str, object], *, limit: int | None, as_json: bool
) -> None:
    """Print open claims' decisions as a table, or as one JSON document that streams.

    At most ``limit`` claims, and where to go on; without it every one.
    """
    printed = _JsonList() if as_json else _Table()
    left, following = limit, None

    def take(page: Document) -> int | None:
        nonlocal left, following
        printed.page(page)
        following = page["next"]
        left = None if left is None else left - len(page["items"])
        return left

    call_pages(context, "explain.all", {**arguments, "limit": limit}, take)
    printed.end(following)
    if following is not None and not as_json:
        typer.echo(f"More: {next_page(context, following)}")


class _Table:
    """Columns of a fixed width: what comes later is not known when the first line is printed."""

    def __init__(self) -> None:
        self._rows = 0

    def page(self, page: Document) -> None:
        for row in page["items"]:
            if not self._rows:
                typer.echo(_line(_HEADERS))
            self._rows += 1
            typer.echo(_line(_cells(row)))

    def end(self, _following: str | None) -> None:
        if not self._rows:
            typer.echo("No claims.")


class _JsonList:
    """The contract's ``{"items", "next"}``, one item a line."""

    def __init__(self) -> None:
        self._separator = '{"items": [\n'

    def page(self, page: Document) -> None:
        for row in page["items"]:
            typer.echo(self._separator + json.dumps(row), nl=False)
            self._separator = ",\n"

    def end(self, following: str | None) -> None:
        opening = "" if self._separator.startswith(",") else self._separator
        typer.echo(f'{opening}\n], "next": {json.dumps(following)}}}')


def _cells(row: Row) -> tuple[str, ...]:
    reasons = row.get("reasons") or []
    decision = str(row.get("decision"))
    goes = row.get("eligible_on") or ("" if row.get("then") == decision else row.get("then"))
    return (
        str(row.get("invoice_number")),
        str(row.get("debtor_number")),
        amount(str((row.get("amounts") or {}).get("principal") or "")),
        decision,
        str(goes or "-"),
        str(row.get("limitation_last_day") or "-"),
        str(reasons[0].get("rule")) if reasons else "",
    )


def _line(cells: tuple[str, ...]) -> str:
    shown = []
    for number, (cell, width) in enumerate(zip(cells, _WIDTHS, strict=True)):
        text = one_line(cell)
        if len(text) > width:
            text = f"{text[: width - 1]}…"
        shown.append(
            text.rjust(width) if number == _HEADERS.index("outstanding") else text.ljust(width)
        )
    return " ".join(shown).rstrip()
