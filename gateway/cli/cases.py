"""``cases``: debtors whose claims are collected together."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from gateway.cli import claims, options
from gateway.cli.call import Document, call_pages
from gateway.cli.decision_view import consolidation_view
from gateway.cli.render import Column, Rows, day, record, screen
from gateway.cli.show import print_json, show_list, show_one
from gateway.operations.forecast_parts import added

app = typer.Typer(help="Debtors whose claims are collected together.", no_args_is_help=True)


COLUMNS = (
    Column(header="case", value="case_id", kind="id"),
    Column(header="creditor", value="creditor_id"),
    Column(header="debtor", value="debtor_number"),
    Column(header="claims", value="claims", kind="number"),
    Column(header="states", value="states"),
    Column(header="outstanding", value="outstanding", kind="amount"),
    Column(header="changed", value="updated_at", kind="instant", spare=True),
)


@app.command("list", epilog="Example: kravia-gateway cases list --creditor acme")
def list_(
    context: typer.Context,
    creditor: options.Creditor = None,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List cases and how they stand."""
    show_list(
        context,
        "cases.list",
        {"creditor": creditor, "limit": limit, "after": after},
        lambda items: Rows(columns=COLUMNS, items=items),
        nothing="No cases.",
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway cases show cas_0001")
def show(
    context: typer.Context,
    case_id: Annotated[str, typer.Argument(metavar="CASE_ID")],
    as_json: options.Json = False,
) -> None:
    """Show one case with its claims."""
    show_one(context, "cases.show", {"case_id": case_id}, parts=_parts, as_json=as_json)


def _parts(case: Document) -> list[RenderableType]:
    members = case.pop("claims", [])
    together = case.pop("consolidation", None)
    parts = [record(case), claims.rows(members)]
    return [*parts, consolidation_view(together)] if together else parts


_FATES: dict[str, str] = {
    "later": "may go later",
    "hold": "held, no day is known",
    "review": "waits for a person",
    "reject": "may not be collected",
}
DAYS = (
    Column(header="day", value="day", kind="day"),
    Column(header="cases", value="cases", kind="number"),
    Column(header="claims", value="claims", kind="number"),
    Column(header="outstanding", value="outstanding"),
)
OTHERS = (
    Column(header="otherwise", value=lambda row: _FATES.get(row["outcome"], row["outcome"])),
    Column(header="rule", value="rule", kind="id"),
    Column(header="cases", value="cases", kind="number"),
    Column(header="claims", value="claims", kind="number"),
    Column(header="outstanding", value="outstanding"),
)
NEAREST = (
    Column(header="last day", value="limitation_last_day", kind="day"),
    Column(header="left", value="days_left", kind="number"),
    Column(header="invoice", value="invoice_number"),
    Column(header="debtor", value="debtor_number"),
    Column(header="state", value="state"),
    Column(header="outstanding", value="outstanding", kind="amount"),
)


@app.command(epilog="Example: kravia-gateway cases forecast --on 2026-12-01 --days 30")
def forecast(
    context: typer.Context,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="Reckon from this day; else today.")
    ] = None,
    days: Annotated[int, typer.Option("--days", min=1, max=1_200, help="So many days ahead.")] = 90,
    creditor: options.Creditor = None,
    as_json: options.Json = False,
) -> None:
    """Say how much may go on which day if nothing but time changes, and what nears limitation.

    Every claim that is not at the agency yet is decided; what a person must answer is not guessed.
    """
    found: Document = {}

    def take(part: Document) -> None:
        nonlocal found
        found = added(found, part)

    arguments = {"on": on, "days": days, "creditor": creditor}
    call_pages(context, "cases.forecast", arguments, take)
    if as_json:
        print_json(found)
        return
    screen().print(*_forecast(found))


def _forecast(found: Document) -> list[RenderableType]:
    period = f"{day(str(found['on']))} to {day(str(found['until']))}"
    items, others, near = found["items"], found["others"], found["near_limitation"]
    parts: list[RenderableType] = [Text(f"May go, {period}", style="bold")]
    parts.append(Rows(columns=DAYS, items=items) if items else Text("Nothing."))
    if others:
        parts += [Text(), Rows(columns=OTHERS, items=others)]
    head = f"\nTime-barred within {near['within_days']} days: {near['claims']} claims"
    parts.append(Text(head, style="bold"))
    if near["nearest"]:
        parts.append(Rows(columns=NEAREST, items=near["nearest"]))
    return parts
