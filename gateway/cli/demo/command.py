"""``demo``: the whole path against simulators, on a fixed simulated calendar."""

from __future__ import annotations

import logging
import os
import shutil
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from gateway.cli import options
from gateway.cli.demo.kind import LedgerKind
from gateway.cli.failure import NOT_CLEAN
from gateway.cli.render import json_text, screen

_INVOICES: Final = 40  # one of each story
_INVOICES_MAX: Final = 10_000
_PROGRAM: Final = "kravia-gateway"
_EXAMPLE: Final = Path("docs/examples/overdue.json")
_MAKEFILE: Final = Path("Makefile")


def demo(
    invoices: Annotated[
        int, typer.Option(min=1, max=_INVOICES_MAX, help="How many stories to tell.")
    ] = _INVOICES,
    seed: Annotated[int, typer.Option(help="Same seed, same result.")] = 1,
    as_json: options.Json = False,
    ledger: Annotated[
        LedgerKind,
        typer.Option(help="Where the invoices are: Conta, or a system that sends webhooks."),
    ] = LedgerKind.CONTA,
) -> None:
    """Play invoices with different stories: a simulated Conta, the gateway, a simulated Kravia.

    Two months pass on a simulated calendar. Touches no data of yours. Exits 1 if a story ended
    otherwise than told.
    """
    from rich.console import Console

    from gateway.cli.demo.play import play
    from gateway.cli.demo.progress import progress_on
    from gateway.cli.demo.screen import screen_of
    from gateway.cli.demo.stories import stories
    from gateway.cli.serve import run_loop
    from gateway.telemetry import configure_logging

    # What is a warning elsewhere is planted here: remotes that are down, events that are wrong.
    configure_logging(as_json=False, level=logging.ERROR)
    progress = progress_on(Console(stderr=True, highlight=False), quiet=as_json)
    told = stories(invoices=invoices, seed=seed, kind=ledger)
    outcome = run_loop(play(told, kind=ledger, seed=seed, progress=progress))
    if as_json:
        typer.echo(json_text(outcome.figures))
        for fault in outcome.faults:
            typer.echo(fault, err=True)
    else:
        screen().print(screen_of(outcome, what_next()))
    if not outcome.as_told:
        raise typer.Exit(NOT_CLEAN)


def what_next() -> list[str]:
    """Commands that work from here, in a checkout or with an installed wheel."""
    program = _PROGRAM if shutil.which(_PROGRAM) else _shortest(Path(sys.argv[0]))
    commands = [f"{program} demo --ledger webhook"]
    if _EXAMPLE.is_file():
        commands.insert(0, f"{program} explain {_EXAMPLE} --on 2026-10-10")
    else:
        commands.append(f"{program} simulate kravia --port 9009")
    if _MAKEFILE.is_file():
        commands.append("make test")
    return commands


def _shortest(program: Path) -> str:
    """The path to the running program that is quickest to type from here."""
    return min(str(program), os.path.relpath(program), key=len)
