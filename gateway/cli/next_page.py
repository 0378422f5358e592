"""What to type for the next page of a list: the same command, from another place on."""

from __future__ import annotations

import shlex
from enum import Enum
from typing import cast

import typer

PROGRAM = "kravia-gateway"


def next_page(context: typer.Context, cursor: str) -> str:
    """Spell the running command out with ``--after cursor``, as a shell takes it."""
    words = [PROGRAM]
    for each in _from_the_top(context):
        words += [each.info_name or ""] if each.parent else []
        words += _typed(each)
    return shlex.join([*words, "--after", cursor])


def _from_the_top(context: typer.Context) -> list[typer.Context]:
    above = cast("typer.Context | None", context.parent)
    return [*(_from_the_top(above) if above else []), context]


def _typed(context: typer.Context) -> list[str]:
    """The options of one level that are not as they would be anyway."""
    words: list[str] = []
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if parameter.name == "after" or value is None or value == parameter.get_default(context):
            continue
        option = max(parameter.opts, key=len)
        text = str(value.value if isinstance(value, Enum) else value)
        words += [option] if value is True else [option, text]
    return words
