"""What every writing command does: show, ask, run, say what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import typer

from gateway.cli import options
from gateway.cli.ask import NO_REASON, ask
from gateway.cli.call import Document, Order, call_all
from gateway.cli.render import record, screen
from gateway.cli.show import print_json


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Several:
    """Things of one kind that a person may act on together: each is shown, then each is changed.

    ``group`` is the word before the verb on the command line, ``key`` the id's name in operations,
    ``example`` an id for the help, and ``sentence`` says in a line which one it is.
    """

    app: typer.Typer
    group: str
    noun: str
    key: str
    example: str
    sentence: Callable[[Document], str]

    def command(self, verb: str, says: str, *, reason: str) -> None:
        """Add the command ``verb``, explained by ``says``; ``reason`` stands in its example."""
        ids_argument = typer.Argument(
            metavar=self.key.upper(), help=f"One or more, from {self.group} list."
        )
        example = f'kravia-gateway {self.group} {verb} {self.example} --reason "{reason}"'

        @self.app.command(verb, help=says, epilog=f"Example: {example}")
        def run(
            context: typer.Context,
            ids: list[str] = ids_argument,
            reason: options.Reason = NO_REASON,
            yes: options.Yes = False,
            as_json: options.Json = False,
        ) -> None:
            ids = list(dict.fromkeys(ids))
            count = f"this {self.noun}" if len(ids) == 1 else f"these {len(ids)} {self.noun}s"
            change(
                context,
                [(f"{self.group}.{verb}", {self.key: each, "reason": reason}) for each in ids],
                shown=look_up(context, f"{self.group}.show", self.key, ids, self.sentence),
                question=f"{verb.capitalize()} {count}",
                yes=yes,
                as_json=as_json,
            )
