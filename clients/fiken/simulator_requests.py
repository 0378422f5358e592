"""What the simulated Fiken makes of queries and bodies: documented ones only, the rest refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from clients.answers import read_json
from clients.errors import ProtocolError
from clients.fiken.answers import Record
from clients.fiken.assumptions import PAGE_SIZE_MAX_ROWS
from clients.fiken.simulator_books import SimulatedInvoice

PREFIX = "Fri postering registrert via API: "
"""What Fiken puts in front of a free entry's description (documented)."""

DESCRIPTION_MAX_CHARS = 200
_PAGE_SIZE = 25  # documented default
_PAYMENT_KEYS = frozenset({"date", "account", "amount", "amountInNok", "currency", "fee"})
_DAYS = ("issueDate", "lastModified", "dueDate")
_COMPARISONS = ("Le", "Lt", "Ge", "Gt", "")

T = TypeVar("T")


class Refused(Exception):  # noqa: N818 - it is not an error of the simulator
    """Fiken refuses with a status and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEntry:
    """A payment as it came, in øre."""

    on: date
    account: str
    amount: int


def read_payment(body: bytes, content_type: str) -> PaymentEntry:
    """Read the body of a payment."""
    if content_type != "application/json":
        raise Refused(415, "only application/json is taken")
    try:
        document = read_json(body)
        record = Record(document, "payment")
        unknown = sorted(set(document) - _PAYMENT_KEYS) if isinstance(document, Mapping) else []
        on, account, amount = record.day("date"), record.text("account"), record.whole("amount")
    except ProtocolError as error:
        raise Refused(400, str(error)) from None
    if unknown:
        raise Refused(400, f"unexpected field {unknown[0]}")
    if on is None or account is None or amount is None:
        raise Refused(400, "date, account and amount are required")
    return PaymentEntry(on=on, account=account, amount=amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A free entry as it came; ``lines`` are (account, øre), debit positive."""

    on: date
    description: str
    lines: tuple[tuple[str, int], ...]


def read_entry(body: bytes, content_type: str) -> JournalEntry:
    """Read the body of a general journal entry: one that balances."""
    if content_type != "application/json":
        raise Refused(415, "only application/json is taken")
    try:
        document = Record(read_json(body), "entry")
        whole = document.records("journalEntries")
        if len(whole) != 1:
            raise Refused(400, "journalEntries: one is taken here")
        on, description = whole[0].day("date"), whole[0].text("description")
        lines = tuple(_line(each) for each in whole[0].records("lines"))
    except ProtocolError as error:
        raise Refused(400, str(error)) from None
    if on is None or description is None or not lines:
        raise Refused(400, "date, description and lines are required")
    if len(PREFIX + description) > DESCRIPTION_MAX_CHARS:
        raise Refused(400, "description: too long")
    if sum(amount for _, amount in lines) != 0:
        raise Refused(400, "the entry does not balance")
    return JournalEntry(on=on, description=description, lines=lines)


def _line(row: Record) -> tuple[str, int]:
    debit, credit, amount = row.text("debitAccount"), row.text("creditAccount"), row.whole("amount")
    if (debit is None) == (credit is None) or amount is None or amount <= 0:
        raise Refused(400, "a line has an amount and one account")
    return (debit, amount) if debit is not None else (credit or "", -amount)


def page_of(
    rows: Sequence[T], query: Mapping[str, str], rows_max: int
) -> tuple[Sequence[T], dict[str, str]]:
    """Return the rows of the page asked for and the paging headers; all rows without paging."""
    if "page" not in query or "pageSize" not in query:
        return rows[:_PAGE_SIZE], {}
    page, size = query_number(query, "page"), query_number(query, "pageSize")
    size = min(size, rows_max or PAGE_SIZE_MAX_ROWS, PAGE_SIZE_MAX_ROWS)
    if size == 0:
        raise Refused(400, "pageSize must be at least 1")
    headers = {
        "fiken-api-page": str(page),
        "fiken-api-page-size": str(size),
        "fiken-api-page-count": str(-(-len(rows) // size)),
        "fiken-api-result-count": str(len(rows)),
    }
    return rows[page * size : (page + 1) * size], headers


def query_number(query: Mapping[str, str], name: str) -> int:
    """Return a whole-number parameter."""
    text = query[name]
    if not (text.isascii() and text.isdigit()):
        raise Refused(400, f"{name} must be a whole number")
    return int(text)


def fits(invoice: SimulatedInvoice, query: Mapping[str, str]) -> bool:
    """Whether an invoice is among those asked for."""
    if "settled" in query and query["settled"] != str(invoice.is_settled).lower():
        return False
    if "customerId" in query and invoice.contact_id != query_number(query, "customerId"):
        return False
    days = dict(
        zip(_DAYS, (invoice.issue_date, invoice.modified_on, invoice.due_date), strict=True)
    )
    return all(day_fits(day, query, name) for name, day in days.items())


def day_fits(day: date, query: Mapping[str, str], name: str) -> bool:
    """Whether a day is within ``name``, ``nameLe``, ``nameLt``, ``nameGe`` and ``nameGt``."""
    for comparison in _COMPARISONS:
        text = query.get(f"{name}{comparison}")
        if text is None:
            continue
        try:
            bound = date.fromisoformat(text)
        except ValueError:
            raise Refused(400, f"{name}{comparison} must be a date") from None
        holds = {
            "Le": day <= bound,
            "Lt": day < bound,
            "Ge": day >= bound,
            "Gt": day > bound,
            "": day == bound,
        }[comparison]
        if not holds:
            return False
    return True
