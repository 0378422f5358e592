"""Lines of the bank on 80 columns: a line each, and under it whose it is, or why it is nobody's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from gateway.cli.render import Column, Row, Rows, amount, one_line

RECEIPT_WORDS = {
    "before_hand_over": "inside what Kravia is given",
    "to_report": "to be told to Kravia",
    "reported": "told to Kravia",
    "not_reported": "not told to Kravia",
    "payout": "Kravia's own pay-out",
    "ambiguous": "Kravia's pay-out or the debtor's own money?",
    "surplus": "more than Kravia collects",
    "reversed": "taken back",
}
"""What became of a receipt, in words."""


def _kind(row: Row) -> str:
    source = str(row.get("source") or "")
    return f"{source}, back" if row.get("is_return") else source


COLUMNS = (
    Column(header="line", value="line_id", kind="id"),
    Column(header="on", value="on", kind="day"),
    Column(header="amount", value="amount", kind="amount"),
    Column(header="from", value=_kind),
    Column(header="state", value="state", kind="state"),
    Column(header="creditor", value="creditor_id", spare=True),
)

FILE_COLUMNS = (
    Column(header="where", value="place"),
    Column(header="on", value="on", kind="day"),
    Column(header="amount", value="amount", kind="amount"),
    Column(header="ends", value="state", kind="state"),
    Column(header="line", value="line_id", kind="id", spare=True),
)


def rows(items: Sequence[Row]) -> Rows:
    """Lay lines out; under each its invoices, or why it has none."""
    return Rows(columns=COLUMNS, items=items, note=note)


def note(row: Row) -> str | None:
    """Say whose a line is and what became of it, or why it is not matched."""
    said = [_part(part) for part in row.get("parts") or ()]
    if row.get("reason"):
        by = f" (by {row['decided_by']})" if row.get("decided_by") else ""
        said.append(f"{row['reason']}{by}")
    return "; ".join(said) or None


def sentence(row: Row) -> str:
    """Say in a line which line of the bank it is."""
    money = f"{amount(str(row.get('amount') or ''))} {row.get('currency')}"
    way = "taken back" if row.get("is_return") else "paid"
    why = f": {row['reason']}" if row.get("reason") else ""
    return one_line(
        f"{row.get('line_id')}  {money} {way} on {row.get('on')}  {row.get('state')}{why}"
    )


def _part(part: Mapping[str, Any]) -> str:
    said = f"invoice {part['invoice_number']}"
    if part.get("told_as"):
        said += f" (payment {part['told_as']})"
    became = RECEIPT_WORDS.get(str(part.get("receipt")))
    return f"{said}: {became}" if became else said


def import_view(report: Mapping[str, Any]) -> RenderableType:
    """Lay out what an import found: what is not plainly unmatched, then faults and sums.

    Most payments of a file are on invoices that nobody collects; they are only counted.
    """
    shown = [item for item in report["items"] if item["state"] != "unmatched"]
    parts: list[RenderableType] = []
    if shown:
        parts.append(Rows(columns=FILE_COLUMNS, items=shown, note=note))
    parts += [Text(f"Fault at {each['place']}: {each['message']}") for each in report["faults"]]
    parts += [Text(f"Note: {each}") for each in report["notes"]]
    counts = Counter(str(item["state"]) for item in report["items"])
    told = ", ".join(f"{counts[word]} {word}" for word in ("matched", "waiting", "unmatched"))
    known = sum(item["outcome"] == "known" for item in report["items"])
    parts.append(Text(f"Lines: {told}; {known} known before, {report['faulty']} with faults."))
    return Group(*parts)
