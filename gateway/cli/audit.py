"""``audit``: who did what, and the proof that nobody changed it since."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.call import call
from gateway.cli.failure import NOT_CLEAN
from gateway.cli.render import Column, Rows, screen
from gateway.cli.show import print_json, show_list

app = typer.Typer(
    help="Who did what, when and why, and whether anybody changed it since.", no_args_is_help=True
)

COLUMNS = (
    Column(header="row", value="seq"),
    Column(header="at", value="at", kind="instant"),
    Column(header="by", value="actor"),
    Column(header="did", value="action"),
    Column(header="to", value="subject"),
)


@app.command(
    "list", epilog="Example: kravia-gateway audit list --actor user:kari --since 2026-11-20"
)
def list_(
    context: typer.Context,
    actor: Annotated[
        str | None,
        typer.Option(metavar="WHO", help="Only by this person or program, as the list names it."),
    ] = None,
    action: Annotated[
        str | None, typer.Option(metavar="WHAT", help="Only this, such as claims.approve.")
    ] = None,
    subject: Annotated[
        str | None,
        typer.Option(
            metavar="ID",
            help="Only what was done to this claim, message, creditor, and so on.",
        ),
    ] = None,
    since: options.Since = None,
    until: options.Until = None,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List what people and programs did, newest first; every filter given must fit."""
    show_list(
        context,
        "audit.list",
        {
            "actor": actor,
            "action": action,
            "subject": subject,
            "since": since,
            "until": until,
            "limit": limit,
            "after": after,
        },
        lambda items: Rows(columns=COLUMNS, items=items, note=lambda row: row.get("reason")),
        nothing="Nothing that fits was done yet.",
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway audit verify --head 3f0c…")
def verify(
    context: typer.Context,
    head: Annotated[
        str | None,
        typer.Option(
            "--head",
            metavar="HASH",
            help="The head that an earlier run printed, kept elsewhere: it must be in the chain.",
        ),
    ] = None,
    as_json: options.Json = False,
) -> None:
    """Verify the chain of the audit; says which row was altered, removed or put in.

    Each row carries a hash over itself and the row before it. Note the head that this
    prints somewhere else: with --head it also shows that nobody wrote the whole chain
    anew. Exits 1 if anything is wrong.
    """
    found = call(context, "audit.verify", {"head": head})
    if as_json:
        print_json(found)
    else:
        console = screen()
        for fault in found["faults"]:
            where = "end" if fault["seq"] is None else f"row {fault['seq']}"
            console.print(f"{where}: {fault['what']}", soft_wrap=True)
        verdict = "whole" if found["clean"] else "BROKEN"
        console.print(f"{found['rows']} rows, the chain is {verdict}", soft_wrap=True)
        console.print(f"head {found['head']}", soft_wrap=True)
    if not found["clean"]:
        raise typer.Exit(NOT_CLEAN)
