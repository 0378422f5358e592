"""``events``: what came in."""

from __future__ import annotations

import sys
from base64 import b64decode
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.ask import NO_REASON
from gateway.cli.call import Document, call
from gateway.cli.change import change, look_up
from gateway.cli.failure import Failure
from gateway.cli.input import read_input
from gateway.cli.render import Column, Rows, clean, instant, one_line
from gateway.cli.show import show_list, show_one

app = typer.Typer(help="What came in, and what became of it.", no_args_is_help=True)

COLUMNS = (
    Column(header="event", value="event_id", kind="id"),
    Column(header="received", value="received_at", kind="instant"),
    Column(header="type", value="type"),
    Column(header="outcome", value="outcome"),
)


@app.command("list", epilog="Example: kravia-gateway events list --outcome rejected")
def list_(
    context: typer.Context,
    creditor: options.Creditor = None,
    type_: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="For example invoice.overdue.")
    ] = None,
    outcome: Annotated[
        str | None,
        typer.Option(metavar="OUTCOME", help="For example rejected, waiting or conflict."),
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

    To correct one: events show EVENT_ID --body > f.json, edit it, events repair EVENT_ID f.json
    """
    if not body:
        show_one(context, "events.show", {"event_id": event_id}, as_json=as_json)
    elif as_json:
        raise Failure("--body prints the body as it came, which is a document already; drop --json")
    else:
        found = call(context, "events.body", {"event_id": event_id, "reason": reason})
        _print_body(b64decode(found["body_base64"]))


@app.command(epilog="Example: kravia-gateway events repair evt_0001 corrected.json")
def repair(
    context: typer.Context,
    event_id: Annotated[str, typer.Argument(metavar="EVENT_ID")],
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The corrected body; - reads standard input.")
    ],
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Give a rejected or waiting event a corrected body, which is then handled."""
    body = read_input(file).decode("utf-8", "surrogateescape")
    change(
        context,
        [("events.repair", {"event_id": event_id, "body": body, "reason": reason})],
        shown=look_up(context, "events.show", "event_id", [event_id], _sentence),
        question="Replace this event's body and handle it",
        yes=yes,
        as_json=as_json,
    )


def _print_body(body: bytes) -> None:
    """Print the bytes unchanged, for a file; a terminal gets nothing that it would act on."""
    if sys.stdout.isatty():
        typer.echo(clean(body.decode("utf-8", "replace")))
    else:
        typer.echo(body, nl=False)


def _sentence(event: Document) -> str:
    return one_line(
        f"{event.get('event_id')}  {event.get('type')}  "
        f"received {instant(str(event.get('received_at') or ''))}  {event.get('outcome')}: "
        f"{event.get('problem') or 'no problem noted'}"
    )
