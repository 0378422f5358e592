"""``claims``: every invoice being collected, and a person's word on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from gateway.cli import options, outbox
from gateway.cli.call import Document
from gateway.cli.change import Several
from gateway.cli.render import Column, Row, Rows, amount, day, one_line, record
from gateway.cli.show import show_list, show_one
from gateway.domain.claim import ClaimState

app = typer.Typer(
    help="Every claim: its state, why, and a person's word on it. Outstanding is the open "
    "principal that the ledger last told; Kravia's own collections show under collected in claims "
    "show.",
    no_args_is_help=True,
)


def _state(row: Row) -> str:
    """Say the state with what belongs to it: until when, why closed, frozen."""
    text = str(row.get("state") or "")
    if row.get("close_reason"):
        text += f" ({row['close_reason']})"
    elif row.get("hold_until"):
        text += f" to {day(str(row['hold_until']))}"
    return f"{text}, frozen" if row.get("frozen_on") else text


COLUMNS = (
    Column(header="claim", value="claim_id", kind="id"),
    Column(header="invoice", value="invoice_number"),
    Column(header="debtor", value="debtor_number"),
    Column(header="state", value=_state, kind="state"),
    Column(header="outstanding", value="outstanding", kind="amount"),
    Column(header="creditor", value="creditor_id", spare=True),
    Column(header="at Kravia", value="kravia_invoice_id", kind="id", spare=True),
    Column(header="changed", value="updated_at", kind="instant", spare=True),
    Column(header="Kravia says", value="kravia_status", spare=True),
)


def rows(items: Sequence[Row]) -> Rows:
    """Lay claims out; under each what stands in the way."""
    return Rows(columns=COLUMNS, items=items, note=lambda row: row.get("problem"))


@app.command("list", epilog="Example: kravia-gateway claims list --state review")
def list_(
    context: typer.Context,
    creditor: options.Creditor = None,
    state: Annotated[ClaimState | None, typer.Option(help="Only claims in this state.")] = None,
    debtor: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Only this debtor's claims.")
    ] = None,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List claims with their state, what is owed and what stands in the way."""
    show_list(
        context,
        "claims.list",
        {
            "creditor": creditor,
            "state": state.value if state else None,
            "debtor": debtor,
            "limit": limit,
            "after": after,
        },
        rows,
        nothing="No claims.",
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway claims show clm_0001")
def show(
    context: typer.Context,
    claim_id: Annotated[str, typer.Argument(metavar="CLAIM_ID")],
    as_json: options.Json = False,
    *,
    pdf: Annotated[
        bool,
        typer.Option("--pdf", help="A link to the invoice as it was sent, which is audited."),
    ] = False,
) -> None:
    """Show one claim: its last decision with rules and sources, amounts, messages, payments."""
    if pdf:
        show_one(context, "claims.pdf", {"claim_id": claim_id}, as_json=as_json)
        return
    show_one(context, "claims.show", {"claim_id": claim_id}, parts=_parts, as_json=as_json)


def _parts(claim: Document) -> list[RenderableType]:
    """Lay a claim out: its own fields, the last decision, its messages."""
    from gateway.cli.decision_view import decision_view

    fields = dict(claim)
    decision = fields.pop("decision", None)
    messages = fields.pop("messages", None)
    parts = [record(fields)]
    if decision:
        parts += [Text("\nlast decision", style="bold"), decision_view(decision)]
    if messages:
        parts += [Text("\nmessages", style="bold"), outbox.rows(messages)]
    return parts


def sentence(claim: Document) -> str:
    """Say in a line which claim it is."""
    owed = f"{amount(str(claim.get('outstanding') or ''))} {claim.get('currency') or ''}"
    return one_line(
        f"{claim.get('claim_id')}  invoice {claim.get('invoice_number')}  "
        f"debtor {claim.get('debtor_number')}  {owed}  {_state(claim)}"
    )


_several = Several(
    app=app,
    group="claims",
    noun="claim",
    key="claim_id",
    example="clm_0001",
    sentence=sentence,
)
_several.command(
    "approve",
    "Let claims go that wait for a person; facts are checked again before anything is sent.",
    reason="debtor called",
)
_several.command(
    "hold",
    'Keep claims back until "claims release", whatever the rules say.',
    reason="lawyer asked",
)
_several.command(
    "release",
    "End a hold by a person; the claims are decided again.",
    reason="lawyer agreed",
)
_several.command(
    "withdraw",
    "End claims here for good; if Kravia has one, a task says what to do there.",
    reason="sent in error",
)
_several.command(
    "note",
    "Write down what you know of claims, for their timeline; nothing else changes. It stays"
    " in the audit for good, so no personal data belongs in it.",
    reason="debtor called, pays on Friday",
)
