"""``claims``: every invoice being collected, and a person's word on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from gateway.cli import options, outbox
from gateway.cli.ask import NO_REASON
from gateway.cli.call import Document, call
from gateway.cli.change import change, look_up, print_json
from gateway.cli.render import Column, Row, Rows, amount, day, listing, one_line, record, screen
from gateway.domain.claim import ClaimState

app = typer.Typer(
    help="Every claim: its state, why, and a person's word on it.", no_args_is_help=True
)

ClaimIds = Annotated[
    list[str], typer.Argument(metavar="CLAIM_ID", help="One or more, from claims list.")
]


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
    Column(header="state", value=_state),
    Column(header="outstanding", value="outstanding", kind="amount"),
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
    page = call(
        context,
        "claims.list",
        {
            "creditor": creditor,
            "state": state.value if state else None,
            "debtor": debtor,
            "limit": limit,
            "after": after,
        },
    )
    if as_json:
        print_json(page)
    else:
        listing(screen(), page, rows(page["items"]), nothing="No claims.")


@app.command(epilog="Example: kravia-gateway claims show clm_0001")
def show(
    context: typer.Context,
    claim_id: Annotated[str, typer.Argument(metavar="CLAIM_ID")],
    as_json: options.Json = False,
) -> None:
    """Show one claim: its last decision with rules and sources, amounts, messages, payments."""
    found = call(context, "claims.show", {"claim_id": claim_id})
    if as_json:
        print_json(found)
    else:
        screen().print(*_parts(found))


@app.command(epilog='Example: kravia-gateway claims approve clm_0001 --reason "debtor called"')
def approve(
    context: typer.Context,
    claim_ids: ClaimIds,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Let claims go that wait for a person; facts are checked again before anything is sent."""
    _change(context, "approve", claim_ids, reason, yes=yes, as_json=as_json)


@app.command(epilog='Example: kravia-gateway claims hold clm_0001 --reason "lawyer asked"')
def hold(
    context: typer.Context,
    claim_ids: ClaimIds,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Keep claims back until "claims release", whatever the rules say."""
    _change(context, "hold", claim_ids, reason, yes=yes, as_json=as_json)


@app.command(epilog="Example: kravia-gateway claims release clm_0001")
def release(
    context: typer.Context,
    claim_ids: ClaimIds,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """End a hold by a person; the claims are decided again."""
    _change(context, "release", claim_ids, reason, yes=yes, as_json=as_json)


@app.command(epilog='Example: kravia-gateway claims withdraw clm_0001 --reason "sent in error"')
def withdraw(
    context: typer.Context,
    claim_ids: ClaimIds,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """End claims here for good; if Kravia has one, a task says what to do there."""
    _change(context, "withdraw", claim_ids, reason, yes=yes, as_json=as_json)


def _parts(claim: Document) -> list[RenderableType]:
    """Lay a claim out: its own fields, the last decision, its messages."""
    from gateway.cli.decision_view import decision_view  # noqa: PLC0415 - only where it is shown

    fields = dict(claim)
    decision = fields.pop("decision", None)
    messages = fields.pop("messages", None)
    parts = [record(fields)]
    if decision:
        parts += [Text("\nlast decision", style="bold"), decision_view(decision)]
    if messages:
        parts += [Text("\nmessages", style="bold"), outbox.rows(messages)]
    return parts


def _change(
    context: typer.Context, verb: str, ids: list[str], reason: str, *, yes: bool, as_json: bool
) -> None:
    ids = list(dict.fromkeys(ids))
    count = "this claim" if len(ids) == 1 else f"these {len(ids)} claims"
    change(
        context,
        [(f"claims.{verb}", {"claim_id": each, "reason": reason}) for each in ids],
        shown=look_up(context, "claims.show", "claim_id", ids, sentence),
        question=f"{verb.capitalize()} {count}",
        yes=yes,
        as_json=as_json,
    )


def sentence(claim: Document) -> str:
    """Say in a line which claim it is."""
    owed = f"{amount(str(claim.get('outstanding') or ''))} {claim.get('currency') or ''}"
    return one_line(
        f"{claim.get('claim_id')}  invoice {claim.get('invoice_number')}  "
        f"debtor {claim.get('debtor_number')}  {owed}  {_state(claim)}"
    )
