"""What every writing command does: show, ask, run, say what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import typer

from gateway.cli.ask import ask
from gateway.cli.call import Document, Order, call_all
from gateway.cli.render import json_text, record, screen


def change(
    context: typer.Context,
    orders: Sequence[Order],
    *,
    shown: str,
    question: str,
    yes: bool,
    as_json: bool,
) -> None:
    """Show what ``orders`` will change, ask, run them and print what each answered.

    As JSON one order prints its result, several print ``{"items": […]}``.
    """
    ask(shown=shown, question=question, yes=yes)
    results = call_all(context, orders)
    if as_json:
        print_json(results[0] if len(results) == 1 else {"items": results})
        return
    console = screen()
    for result in results:
        console.print(record(result) if result else "Done.")


def look_up(
    context: typer.Context,
    operation: str,
    key: str,
    ids: Sequence[str],
    sentence: Callable[[Document], str],
) -> str:
    """Return a line about each of ``ids``, so that a person sees what is about to be changed."""
    orders = [(operation, {key: each}) for each in ids]
    return "\n".join(f"  {sentence(found)}" for found in call_all(context, orders))


def print_json(document: Mapping[str, object]) -> None:
    """Print the one document that ``--json`` promises."""
    typer.echo(json_text(document))
