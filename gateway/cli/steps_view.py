"""Steps of a walk on the screen: a mark, what was found, and below it what to do."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from gateway.cli.render import Row, clean, screen

_STYLES = {"ok": "green", "not ok": "red", "cannot tell": "yellow"}


def show_steps(steps: Sequence[Row]) -> None:
    """Print steps with ``step``, ``verdict``, ``found`` and ``do``."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=11, no_wrap=True)
    table.add_column(width=18)
    table.add_column(overflow="fold")
    for step in steps:
        verdict = str(step["verdict"])
        text = Text(clean(str(step["found"])))
        if step.get("do"):
            text.append(f"\ndo: {clean(str(step['do']))}", style="dim")
        table.add_row(Text(verdict, style=_STYLES.get(verdict, "")), str(step["step"]), text)
    screen().print(table)
