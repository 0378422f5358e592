"""Reads a table of delimited text as spreadsheets write it, losing no row to a fault in another.

Encoding: UTF-8, with or without its mark, else Windows-1252. Delimiter: ``;`` or ``,``, whichever
the header has more of outside quotation marks. Cells in quotation marks may hold either, line
breaks, and quotation marks written twice. A row that cannot be taken apart is told by its line, and
reading goes on with the next line of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ROWS_MAX: Final = 10_000
"""Two days of a large creditor; more is better sent by webhook."""

_UTF8_MARK: Final = b"\xef\xbb\xbf"
# No field of an invoice is longer, and what is never closed is not searched to the file's end.
_QUOTED: Final = re.compile(r'[ \t]*+"((?:[^"]|""){0,10000}+)"[ \t]*+')
_OPENED: Final = re.compile(r'[ \t]*+"')
_LINE_BREAK: Final = re.compile(r"\r\n|\n|\r")
_LINE_END: Final = re.compile(r"\r\n|\n|\r|\Z")
_QUOTATION: Final = (
    "a quotation mark is opened and not closed before the cell ends: write it twice, or not at all"
)


class NotATableError(ValueError):
    """The bytes are no such table; the message says why and what to save it as."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row: the ``line`` of the file it begins on, its cells, or why it has none."""

    line: int
    cells: tuple[str, ...] = ()
    fault: str | None = None


def read_delimited(content: bytes) -> tuple[TableRow, ...]:
    """Read all rows, the header first, blank ones left out; raises ``NotATableError``."""
    text = _decoded(content)
    delimiter = _delimiter_of(text)
    rows: list[TableRow] = []
    for row in _rows(text, delimiter):
        if row.fault is None and not any(cell.strip() for cell in row.cells):
            continue
        if len(rows) > ROWS_MAX:
            raise NotATableError(f"the table has more than {ROWS_MAX} rows: split the file")
        rows.append(row)
    if not rows:
        raise NotATableError("the file is empty; its first row must name the columns")
    return tuple(rows)


def _decoded(content: bytes) -> str:
    if b"\0" in content:
        raise NotATableError('the file is not plain text: save it as "CSV UTF-8"')
    try:
        return content.removeprefix(_UTF8_MARK).decode("utf-8")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:
        raise NotATableError(
            'the file is neither UTF-8 nor Windows-1252: save it as "CSV UTF-8"'
        ) from None


def _delimiter_of(text: str) -> str:
    header = _QUOTED.sub("", text.lstrip().partition("\n")[0])
    return ";" if header.count(";") >= header.count(",") else ","


def _rows(text: str, delimiter: str) -> Iterator[TableRow]:
    plain = re.compile(rf"[^{delimiter}\r\n]*+")
    at, line = 0, 1
    while at < len(text):
        found = _cells(text, at, delimiter, plain)
        if found is None:
            ended = _LINE_END.search(text, at)
            after = len(text) if ended is None else ended.end()
            yield TableRow(line, fault=_QUOTATION)
        else:
            cells, after = found
            yield TableRow(line, cells)
        line += len(_LINE_BREAK.findall(text, at, after))
        at = after


def _cells(
    text: str, at: int, delimiter: str, plain: re.Pattern[str]
) -> tuple[tuple[str, ...], int] | None:
    """Take the row at ``at`` apart; gives its cells and where the next begins."""
    cells: list[str] = []
    while True:
        if quoted := _QUOTED.match(text, at):
            cells.append(quoted[1].replace('""', '"'))
            at = quoted.end()
        elif _OPENED.match(text, at):
            return None
        elif cell := plain.match(text, at):
            cells.append(cell[0])
            at = cell.end()
        if text[at : at + 1] == delimiter:
            at += 1
            continue
        ended = _LINE_END.match(text, at)
        return None if ended is None else (tuple(cells), ended.end())
