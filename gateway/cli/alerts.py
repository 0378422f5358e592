"""``alerts``: what a person should know, each with the command that mends it."""

from __future__ import annotations

import typer

from gateway.cli import options
from gateway.cli.render import Column, Row, Rows
from gateway.cli.show import show_list

app = typer.Typer(
    help="What a person should know, each with the command that mends it.", no_args_is_help=True
)

COLUMNS = (
    Column(header="raised", value="raised_at", kind="instant"),
    Column(header="creditor", value="creditor_id"),
    Column(header="kind", value="kind"),
)


def note(row: Row) -> str:
    """Say what is the matter, and what to type."""
    said = str(row.get("message") or "").rstrip(". ")
    return f"{said}. Mend it: {row.get('command')}"


@app.command("list", epilog="Example: kravia-gateway alerts list")
def list_(
    context: typer.Context,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List alerts, newest first, with what to type next."""
    show_list(
        context,
        "alerts.list",
        {"limit": limit, "after": after},
        lambda items: Rows(columns=COLUMNS, items=items, note=note),
        nothing="No alerts.",
        as_json=as_json,
    )
