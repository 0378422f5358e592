"""``outbox``: what must go out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.ask import NO_REASON
from gateway.cli.call import Document, call
from gateway.cli.change import change, look_up, print_json
from gateway.cli.render import Column, Row, Rows, listing, one_line, record, screen
from outbox.message import MessageState

app = typer.Typer(help="What must go out, to Kravia and to ledgers.", no_args_is_help=True)

MessageIds = Annotated[
    list[str], typer.Argument(metavar="MESSAGE_ID", help="One or more, from outbox list.")
]

COLUMNS = (
    Column(header="message", value="message_id", kind="id"),
    Column(header="kind", value="kind"),
    Column(header="state", value="state"),
    Column(header="tries", value="attempts", kind="number"),
    Column(header="due", value="due_at", kind="instant"),
)


def rows(items: Sequence[Row]) -> Rows:
    """Lay messages out; under each its last error."""
    return Rows(columns=COLUMNS, items=items, note=lambda row: row.get("last_error"))


@app.command("list", epilog="Example: kravia-gateway outbox list --state parked")
def list_(
    context: typer.Context,
    creditor: options.Creditor = None,
    state: Annotated[MessageState | None, typer.Option(help="Only messages in this state.")] = None,
    kind: Annotated[str | None, typer.Option(metavar="KIND", help="Only this kind.")] = None,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List messages with state, attempts, next time and last error."""
    page = call(
        context,
        "outbox.list",
        {
            "creditor": creditor,
            "state": state.value if state else None,
            "kind": kind,
            "limit": limit,
            "after": after,
        },
    )
    if as_json:
        print_json(page)
    else:
        listing(screen(), page, rows(page["items"]), nothing="No messages.")


@app.command(epilog="Example: kravia-gateway outbox show msg_0001")
def show(
    context: typer.Context,
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE_ID")],
    as_json: options.Json = False,
) -> None:
    """Show one message, without personal data."""
    found = call(context, "outbox.show", {"message_id": message_id})
    if as_json:
        print_json(found)
    else:
        screen().print(record(found))


@app.command(epilog='Example: kravia-gateway outbox resend msg_0001 --reason "token renewed"')
def resend(
    context: typer.Context,
    message_ids: MessageIds,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Send parked messages again, through the same gate and the same look into the mirror."""
    _change(context, "resend", message_ids, reason, yes=yes, as_json=as_json)


@app.command(epilog='Example: kravia-gateway outbox cancel msg_0001 --reason "done in the portal"')
def cancel(
    context: typer.Context,
    message_ids: MessageIds,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Give up waiting or parked messages; refused for one being sent or in doubt."""
    _change(context, "cancel", message_ids, reason, yes=yes, as_json=as_json)


def _change(
    context: typer.Context, verb: str, ids: list[str], reason: str, *, yes: bool, as_json: bool
) -> None:
    ids = list(dict.fromkeys(ids))
    count = "this message" if len(ids) == 1 else f"these {len(ids)} messages"
    change(
        context,
        [(f"outbox.{verb}", {"message_id": each, "reason": reason}) for each in ids],
        shown=look_up(context, "outbox.show", "message_id", ids, _sentence),
        question=f"{verb.capitalize()} {count}",
        yes=yes,
        as_json=as_json,
    )


def _sentence(message: Document) -> str:
    return one_line(
        f"{message.get('message_id')}  {message.get('kind')}  {message.get('state')}  "
        f"{message.get('attempts')} tries  {message.get('last_error') or 'no error'}"
    )
