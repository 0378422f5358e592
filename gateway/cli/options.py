"""Options that several commands share, so that they are spelled and explained the same."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.cli.completion import creditor_ids

LIST_LIMIT = 50  # a screenful; scripts ask for more
LIST_LIMIT_MAX = 1_000  # what operations give at most

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of a table.")]
Limit = Annotated[
    int, typer.Option("--limit", min=1, max=LIST_LIMIT_MAX, help="At most so many rows.")
]
After = Annotated[
    str | None,
    typer.Option("--after", metavar="CURSOR", help="Go on after the last page's cursor."),
]
Creditor = Annotated[
    str | None,
    typer.Option(
        "--creditor",
        metavar="ID",
        help="Only this creditor, as named in the settings.",
        autocompletion=creditor_ids,
    ),
]
Since = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="From this day or instant on, on the clock in Oslo."),
]
Until = Annotated[
    str | None,
    typer.Option(metavar="WHEN", help="To the end of this day, or before this instant."),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Reason = Annotated[
    str,
    typer.Option("--reason", metavar="TEXT", help="Why, for the audit. No personal data, please."),
]
NeededReason = Annotated[
    str | None,
    typer.Option(
        "--reason", metavar="TEXT", help="Why, for the audit; asked for if left out. Never empty."
    ),
]
