"""How one reader is written to: their language, their way of writing dates and money.

English is what the code says; other languages are ``words/nb/*.po``, read at the first page.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

from aiohttp import web
from babel import Locale
from babel.core import negotiate_locale
from babel.dates import format_date, format_datetime
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from babel.support import NullTranslations, Translations

from gateway.domain.oslo import OSLO
from gateway.domain.wording import Language

LANGUAGE_COOKIE: Final = "gateway_language"

WORDS: Final = Path(__file__).with_name("words")

LOCALES: Final[Mapping[Language, Locale]] = {
    Language.BOKMAL: Locale("nb", "NO"),
    Language.ENGLISH: Locale("en", "GB"),  # day before month, as the reader's calendar has it
}

_AMOUNT_PATTERNS: Final = {Language.ENGLISH: "¤¤\u00a0#,##0.00;-¤¤\u00a0#,##0.00"}
"""English would write NOK4,800.00, which nobody reads at a glance."""

_ASKED_AS: Final = {"nb": Language.BOKMAL, "no": Language.BOKMAL, "nn": Language.BOKMAL}
"""Browsers ask for Norwegian under three names; Danish and Swedish readers get English."""


def phrase(text: str) -> str:
    """Mark a text for translation where it stands; it is translated where it is shown."""
    return text


@cache
def translations(language: Language) -> NullTranslations:
    """The catalogue of a language, of all its files together; English needs none."""
    whole: Catalog = Catalog(locale=language.value)
    for file in sorted((WORDS / language.value).glob("*.po")):
        with file.open("rb") as source:
            for message in read_po(source, locale=language.value):
                if message.id:
                    whole.add(message.id, message.string)
    if not len(whole):
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, whole)
    compiled.seek(0)
    return Translations(compiled)


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader's language."""

    language: Language

    @property
    def locale(self) -> Locale:
        """How dates and numbers are written."""
        return LOCALES[self.language]

    def say(self, text: str, **values: object) -> str:
        """A text marked by ``phrase``, with its ``%(gaps)s`` filled."""
        told = translations(self.language).gettext(text) if text else ""
        return told % values if values else told

    def say_count(self, one: str, many: str, count: int) -> str:
        """A text about a number of things, which it names as ``%(num)s``."""
        told = translations(self.language).ngettext(one, many, count)
        return told % {"num": self.number(count)}

    def money(self, amount: object, currency: object = "NOK") -> str:
        """An amount in major units, such as ``1 250,00 kr``; nothing where there is none."""
        if amount is None:
            return ""
        code = str(currency)
        pattern = _AMOUNT_PATTERNS.get(self.language)
        return str(format_currency(Decimal(str(amount)), code, pattern, locale=self.locale))

    def number(self, count: object) -> str:
        """A whole number."""
        return str(format_decimal(int(str(count)), locale=self.locale))

    def day(self, iso: object) -> str:
        """A calendar date."""
        return (
            "" if not iso else format_date(date.fromisoformat(str(iso)[:10]), "medium", self.locale)
        )

    def instant(self, iso: object) -> str:
        """An instant, by Oslo's clock to the minute."""
        if not iso:
            return ""
        at = datetime.fromisoformat(str(iso)).astimezone(OSLO)
        return format_datetime(at, "medium", locale=self.locale).rpartition(":")[0]


def reader_of(request: web.Request) -> Reader:
    """By the reader's own choice, else by the browser's first language that we have."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in tuple(Language):
        return Reader(Language(chosen))
    for asked in _asked(request.headers.get("Accept-Language", "")):
        known = negotiate_locale([asked], [*_ASKED_AS, "en"], sep="-")
        if known is not None:
            return Reader(_ASKED_AS.get(known, Language.ENGLISH))
    return Reader(Language.ENGLISH)


def _asked(header: str) -> list[str]:
    """The languages of ``Accept-Language``, best first."""
    weighed: list[tuple[float, str]] = []
    for part in header.split(",")[:20]:  # more is not a browser
        name, _, weight = part.strip().partition(";q=")
        try:
            weighed.append((-float(weight or 1), name.strip()))
        except ValueError:
            continue
    return [name for _, name in sorted(weighed, key=lambda each: each[0])]
