"""What people read, in English and in Norwegian bokmål: a text with gaps, and what fills them.

A decision keeps the text's key and the values, so that it can be shown in either language later.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Language(StrEnum):
    """The languages in which decisions are told (ISO 639-1)."""

    ENGLISH = "en"
    BOKMAL = "nb"


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in major units of ``currency``, as a text names it."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Words:
    """One text in both languages, with ``{gaps}`` of the same names; ``key`` is its own alone."""

    key: str
    en: str
    nb: str

    def __call__(self, **values: Value) -> Said:
        """Fill the gaps."""
        return Said(words=self, values=values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A text with what fills its gaps; a value may itself be said, or be several."""

    words: Words
    values: Mapping[str, Value]

    def in_language(self, language: Language) -> str:
        """Return the sentence: dates and amounts are written as the language writes them."""
        text = self.words.nb if language is Language.BOKMAL else self.words.en
        return text.format_map({key: _shown(value, language) for key, value in self.values.items()})


Value = str | int | date | Money | Said | tuple["Value", ...]


def several(texts: tuple[str, ...], language: Language) -> str:
    """Join parts as a sentence does: ``a, b and c``."""
    if len(texts) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(texts)
    last = "og" if language is Language.BOKMAL else "and"
    return f"{', '.join(texts[:-1])} {last} {texts[-1]}"


def _shown(value: Value, language: Language) -> str:
    match value:
        case str():
            return value
        case date():
            return f"{value:%d.%m.%Y}" if language is Language.BOKMAL else value.isoformat()
        case Money():
            amount = f"{value.amount:.2f}"
            if language is Language.BOKMAL:
                amount = amount.replace(".", ",")
            return f"{amount} {value.currency}"
        case Said():
            return value.in_language(language)
        case tuple():
            return several(tuple(_shown(part, language) for part in value), language)
    return str(value)
