"""``doubts``: calls whose outcome is unknown."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.ask import NO_REASON
from gateway.cli.call import Document
from gateway.cli.change import change, look_up
from gateway.cli.render import Column, Row, Rows, instant, one_line, shown
from gateway.cli.show import show_list, show_one

app = typer.Typer(help="Calls whose outcome is unknown.", no_args_is_help=True)

MessageId = Annotated[str, typer.Argument(metavar="MESSAGE_ID", help="From doubts list.")]


def _candidates(row: Row) -> str:
    """Name the Kravia invoices, or the ledger's payments, that the call may have made."""
    found = row.get("candidates") or []
    return ", ".join(shown(_id_of(each)) for each in found) or "none seen"


def _id_of(candidate: object) -> object:
    if not isinstance(candidate, dict):
        return candidate
    return candidate.get("kravia_invoice_id") or candidate.get("payment_id")


def _is_booking(row: Row) -> bool:
    return row.get("kind") == "ledger.booking"


COLUMNS = (
    Column(header="message", value="message_id", kind="id"),
    Column(header="kind", value="kind"),
    Column(header="state", value="state"),
    Column(header="sent", value="sent_at", kind="instant"),
)


def note(row: Row) -> str:
    """Say what the call was about, what it may have become, and whether absence is proved."""
    witness = f"witness {row['witness']}" if row.get("witness") else "no witness yet"
    where = "new in the ledger" if _is_booking(row) else "at Kravia"
    return f"claim {row.get('claim_id') or 'unknown'}, {where}: {_candidates(row)}, {witness}"


@app.command("list", epilog="Example: kravia-gateway doubts list")
def list_(
    context: typer.Context,
    creditor: options.Creditor = None,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List doubts: when each call was made, what it may have become, whether a witness is there."""
    show_list(
        context,
        "doubts.list",
        {"creditor": creditor, "limit": limit, "after": after},
        lambda items: Rows(columns=COLUMNS, items=items, note=note),
        nothing="No doubts.",
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway doubts show msg_0001")
def show(context: typer.Context, message_id: MessageId, as_json: options.Json = False) -> None:
    """Show one doubt with its candidates."""
    show_one(context, "doubts.show", {"message_id": message_id}, as_json=as_json)


@app.command(epilog="Example: kravia-gateway doubts adopt msg_0001 555123")
def adopt(
    context: typer.Context,
    message_id: MessageId,
    kravia_invoice_id: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="What the call became: Kravia's invoice id, or a booking's payment id.",
        ),
    ],
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Say which Kravia invoice, or which payment in the ledger, it became; nothing is sent."""
    arguments = {
        "message_id": message_id,
        "kravia_invoice_id": kravia_invoice_id,
        "reason": reason,
    }
    change(
        context,
        [("doubts.adopt", arguments)],
        shown=look_up(context, "doubts.show", "message_id", [message_id], _sentence),
        question=f"Take {kravia_invoice_id} for the outcome of this call",
        yes=yes,
        as_json=as_json,
    )


@app.command(epilog='Example: kravia-gateway doubts resend msg_0001 --reason "not in the portal"')
def resend(
    context: typer.Context,
    message_id: MessageId,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Say that the call was not applied, and send it again. Look there first."""
    found = look_up(context, "doubts.show", "message_id", [message_id], _sentence)
    change(
        context,
        [("doubts.resend", {"message_id": message_id, "reason": reason})],
        shown=f"{found}\nIf it was applied after all, there will be a second one: a case on the"
        " debtor, or a payment in the ledger.",
        question="Send it again",
        yes=yes,
        as_json=as_json,
    )


def _sentence(doubt: Document) -> str:
    return one_line(
        f"{doubt.get('message_id')}  claim {doubt.get('claim_id') or 'unknown'}  "
        f"sent {instant(str(doubt.get('sent_at') or ''))}  candidates: {_candidates(doubt)}"
    )
