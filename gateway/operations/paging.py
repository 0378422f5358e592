"""How lists are asked for and given: pages by key, with a cursor to the next.

``next`` is the value for ``after``, or ``None`` at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import TypeVar

from gateway.operations.errors import OperationError

Document = dict[str, object]

ORDERS = ("newest", "oldest")
"""By when rows came to be: the one order that every list is indexed in."""

Row = TypeVar("Row")

LIMIT_DEFAULT = 50
LIMIT_MAX = 1_000
"""Rows of one page: a list is read by people or paged by programs, never held whole in memory."""


class Query:
    """The arguments of a list, read and checked.

    ``visible`` are the creditors whose rows may be seen at all; None is everybody's.
    """

    def __init__(
        self, arguments: Mapping[str, object], visible: frozenset[str] | None = None
    ) -> None:
        self._arguments = arguments
        self._visible = visible
        self.limit = self._number("limit", LIMIT_DEFAULT, LIMIT_MAX) or LIMIT_DEFAULT
        self.after = self._number("after", None, None)

    @property
    def creditors(self) -> tuple[str | None, ...]:
        """Whose rows to walk: one creditor's, each of several, or (None) all together."""
        named = self.text("creditor")
        if self._visible is None:
            return (named,)
        if named is None:
            return tuple(sorted(self._visible))
        return (named,) if named in self._visible else ()

    @property
    def is_newest_first(self) -> bool:
        """Which end a list that can be given both ways begins at: ``order``, else the newest."""
        return self.choice("order", ORDERS) != "oldest"

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
    query: Query,
    fetch: Callable[[str | None], Sequence[Row]],
    seq: Callable[[Row], int],
    show: Callable[[Row], Document],
    *,
    newest_first: bool = True,
) -> Document:
    """One page; there may be more whenever it is full.

    ``fetch`` gives a page of one creditor's rows, or of everybody's: asked for each creditor that
    may be seen, so that every walk has its index, and the walks are merged.
    """
    walks = [(seq(row), row) for creditor in query.creditors for row in fetch(creditor)]
    walks.sort(key=itemgetter(0), reverse=newest_first)
    taken = walks[: query.limit]
    following = str(taken[-1][0]) if len(taken) == query.limit else None
    return {"items": [show(row) for _, row in taken], "next": following}
