"""``cases``: debtors whose claims are collected together."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import RenderableType

from gateway.cli import claims, options
from gateway.cli.call import Document
from gateway.cli.render import Column, Rows, record
from gateway.cli.show import show_list, show_one

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
    return [record(case), claims.rows(members)]
