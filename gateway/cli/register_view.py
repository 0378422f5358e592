"""What would become of a file of invoices, on 80 columns: a line each, faults, then the sums."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from gateway.cli.render import Column, Row, Rows, amount, one_line

_FOUND = {
    "number": "known debtor",
    "organization_number": "known debtor, found by organisation number",
    "name_and_postal_code": "known debtor, found by name and postal code",
    "new": "new debtor",
}


_FIGURES = (
    ("principal", "principal"),
    ("fees", "fees"),
    ("interest", "interest"),
    ("in all", "total"),
)


def _decided(row: Row) -> object:
    match row["outcome"]:
        case "refused":
            return "fault"
        case "registered_before":
            return "known"
    decision = row.get("decision")
    return decision["decision"] if decision else None


def _amount(name: str) -> Any:
    def value(row: Row) -> object:
        decision = row.get("decision")
        return decision["amounts"][name] if decision else None

    return value


COLUMNS = (
    Column(header="row", value="place", kind="number"),
    Column(header="invoice", value="invoice_number"),
    Column(header="debtor", value="debtor_number"),
    Column(header="becomes", value=_decided),
    Column(header="principal", value=_amount("principal"), kind="amount"),
    Column(header="fees", value=_amount("fees"), kind="amount"),
    Column(header="interest", value=_amount("interest"), kind="amount"),
)


def register_view(report: Mapping[str, Any]) -> RenderableType:
    """Lay out the report of ``register``."""
    parts: list[RenderableType] = [Rows(columns=COLUMNS, items=report["items"], note=_note)]
    parts += [Text(_sum(each)) for each in report["summary"]]
    if report["faulty"]:
        parts.append(Text(f"With faults, and not registered: {report['faulty']}."))
    return Group(*parts)


def _note(row: Row) -> str | None:
    """Everything to be said of a row, in one paragraph under it."""
    said = [_fault(each) for each in row["faults"]]
    if row["outcome"] == "registered_before":
        said.append(f"registered before, as event {row['event_id']}: nothing changes")
    if found := _FOUND.get(str(row.get("debtor_found_by"))):
        said.append(found)
    if row["outcome"] == "changes":
        said.append("changes what is known of this invoice")
    if decision := row.get("decision"):
        said += [f"{each['rule']}: {each['message']}" for each in decision["reasons"]]
        own = {each["message"] for each in decision["reasons"]}
        said += [row["problem"]] if row.get("problem") and row["problem"] not in own else []
        said += [f"{each['rule']}: {each['message']}" for each in decision["warnings"]]
    said += row["warnings"]
    return " ".join(_sentence(each) for each in said) or None


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _fault(fault: Mapping[str, Any]) -> str:
    where = one_line(str(fault["field"]))
    return f"fault in {where}: {fault['message']}" if where else f"fault: {fault['message']}"


def _sum(row: Mapping[str, Any]) -> str:
    decisions = ", ".join(f"{count} {word}" for word, count in sorted(row["decisions"].items()))
    figures = [
        f"{word} {amount(row[name]) if row[name] is not None else 'not known'}"
        for word, name in _FIGURES
    ]
    return f"{row['currency']}: {decisions}; {', '.join(figures)}"
