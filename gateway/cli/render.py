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

INSTANT_FORMS = ("%a %-d %b %Y %H:%M", "%-d %b %Y %H:%M", "%-d %b %H:%M")
"""How an instant is written, the longest that fits."""

_SHORTEST = INSTANT_FORMS[-1]

STATE_COLOURS = {
    "active": "green",
    "delivered": "green",
    "handled": "green",
    "held": "yellow",
    "waiting": "yellow",
    "review": "cyan",
    "rejected": "red",
    "parked": "red",
    "in_doubt": "red",
    "conflict": "red",
}
"""Of states and outcomes: green is well, red and cyan wait for a person."""

_NOTE_INDENT = 4
_TEXT_WIDTH_MIN = 4  # three letters and the mark that more was there


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column: which value, and how it is shown.

    Where space is short ``instant`` is written shorter, then ``text`` and ``state`` are cut. A
    ``spare`` column stands only where there is room for it.
    """

    header: str
    value: str | Callable[[Row], object]
    kind: Literal["text", "id", "amount", "instant", "day", "number", "state"] = "text"
    spare: bool = False

    def cell(self, row: Row, form: str) -> str:
        """Return the value of ``row`` as it is shown, an instant in ``form``."""
        value = self.value(row) if callable(self.value) else row.get(self.value)
        if self.kind == "instant" and value:
            return instant(str(value), form)
        if self.kind == "amount" and value and row.get("currency"):
            return f"{amount(str(value))} {one_line(str(row['currency']))}"
        return shown(value, self.kind)

    def style(self, cell: str) -> str:
        """Return the colour of a cell."""
        word = cell.split(" ", maxsplit=1)[0].rstrip(",")
        return STATE_COLOURS.get(word, "") if self.kind == "state" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A list on the screen: a line a row, ids whole, and under a row the ``note`` about it."""

    columns: Sequence[Column]
    items: Sequence[Row]
    note: Callable[[Row], str | None] = lambda _: None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Lay the rows out in the width there is."""
        columns, form = self._fitting(options.max_width)
        cells = [[column.cell(row, form) for column in columns] for row in self.items]
        grid = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
        widths = self._widths(columns, cells, options.max_width)
        for column, width in zip(columns, widths, strict=True):
            right = column.kind in {"amount", "number"}
            grid.add_column(
                column.header,
                justify="right" if right else "left",
                width=width,
                no_wrap=True,
                overflow="ellipsis",
            )
        for texts in cells:
            pairs = zip(columns, texts, strict=True)
            grid.add_row(*(Text(text, style=column.style(text)) for column, text in pairs))
        lines = console.render_lines(grid, options, pad=False)
        notes = [None] * (len(lines) - len(cells)) + [self.note(row) for row in self.items]
        for line, note in zip(lines, notes, strict=True):
            yield from line
            yield Segment.line()
            if note:
                yield Padding(Text(one_line(note), style="dim"), (0, 0, 0, _NOTE_INDENT))

    def _fitting(self, room: int) -> tuple[list[Column], str]:
        """Choose how instants are written, and which spare columns there is room for."""
        columns = [column for column in self.columns if not column.spare]
        form = next((f for f in INSTANT_FORMS if self._needs(columns, f) <= room), _SHORTEST)
        for spare in (column for column in self.columns if column.spare):
            more = [column for column in self.columns if column in columns or column is spare]
            if self._needs(more, form) <= room:
                columns = more
        return columns, form

    def _needs(self, columns: Sequence[Column], form: str) -> int:
        """Count the width at which nothing is cut."""
        cells = [[column.cell(row, form) for column in columns] for row in self.items]
        return sum(_natural(columns, cells)) + _gaps(columns)

    def _widths(
        self, columns: Sequence[Column], cells: Sequence[Sequence[str]], room: int
    ) -> list[int]:
        """Give every column what it needs; the widest texts give way until all fit."""
        widths = _natural(columns, cells)
        texts = [at for at, column in enumerate(columns) if column.kind in {"text", "state"}]
        while sum(widths) + _gaps(columns) > room and texts:
            widest = max(texts, key=lambda at: widths[at])
            if widths[widest] <= _TEXT_WIDTH_MIN:
                break
            widths[widest] -= 1
        return widths


def _natural(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> list[int]:
    return [
        max(map(cell_len, (column.header, *(line[at] for line in cells))))
        for at, column in enumerate(columns)
    ]


def _gaps(columns: Sequence[Column]) -> int:
    return 2 * (len(columns) - 1)  # the padding, and the space that the box draws


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


def instant(text: str, form: str = INSTANT_FORMS[0]) -> str:
    """An ISO instant as ``Tue 24 Nov 2026 10:05`` on the clock in Oslo."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return clean(text)
    return f"{at.astimezone(OSLO):{form}}" if at.tzinfo else clean(text)


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


def listing(
    console: Console, document: Row, rows: Rows, *, nothing: str, more: Callable[[str], str]
) -> None:
    """Print a list's page; ``more`` says what to type for the one that begins after a cursor."""
    if not rows.items:
        console.print(nothing)
        return
    console.print(rows)
    if cursor := document.get("next"):
        console.print(Text(f"\nMore: {more(one_line(str(cursor)))}"), soft_wrap=True)


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
            kind = _kind(str(key), value)
            text = shown(value, kind)
            if kind == "amount" and document.get("currency"):
                text += f" {one_line(str(document['currency']))}"
            style = STATE_COLOURS.get(text, "") if key in {"state", "outcome"} else ""
            plain.add_row(Text(name, style="dim"), Text(text, style=style))
    return Group(*parts)


def _kind(key: str, value: object) -> str:
    """Tell how a field is shown from its name, as the contract names them."""
    if not isinstance(value, str):
        return "text"
    if key.endswith("_at"):
        return "instant"
    if key == "on" or key.endswith(("_on", "_date", "_until")):
        return "day"
    return "amount" if _MONEY_KEYS.fullmatch(key) else "text"


def json_text(document: object) -> str:
    """Return one JSON document, with what a terminal could act on escaped."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return _CONTROL_IN_JSON.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
