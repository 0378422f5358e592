"""How a look at live remotes is shown: by section of the assumptions, in 80 columns, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from gateway.cli.render import clean, screen

if TYPE_CHECKING:
    from clients.finding import Finding
    from gateway.cli.live import Looked

_STYLES = {"holds": "green", "does not hold": "red", "cannot tell": "yellow"}
_VERDICT_WIDTH = 13
_NAME_WIDTH = 22


def show_live(looked: list[Looked]) -> None:
    """Print every remote's findings, and a line that counts them."""
    console = screen()
    for one in looked:
        console.print(Text(f"\n{one.remote} for {one.creditor_id}", style="bold"))
        if one.problem is not None:
            console.print(Text(f"not reached: {clean(one.problem)}", style="red"), soft_wrap=True)
            continue
        for section, findings in groupby(one.findings, key=_section):
            if section:
                console.print(Text(f"[{section}]", style="dim"))
            console.print(_table([*findings]))
        counts = [
            f"{verdict} {sum(each.verdict == verdict for each in one.findings)}"
            for verdict in _STYLES
        ]
        console.print(Text(f"{one.remote} for {one.creditor_id}: {', '.join(counts)}"))


def document_of(looked: list[Looked]) -> list[dict[str, object]]:
    """The same for ``--json``."""
    return [
        {
            "creditor_id": one.creditor_id,
            "remote": one.remote,
            "reached": one.problem is None,
            "problem": one.problem,
            "assumptions": [*_rows(one)],
        }
        for one in looked
    ]


def _rows(one: Looked) -> Iterator[dict[str, object]]:
    for each in one.findings:
        yield {"key": each.key, "verdict": str(each.verdict), "evidence": each.evidence}


def _section(finding: Finding) -> str:
    return finding.key.rpartition(".")[0]


def _table(findings: list[Finding]) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(width=_VERDICT_WIDTH, no_wrap=True)
    table.add_column(width=_NAME_WIDTH, overflow="fold")
    table.add_column(overflow="fold")
    for each in findings:
        name = each.key.rpartition(".")[2]
        style = _STYLES[each.verdict]
        table.add_row(Text(each.verdict, style=style), Text(name), Text(clean(each.evidence)))
    return table
