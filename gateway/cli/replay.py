"""``replay``: run a set of events or messages again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from gateway.cli import options
from gateway.cli.ask import NO_REASON, ask
from gateway.cli.call import Document, call, invocation
from gateway.cli.change import change
from gateway.cli.failure import NOT_CLEAN, Failure
from gateway.cli.render import Column, Row, Rows, instant, one_line, record, screen
from gateway.cli.show import print_json, show_list, show_one

app = typer.Typer(
    help="Run a set of events or messages again: tracked, in order, each once.",
    no_args_is_help=True,
)

EVENT_WORDS = "handled, rejected, repaired, ignored, stale, waiting, conflict"
MESSAGE_WORDS = "parked, pending, delivered, cancelled"

Type = Annotated[
    str | None,
    typer.Option("--type", metavar="TYPE", help="Only this type; a wrong one lists all."),
]
Error = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Only those whose problem or last error holds this text."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count and show some; change nothing.")]
Rate = Annotated[
    int | None,
    typer.Option(
        metavar="N", help="At most so many a second; else what live traffic leaves room for."
    ),
]
ReplayId = Annotated[str, typer.Argument(metavar="REPLAY_ID", help="From replay list.")]

COLUMNS = (
    Column(header="replay", value="replay_id", kind="id"),
    Column(header="what", value="what"),
    Column(header="state", value="state"),
    Column(header="done", value="done", kind="number"),
    Column(header="of", value="items", kind="number"),
    Column(header="started", value="started_at", kind="instant"),
)


@app.command(
    epilog='Example: kravia-gateway replay events --state rejected --error "could not be handled"'
)
def events(
    context: typer.Context,
    creditor: options.Creditor = None,
    since: options.Since = None,
    until: options.Until = None,
    state: Annotated[
        str | None, typer.Option(metavar="OUTCOME", help=f"Only {EVENT_WORDS}; else all of them.")
    ] = None,
    type_: Type = None,
    error: Error = None,
    dry_run: DryRun = False,
    rate: Rate = None,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Run stored events through intake again, in the order they came.

    An older event never turns a claim back: it is stale. Money is booked once by its id. A repaired
    event is run as its corrected copy. The debtor's claims are then decided again by today's rules.
    With the server running it does the work, and this command only watches; with the server stopped
    it is done here, and what it queues goes out when serve runs. One that was cut off goes on with
    serve, or with: replay resume REPLAY_ID
    """
    asked = {
        "what": "events",
        "creditor": creditor,
        "since": since,
        "until": until,
        "state": state,
        "type": type_,
        "error": error,
    }
    _run(context, asked, rate, reason, dry_run=dry_run, yes=yes, as_json=as_json)


@app.command(
    epilog="Example: kravia-gateway replay messages --type ledger.claim.registered"
    " --state delivered --since 2026-11-20"
)
def messages(
    context: typer.Context,
    creditor: options.Creditor = None,
    since: options.Since = None,
    until: options.Until = None,
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help=f"Only {MESSAGE_WORDS}; else parked.")
    ] = None,
    type_: Type = None,
    error: Error = None,
    dry_run: DryRun = False,
    rate: Rate = None,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Send messages again, in the order of their keys.

    Parked and waiting ones are sent as they are; what goes to Kravia meets the send gate and the
    mirror as ever. Delivered and cancelled webhooks are told again under a new webhook-id; what
    Kravia has, and what is in doubt, never is. The server does the work, and this command only
    watches; with the server stopped the set is frozen here, and sent when serve runs.
    """
    asked = {
        "what": "messages",
        "creditor": creditor,
        "since": since,
        "until": until,
        "state": state,
        "type": type_,
        "error": error,
    }
    _run(context, asked, rate, reason, dry_run=dry_run, yes=yes, as_json=as_json)


@app.command("list", epilog="Example: kravia-gateway replay list")
def list_(
    context: typer.Context,
    limit: options.Limit = options.LIST_LIMIT,
    after: options.After = None,
    as_json: options.Json = False,
) -> None:
    """List replays, newest first, with how far each is."""
    show_list(
        context,
        "replays.list",
        {"limit": limit, "after": after},
        lambda items: Rows(columns=COLUMNS, items=items, note=_note),
        nothing="No replays.",
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway replay show rpl_0001")
def show(context: typer.Context, replay_id: ReplayId, as_json: options.Json = False) -> None:
    """Show one replay: its filter, how far it is, and what came of its items."""
    show_one(context, "replays.show", {"replay_id": replay_id}, as_json=as_json)


@app.command(epilog='Example: kravia-gateway replay cancel rpl_0001 --reason "wrong week"')
def cancel(
    context: typer.Context,
    replay_id: ReplayId,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """End a replay: nothing more of its set is begun; messages it has queued still go out."""
    found = call(context, "replays.show", {"replay_id": replay_id})
    change(
        context,
        [("replays.cancel", {"replay_id": replay_id, "reason": reason})],
        shown=f"  {_sentence(found)}",
        question="End this replay",
        yes=yes,
        as_json=as_json,
    )


@app.command(epilog="Example: kravia-gateway replay resume rpl_0001")
def resume(context: typer.Context, replay_id: ReplayId, as_json: options.Json = False) -> None:
    """Go on with a replay that was cut off, or watch one that runs in the server."""
    _watch(context, replay_id, as_json=as_json)


def _run(
    context: typer.Context,
    asked: Mapping[str, object],
    rate: int | None,
    reason: str,
    *,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    plan = call(context, "replays.plan", asked)
    if dry_run or not plan["count"]:
        if as_json:
            print_json(plan)
        else:
            screen().print(*_plan_view(plan), sep="\n")
        return
    speed = f", at most {rate} a second" if rate else ""
    ask(
        shown="\n".join(_plan_lines(plan)),
        question=f"Replay these {plan['count']} {asked['what']}{speed}",
        yes=yes,
    )
    started = call(context, "replays.start", {**asked, "rate": rate, "reason": reason})
    _watch(context, str(started["replay_id"]), as_json=as_json)


def _watch(context: typer.Context, replay_id: str, *, as_json: bool) -> None:
    """Follow a replay with a bar to its end, or do it here, and print what came of it."""
    import asyncio

    from gateway.cli.replay_run import Bar, follow

    try:
        with Bar() as bar:
            ended = asyncio.run(follow(invocation(context).settings(), replay_id, bar.show))
    except KeyboardInterrupt:
        raise Failure(
            f"{replay_id} is not watched any more. Watch it or go on with it: kravia-gateway replay"
            f" resume {replay_id}; end it: kravia-gateway replay cancel {replay_id}",
            code=NOT_CLEAN,
        ) from None
    if as_json:
        print_json(ended)
    else:
        screen().print(record(ended))
        if ended["state"] in {"freezing", "running"}:
            typer.echo("The server is stopped: its messages are sent when serve runs.", err=True)
    if ended["state"] == "cancelled" or "failed" in ended["outcomes"]:
        raise typer.Exit(NOT_CLEAN)


def _plan_lines(plan: Document) -> list[str]:
    lines = [f"  {each['count']:>7}  {each['type']}  {each['state']}" for each in plan["by_type"]]
    lines += [f"  left out: {each['count']}  {each['why']}" for each in plan["left_out"]]
    if plan["filter"]["what"] == "messages" and any(
        each["state"] in {"delivered", "cancelled"} for each in plan["by_type"]
    ):
        lines.append(
            "  They are told again under a new webhook-id: a receiver that books by that id alone"
            " books\n  twice. replay_of in their data is the first one."
        )
    return lines


def _plan_view(plan: Document) -> list[RenderableType]:
    parts: list[RenderableType] = [Text(f"{plan['count']} match.")]
    parts += [Text(one_line(line)) for line in "\n".join(_plan_lines(plan)).splitlines()]
    if plan["sample"]:
        key = "event_id" if plan["filter"]["what"] == "events" else "message_id"
        columns = (
            Column(header="for example", value=key, kind="id"),
            Column(header="type", value="type"),
            Column(header="state", value="state"),
            Column(header="at", value="at", kind="instant"),
        )
        parts += [Text(), Rows(columns=columns, items=plan["sample"])]
    return parts


def _note(row: Row) -> str:
    wanted = ", ".join(f"{key} {value}" for key, value in row["filter"].items() if key != "what")
    outcomes = ", ".join(f"{count} {word}" for word, count in row["outcomes"].items())
    return "; ".join(part for part in (wanted, outcomes) if part)


def _sentence(found: Document) -> str:
    return one_line(
        f"{found.get('replay_id')}  {found.get('what')}  {found.get('state')}  "
        f"{found.get('done')} of {found.get('items')}  "
        f"started {instant(str(found.get('started_at') or ''))}"
    )
