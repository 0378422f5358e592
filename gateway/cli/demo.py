"""``demo``: the whole path against simulators, on a fixed simulated calendar."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli import options
from gateway.cli.failure import NOT_CLEAN
from gateway.cli.render import json_text, screen

# One of each story; more repeat them.
_INVOICES = 40
_INVOICES_MAX = 10_000


def demo(
    invoices: Annotated[
        int, typer.Option(min=1, max=_INVOICES_MAX, help="How many stories to tell.")
    ] = _INVOICES,
    seed: Annotated[int, typer.Option(help="Same seed, same result.")] = 1,
    as_json: options.Json = False,
) -> None:
    """Send invoices with different stories through a gateway of its own to a simulated Kravia.

    Touches no data of yours. Exits 1 if a story ended otherwise than told.
    """
    from gateway.cli.demo_story import play  # noqa: PLC0415 - keeps --help fast

    outcome = play(invoices=invoices, seed=seed, quiet=as_json)
    if as_json:
        typer.echo(json_text(outcome.figures))
    else:
        screen().print(outcome.screen)
    if not outcome.as_told:
        raise typer.Exit(NOT_CLEAN)
