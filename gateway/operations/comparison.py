"""What we sent beside what a remote shows, field by field; values are as JSON gives them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from gateway.operations.paging import Document

SAME: Final = "same"
DIFFERS: Final = "differs"
NOT_TOLD: Final = "not told"


def compared(ours: Mapping[str, object], theirs: Mapping[str, object]) -> list[Document]:
    """A row a field of ours: ``field``, ``ours``, ``theirs``, ``verdict``."""
    return [
        {
            "field": field,
            "ours": value,
            "theirs": theirs.get(field),
            "verdict": _verdict(value, theirs.get(field)),
        }
        for field, value in ours.items()
    ]


def lacks(comparison: list[Document]) -> bool:
    """Whether a field was not told."""
    return any(row["verdict"] == NOT_TOLD for row in comparison)


def alike(comparison: list[Document]) -> int:
    """How many fields are the same."""
    return sum(row["verdict"] == SAME for row in comparison)


def _verdict(ours: object, theirs: object) -> str:
    if theirs is None:
        return NOT_TOLD
    return SAME if theirs == ours else DIFFERS
