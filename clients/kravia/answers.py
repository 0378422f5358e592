"""Reading an answer whose shape is only assumed: envelopes, paths, values that prove themselves.

Anything that is not what it must be is a ``ProtocolError`` that names the field and never quotes
the value: answers hold personal data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import NoReturn

from clients.errors import ProtocolError
from clients.kravia.assumptions import Paths
from clients.kravia.feed_time import instant_from_feed

ID_MAX_CHARS = 128
"""Kravia's ids are short numbers; a GUID has 36 characters."""

TEXT_MAX_CHARS = 2000
"""Names, words and numbers of invoices; more is not what the field is for."""

AMOUNT_MAX_DIGITS = 13
"""Digits before the point: a thousand billion is beyond any claim, and exact in the database."""

_AMOUNT = re.compile(r"-?\d{1,13}(\.\d{1,12})?", re.ASCII)
_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_CENTS = Decimal("0.01")


def unwrap(
    document: object, envelopes: Iterable[str], content: type[dict[str, object] | list[object]]
) -> object:
    """Take the content out of the first known envelope that holds one, e.g. ``{"value": …}``.

    ``content`` is what is looked for, an object or a list; without an envelope it stands bare.
    """
    if isinstance(document, Mapping):
        for name in envelopes:
            if isinstance(document.get(name), content):
                return document[name]
    return document


def records(document: object, what: str, zone: tzinfo) -> list[Record]:
    """Return a list of objects as records, ``ProtocolError`` if it is anything else."""
    if not isinstance(document, list):
        raise ProtocolError(f"{what}: must be a list")
    return [Record(row, f"{what} {index}", zone) for index, row in enumerate(document)]


class Record:
    """One object of an answer, read by paths. ``what`` names it in errors."""

    def __init__(self, document: object, what: str, zone: tzinfo) -> None:
        if not isinstance(document, Mapping):
            raise ProtocolError(f"{what}: must be an object")
        self._document: Mapping[str, object] = document
        self._what = what
        self._zone = zone

    def find(self, paths: Paths) -> object:
        """Return what the first path that leads somewhere holds, None if none does."""
        for path in paths:
            value: object = self._document
            for name in path.split("."):
                value = value.get(name) if isinstance(value, Mapping) else None
            if value is not None:
                return value
        return None

    def required(self, name: str, paths: Paths) -> object:
        """Like ``find``, but there must be something."""
        value = self.find(paths)
        if value is None or value == "":
            self._wrong(name, paths, "missing")
        return value

    def identifier(self, name: str, paths: Paths) -> str:
        """Return an id as text; Kravia's are numbers, GUIDs would do."""
        value = self.required(name, paths)
        if isinstance(value, int) and not isinstance(value, bool):
            if value < 0 or value >= 10**18:
                self._wrong(name, paths, "is not an id")
            return str(value)
        if not isinstance(value, str) or len(value) > ID_MAX_CHARS or not value.isprintable():
            self._wrong(name, paths, "is not an id")
        return value

    def text(self, name: str, paths: Paths) -> str | None:
        """Return text; numbers are taken as written. What no database stores is replaced."""
        value = self.find(paths)
        if value is None or value == "":
            return None
        if isinstance(value, bool) or not isinstance(value, str | int):
            self._wrong(name, paths, "is not a text")
        if isinstance(value, int) and abs(value) >= 10**18:
            self._wrong(name, paths, "is too long")
        text = str(value).encode("utf-8", "replace").decode().replace("\0", "\ufffd")
        if len(text) > TEXT_MAX_CHARS:
            self._wrong(name, paths, "is too long")
        return text

    def whole(self, name: str, paths: Paths) -> int | None:
        """Return a whole number, written as one or as text."""
        value = self.find(paths)
        if value is None or value == "":
            return None
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 10**18:
            self._wrong(name, paths, "is not a whole number")
        return value

    def amount(self, name: str, paths: Paths) -> Decimal | None:
        """Return money in major units with two decimals; never through a float."""
        value = self.find(paths)
        if value is None or value == "":
            return None
        if isinstance(value, str) and _AMOUNT.fullmatch(value):
            value = Decimal(value)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**18:
            value = Decimal(value)
        if not isinstance(value, Decimal) or value.adjusted() >= AMOUNT_MAX_DIGITS:
            self._wrong(name, paths, "is not an amount")
        exact = value.quantize(_CENTS) if value.adjusted() >= -AMOUNT_MAX_DIGITS else None
        if exact is None or exact != value:
            self._wrong(name, paths, "has more than two decimals")
        return exact

    def required_amount(self, name: str, paths: Paths) -> Decimal:
        """Return money that must be there."""
        self.required(name, paths)
        amount = self.amount(name, paths)
        if amount is None:  # unreachable, but said once
            self._wrong(name, paths, "missing")
        return amount

    def day(self, name: str, paths: Paths) -> date | None:
        """Return a calendar date; of a time, its local day."""
        value = self.find(paths)
        if value is None or value == "":
            return None
        if not isinstance(value, str):
            self._wrong(name, paths, "is not a date")
        try:
            if len(value) == len("2026-11-24"):
                return date.fromisoformat(value)
            written = datetime.fromisoformat(value.replace(" ", "T", 1)[:19])
            has_zone = value.endswith("Z") or "+" in value or value.rfind("-") > len("2026-11-")
            if has_zone:
                return instant_from_feed(value, self._zone).astimezone(self._zone).date()
            return written.date()
        except (ValueError, OverflowError):
            self._wrong(name, paths, "is not a date")

    def required_day(self, name: str, paths: Paths) -> date:
        """Return a date that must be there."""
        self.required(name, paths)
        day = self.day(name, paths)
        if day is None:  # unreachable, but said once
            self._wrong(name, paths, "missing")
        return day

    def feed_time(self, name: str, paths: Paths) -> str:
        """Return a ``lastUpdatedTime`` letter by letter, once it is known to be a time."""
        value = self.required(name, paths)
        try:
            if not isinstance(value, str):
                raise ValueError("not a text")  # noqa: TRY301, TRY004 - told with its field just below
            instant_from_feed(value, self._zone)
        except ValueError as error:
            raise ProtocolError(f"{self._what}: {name} ({_shown(paths)}) is not a time") from error
        return value

    def flag(self, paths: Paths, words: frozenset[str]) -> bool:
        """Tell whether the field holds one of ``words``; a JSON true is the word "true"."""
        value = self.find(paths)
        return value is not None and str(value).strip().lower() in words

    def records(self, name: str, paths: Paths) -> list[Record]:
        """Return the objects of the list found there; none found is an empty list."""
        value = self.find(paths)
        return [] if value is None else records(value, f"{self._what}, {name}", self._zone)

    def _wrong(self, name: str, paths: Paths, problem: str) -> NoReturn:
        raise ProtocolError(f"{self._what}: {name} ({_shown(paths)}) {problem}")


def _shown(paths: Paths) -> str:
    return " or ".join(paths) or "no path assumed"
