"""Reading assumptions about a remote strictly: each fault names its key and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self
from zoneinfo import ZoneInfo


def merge_assumptions(
    shipped: Mapping[str, object], override: Mapping[str, object]
) -> dict[str, object]:
    """Return ``shipped`` with ``override`` laid over it: tables merge, all else replaces."""
    merged: dict[str, object] = dict(shipped)
    for key, value in override.items():
        before = merged.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            merged[key] = merge_assumptions(before, value)
        else:
            merged[key] = value
    return merged


class Section:
    """One table of the document. Every key must be asked for, or ``finish`` calls it unknown."""

    def __init__(self, document: object, name: str = "") -> None:
        if not isinstance(document, Mapping):
            raise ValueError(f"{name}: must be a table")  # noqa: TRY004  one error type for one cause
        self._document: Mapping[str, object] = document
        self._name = name
        self._asked: set[str] = set()

    def finish(self) -> None:
        """Refuse keys nobody asked for: a misspelt assumption must not pass unnoticed."""
        unknown = sorted(str(key) for key in self._document if key not in self._asked)
        if unknown:
            raise ValueError(f"{self._full(unknown[0])}: unknown key")

    @property
    def name(self) -> str:
        """The table's full name in the document."""
        return self._name

    def section(self, key: str) -> Self:
        """Return the table under ``key``."""
        return type(self)(self._get(key), self._full(key))

    def text(
        self, key: str, *, may_be_empty: bool = False, allowed: frozenset[str] | None = None
    ) -> str:
        """Return a string; ``allowed`` lists the only ones there are."""
        value = self._get(key)
        if not isinstance(value, str) or not (value or may_be_empty):
            raise ValueError(f"{self._full(key)}: must be a text")
        if allowed is not None and value not in allowed:
            raise ValueError(f"{self._full(key)}: must be one of {', '.join(sorted(allowed))}")
        return value

    def optional_text(self, key: str, *, allowed: frozenset[str] | None = None) -> str | None:
        """Return a string, or None where it is left empty."""
        if self._get(key) == "":
            return None
        return self.text(key, allowed=allowed)

    def flag(self, key: str) -> bool:
        """Return true or false."""
        value = self._get(key)
        if not isinstance(value, bool):
            raise ValueError(f"{self._full(key)}: must be true or false")  # noqa: TRY004 - one error type for one cause
        return value

    def number(self, key: str, low: int, high: int) -> int:
        """Return a whole number within the limits."""
        value = self._get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"{self._full(key)}: must be a whole number from {low} to {high}")
        return value

    def zone(self, key: str) -> ZoneInfo:
        """Return a time zone by its IANA name."""
        name = self.text(key)
        try:
            return ZoneInfo(name)
        except (ValueError, OSError, LookupError) as error:
            raise ValueError(f"{self._full(key)}: {name!r} is not a time zone") from error

    def _get(self, key: str) -> object:
        self._asked.add(key)
        if key not in self._document:
            raise ValueError(f"{self._full(key)}: missing")
        return self._document[key]

    def _full(self, key: str) -> str:
        return f"{self._name}.{key}" if self._name else key
