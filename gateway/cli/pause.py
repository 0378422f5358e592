"""``pause`` and ``resume``: stop new registers, and nothing else."""

from __future__ import annotations

import typer

from gateway.cli import options
from gateway.cli.ask import NO_REASON
from gateway.cli.call import call
from gateway.cli.change import change
from gateway.cli.render import one_line


def pause(
    context: typer.Context,
    creditor: options.Creditor = None,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Stop new registers at once, for all or for one creditor, until "resume"."""
    _change(
        context,
        "pause",
        creditor,
        reason,
        "No new case goes to Kravia; payments, credits and status go on.",
        yes=yes,
        as_json=as_json,
    )


def resume(
    context: typer.Context,
    creditor: options.Creditor = None,
    reason: options.Reason = NO_REASON,
    yes: options.Yes = False,
    as_json: options.Json = False,
) -> None:
    """Let registers go again; facts are checked again before each."""
    _change(
        context,
        "resume",
        creditor,
        reason,
        "Claims that are ready go to Kravia again, but for creditors that are still paused.",
        yes=yes,
        as_json=as_json,
    )
    _tell_still_paused(context, creditor)


def _tell_still_paused(context: typer.Context, creditor: str | None) -> None:
    """A pause of all and a pause of one creditor end separately: name those that still stand."""
    for row in call(context, "creditors.list", {"limit": options.LIST_LIMIT_MAX})["items"]:
        name = row["creditor_id"]
        if row.get("paused") and creditor in {None, name}:
            how = "resume" if creditor else f"resume --creditor {name}"  # its own was just lifted
            typer.echo(one_line(f"{name} is still paused ({row['paused']}): {how}"), err=True)


def _change(
    context: typer.Context,
    verb: str,
    creditor: str | None,
    reason: str,
    shown: str,
    *,
    yes: bool,
    as_json: bool,
) -> None:
    whom = f"for {creditor}" if creditor else "for all creditors"
    change(
        context,
        [(verb, {"creditor": creditor, "reason": reason})],
        shown=shown,
        question=f"{verb.capitalize()} {whom}",
        yes=yes,
        as_json=as_json,
    )
