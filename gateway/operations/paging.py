"""How lists are asked for and given: pages by key, with a cursor to the next.

``next`` is the value for ``after``, or ``None`` at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from gateway.operations.errors import OperationError

Document = dict[str, object]
Row = TypeVar("Row")

LIMIT_DEFAULT = 50
LIMIT_MAX = 1_000
"""Rows of one page: a list is read by people or paged by programs, never held whole in memory."""


class Query:
    """The arguments of a list, read and checked."""

    def __init__(self, arguments: Mapping[str, object]) -> None:
        self._arguments = arguments
        self.limit = self._number("limit", LIMIT_DEFAULT, LIMIT_MAX) or LIMIT_DEFAULT
        self.after = self._number("after", None, None)

    def text(self, name: str) -> str | None:
        """An optional text argument."""
        value = self._arguments.get(name)
        return None if value is None else str(value)

    def choice(self, name: str, allowed: Iterable[str]) -> str | None:
        """An optional argument that must be one of ``allowed``."""
        value = self.text(name)
        if value is not None and value not in (allowed := tuple(allowed)):
            raise OperationError(f"{name} must be one of {', '.join(allowed)}", kind="invalid")
        return value

    def _number(self, name: str, default: int | None, most: int | None) -> int | None:
        value = self._arguments.get(name, default)
        if value is None:
            return None
        try:
            number = int(str(value))
        except ValueError:
            number = 0
        if number < 1:
            raise OperationError(f"{name} must be a whole number from 1 up", kind="invalid")
        return number if most is None else min(number, most)


def page(
    rows: Sequence[Row], query: Query, seq: Callable[[Row], int], show: Callable[[Row], Document]
) -> Document:
    """One page; there may be more whenever it is full."""
    following = str(seq(rows[-1])) if len(rows) == query.limit else None
    return {"items": [show(row) for row in rows], "next": following}
