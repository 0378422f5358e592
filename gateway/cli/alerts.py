"""``alerts``: what a person should know, each with the command that mends it."""

from __future__ import annotations

import typer

from gateway.cli import options
from gateway.cli.call import call
from gateway.cli.change import print_json
from gateway.cli.render import Column, Rows, listing, screen

app = typer.Typer(
    help="What a person should know, each with the command that mends it.", no_args_is_help=True
)

COLUMNS = (
    Column(header="raised", value="raised_at", kind="instant"),
    Column(header="creditor", value="creditor_id"),
    Column(header="kind", value="kind"),
)


@app.command("list", epilog="Example: kravia-gateway alerts list")
def list_(
    context: typer.Context,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List alerts, newest first, with what to type next."""
    page = call(context, "alerts.list", {"limit": limit, "after": after})
    if as_json:
        print_json(page)
    else:
        rows = Rows(
            columns=COLUMNS,
            items=page["items"],
            note=lambda row: f"{row.get('message')} Mend it: {row.get('command')}",
        )
        listing(screen(), page, rows, nothing="No alerts.")
