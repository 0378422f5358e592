"""What the mirror found, and the gateway's decisions beside people's, in 80 columns."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import RenderableType
from rich.text import Text

from gateway.cli.call import Document
from gateway.cli.render import Column, Row, Rows, record

_KINDS = {
    "people_only": "people did, gateway would not",
    "gateway_only": "gateway would, people did not",
    "unknown_to_gateway": "at Kravia, invoice never came",
    "agree": "agree",
}

_STATUSES = (
    Column(header="Kravia's word", value="status"),
    Column(header="taken for", value=lambda row: row.get("meaning") or "unknown"),
    Column(header="cases", value="cases", kind="number"),
    Column(header="ours", value="ours", kind="number"),
)

_ITEMS = (
    Column(header="outcome", value=lambda row: _KINDS.get(str(row["kind"]), str(row["kind"]))),
    Column(header="invoice", value="invoice_number", kind="id"),
    Column(header="case", value="kravia_invoice_id", kind="id"),
    Column(header="on", value="on", kind="id"),
    Column(header="rules", value="rules"),
)


def found_parts(found: Document) -> Sequence[RenderableType]:
    """Lay out ``creditors.mirror``."""
    statuses = found.get("by_status") or []
    plain = {key: value for key, value in found.items() if key != "by_status"}
    return [record(plain), Text(), Rows(columns=_STATUSES, items=statuses)]


def compared_parts(found: Document) -> Sequence[RenderableType]:
    """Lay out ``creditors.compare``: counts, then what to look at first."""
    counts = found.get("counts") or {}
    lines = [
        Text(f"{counts[kind]:>6}  {words}") for kind, words in _KINDS.items() if kind in counts
    ]
    kept = ", ".join(f"{count} {state}" for state, count in (found.get("kept_back") or {}).items())
    lines.append(Text(f"Kept back by the gateway: {kept}", style="dim"))
    items = found.get("items") or []
    left_out = found.get("left_out")
    more = [Text(f"{left_out} more: --limit, or --json")] if left_out else []
    if not items:
        return lines
    return [*lines, Text(), Rows(columns=_ITEMS, items=items, note=_reason), *more]


def _reason(row: Row) -> str | None:
    return row.get("reason") if row["kind"] == "people_only" else None
