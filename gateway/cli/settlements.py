"""``settlements``: what Kravia paid out, and what of it is booked."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from gateway.cli import options
from gateway.cli.ask import NO_REASON
from gateway.cli.call import Document, call
from gateway.cli.change import change, look_up
from gateway.cli.failure import Failure
from gateway.cli.render import Column, Rows, clean, record
from gateway.cli.show import print_json, show_list, show_one

app = typer.Typer(help="What Kravia paid out, and what of it is booked.", no_args_is_help=True)

COLUMNS = (
    Column(header="settlement", value="settlement_id", kind="id"),
    Column(header="creditor", value="creditor_id"),
    Column(header="paid", value="paid_on", kind="day"),
    Column(header="amount", value="amount", kind="amount"),
    Column(header="state", value="state", kind="state"),
    Column(header="voucher", value="voucher_id", kind="id"),
)
LINES = (
    Column(header="case", value="kravia_invoice_id", kind="id"),
    Column(header="invoice", value="invoice_number"),
    Column(header="amount", value="amount", kind="amount"),
    Column(header="principal", value="principal", kind="amount"),
    Column(header="recognised as", value="recognised_as", kind="id"),
)
ENTRIES = (
    Column(header="part", value="part"),
    Column(header="amount", value="amount", kind="amount"),
    Column(header="account", value="account"),
    Column(header="invoice", value="invoice_id"),
    Column(header="department", value="department", spare=True),
    Column(header="project", value="project", spare=True),
)


@app.command("list", epilog="Example: kravia-gateway settlements list --creditor acme")
def list_(
    context: typer.Context,
    creditor: options.Creditor = None,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List Kravia's settlements, whether each is booked, and marked so at Kravia."""
    show_list(
        context,
        "settlements.list",
        {"creditor": creditor, "limit": limit, "after": after},
        lambda items: Rows(columns=COLUMNS, items=items),
        nothing="No settlements.",
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway settlements show 41001")
def show(
    context: typer.Context,
    settlement_id: Annotated[str, typer.Argument(metavar="SETTLEMENT_ID")],
    creditor: options.Creditor = None,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="As it came, of one that is not understood: personal data, so audited."
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Show one settlement: its lines, and each part with the account it is booked on."""
    if not raw:
        arguments = {"settlement_id": settlement_id, "creditor": creditor}
        show_one(context, "settlements.show", arguments, parts=_parts, as_json=as_json)
        return
    found = call(context, "settlements.raw", {"settlement_id": settlement_id})
    if as_json:
        print_json(found)
    else:
        typer.echo(clean(str(found["raw"])))


@app.command(epilog="Example: kravia-gateway settlements booked 41001 --voucher 2026-417")
def booked(
    context: typer.Context,
    settlement_id: Annotated[str, typer.Argument(metavar="SETTLEMENT_ID")],
    voucher: Annotated[
        str, typer.Option("--voucher", metavar="NUMBER", help="The ledger's voucher.")
    ],
    creditor: options.Creditor = None,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Say that all of a settlement is booked; its task ends and Kravia is told, once.

    What the gateway itself is still booking of it is waited for.
    """
    if not voucher.strip():
        raise Failure("--voucher is empty; give the number the ledger has it under")
    shown = look_up(context, "settlements.show", "settlement_id", [settlement_id], _sentence)
    arguments = {
        "settlement_id": settlement_id,
        "voucher": voucher,
        "creditor": creditor,
        "reason": reason,
    }
    change(
        context,
        [("settlements.booked", arguments)],
        shown=shown,
        question=f"Tell Kravia that it is booked as {voucher}",
        yes=yes,
        as_json=as_json,
    )


def _sentence(found: Document) -> str:
    return (
        f"settlement {found['settlement_id']} of {found['creditor_id']}, {found['amount']}"
        f" {found['currency']}, {found['state']}"
    )


def _parts(found: Document) -> list[RenderableType]:
    lines, parts = found.pop("lines", []), found.pop("entries", [])
    shown: list[RenderableType] = [record(found)]
    if lines:
        shown += [Text("\nLines", style="bold"), Rows(columns=LINES, items=lines)]
    if parts:
        shown += [Text("\nTo book", style="bold"), Rows(columns=ENTRIES, items=parts)]
    return shown
