"""Narrows a statement to the creditors that somebody may know of."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa


def of_creditors(
    statement: sa.Select[Any], creditor: sa.Column[str], visible: frozenset[str] | None
) -> sa.Select[Any]:
    """The statement, for these creditors only; None is all of them, and no name is no row."""
    return statement if visible is None else statement.where(creditor.in_(sorted(visible)))
