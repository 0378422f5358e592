"""``doubts``: calls whose outcome is unknown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import RenderableType

from gateway.cli import options
from gateway.cli.ask import demanded
from gateway.cli.call import Document, call
from gateway.cli.change import change
from gateway.cli.doubt_view import candidate_id, candidates, doubt_view
from gateway.cli.render import Column, Row, Rows, instant, one_line, screen, shown
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
    return row.get("kind") in {"ledger.booking", "ledger.voucher"}


COLUMNS = (
    Column(header="message", value="message_id", kind="id"),
    Column(header="kind", value="kind"),
    Column(header="state", value="state", kind="state"),
    Column(header="sent", value="sent_at", kind="instant"),
    Column(header="creditor", value="creditor_id", spare=True),
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


@app.command(epilog="Example: kravia-gateway doubts show msg_0001 --ask-kravia")
def show(
    context: typer.Context,
    message_id: MessageId,
    ask_kravia: Annotated[
        bool,
        typer.Option("--ask-kravia", help="Read the candidates' details at Kravia; sends nothing."),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Show one doubt: what we sent beside each candidate, the witness, and what comes next."""
    operation = "doubts.ask" if ask_kravia else "doubts.show"
    show_one(context, operation, {"message_id": message_id}, parts=doubt_view, as_json=as_json)


@app.command(
    epilog='Example: kravia-gateway doubts adopt msg_0001 555123 --reason "seen in the portal"'
)
def adopt(
    context: typer.Context,
    message_id: MessageId,
    kravia_id: Annotated[
        str,
        typer.Argument(
            metavar="ID",
            help="What the call became: a case or payment at Kravia, or a payment in the ledger.",
        ),
    ],
    reason: options.NeededReason = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Say which case or payment the call became, at Kravia or in the ledger; nothing is sent."""
    doubt = call(context, "doubts.show", {"message_id": message_id})
    known = {candidate_id(each) for each in doubt.get("candidates") or ()}
    compared = _printed(candidates(doubt, kravia_id))
    warning = "" if kravia_id in known else f"\n{kravia_id} is not among the candidates seen here."
    shown = (
        f"{_sentence(doubt)}{compared}{warning}\n"
        f"The call then counts as delivered as {kravia_id}: nothing is sent, and what waits behind "
        "it goes."
    )
    reason, shown = demanded(reason, shown)
    arguments = {
        "message_id": doubt.get("message_id") or message_id,
        "kravia_invoice_id": kravia_id,
        "reason": reason,
    }
    change(
        context,
        [("doubts.adopt", arguments)],
        shown=shown,
        question=f"Take {kravia_id} for the outcome of this call",
        yes=yes,
        as_json=as_json,
    )


@app.command(epilog='Example: kravia-gateway doubts resend msg_0001 --reason "not in the portal"')
def resend(
    context: typer.Context,
    message_id: MessageId,
    reason: options.NeededReason = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Say that the call was not applied, and send it again. Look there first."""
    doubt = call(context, "doubts.show", {"message_id": message_id})
    what = "a second case is opened on the debtor" if _opens(doubt) else "it counts twice"
    shown = (
        f"{_sentence(doubt)}{_printed(candidates(doubt))}\n"
        f"It goes out once more. If it was applied after all, {what}."
    )
    reason, shown = demanded(reason, shown)
    change(
        context,
        [
            (
                "doubts.resend",
                {"message_id": doubt.get("message_id") or message_id, "reason": reason},
            )
        ],
        shown=shown,
        question="Send it again",
        yes=yes,
        as_json=as_json,
    )


def _opens(doubt: Document) -> bool:
    return doubt.get("kind") == "kravia.register"


def _printed(parts: Sequence[RenderableType]) -> str:
    """Lay parts out as text, for what is shown before a question."""
    console = screen()
    with console.capture() as captured:
        console.print(*parts)
    return captured.get()


def _sentence(doubt: Document) -> str:
    """Say in a line which call it is."""
    sent = instant(str(doubt.get("sent_at") or ""))
    claim = doubt.get("claim_id") or "unknown"
    return one_line(
        f"{doubt.get('message_id')}  {doubt.get('kind')}  claim {claim}  sent {sent or 'never'}"
    )
