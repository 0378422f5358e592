"""``tokens``: what lets programs use the admin API, and how far."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.call import call
from gateway.cli.change import change
from gateway.cli.completion import creditor_ids
from gateway.cli.render import Column, Rows, record, screen
from gateway.cli.show import print_json, show_list
from gateway.operations.rights import Scope

app = typer.Typer(help="Tokens that let programs use the admin API.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the token is for.")]

COLUMNS = (
    Column(header="token", value="name"),
    Column(header="scopes", value=lambda row: ", ".join(row["scopes"])),
    Column(header="creditors", value=lambda row: ", ".join(row["creditors"] or ["all"])),
    Column(header="made", value="created_at", kind="instant", spare=True),
    Column(header="by", value="created_by", spare=True),
    Column(header="ends", value="ends_at", kind="instant"),
    Column(header="revoked", value="revoked_at", kind="instant"),
)


@app.command("list", epilog="Example: kravia-gateway tokens list")
def list_(
    context: typer.Context,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List tokens, never what they are; those that are over too."""
    show_list(
        context,
        "tokens.list",
        {"limit": limit, "after": after},
        lambda items: Rows(columns=COLUMNS, items=items),
        nothing="There are none. Make one with: tokens create NAME --scope read",
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway tokens create nightly --scope read --days 365")
def create(
    context: typer.Context,
    name: Name,
    scope: Annotated[
        list[Scope], typer.Option(help="read, operate or administer; may be given again.")
    ],
    creditor: Annotated[
        list[str] | None,
        typer.Option(
            "--creditor",
            metavar="ID",
            help="Only this creditor; may be given again. Without it: all.",
            autocompletion=creditor_ids,
        ),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="How long it opens; without it: until revoked.")
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Make a token. It is shown once, now: keep it where secrets are kept."""
    arguments = {
        "name": name,
        "scopes": [each.value for each in scope],
        "creditors": creditor,
        "days": days,
    }
    found = call(context, "tokens.create", arguments)
    if as_json:
        print_json(found)
    else:
        screen().print(record(found))


@app.command(epilog="Example: kravia-gateway tokens revoke nightly")
def revoke(
    context: typer.Context, name: Name, yes: options.Yes = False, as_json: options.Json = False
) -> None:
    """End a token for good; its next call is refused."""
    change(
        context,
        [("tokens.revoke", {"name": name})],
        shown=f"  {name}: opens nothing any more",
        question="Revoke this token",
        yes=yes,
        as_json=as_json,
    )
