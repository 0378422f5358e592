"""How values look on a terminal of 80 columns: times, amounts, tables, records.

Strings of others never reach the terminal as they are: control characters are shown as ``·``, and
nothing is read as markup. Colours come from rich, which leaves them out in pipes and for NO_COLOR.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.padding import Padding
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from gateway.domain.oslo import OSLO

# C0, DEL, C1, the marks that turn the direction of writing, and halves of characters.
_ACTED_ON = "\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_CONTROL = re.compile(f"[\x00-\x08\x0b-\x1f{_ACTED_ON}]")
_CONTROL_IN_JSON = re.compile(f"[{_ACTED_ON}]")
_MONEY_KEYS = re.compile(r"amount|outstanding|total|principal|fees|interest|compensation|fee|paid")

Row = Mapping[str, Any]

_NOTE_INDENT = 4
_TEXT_WIDTH_MIN = 4  # three letters and the mark that more was there


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: which value, and how it is shown. Only ``text`` is cut where space is short."""

    header: str
    value: str | Callable[[Row], object]
    kind: Literal["text", "id", "amount", "instant", "number"] = "text"

    def cell(self, row: Row) -> str:
        """Return the value of ``row`` as it is shown."""
        value = self.value(row) if callable(self.value) else row.get(self.value)
        return shown(value, self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A list on the screen: a line a row, ids whole, and under a row the ``note`` about it."""

    columns: Sequence[Column]
    items: Sequence[Row]
    note: Callable[[Row], str | None] = lambda _: None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the rows out in the width there is."""
        cells = [[column.cell(row) for column in self.columns] for row in self.items]
        grid = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        for column, width in zip(self.columns, self._widths(cells, options.max_width), strict=True):
            right = column.kind in {"amount", "number"}
            grid.add_column(
                column.header,
                justify="right" if right else "left",
                width=width,
                no_wrap=True,
                overflow="ellipsis",
            )
        for texts in cells:
            grid.add_row(*map(Text, texts))
        lines = console.render_lines(grid, options, pad=False)
        notes = [None] * (len(lines) - len(cells)) + [self.note(row) for row in self.items]
        for line, note in zip(lines, notes, strict=True):
            yield from line
            yield Segment.line()
            if note:
                yield Padding(Text(one_line(note), style="dim"), (0, 0, 0, _NOTE_INDENT))

    def _widths(self, cells: Sequence[Sequence[str]], room: int) -> list[int]:
        """Give every column what it needs; the widest texts give way until all fit."""
        widths = [
            max(map(cell_len, (column.header, *(line[at] for line in cells))))
            for at, column in enumerate(self.columns)
        ]
        texts = [at for at, column in enumerate(self.columns) if column.kind == "text"]
        gaps = 2 * (len(widths) - 1)  # the padding, and the space that the box draws
        while sum(widths) + gaps > room and texts:
            widest = max(texts, key=lambda at: widths[at])
            if widths[widest] <= _TEXT_WIDTH_MIN:
                break
            widths[widest] -= 1
        return widths


def clean(text: str) -> str:
    """Replace whatever a terminal could act on; line breaks and tabs stay."""
    return _CONTROL.sub("·", text)


def one_line(text: str) -> str:
    """Return ``text`` clean and on one line."""
    return " ".join(clean(text).split())


def amount(text: str) -> str:
    """``"12500.5"`` as ``12 500.50``; what is no number stays as it is."""
    try:
        return f"{Decimal(text):,.2f}".replace(",", " ")
    except InvalidOperation:
        return clean(text)


def number(value: int) -> str:
    """A whole number with a space between thousands: ``1 250``."""
    return f"{value:,}".replace(",", " ")


def instant(text: str) -> str:
    """An ISO instant as ``24 Nov 10:05`` on the clock in Oslo."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return clean(text)
    return f"{at.astimezone(OSLO):%-d %b %H:%M}" if at.tzinfo else clean(text)


def day(text: str) -> str:
    """An ISO date as ``24 Nov 2026``."""
    try:
        return f"{date.fromisoformat(text):%-d %b %Y}"
    except ValueError:
        return clean(text)


def shown(value: object, kind: str = "text") -> str:
    """Return any JSON value as one line."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(shown(item) for item in value) or "-"
    if isinstance(value, dict):
        return ", ".join(f"{one_line(str(key))} {shown(item)}" for key, item in value.items())
    text = str(value)
    match kind:
        case "amount":
            return amount(text)
        case "instant":
            return instant(text)
        case "day":
            return day(text)
    return one_line(text)


def screen() -> Console:
    """Make the console for results."""
    return Console(highlight=False, markup=False, emoji=False)


def listing(console: Console, document: Row, rows: Rows, *, nothing: str) -> None:
    """Print a list's page, and how to get the next one."""
    if not rows.items:
        console.print(nothing)
        return
    console.print(rows)
    if cursor := document.get("next"):
        console.print(Text(f"There is more: --after {one_line(str(cursor))}"))


def record(document: Row) -> RenderableType:
    """Lay one thing out, a line a field; what is nested stands indented below its name.

    Fields that hold nothing are left out: ``--json`` has them.
    """
    plain = Table.grid(padding=(0, 2))
    plain.add_column(no_wrap=True)
    plain.add_column(overflow="fold")
    parts: list[RenderableType] = [plain]
    for key, value in document.items():
        name = one_line(str(key)).replace("_", " ")
        if value is None or value in ("", [], {}):
            continue
        if isinstance(value, dict) and value:
            parts += [Text(f"\n{name}", style="bold"), Padding(record(value), (0, 0, 0, 2))]
        elif isinstance(value, list) and any(isinstance(item, dict) for item in value):
            parts.append(Text(f"\n{name}", style="bold"))
            parts += [
                Padding(record(item) if isinstance(item, dict) else Text(shown(item)), (0, 0, 1, 2))
                for item in value
            ]
        else:
            plain.add_row(Text(name, style="dim"), Text(shown(value, _kind(str(key), value))))
    return Group(*parts)


def _kind(key: str, value: object) -> str:
    """Tell how a field is shown from its name, as the contract names them."""
    if not isinstance(value, str):
        return "text"
    if key.endswith("_at"):
        return "instant"
    if key.endswith(("_on", "_date", "_until")):
        return "day"
    return "amount" if _MONEY_KEYS.fullmatch(key) else "text"


def json_text(document: object) -> str:
    """Return one JSON document, with what a terminal could act on escaped."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return _CONTROL_IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
