"""Reading Conta's JSON: null and absent alike, money without floats, nothing taken on trust.

Anything that is not what it must be is a ``ProtocolError`` that names the field and never quotes
the value: answers hold personal data.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import NoReturn

from clients.errors import ProtocolError

TEXT_MAX_CHARS = 2000
"""Names, numbers and line descriptions; Conta's own limits for what we read end at 500."""

ID_LIMIT = 2**63
"""Conta's ids are 64-bit integers, and so is the column that keeps them."""

AMOUNT_MAX_DIGITS = 13
"""Digits before the point: Conta's largest amount has eleven."""

_AMOUNT = re.compile(r"-?\d{1,13}(\.\d{1,12})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,19}", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
_CENTS = Decimal("0.01")


def records(document: object, what: str, zone: tzinfo) -> tuple[Record, ...]:
    """Return a list of objects as records, ``ProtocolError`` if it is anything else."""
    if not isinstance(document, list):
        raise ProtocolError(f"{what}: must be a list")
    return tuple(Record(row, f"{what} {index}", zone) for index, row in enumerate(document))


class Record:
    """One object of an answer. ``what`` names it in errors; ``zone`` is that of zoneless times.

    An empty text is an absent one. All but ``identifier`` return None where there is nothing.
    """

    def __init__(self, document: object, what: str, zone: tzinfo) -> None:
        if not isinstance(document, Mapping):
            raise ProtocolError(f"{what}: must be an object")
        self._document: Mapping[str, object] = document
        self._what = what
        self._zone = zone

    def identifier(self, name: str) -> int:
        """Return the id that must be there."""
        value = self.whole(name)
        if value is None:
            self._wrong(name, "missing")
        return value

    def whole(self, name: str) -> int | None:
        """Return a whole number, written as one or as text."""
        value = self._get(name)
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            value = int(value)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= ID_LIMIT:
            self._wrong(name, "is not a whole number")
        return value

    def text(self, name: str) -> str | None:
        """Return text; numbers are taken as written. What no database stores is replaced."""
        value = self._get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            self._wrong(name, "is not a text")
        if isinstance(value, int) and abs(value) >= ID_LIMIT:
            self._wrong(name, "is too long")
        text = str(value).encode("utf-8", "replace").decode().replace("\0", "\ufffd")
        if len(text) > TEXT_MAX_CHARS:
            self._wrong(name, "is too long")
        return text

    def amount(self, name: str) -> Decimal | None:
        """Return money with two decimals; never through a float."""
        value = self._get(name)
        if isinstance(value, str) and _AMOUNT.fullmatch(value):
            value = Decimal(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < ID_LIMIT:
            value = Decimal(value)
        if value is None:
            return None
        if not isinstance(value, Decimal) or value.adjusted() >= AMOUNT_MAX_DIGITS:
            self._wrong(name, "is not an amount")
        exact = value.quantize(_CENTS) if value.adjusted() >= -AMOUNT_MAX_DIGITS else None
        if exact is None or exact != value:
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

    def instant(self, name: str) -> datetime | None:
        """Return an aware UTC instant; of the hour that repeats in autumn, the earlier reading."""
        value = self._get(name)
        if value is None:
            return None
        match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            self._wrong(name, "is not a time")
        day, clock, fraction, offset = match.groups()
        micros = ((fraction or "") + "000000")[:6]
        try:
            written = datetime.fromisoformat(f"{day}T{clock}.{micros}{offset or ''}")
            return (written if written.tzinfo else written.replace(tzinfo=self._zone)).astimezone(
                UTC
            )
        except (ValueError, OverflowError):
            self._wrong(name, "is not a time")

    def flag(self, name: str) -> bool | None:
        """Return true or false, also where PHP writes 1 or 0."""
        value = self._get(name)
        if value is None:
            return None
        if not isinstance(value, int) or value not in {0, 1}:
            self._wrong(name, "is neither true nor false")
        return bool(value)

    def record(self, name: str) -> Record | None:
        """Return the object there; PHP writes an empty one as an empty list."""
        value = self._get(name)
        if value is None or value == []:
            return None
        return Record(value, f"{self._what}, {name}", self._zone)

    def records(self, name: str) -> tuple[Record, ...]:
        """Return the objects of the list there, none where there is no list."""
        value = self._get(name)
        return () if value is None else records(value, f"{self._what}, {name}", self._zone)

    def has(self, name: str) -> bool:
        """Tell whether there is anything under the name."""
        return self._get(name) is not None

    def _get(self, name: str) -> object:
        value = self._document.get(name)
        return None if value == "" else value

    def _wrong(self, name: str, problem: str) -> NoReturn:
        raise ProtocolError(f"{self._what}: {name} {problem}")
