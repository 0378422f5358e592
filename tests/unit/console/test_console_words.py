"""Every text of the console is there in both languages, and is shown as its readers write."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

from gateway.domain.reconciliation.signs import EXPLAINED
from gateway.domain.wording import Language
from gateway.web.console import reader as reader_module
from gateway.web.console.reader import Reader, reader_of

CONSOLE = Path(reader_module.__file__).parent
KEYWORDS: Any = {**DEFAULT_KEYWORDS, "phrase": None, "say_count": (1, 2)}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {
    "templates/**.html": {
        "trim_blocks": "true",
        "lstrip_blocks": "true",
        "newstyle_gettext": "true",
    }
}


def used() -> set[Any]:
    found = extract_from_dir(str(CONSOLE), METHODS, OPTIONS, keywords=KEYWORDS)
    texts = {tuple(m) if isinstance(m, tuple) else m for _file, _line, m, _notes, _context in found}
    return texts | {explained.cause for explained in EXPLAINED.values()}


def translated() -> list[Any]:
    ids = []
    for file in sorted((CONSOLE / "words" / "nb").glob("*.po")):
        with file.open("rb") as source:
            ids += [each.id for each in read_po(source, locale="nb") if each.id and each.string]
    return ids


def test_every_text_has_its_norwegian_once_and_no_norwegian_is_left_over() -> None:
    known = translated()

    assert len(known) == len(set(known)), "a text is translated in two files"
    assert used() - set(known) == set(), "add these to a file in gateway/web/console/words/nb"
    assert set(known) - used() == set(), "no page says these any more: take them out"


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("nb-NO,nb;q=0.9,en;q=0.8", "nb"),
        ("no", "nb"),
        ("nn-NO", "nb"),
        ("en-GB,nb;q=0.5", "en"),
        ("de,nb;q=0.1", "nb"),
        ("de", "en"),
        ("", "en"),
        ("nb;q=x,;;q=,*", "en"),
    ],
)
def test_the_browsers_first_language_that_we_have_is_taken(asked: str, language: str) -> None:
    request: Any = SimpleNamespace(cookies={}, headers={"Accept-Language": asked})

    assert reader_of(request).language == language


def test_the_readers_own_choice_goes_before_the_browsers() -> None:
    request: Any = SimpleNamespace(
        cookies={"gateway_language": "en"}, headers={"Accept-Language": "nb"}
    )

    assert reader_of(request).language is Language.ENGLISH


def test_dates_and_money_are_written_as_norwegians_write_them() -> None:
    reader = Reader(Language.BOKMAL)

    assert reader.money("1250.00", "NOK").replace("\N{NO-BREAK SPACE}", " ") == "1 250,00 kr"
    assert reader.day("2026-11-24") == "24. nov. 2026"
    assert reader.instant("2026-11-24T10:00:00+00:00").startswith("24. nov. 2026")
    assert "11:00" in reader.instant("2026-11-24T10:00:00+00:00")  # Oslo's clock
    assert reader.say_count("%(num)s claim", "%(num)s claims", 2) == "2 krav"


def test_dates_and_money_are_written_as_the_english_write_them() -> None:
    reader = Reader(Language.ENGLISH)

    assert reader.money("-1250.5", "EUR").replace("\N{NO-BREAK SPACE}", " ") == "-EUR 1,250.50"
    assert reader.day("2026-11-24") == "24 Nov 2026"
    assert reader.money(None) == ""
