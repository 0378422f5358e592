"""``creditors``: who is owed, and how they stand with Kravia."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.ask import NO_REASON
from gateway.cli.call import call, invocation
from gateway.cli.change import change
from gateway.cli.comparison_view import compared_parts, found_parts
from gateway.cli.completion import creditor_ids
from gateway.cli.failure import NOT_CLEAN, UNREACHABLE, Failure
from gateway.cli.render import Column, Row, Rows
from gateway.cli.show import print_json, show_list, show_one
from gateway.cli.steps_view import show_steps

app = typer.Typer(help="Who is owed, and how they stand with Kravia.", no_args_is_help=True)

CreditorId = Annotated[
    str | None,
    typer.Argument(
        metavar="CREDITOR",
        help="Its id in the settings; may be left out if alone.",
        autocompletion=creditor_ids,
    ),
]

COLUMNS = (
    Column(header="creditor", value="creditor_id", kind="id"),
    Column(header="Kravia id", value="kravia_creditor_id", kind="number"),
    Column(header="mode", value="mode"),
    Column(header="approval", value="approval"),
    Column(header="a day", value="register_max_per_day", kind="number"),
    Column(header="mirror", value=lambda row: _mirror(row.get("mirror_complete"))),
    Column(header="ledger", value="ledger", spare=True),
    Column(header="pay-outs", value="payout_model", spare=True),
    Column(header="feed read", value="polled_at", kind="instant", spare=True),
)


def _paused(row: Row) -> str | None:
    return f"paused: {row['paused']}" if row.get("paused") else None


def _mirror(complete: object) -> object:
    """Say whether registers may go: none does before the mirror is complete."""
    if complete is None:
        return None
    return "complete" if complete else "not complete"


@app.command("list", epilog="Example: kravia-gateway creditors list")
def list_(
    context: typer.Context,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List creditors with mode, guards, pause, and whether their mirror is complete."""
    show_list(
        context,
        "creditors.list",
        {"limit": limit, "after": after},
        lambda items: Rows(columns=COLUMNS, items=items, note=_paused),
        nothing="No creditors in the settings.",
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway creditors check acme")
def check(
    context: typer.Context,
    creditor: CreditorId = None,
    creditor_option: options.Creditor = None,
    as_json: options.Json = False,
) -> None:
    """Walk a creditor from its secrets to Kravia, mirror, ledger and guards, reading only.

    Exits 1 if a step is not in order, 3 if Kravia or the ledger cannot be reached.
    """
    name = chosen(context, creditor, creditor_option)
    found = call(context, "creditors.check", {"creditor": name})
    if as_json:
        print_json(found)
    else:
        show_steps(found.get("steps", []))
    if not found.get("reached", True):
        raise typer.Exit(UNREACHABLE)
    if not found.get("clean", True):
        raise typer.Exit(NOT_CLEAN)


@app.command(
    "configure-webhook",
    epilog="Example: kravia-gateway creditors configure-webhook acme "
    "--url https://gw.example/kravia/webhooks/acme",
)
def configure_webhook(
    context: typer.Context,
    creditor: CreditorId = None,
    creditor_option: options.Creditor = None,
    *,
    url: Annotated[
        str, typer.Option(metavar="URL", help="Where Kravia reaches /kravia/webhooks/{creditor}.")
    ],
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Tell Kravia where to send its own webhooks for a creditor."""
    name = chosen(context, creditor, creditor_option)
    change(
        context,
        [("creditors.configure_webhook", {"creditor": name, "url": url})],
        shown=f"Kravia will send its webhooks about {name} to {url}, and no longer elsewhere.",
        question="Configure it",
        yes=yes,
        as_json=as_json,
    )


@app.command(
    epilog='Example: kravia-gateway creditors invite acme --email a@b.no --name "Kari Nordmann"'
)
def invite(
    context: typer.Context,
    creditor: CreditorId = None,
    creditor_option: options.Creditor = None,
    *,
    email: Annotated[str, typer.Option(metavar="ADDRESS", help="Where the invitation goes.")],
    name: Annotated[str, typer.Option(metavar="NAME", help="Who is invited.")],
    accountant: Annotated[bool, typer.Option("--accountant", help="As an accountant.")] = False,
    country: Annotated[
        str | None, typer.Option(metavar="CODE", help="Country of the organisation, e.g. NO.")
    ] = None,
    organization_number: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Of the person's own organisation.")
    ] = None,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Ask Kravia to invite a person to the creditor's account; an e-mail goes to that person."""
    creditor_id = chosen(context, creditor, creditor_option)
    arguments = {
        "creditor": creditor_id,
        "email": email,
        "name": name,
        "is_accountant": accountant,
        "country_code": country,
        "organization_number": organization_number,
    }
    change(
        context,
        [("creditors.invite", arguments)],
        shown=f"Kravia will send an e-mail to {email} and let {name} into {creditor_id}'s account.",
        question="Invite",
        yes=yes,
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway creditors mirror acme")
def mirror(
    context: typer.Context,
    creditor: CreditorId = None,
    creditor_option: options.Creditor = None,
    as_json: options.Json = False,
) -> None:
    """Show what Kravia's feed told of a creditor: cases by status, matched, adopted, to review."""
    name = chosen(context, creditor, creditor_option)
    show_one(context, "creditors.mirror", {"creditor": name}, as_json=as_json, parts=found_parts)


@app.command(epilog="Example: kravia-gateway creditors compare acme --since 2026-11-24")
def compare(
    context: typer.Context,
    creditor: CreditorId = None,
    creditor_option: options.Creditor = None,
    *,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="Only from this day on.")
    ] = None,
    limit: options.Limit = options.LIST_LIMIT,
    as_json: options.Json = False,
) -> None:
    """Put what the gateway would have sent beside what people registered at Kravia.

    For observe mode: agree; people did, gateway would not, with its reason; gateway would, people
    did not; and cases whose invoice the ledger never sent.
    """
    name = chosen(context, creditor, creditor_option)
    arguments = {"creditor": name, "since": since, "limit": limit}
    show_one(context, "creditors.compare", arguments, as_json=as_json, parts=compared_parts)


@app.command(epilog='Example: kravia-gateway creditors retire acme --reason "left us"')
def retire(
    context: typer.Context,
    creditor: Annotated[
        str, typer.Argument(metavar="CREDITOR", help="Its id, in the settings or no longer.")
    ],
    reason: options.Reason = NO_REASON,
    *,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Give a creditor up here: close its claims, cancel what waits. Kravia is told nothing.

    Then its section may leave the settings, or name another creditor at Kravia or another ledger.
    """
    plan = call(context, "creditors.plan_to_retire", {"creditor": creditor})
    change(
        context,
        [("creditors.retire", {"creditor": creditor, "reason": reason})],
        shown=f"{plan['open_claims']} open claims of {creditor} are closed here and"
        f" {plan['unsent_messages']} messages are not sent.\n{plan['at_kravia']} cases stay at"
        " Kravia, where nobody here follows them any more: a task names them.",
        question=f"Retire {creditor}",
        yes=yes,
        as_json=as_json,
    )


def chosen(context: typer.Context, *named: str | None) -> str:
    """Return the creditor that was named, or the only one there is."""
    for name in named:
        if name is not None:
            return name
    settings = invocation(context).settings()
    if len(settings.creditors) == 1:
        return next(iter(settings.creditors))
    if not settings.creditors:
        raise Failure(f"{settings.source} has no creditor; add a section [creditors.NAME]")
    raise Failure(f"say which creditor with --creditor: {', '.join(settings.creditors)}")
