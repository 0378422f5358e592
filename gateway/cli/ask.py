"""Shows what a command will change and asks before it does."""

from __future__ import annotations

import shlex
import sys

import typer

from gateway.cli.failure import Failure
from gateway.cli.render import clean

NO_REASON = "no reason given"
"""What the audit holds where the operator said nothing."""


def ask(*, shown: str, question: str, yes: bool) -> None:
    """Print ``shown`` and ask; returns only on yes. ``question`` begins with a verb.

    Everything goes to standard error: standard output belongs to the result.
    """
    for line in shown.splitlines():
        typer.echo(clean(line), err=True)
    if yes:
        return
    if not is_answerable():
        again = shlex.join(["kravia-gateway", *sys.argv[1:], "--yes"])
        raise Failure(f"{question}? Nobody is there to answer; to do it, type: {again}")
    if not typer.confirm(f"{question}?", default=False, err=True):
        raise Failure("Nothing was changed.", code=0)


def demanded(reason: str | None, shown: str) -> tuple[str, str]:
    """Return a reason that is not empty, asked for where none was typed, and what is left to show.

    A person who is asked for it sees ``shown`` first.
    """
    if reason is None:
        if not is_answerable():
            raise Failure("say why, for the audit: --reason TEXT")
        for line in shown.splitlines():
            typer.echo(clean(line), err=True)
        shown = ""
        reason = typer.prompt("Why, for the audit (no personal data)", err=True)
    if not reason.strip():
        raise Failure("Nothing was changed: a reason cannot be empty; give it with --reason TEXT")
    return reason.strip(), shown


def is_answerable() -> bool:
    """Tell whether a person sits at standard input."""
    return sys.stdin.isatty()
