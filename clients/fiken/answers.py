"""Reading Fiken's JSON: null and absent alike, øre without floats, nothing taken on trust.

Anything that is not what it must be is a ``ProtocolError`` that names the field and never quotes
the value: answers hold personal data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import NoReturn

from clients.errors import ProtocolError

TEXT_MAX_CHARS = 2000
"""Fiken's own limits for what we read end at 500."""

ID_LIMIT = 2**63
"""Ids and amounts are documented as int64, and so are the columns that keep them."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def records(document: object, what: str) -> tuple[Record, ...]:
    """Return a list of objects as records, ``ProtocolError`` if it is anything else."""
    if not isinstance(document, list):
        raise ProtocolError(f"{what}: must be a list")
    return tuple(Record(row, f"{what} {index}") for index, row in enumerate(document))


class Record:
    """One object of an answer; ``what`` names it in errors. An empty text is an absent one."""

    def __init__(self, document: object, what: str) -> None:
        if not isinstance(document, Mapping):
            raise ProtocolError(f"{what}: must be an object")
        self._document: Mapping[str, object] = document
        self._what = what

    def identifier(self, name: str) -> int:
        """Return the id that must be there."""
        value = self.whole(name)
        if value is None:
            self._wrong(name, "missing")
        return value

    def whole(self, name: str) -> int | None:
        """Return a whole number: an id, a count or øre."""
        value = self._document.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= ID_LIMIT:
            self._wrong(name, "is not a whole number")
        return value

    def text(self, name: str) -> str | None:
        """Return text; what no database stores is replaced."""
        value = self._document.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self._wrong(name, "is not a text")
        if len(value) > TEXT_MAX_CHARS:
            self._wrong(name, "is too long")
        return value.encode("utf-8", "replace").decode().replace("\0", "\ufffd")

    def needed_text(self, name: str) -> str:
        """Return the text that must be there."""
        value = self.text(name)
        if value is None:
            self._wrong(name, "missing")
        return value

    def day(self, name: str) -> date | None:
        """Return a calendar date."""
        value = self._document.get(name)
        if value is None or value == "":
            return None
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self._wrong(name, "is not a date")
        try:
            return date.fromisoformat(value)
        except ValueError:
            self._wrong(name, "is not a date")

    def flag(self, name: str) -> bool | None:
        """Return true or false."""
        value = self._document.get(name)
        if value is not None and not isinstance(value, bool):
            self._wrong(name, "is neither true nor false")
        return value

    def record(self, name: str) -> Record | None:
        """Return the object there."""
        value = self._document.get(name)
        return None if value is None else Record(value, f"{self._what}, {name}")

    def records(self, name: str) -> tuple[Record, ...]:
        """Return the objects of the list there, none where there is no list."""
        value = self._document.get(name)
        return () if value is None else records(value, f"{self._what}, {name}")

    def numbers(self, name: str) -> tuple[int, ...]:
        """Return the ids of the list there, none where there is no list."""
        value = self._document.get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self._wrong(name, "is not a list")
        if any(isinstance(number, bool) or not isinstance(number, int) for number in value):
            self._wrong(name, "is not a list of ids")
        return tuple(value)

    def has(self, name: str) -> bool:
        """Tell whether there is anything under the name."""
        return self._document.get(name) is not None

    def _wrong(self, name: str, problem: str) -> NoReturn:
        raise ProtocolError(f"{self._what}: {name} {problem}")
