"""What operations say, in Norwegian: English sentences are known again, whole or in parts.

A sentence is written once, in English, where it is said, and so it is stored: a task, an alert,
why a message waits. Whoever reads Norwegian gets it from the catalogue ``words/nb.po``, which has
each with ``{gaps}`` for what it names. What stands in a gap is translated in its turn::

    clm_1 is closed already; see: claims show clm_1
    {claim} is closed already; see: claims show {same}

A sentence that is not in the catalogue stays English, such as a remote system's own words;
``tests/unit/console`` finds every sentence of ours that is missing (decision 22).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

from gateway.domain.wording import Language
from gateway.operations.errors import OperationError

CATALOGUE: Final = Path(__file__).with_name("words") / "nb.po"

CHARACTERS_MAX: Final = 2_000
"""Sentences are shorter; what is longer is somebody's text, and is not searched."""

DEPTH_MAX: Final = 6
"""Sentences within sentences: an alert of a doubt of a send is three."""

ONE_WORD: Final = frozenset(
    {"kind", "state", "claim", "event", "task", "line", "message", "payment", "same", "also"}
)
"""Gaps with an id or a word in them: nothing with a space fits, so less is taken for a sentence."""

_GAP: Final = re.compile(r"\{(\w+)\}")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_AMOUNT: Final = re.compile(r"-?\d+\.\d{2}")
_FIELD: Final = re.compile(r"([a-z_]+(?:[.\[][\w.\]]+)*) ((?:is|must) .+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One sentence with gaps: how it is known again, and what it is in Norwegian."""

    mark: str  # its longest part between gaps: what does not hold it is not looked at closely
    english: re.Pattern[str]
    bokmal: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """The catalogue: sentences without gaps, and those with, the longest first."""

    whole: Mapping[str, str]
    patterns: tuple[Pattern, ...]


def in_language(text: str, language: Language) -> str:
    """The sentence in a language; as it is where it is not known."""
    if language is not Language.BOKMAL or " " not in text or len(text) > CHARACTERS_MAX:
        return text
    return _known(text, DEPTH_MAX) or text


def told(document: dict[str, object], language: Language) -> dict[str, object]:
    """An operation's result with every sentence in it so told; its keys and words stay."""
    if language is not Language.BOKMAL:
        return document
    return {key: _value(each, language) for key, each in document.items()}


@contextmanager
def errors_in(language: Language) -> Iterator[None]:
    """Tell errors of operations in a language."""
    try:
        yield
    except OperationError as error:
        text = in_language(error.message, language)
        if text == error.message:
            raise
        raise OperationError(text, kind=error.kind) from error


def _value(value: object, language: Language) -> object:
    match value:
        case str():
            return in_language(value, language)
        case dict():
            return told(value, language)
        case list() | tuple():
            return [_value(each, language) for each in value]
        case _:
            return value


def _known(text: str, depth: int) -> str | None:
    """The sentence in Norwegian, if it or its parts are known."""
    known = catalogue()
    if text in known.whole:
        return known.whole[text]
    if depth:
        faults = _faults(text, depth - 1)
        if faults is not None:
            return faults
        for pattern in known.patterns:
            found = pattern.english.fullmatch(text) if pattern.mark in text else None
            if found is not None:
                gaps = {name: _gap(gap, depth - 1) for name, gap in found.groupdict().items()}
                return pattern.bokmal.format_map(gaps)
    return None


def _gap(text: str, depth: int) -> str:
    """What stands in a gap: a day or an amount as Norwegians write them, or a part of its own."""
    if _DAY.fullmatch(text):
        return f"{date.fromisoformat(text):%d.%m.%Y}"
    if _AMOUNT.fullmatch(text):
        return text.replace(".", ",")
    return _known(text, depth) or text


def _faults(text: str, depth: int) -> str | None:
    """Faults of several fields, each ``field sentence``, as they are told in one breath."""
    parts = [_fault(part, depth) for part in text.split("; ")]
    return "; ".join(part for part in parts if part) if all(parts) else None


def _fault(text: str, depth: int) -> str | None:
    found = _FIELD.fullmatch(text)
    if found is None or found[2] == text:
        return None
    told = _known(found[2], depth) if depth > 0 else None
    return None if told is None else f"{found[1]} {told}"


@cache
def catalogue() -> Sentences:
    """Read the catalogue, once."""
    with CATALOGUE.open("rb") as source:
        words = {str(each.id): str(each.string) for each in read_po(source, locale="nb") if each.id}
    whole = {text: told for text, told in words.items() if not _GAP.search(text)}
    patterns = [pattern(text, told) for text, told in words.items() if text not in whole]
    return Sentences(whole, tuple(each for _, each in sorted(patterns, key=lambda one: -one[0])))


def pattern(english: str, bokmal: str) -> tuple[int, Pattern]:
    """A sentence with gaps, and how much of it stands outside of them."""
    parts = _GAP.split(english)
    literals, names = parts[::2], parts[1::2]
    shape = re.escape(literals[0]) + "".join(
        f"(?P<{name}>{'[^ ]+?' if name in ONE_WORD else '.+?'}){re.escape(literal)}"
        for name, literal in zip(names, literals[1:], strict=True)
    )
    mark = max(literals, key=len)
    return sum(map(len, literals)), Pattern(mark, re.compile(shape, re.DOTALL), bokmal)
