"""``tasks``: what a person must do elsewhere, and why."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.change import change
from gateway.cli.render import Column, Rows
from gateway.cli.show import show_list

app = typer.Typer(help="What a person must do elsewhere, and why.", no_args_is_help=True)


class Answer(StrEnum):
    """Whose money a payment was."""

    PAYOUT = "payout"
    DIRECT = "direct"


COLUMNS = (
    Column(header="task", value="task_id", kind="id"),
    Column(header="since", value="created_at", kind="instant"),
    Column(header="creditor", value="creditor_id"),
    Column(header="invoice", value="invoice_number", spare=True),
    Column(header="at Kravia", value="kravia_invoice_id", kind="id", spare=True),
    Column(header="claim", value="claim_id", kind="id", spare=True),
)
DONE_COLUMN = Column(header="done", value="done_at", kind="instant")


@app.command("list", epilog="Example: kravia-gateway tasks list --creditor acme")
def list_(
    context: typer.Context,
    creditor: options.Creditor = None,
    all_: Annotated[bool, typer.Option("--all", help="Also those that are done.")] = False,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List what a person must do in Kravia's portal or in the ledger."""
    columns = (*COLUMNS, DONE_COLUMN) if all_ else COLUMNS
    show_list(
        context,
        "tasks.list",
        {"creditor": creditor, "all": all_ or None, "limit": limit, "after": after},
        lambda items: Rows(columns=columns, items=items, note=lambda row: row.get("text")),
        nothing="Nothing waits for a person.",
        as_json=as_json,
    )


@app.command(epilog='Example: kravia-gateway tasks done tsk_0001 --note "told Kravia by phone"')
def done(
    context: typer.Context,
    task_id: Annotated[str, typer.Argument(metavar="TASK_ID")],
    note: Annotated[
        str,
        typer.Option(
            "--note",
            "--reason",
            metavar="TEXT",
            help="What was done, for the audit. No personal data.",
        ),
    ] = "",
    answer: Annotated[
        Answer | None,
        typer.Option(help="For a task that asks whose money a payment was: Kravia's or direct."),
    ] = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Mark a task as done, with a note."""
    change(
        context,
        [
            (
                "tasks.done",
                {"task_id": task_id, "note": note, "answer": answer.value if answer else None},
            )
        ],
        shown=f"  {task_id}: {answer.value + ', ' if answer else ''}{note or 'no note'}",
        question="Mark this task as done",
        yes=yes,
        as_json=as_json,
    )
