"""Reads an invoice that a person types, as the cells of a table are read; see docs/register.md."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.operations.paging import Document
from mappers.invoice_from_csv import COLUMNS, column_of, invoice_from_csv


def typed_invoice(cells: Mapping[str, str]) -> tuple[Document, list[tuple[str, str]]]:
    """The draft's ``data``, and (column, sentence) of every fault; blank cells are absent."""
    return invoice_from_csv(cells)


def typed_field(path: str, data: Document) -> str:
    """The column that a field of the event was typed in, such as ``data.invoice.total``."""
    return column_of(path, data)


def stated_debtor(cells: Mapping[str, str]) -> Document:
    """What a debtor is looked up by, of cells without a fault."""

    def read(column: str) -> object:
        cell = cells.get(column, "")
        return COLUMNS[column].read(cell) if cell.strip() else ""

    return {
        "number": read("debtor_number"),
        "organization_number": read("organization_number"),
        "name": read("debtor_name"),
        "birth_date": read("birth_date"),
        "address": {"postal_code": read("postal_code")},
    }
