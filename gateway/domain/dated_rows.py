"""Finding the dated row that holds on a day; a day no row covers is ``None``, never a guess."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from gateway.domain.business_days import add_days
from gateway.domain.rules import Row


def row_on(rows: Sequence[Row], day: date) -> Row | None:
    """Return the row in force on ``day``; ``rows`` ascend by ``since``."""
    for row in reversed(rows):  # most questions are about recent days
        if row.since <= day:
            return row if row.until is None or day <= row.until else None
    return None


def stretches(
    rows: Sequence[Row], first: date, last: date
) -> Iterator[tuple[date, date, Row | None]]:
    """Yield ``(from, to, row)`` for consecutive stretches of ``first..last``, both inclusive.

    ``row`` is ``None`` for a stretch that no row covers. Walks rows, not days.
    """
    index = len(rows)  # of the first row that begins after ``day``
    while index and rows[index - 1].since > first:
        index -= 1
    day = first
    while day <= last:
        row = rows[index - 1] if index else None
        next_since = rows[index].since if index < len(rows) else None
        end = last if next_since is None or next_since > last else add_days(next_since, -1)
        if row is not None and row.until is not None and row.until < end:
            if day <= row.until:
                yield day, row.until, row
                day = add_days(row.until, 1)
            row = None
        yield day, end, row
        if end == last:
            return
        day = add_days(end, 1)
        index += 1


def first_uncovered(rows: Sequence[Row], first: date, last: date) -> date | None:
    """Return the first day of ``first..last`` that no row covers, else ``None``."""
    for start, _end, row in stretches(rows, first, last):
        if row is None:
            return start
    return None
