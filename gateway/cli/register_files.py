"""Reads a file of invoices into drafts: JSON, a table, or an EHF document; nothing good is lost."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

import orjson

from gateway.cli.call import Document
from gateway.cli.failure import Failure
from gateway.schema.delimited import NotATableError, TableRow, read_delimited
from gateway.schema.json_depth import is_too_deep
from gateway.schema.webhooks import DEPTH_MAX
from gateway.schema.xml_tree import XmlRefusedError, read_xml
from mappers.invoice_from_csv import BY_NAME, COLUMNS, column_of, invoice_from_csv
from mappers.invoice_from_ubl import UblFaultError, UblReading, invoice_from_ubl

_TYPE = "invoice.overdue"


@dataclass(slots=True, kw_only=True)
class Fault:
    """One thing wrong at a place of the file: ``field`` is a column, an element or a path."""

    field: str
    message: str


@dataclass(slots=True, kw_only=True)
class Entry:
    """One invoice of the file: ``place`` is its row, item or 1; a draft, or its faults."""

    place: int
    draft: Document | None = None
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    is_row: bool = False

    def name_of(self, path: str) -> str:
        """Say a field of the event as the file names it."""
        if self.is_row and self.draft is not None:
            return column_of(path, self.draft["data"])
        return path.removeprefix("data.")


def read_entries(name: str, content: bytes, *, debtor_kind: str | None) -> list[Entry]:
    """Read a file by its suffix, standard input by what it begins with; at least one entry.

    ``debtor_kind`` is who owes, where the file does not say. Raises ``Failure`` for a file of which
    nothing can be read.
    """
    suffix = PurePath(name).suffix.lower()
    if suffix not in {".json", ".csv", ".xml"}:
        start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
        suffix = {b"<": ".xml", b"{": ".json", b"[": ".json"}.get(start, ".csv")
    match suffix:
        case ".json":
            return _from_json(content)
        case ".xml":
            return [_from_xml(content, debtor_kind)]
        case _:
            return _from_table(content, debtor_kind)


def _from_json(content: bytes) -> list[Entry]:
    if is_too_deep(content, DEPTH_MAX + 1):
        raise Failure(f"the file nests deeper than {DEPTH_MAX} levels")
    try:
        document = orjson.loads(content.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError:
        raise Failure("the file is not JSON in UTF-8") from None
    bodies = document if isinstance(document, list) else [document]
    if not bodies:
        raise Failure("the file is an empty list")
    return [_from_body(place, body) for place, body in enumerate(bodies, start=1)]


def _from_body(place: int, body: object) -> Entry:
    entry = Entry(place=place)
    if not isinstance(body, dict) or not isinstance(body.get("data"), dict):
        message = "must be a webhook body: an object with type, timestamp and data"
        entry.faults.append(Fault(field="", message=message))
    elif body.get("type") != _TYPE:
        message = f'must be "{_TYPE}": other events belong to the invoicing system'
        entry.faults.append(Fault(field="type", message=message))
    else:
        entry.draft = {"data": body["data"]}
        if body.get("timestamp") is not None:
            entry.draft["timestamp"] = body["timestamp"]
    return entry


def _from_xml(content: bytes, debtor_kind: str | None) -> Entry:
    entry = Entry(place=1)
    try:
        reading = invoice_from_ubl(read_xml(content))
    except XmlRefusedError as error:
        raise Failure(str(error)) from None
    except UblFaultError as error:
        entry.faults.append(Fault(field=error.element, message=error.sentence))
        return entry
    entry.notes += reading.notes
    entry.draft = _draft_of(reading, debtor_kind)
    return entry


def _draft_of(reading: UblReading, debtor_kind: str | None) -> Document:
    if reading.reminder_of is not None:
        return {"reminder_of": reading.reminder_of, "notice": reading.notice}
    data: dict[str, Any] = reading.data
    if debtor_kind is not None:
        data["debtor"]["kind"] = debtor_kind
    return {"data": data}


def _from_table(content: bytes, debtor_kind: str | None) -> list[Entry]:
    try:
        header, *rows = read_delimited(content)
    except NotATableError as error:
        raise Failure(str(error)) from None
    if header.fault is not None:
        raise Failure(f"row {header.line}: {header.fault}")
    if not rows:
        raise Failure("the file has a header and no rows")
    names, unknown = _columns(header, debtor_kind)
    entries = [_from_row(row, names, debtor_kind) for row in rows]
    if unknown:
        listed = ", ".join(unknown)
        entries[0].notes.append(f"columns that are not known, and so not read: {listed}")
    return entries


def _columns(header: TableRow, debtor_kind: str | None) -> tuple[list[str | None], list[str]]:
    """English names of the columns in their order, None for unknown ones; and the unknown."""
    plain = [
        "_".join(unicodedata.normalize("NFC", cell).casefold().split()) for cell in header.cells
    ]
    names = [BY_NAME.get(each) for each in plain]
    known = [name for name in names if name is not None]
    twice = sorted({name for name in known if known.count(name) > 1})
    if twice:
        raise Failure(f"row {header.line}: these columns stand twice: {', '.join(twice)}")
    missing = [
        name
        for name, column in COLUMNS.items()
        if column.required and name not in known and not (name == "debtor_kind" and debtor_kind)
    ]
    if missing:
        raise Failure(
            f"row {header.line}: columns are missing: {', '.join(missing)}. The first row names the"
            " columns, with ; or , between them; all are listed in docs/register.md"
        )
    return names, [each for each, name in zip(plain, names, strict=True) if name is None and each]


def _from_row(row: TableRow, names: list[str | None], debtor_kind: str | None) -> Entry:
    entry = Entry(place=row.line, is_row=True)
    surplus = any(cell.strip() for cell in row.cells[len(names) :])
    if row.fault is not None or surplus or len(row.cells) < len(names):
        message = row.fault or f"has {len(row.cells)} cells, the header has {len(names)}"
        entry.faults.append(Fault(field="", message=message))
        return entry
    cells = {name: cell for name, cell in zip(names, row.cells, strict=False) if name is not None}
    if debtor_kind is not None and not cells.get("debtor_kind", "").strip():
        cells["debtor_kind"] = debtor_kind
    data, faults = invoice_from_csv(cells)
    entry.faults += [Fault(field=name, message=message) for name, message in faults]
    if not faults:
        entry.draft = {"data": data}
    return entry
