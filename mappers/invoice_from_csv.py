"""A row of a table as the contract's ``data`` of an overdue invoice; columns by name.

``docs/register.md`` explains every column; a test compares it with ``COLUMNS``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from mappers.amount_from_text import amount_from_text
from mappers.day_from_text import day_from_text

Document = dict[str, object]

MOVEMENTS: Final = 5
"""Payments and credits that one row can state; an invoice with more is stated as JSON."""

_KINDS: Final[Mapping[str, str]] = {
    "person": "person",
    "privatperson": "person",
    "enk": "person",
    "enkeltpersonforetak": "person",
    "organization": "organization",
    "organisasjon": "organization",
    "bedrift": "organization",
    "public": "public",
    "offentlig": "public",
}


def _kind(text: str) -> str:
    found = _KINDS.get(text.strip().casefold())
    if found is None:
        raise ValueError("must be one of: person, enk, organization, public")
    return found


def _flag(text: str) -> bool:
    match text.strip().casefold():
        case "yes" | "ja" | "true" | "1":
            return True
        case "no" | "nei" | "false" | "0":
            return False
    raise ValueError("must be yes or no")


def _text(text: str) -> str:
    return text.strip()


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where its value goes in ``data``, how it is read, its Norwegian name if any."""

    path: str
    read: Callable[[str], object] = _text
    norwegian: str | None = None
    required: bool = False


def _letters() -> dict[str, Column]:
    columns = {}
    for at, (name, norwegian) in enumerate(
        (("reminder", "purring"), ("collection_notice", "inkassovarsel"), ("payment_demand", None))
    ):
        for part, read, own in (
            ("sent_on", day_from_text, "sendt"),
            ("deadline", day_from_text, "frist"),
            ("channel", _text, None),
            ("fee", amount_from_text, "gebyr"),
        ):
            other = f"{norwegian}_{own}" if norwegian and own else None
            columns[f"{name}_{part}"] = Column(f"invoice.notices.{at}.{part}", read, other)
    return columns


def _movements() -> dict[str, Column]:
    columns = {}
    for at in range(MOVEMENTS):
        end = "" if at == 0 else f"_{at + 1}"
        for name, place, own, norwegian in (
            ("payment", "payments", "paid_on", "betalt"),
            ("credit", "credit_notes", "issued_on", "kreditert"),
        ):
            path = f"invoice.{place}.{at}"
            columns[f"{name}_date{end}"] = Column(
                f"{path}.{own}", day_from_text, f"{norwegian}_dato{end}"
            )
            columns[f"{name}_amount{end}"] = Column(
                f"{path}.amount", amount_from_text, f"{norwegian}_beløp{end}"
            )
    return columns


COLUMNS: Final[Mapping[str, Column]] = {
    "invoice_id": Column("invoice.id"),
    "invoice_number": Column("invoice.number", norwegian="fakturanummer", required=True),
    "issue_date": Column("invoice.issue_date", day_from_text, "fakturadato", required=True),
    "due_date": Column("invoice.due_date", day_from_text, "forfallsdato"),
    "currency": Column("invoice.currency", norwegian="valuta"),
    "total": Column("invoice.total", amount_from_text, "beløp", required=True),
    "outstanding": Column("invoice.outstanding", amount_from_text, "restbeløp"),
    "kid": Column("invoice.kid"),
    "description": Column("invoice.description", norwegian="beskrivelse"),
    "supplied_on": Column("invoice.supplied_on", day_from_text, "leveringsdato"),
    "demand_sent_on": Column("invoice.demand_sent_on", day_from_text, "påkrav_sendt"),
    "department": Column("invoice.department", norwegian="avdeling"),
    "project": Column("invoice.project", norwegian="prosjekt"),
    "pdf_url": Column("invoice.pdf_url"),
    "invoice_url": Column("invoice.invoice_url"),
    "delivery_evidence": Column("invoice.delivery_evidence"),
    **_letters(),
    **_movements(),
    "objection_raised_on": Column("invoice.objection.raised_on", day_from_text, "innsigelse_dato"),
    "objection_text": Column("invoice.objection.text", norwegian="innsigelse"),
    "objection_amount": Column("invoice.objection.amount", amount_from_text),
    "compensation_claimed": Column("invoice.compensation_claimed", amount_from_text),
    "interest_claimed": Column("invoice.interest_claimed", amount_from_text),
    "debtor_number": Column("debtor.number", norwegian="kundenummer"),
    "debtor_name": Column("debtor.name", norwegian="navn", required=True),
    "debtor_kind": Column("debtor.kind", _kind, "type", required=True),
    "organization_number": Column("debtor.organization_number", norwegian="organisasjonsnummer"),
    "birth_date": Column("debtor.birth_date", day_from_text, "fødselsdato"),
    "national_id": Column("debtor.national_id", norwegian="fødselsnummer"),
    "contract_on": Column("debtor.contract_on", day_from_text, "avtaledato"),
    "address_line1": Column("debtor.address.line1", norwegian="adresse"),
    "address_line2": Column("debtor.address.line2", norwegian="adresse_2"),
    "postal_code": Column("debtor.address.postal_code", norwegian="postnummer"),
    "city": Column("debtor.address.city", norwegian="poststed"),
    "country": Column("debtor.address.country", norwegian="land"),
    "email": Column("debtor.email", norwegian="epost"),
    "phone": Column("debtor.phone", norwegian="telefon"),
    "protected_address": Column("debtor.protected_address", _flag, "adressesperre"),
    "deceased": Column("debtor.deceased", _flag, "død"),
    "bankrupt": Column("debtor.bankrupt", _flag, "konkurs"),
}
"""All columns, by their English names."""

BY_NAME: Final[Mapping[str, str]] = {
    **{name: name for name in COLUMNS},
    **{column.norwegian: name for name, column in COLUMNS.items() if column.norwegian},
}
"""English and Norwegian names, lower case with ``_`` for spaces, to the English one."""

_BY_PATH: Final[Mapping[str, str]] = {column.path: name for name, column in COLUMNS.items()}
_LIST_STEPS: Final = 3  # invoice, notices, 0, and the field
_LETTER_KINDS: Final = ("reminder", "collection_notice", "payment_demand")


def column_of(field: str, data: Document) -> str:
    """Name the column of a field of the event made of ``data``: ``data.invoice.notices[0].fee``."""
    steps = re.findall(r"[^.\[\]]+", field.removeprefix("data."))
    if len(steps) > _LIST_STEPS and steps[0] == "invoice":
        steps[2] = str(_slot(data, steps[1], int(steps[2])))
    path = ".".join(steps)
    return _BY_PATH.get(path, path)


def _slot(data: Document, place: str, at: int) -> int:
    """Which of the row's letters, payments or credits an item of the list came from."""
    invoice = data["invoice"]
    item = _list(invoice.get(place))[at] if isinstance(invoice, dict) else {}
    if place == "notices":
        return _LETTER_KINDS.index(str(item["kind"]))
    return int(str(item["id"]).rpartition("-")[2]) - 1


def invoice_from_csv(row: Mapping[str, str]) -> tuple[Document, list[tuple[str, str]]]:
    """Map the cells of a row by English column names; blank cells are absent.

    Returns ``data`` and (column, sentence) of every fault; with faults ``data`` is not whole.
    """
    faults: list[tuple[str, str]] = []
    values: dict[str, object] = {}
    for name, cell in row.items():
        if not cell.strip():
            continue
        column = COLUMNS[name]
        try:
            values[column.path] = column.read(cell)
        except ValueError as error:
            faults.append((name, str(error)))
    faulty = {name for name, _ in faults}
    faults += [
        (name, "is required")
        for name, column in COLUMNS.items()
        if column.required and column.path not in values and name not in faulty
    ]
    faults += _incomplete(values)
    return ({} if faults else _data(values)), faults


def _incomplete(values: Mapping[str, object]) -> list[tuple[str, str]]:
    """Find payments without a day or amount, and letters with details but no day of sending."""
    faults = []
    for place, needed in (("payments", "paid_on"), ("credit_notes", "issued_on")):
        for at in range(MOVEMENTS):
            paths = (f"invoice.{place}.{at}.{needed}", f"invoice.{place}.{at}.amount")
            missing = [path for path in paths if path not in values]
            if len(missing) == 1:
                faults.append((_BY_PATH[missing[0]], "is required beside the other of the two"))
    for at in range(len(_LETTER_KINDS)):
        path = f"invoice.notices.{at}.sent_on"
        others = [key for key in values if key.startswith(f"invoice.notices.{at}.")]
        if others and path not in values:
            faults.append((_BY_PATH[path], "is required where the letter has anything else"))
    return faults


def _data(values: Mapping[str, object]) -> Document:
    data: Document = {"invoice": {"currency": "NOK"}, "debtor": {}}
    for path, value in values.items():
        _put(data, path.split("."), value)
    invoice = data["invoice"]
    if not isinstance(invoice, dict):
        raise TypeError(path)
    invoice["notices"] = [
        {"kind": _LETTER_KINDS[int(at)], **letter}
        for at, letter in sorted(invoice.get("notices", {}).items())
    ]
    for place, prefix in (("payments", "payment"), ("credit_notes", "credit")):
        invoice[place] = [
            {"id": _movement_id(invoice, prefix, int(at)), **movement}
            for at, movement in sorted(invoice.get(place, {}).items())
        ]
    if "outstanding" not in invoice:
        invoice["outstanding"] = _outstanding(invoice)
    if "objection" in invoice:
        invoice["objection"].setdefault("raised_on", None)
    return data


def _put(into: Document, steps: list[str], value: object) -> None:
    for step in steps[:-1]:
        inner = into.setdefault(step, {})
        if not isinstance(inner, dict):
            raise TypeError(step)
        into = inner
    into[steps[-1]] = value


def _movement_id(invoice: Mapping[str, object], prefix: str, at: int) -> str:
    """The same row again names the same payment; Kravia gets this as the payment's own id."""
    return f"{invoice['number']}-{invoice['issue_date']}-{prefix}-{at + 1}"


def _outstanding(invoice: Mapping[str, object]) -> str:
    """What is left of the total; below zero it is stated so, and refused as an amount."""
    moved = [*_list(invoice["payments"]), *_list(invoice["credit_notes"])]
    left = Decimal(str(invoice["total"])) - sum(Decimal(str(each["amount"])) for each in moved)
    return f"{left:f}"


def _list(value: object) -> list[dict[str, object]]:
    return value if isinstance(value, list) else []
