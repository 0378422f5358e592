"""Reading Tripletex's JSON: null, absent and "" alike, money without floats, nothing on trust.

Anything that is not what it must be is a ``ProtocolError`` that names the field and never quotes
the value: answers hold personal data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import NoReturn

from clients.errors import ProtocolError

TEXT_MAX_CHARS = 2000
"""Names, numbers and line descriptions; longer ones are cut by nobody else either."""

ID_LIMIT = 2**63
"""Tripletex's ids are 64-bit integers, and so is the column that keeps them."""

AMOUNT_MAX_DIGITS = 13
"""Digits before the point: far beyond any invoice."""

_CENTS = Decimal("0.01")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NOISE = Decimal("0.00001")  # a double's noise lies far below, a third decimal far above


class Record:
    """One object of an answer; ``what`` names it in errors.

    All but ``identifier`` return None, or nothing, where there is nothing.
    """

    def __init__(self, document: object, what: str) -> None:
        if not isinstance(document, Mapping):
            raise ProtocolError(f"{what}: must be an object")
        self._document: Mapping[str, object] = document
        self._what = what

    def identifier(self, name: str = "id") -> int:
        """Return the id that must be there."""
        value = self.whole(name)
        if value is None:
            self._wrong(name, "missing")
        return value

    def whole(self, name: str) -> int | None:
        """Return a whole number."""
        value = self._get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= ID_LIMIT:
            self._wrong(name, "is not a whole number")
        return value

    def text(self, name: str) -> str | None:
        """Return text; what no database stores is replaced."""
        value = self._get(name)
        if value is None:
            return None
        if not isinstance(value, str):
            self._wrong(name, "is not a text")
        text = value.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
        if len(text) > TEXT_MAX_CHARS:
            self._wrong(name, "is too long")
        return text

    def amount(self, name: str) -> Decimal | None:
        """Return money with two decimals; what a double adds behind them is dropped."""
        value = self._get(name)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < ID_LIMIT:
            value = Decimal(value)
        if not isinstance(value, Decimal) or value.adjusted() >= AMOUNT_MAX_DIGITS:
            self._wrong(name, "is not an amount")
        exact = value.quantize(_CENTS)
        if abs(exact - value) > _NOISE:
            self._wrong(name, "has more than two decimals")
        return exact + 0  # no minus before a zero

    def day(self, name: str) -> date | None:
        """Return a calendar date."""
        value = self._get(name)
        if value is None:
            return None
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self._wrong(name, "is not a date")
        try:
            return date.fromisoformat(value)
        except ValueError:
            self._wrong(name, "is not a date")

    def flag(self, name: str) -> bool | None:
        """Return true or false."""
        value = self._get(name)
        if value is not None and not isinstance(value, bool):
            self._wrong(name, "is neither true nor false")
        return value

    def record(self, name: str) -> Record | None:
        """Return the object there."""
        value = self._get(name)
        return None if value is None else Record(value, f"{self._what}, {name}")

    def records(self, name: str) -> tuple[Record, ...]:
        """Return the objects of the list there, none where there is no list."""
        value = self._get(name)
        if value is None:
            return ()
        if not isinstance(value, list):
            self._wrong(name, "is not a list")
        return tuple(Record(row, f"{self._what}, {name} {at}") for at, row in enumerate(value))

    def reference(self, name: str) -> int | None:
        """Return the id of the object there."""
        found = self.record(name)
        return None if found is None else found.identifier()

    def has(self, name: str) -> bool:
        """Tell whether there is anything under the name."""
        return self._get(name) is not None

    def _get(self, name: str) -> object:
        value = self._document.get(name)
        return None if value == "" else value

    def _wrong(self, name: str, problem: str) -> NoReturn:
        raise ProtocolError(f"{self._what}: {name} {problem}")
