"""What the simulated Conta reads: bodies and parameters, exactly as documented, so deviations show.

The real one may bind more loosely; nothing may rely on that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from typing import TypeVar

from clients.answers import read_json
from clients.conta.answers import Record
from clients.conta.simulator_refused import NAMES_BY_STATUS, Refused
from clients.errors import ProtocolError

BODY_MAX_BYTES = 1024 * 1024
"""Beyond this the simulated Conta answers 413; the real limit is not known."""

_PAYMENT_KEYS = frozenset(
    {
        "date",
        "bankAccountId",
        "description",
        "returnPaymentDate",
        "departmentId",
        "projectId",
        "amount",
    }
)
_CREDIT_KEYS = frozenset(
    {
        "removePaymentsIfExist",
        "creditNoteDate",
        "invoiceRecipients",
        "invoiceFileId",
        "invoiceNo",
        "isCreatedInOtherSystem",
        "ehfAdditionalDocumentReference",
        "ehfContractDocumentReference",
        "ehfOrderReference",
        "customerReference",
    }
)
_DEFAULT_HITS = 20

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEntry:
    """A payment as it came."""

    on: date
    amount: Decimal
    bank_account_id: int | None
    description: str | None
    department_id: int | None
    project_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditEntry:
    """A credit note as it came; ``on`` None means the invoice's date."""

    on: date | None
    remove_payments: bool


def read_payment(body: bytes) -> PaymentEntry:
    """Read the body of a payment."""
    record = _record(body, _PAYMENT_KEYS)
    on = _value(lambda: record.day("date"), "date")
    amount = _value(lambda: record.amount("amount"), "amount")
    if on is None or amount is None or amount <= 0:
        raise _input("date" if on is None else "amount")
    return PaymentEntry(
        on=on,
        amount=amount,
        bank_account_id=_value(lambda: record.whole("bankAccountId"), "bankAccountId"),
        description=_value(lambda: record.text("description"), "description"),
        department_id=_value(lambda: record.whole("departmentId"), "departmentId"),
        project_id=_value(lambda: record.whole("projectId"), "projectId"),
    )


def read_credit(body: bytes) -> CreditEntry:
    """Read the body of a credit note."""
    record = _record(body, _CREDIT_KEYS)
    remove = _value(lambda: record.flag("removePaymentsIfExist"), "removePaymentsIfExist")
    return CreditEntry(
        on=_value(lambda: record.day("creditNoteDate"), "creditNoteDate"),
        remove_payments=bool(remove),
    )


def query_day(query: Mapping[str, str], name: str) -> date | None:
    """Return a date parameter."""
    text = query.get(name)
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise _bad_request() from None


def query_number(query: Mapping[str, str], name: str) -> int | None:
    """Return a whole-number parameter."""
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()):
        raise _bad_request()
    return int(text)


def sort_rows(
    rows: Iterable[T], query: Mapping[str, str], keys: Mapping[str, Callable[[T], object]]
) -> list[T]:
    """Sort by the comma list of ``+field`` and ``-field``; by the first of ``keys`` without one."""
    order = query.get("sort") or f"+{next(iter(keys))}"
    found = list(rows)
    for part in reversed(order.split(",")):
        key = keys.get(part.lstrip("+-"))
        if key is None:
            raise _bad_request()
        found.sort(key=key, reverse=part.startswith("-"))  # type: ignore[arg-type]  # a column holds values of one type
    return found


def page_of(rows: Sequence[T], query: Mapping[str, str], rows_max: int) -> tuple[Sequence[T], int]:
    """Return the rows of the page asked for and how many pages there are."""
    asked = query_number(query, "hits")
    hits = _DEFAULT_HITS if asked is None else asked
    if rows_max and (hits == 0 or hits > rows_max):
        hits = rows_max
    if hits == 0:
        return rows, 1
    page = query_number(query, "page") or 0
    return rows[page * hits : (page + 1) * hits], -(-len(rows) // hits)


def _record(body: bytes, keys: frozenset[str]) -> Record:
    if len(body) > BODY_MAX_BYTES:
        raise Refused(status=413, name=NAMES_BY_STATUS[413])
    try:
        document = read_json(body)
        record = Record(document, "body", UTC)
    except ProtocolError:
        raise _bad_request() from None
    unknown = sorted(set(document) - keys) if isinstance(document, Mapping) else []
    if unknown:
        raise _input(str(unknown[0]))
    return record


def _value(read: Callable[[], T], name: str) -> T:
    try:
        return read()
    except ProtocolError:
        raise _input(name) from None


def _input(name: str) -> Refused:
    return Refused(status=409, name="InputOpException", fields=(name,))


def _bad_request() -> Refused:
    return Refused(status=400, name=NAMES_BY_STATUS[400])
