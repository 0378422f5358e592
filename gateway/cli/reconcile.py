"""``reconcile``: where ledger, gateway and Kravia differ, as a table, CSV or JSON."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Annotated, Protocol

import typer

from gateway.cli import options
from gateway.cli.call import Document, call_pages
from gateway.cli.failure import Failure
from gateway.cli.render import Column, Row, Rows, screen

COLUMNS = (
    Column(header="kind", value="kind"),
    Column(header="creditor", value="creditor_id", spare=True),
    Column(header="about", value=lambda row: row.get("about") or "-", kind="text"),
    Column(header="ledger", value="ledger"),
    Column(header="gateway", value="gateway"),
    Column(header="Kravia", value="kravia"),
)
FIELDS = (
    *("kind", "sign", "creditor_id", "invoice_id", "claim_id", "kravia_invoice_id", "about"),
    *("ledger", "gateway", "kravia", "cause", "command", "first_seen"),
)
"""Columns of the CSV, and fields of a difference in JSON."""

STDOUT = "-"


class _Printed(Protocol):
    """Takes differences as they come, and the sums at the end."""

    def take(self, found: list[Row]) -> None:
        """Some more differences."""

    def end(self, sums: _Sums) -> None:
        """All has been compared."""


class _Sums:
    """What was compared, and what was found."""

    def __init__(self) -> None:
        self.compared: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.incomplete: list[str] = []
        self.ledger_as_of: dict[str, str | None] = {}

    def take(self, page: Document) -> None:
        self.compared.update(page["compared"])
        self.kinds.update(row["kind"] for row in page["differences"])
        self.incomplete += page["incomplete"]
        self.ledger_as_of |= page["ledger_as_of"]

    @property
    def clean(self) -> bool:
        return not self.kinds and not self.incomplete


def reconcile(
    context: typer.Context,
    creditor: options.Creditor = None,
    csv_file: Annotated[
        str | None,
        typer.Option("--csv", metavar="FILE", help="Write CSV; - for standard output."),
    ] = None,
    limit: options.Limit = options.LIST_LIMIT,
    as_json: options.Json = False,
) -> None:
    """Compare ledger, gateway and Kravia, both ways: every claim, case and settlement.

    Each difference stands with its likely cause and the command that mends it. Nothing is changed.
    The table ends after --limit rows; CSV and JSON have all. Exit code 1: there are differences,
    or Kravia's list was not read whole yet.
    """
    if as_json and csv_file is not None:
        raise Failure("--json and --csv together: choose one")
    sums = _Sums()
    with ExitStack() as stack:
        printed = _printed(stack, csv_file, limit, as_json=as_json)

        def take(page: Document) -> None:
            sums.take(page)
            printed.take(page["differences"])

        call_pages(context, "reconcile", {"creditor": creditor}, take)
        printed.end(sums)
    if not sums.clean:
        raise typer.Exit(1)


def _printed(stack: ExitStack, csv_file: str | None, limit: int, *, as_json: bool) -> _Printed:
    if as_json:
        return _Json()
    if csv_file == STDOUT:
        return _Csv(sys.stdout)
    if csv_file is None:
        return _Table(limit)
    try:
        return _Csv(stack.enter_context(Path(csv_file).open("w", encoding="utf-8", newline="")))
    except OSError as error:
        raise Failure(f"--csv {csv_file}: {os.strerror(error.errno or 0)}") from error


class _Json:
    """One document, printed as it comes: differences first, what was compared last."""

    def __init__(self) -> None:
        self._separator = '{"differences": [\n'

    def take(self, found: list[Row]) -> None:
        for row in found:
            typer.echo(self._separator + json.dumps(row), nl=False)
            self._separator = ",\n"

    def end(self, sums: _Sums) -> None:
        opening = "" if self._separator.startswith(",") else self._separator
        rest = {
            "compared": dict(sums.compared),
            "counts": dict(sums.kinds),
            "incomplete": sums.incomplete,
            "ledger_as_of": sums.ledger_as_of,
            "clean": sums.clean,
        }
        typer.echo(f"{opening}\n], {json.dumps(rest)[1:]}")


class _Csv:
    """A line a difference, for a spreadsheet; nothing in it is taken for a formula."""

    def __init__(self, file: IO[str]) -> None:
        self._writer = csv.writer(file)
        self._writer.writerow(FIELDS)

    def take(self, found: list[Row]) -> None:
        self._writer.writerows([_cell(row.get(name)) for name in FIELDS] for row in found)

    def end(self, sums: _Sums) -> None:
        typer.echo("\n".join(_sentences(sums)), err=True)


class _Table:
    """The first rows, and how many there are of what."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._rows: list[Row] = []

    def take(self, found: list[Row]) -> None:
        self._rows += found[: self._limit - len(self._rows)]

    def end(self, sums: _Sums) -> None:
        if self._rows:
            screen().print(Rows(columns=COLUMNS, items=self._rows, note=_note))
        typer.echo("\n".join(_sentences(sums)))
        left = sums.kinds.total() - len(self._rows)
        if left:
            typer.echo(f"{left} more: --limit {min(sums.kinds.total(), options.LIST_LIMIT_MAX)},")
            typer.echo("or all with --csv FILE")


def _note(row: Row) -> str:
    since = row.get("first_seen")
    known = f" Known since {str(since)[:10]}." if since else ""
    return f"{row.get('cause')}.{known} Next: {row.get('command')}"


def _sentences(sums: _Sums) -> list[str]:
    """What was compared, what of it differs, and what could not be judged."""
    counted = ", ".join(
        f"{count} {name.replace('_', ' ')}" for name, count in sums.compared.items()
    )
    said = [f"Compared: {counted or 'nothing, there are no creditors'}."]
    said += [
        f"{creditor_id}: Kravia's list is not read whole yet, so nothing is said of it. See:"
        f" kravia-gateway creditors mirror {creditor_id}"
        for creditor_id in sums.incomplete
    ]
    said += [
        f"{creditor_id}: its ledger was not swept whole yet."
        if at is None
        else f"{creditor_id}: its ledger's side is as of {at[:16]}Z."
        for creditor_id, at in sums.ledger_as_of.items()
    ]
    if sums.kinds:
        kinds = ", ".join(
            f"{count} {kind.replace('_', ' ')}" for kind, count in sums.kinds.most_common()
        )
        said.append(f"Differences: {kinds}.")
    elif sums.clean:
        said.append("All agree.")
    return said


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    is_formula = text[:1] in set("=+@\t\r") or (text[:1] == "-" and not text[1:2].isdigit())
    return f"'{text}" if is_formula else text
