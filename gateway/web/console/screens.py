"""Renders templates: one environment for each language, so that macros know it too."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.domain.wording import Language
from gateway.web.console import state_words
from gateway.web.console.door import PREFIX
from gateway.web.console.reader import Reader, translations

TEMPLATES: Final = Path(__file__).with_name("templates")
ASSETS: Final = Path(__file__).with_name("assets")

ASSET_TYPES: Final[Mapping[str, str]] = {
    "console.css": "text/css",
    "console.js": "text/javascript",
    "icon.svg": "image/svg+xml",
}
"""Every file a browser may load from us, and nothing else."""

ASSET_SECONDS: Final = 31_536_000  # a year: their address changes with their content


@cache
def asset(name: str) -> tuple[bytes, str]:
    """A packaged file and the beginning of its hash; ``KeyError`` for what is none."""
    if name not in ASSET_TYPES:
        raise KeyError(name)
    body = (ASSETS / name).read_bytes()
    return body, hashlib.sha256(body).hexdigest()[:12]


def asset_place(name: str) -> str:
    """The address of a packaged file as it is now."""
    return f"{PREFIX}/assets/{name}?v={asset(name)[1]}"


@dataclass(frozen=True, slots=True)
class Screens:
    """The console's templates; ``menu`` is the navigation around each page."""

    menu: Sequence[Any]

    def response(
        self, template: str, reader: Reader, *, status: int = 200, **values: object
    ) -> web.Response:
        """A whole page; it is never kept by caches, for it is somebody's own."""
        text = (
            _environment(reader.language)
            .get_template(template)
            .render({"menu": self.menu, "visit": None, "error": None, **values})
        )
        return web.Response(
            status=status,
            text=text,
            content_type="text/html",
            headers={"Cache-Control": "no-store"},
        )


@cache
def _environment(language: Language) -> Environment:
    reader = Reader(language)
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    made.filters |= {
        "money": reader.money,
        "number": reader.number,
        "day": reader.day,
        "instant": reader.instant,
        "say": reader.say,
        "word": lambda value: reader.say(state_words.word(str(value))),
    }
    made.globals |= {
        "reader": reader,
        "asset": asset_place,
        "prefix": PREFIX,
        "languages": tuple(Language),
    }
    return made
