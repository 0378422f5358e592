"""``outbox``: what must go out."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.call import Document
from gateway.cli.change import Several
from gateway.cli.completion import message_kinds
from gateway.cli.render import Column, Row, Rows, one_line
from gateway.cli.show import show_list, show_one

app = typer.Typer(help="What must go out, to Kravia and to ledgers.", no_args_is_help=True)

COLUMNS = (
    Column(header="message", value="message_id", kind="id"),
    Column(header="kind", value="kind"),
    Column(header="state", value="state", kind="state"),
    Column(header="try", value="attempts", kind="number"),
    Column(header="due", value="due_at", kind="instant"),
    Column(header="creditor", value="creditor_id", spare=True),
    Column(header="claim", value="claim_id", kind="id", spare=True),
)


def rows(items: Sequence[Row]) -> Rows:
    """Lay messages out; under each its last error."""
    return Rows(columns=COLUMNS, items=items, note=lambda row: row.get("last_error"))


class ListedState(StrEnum):
    """What a list can be of: a state, or pending after a failed try."""

    PENDING = "pending"
    RETRYING = "retrying"
    LEASED = "leased"
    DELIVERED = "delivered"
    IN_DOUBT = "in_doubt"
    PARKED = "parked"
    CANCELLED = "cancelled"


@app.command("list", epilog="Example: kravia-gateway outbox list --state parked")
def list_(
    context: typer.Context,
    creditor: options.Creditor = None,
    state: Annotated[
        ListedState | None,
        typer.Option(help="Only messages in this state; retrying: pending after a failed try."),
    ] = None,
    kind: Annotated[
        str | None,
        typer.Option(metavar="KIND", help="Only this kind.", autocompletion=message_kinds),
    ] = None,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List messages with state, attempts, next time and last error."""
    show_list(
        context,
        "outbox.list",
        {
            "creditor": creditor,
            "state": state.value if state else None,
            "kind": kind,
            "limit": limit,
            "after": after,
        },
        rows,
        nothing="No messages.",
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway outbox show msg_0001")
def show(
    context: typer.Context,
    message_id: Annotated[str, typer.Argument(metavar="MESSAGE_ID")],
    as_json: options.Json = False,
) -> None:
    """Show one message, without personal data."""
    show_one(context, "outbox.show", {"message_id": message_id}, as_json=as_json)


def _sentence(message: Document) -> str:
    return one_line(
        f"{message.get('message_id')}  {message.get('kind')}  {message.get('state')}  "
        f"{message.get('attempts')} tries  {message.get('last_error') or 'no error'}"
    )


_several = Several(
    app=app,
    group="outbox",
    noun="message",
    key="message_id",
    example="msg_0001",
    sentence=_sentence,
)
_several.command(
    "resend",
    "Send parked messages again, through the same gate and the same look into the mirror.",
    reason="token renewed",
)
_several.command(
    "cancel",
    "Give up waiting or parked messages; refused for one being sent or in doubt.",
    reason="done in the portal",
)
