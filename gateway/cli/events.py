"""``events``: what came in."""

from __future__ import annotations

import sys
from base64 import b64decode
from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.ask import NO_REASON
from gateway.cli.call import call
from gateway.cli.completion import event_types, outcomes
from gateway.cli.failure import Failure
from gateway.cli.render import Column, Rows, clean
from gateway.cli.repair import repair
from gateway.cli.show import show_list, show_one

app = typer.Typer(help="What came in, and what became of it.", no_args_is_help=True)

COLUMNS = (
    Column(header="event", value="event_id", kind="id"),
    Column(header="received", value="received_at", kind="instant"),
    Column(header="type", value="type"),
    Column(header="outcome", value="outcome", kind="state"),
    Column(header="creditor", value="creditor_id", spare=True),
    Column(header="webhook id", value="webhook_id", kind="id", spare=True),
)


@app.command("list", epilog="Example: kravia-gateway events list --outcome rejected")
def list_(
    context: typer.Context,
    creditor: options.Creditor = None,
    type_: Annotated[
        str | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            help="For example invoice.overdue.",
            autocompletion=event_types,
        ),
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(
            metavar="OUTCOME",
            help="For example rejected, waiting or conflict.",
            autocompletion=outcomes,
        ),
    ] = None,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List events with what became of them."""
    show_list(
        context,
        "events.list",
        {
            "creditor": creditor,
            "type": type_,
            "outcome": outcome,
            "limit": limit,
            "after": after,
        },
        lambda items: Rows(columns=COLUMNS, items=items, note=lambda row: row.get("problem")),
        nothing="No events.",
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway events show evt_0001")
def show(
    context: typer.Context,
    event_id: Annotated[str, typer.Argument(metavar="EVENT_ID")],
    body: Annotated[
        bool,
        typer.Option("--body", help="Print the body as it came: personal data, so it is audited."),
    ] = False,
    reason: options.Reason = NO_REASON,
    as_json: options.Json = False,
) -> None:
    """Show one event with its problem, field by field; with --body only the body that came.

    To correct one: kravia-gateway events repair EVENT_ID, which opens it in an editor.
    """
    if not body:
        show_one(context, "events.show", {"event_id": event_id}, as_json=as_json)
    elif as_json:
        raise Failure("--body prints the body as it came, which is a document already; drop --json")
    else:
        found = call(context, "events.body", {"event_id": event_id, "reason": reason})
        _print_body(b64decode(found["body_base64"]))


app.command(
    "repair", epilog="Example: kravia-gateway events repair evt_0001 --file corrected.json"
)(repair)


def _print_body(body: bytes) -> None:
    """Print the bytes unchanged, for a file; a terminal gets nothing that it would act on."""
    if sys.stdout.isatty():
        typer.echo(clean(body.decode("utf-8", "replace")))
    else:
        typer.echo(body, nl=False)
