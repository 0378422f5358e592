"""What every reading command does: ask the gateway once, and print a table, a record or JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import typer
from rich.console import RenderableType

from gateway.cli.call import Document, call
from gateway.cli.next_page import next_page
from gateway.cli.render import Row, Rows, json_text, listing, record, screen


def show_list(
    context: typer.Context,
    operation: str,
    arguments: Mapping[str, object],
    rows: Callable[[Sequence[Row]], Rows],
    *,
    nothing: str,
    as_json: bool,
) -> None:
    """Print one page of a list; ``nothing`` is the sentence for an empty one."""
    page = call(context, operation, arguments)
    if as_json:
        print_json(page)
    else:
        more = partial(next_page, context)
        listing(screen(), page, rows(page["items"]), nothing=nothing, more=more)


def show_one(
    context: typer.Context,
    operation: str,
    arguments: Mapping[str, object],
    *,
    as_json: bool,
    parts: Callable[[Document], Sequence[RenderableType]] = lambda found: [record(found)],
) -> None:
    """Print one thing, a line a field unless ``parts`` lays it out otherwise."""
    found = call(context, operation, arguments)
    if as_json:
        print_json(found)
    else:
        screen().print(*parts(found))


def print_json(document: Mapping[str, object]) -> None:
    """Print the one document that ``--json`` promises."""
    typer.echo(json_text(document))
