"""What the simulated Tripletex reads: parameters and bodies, exactly as documented."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from clients.answers import read_json
from clients.errors import ProtocolError
from clients.exchange import Request
from clients.tripletex.simulator_books import (
    Books,
    SimulatedCustomer,
    SimulatedInvoice,
    SimulatedPosting,
)

T = TypeVar("T")

_COUNT = 1000  # the documented default
_PAYMENT = frozenset({"paymentDate", "paymentTypeId", "paidAmount", "paidAmountCurrency"})


class Refused(Exception):  # noqa: N818  an answer, not a failure of the simulator
    """The call is refused; worded as the documented error object."""

    def __init__(
        self, *, status: int, code: int, message: str = "", field: str = "", reason: str = ""
    ) -> None:
        super().__init__(message)
        self.status = status
        self._code = code
        self._message = message
        self._field = field
        self._reason = reason

    def document(self) -> dict[str, object]:
        """Return the error object; nulls as observed."""
        details = [{"field": self._field, "message": self._reason or "is not valid"}]
        return {
            "status": self.status,
            "code": self._code,
            "message": self._message,
            "link": "https://tripletex.no/v2-docs/",
            "developerMessage": None,
            "validationMessages": details if self._field else None,
            "requestId": "simulated",
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEntry:
    """The two tokens of a session, and the day at whose midnight it ends."""

    consumer_token: str
    employee_token: str
    expires_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEntry:
    """A payment as it came: any amount."""

    on: date
    amount: Decimal
    payment_type_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionEntry:
    """A webhook that somebody wants."""

    event: str
    target_url: str
    secret: str


def read_session(body: bytes) -> SessionEntry:
    """Read the body of a new session."""
    document = body_of(body, {"consumerToken", "employeeToken", "expirationDate"})
    return SessionEntry(
        consumer_token=text_in(document, "consumerToken"),
        employee_token=text_in(document, "employeeToken"),
        expires_on=day_of_text(text_in(document, "expirationDate"), "expirationDate"),
    )


def read_payment(request: Request) -> PaymentEntry:
    """Read a payment's parameters; it has no body."""
    query = request.query
    unknown = sorted(set(query) - _PAYMENT)
    if unknown or request.body:
        raise invalid(unknown[0] if unknown else "body")
    try:
        amount = Decimal(
            _needed(query, "paidAmountCurrency" if "paidAmountCurrency" in query else "paidAmount")
        )
    except InvalidOperation:
        raise invalid("paidAmount") from None
    return PaymentEntry(
        on=day_of_text(_needed(query, "paymentDate"), "paymentDate"),
        amount=amount,
        payment_type_id=_number(_needed(query, "paymentTypeId"), "paymentTypeId"),
    )


def read_subscription(body: bytes) -> SubscriptionEntry:
    """Read the body of a new subscription."""
    names = {"event", "targetUrl", "fields", "hmacSharedSecret", "authHeaderName"}
    document = body_of(body, names | {"authHeaderValue"})
    secret = document.get("hmacSharedSecret")
    return SubscriptionEntry(
        event=text_in(document, "event"),
        target_url=text_in(document, "targetUrl"),
        secret=secret if isinstance(secret, str) else "",
    )


def invoices(books: Books, query: Mapping[str, str]) -> list[SimulatedInvoice]:
    """Return the invoices asked for: charged ones, within the required dates, by id."""
    since = day_of_text(_needed(query, "invoiceDateFrom"), "invoiceDateFrom")
    until = day_of_text(_needed(query, "invoiceDateTo"), "invoiceDateTo")
    customer, number = query.get("customerId"), query.get("invoiceNumber")
    only_open = query.get("status") == "OUTSTANDING"
    return [
        each
        for each in books.invoices.values()
        if each.is_charged
        and since <= each.invoice_date < until
        and customer in {None, str(each.customer_id)}
        and number in {None, str(each.number)}
        and not (only_open and books.outstanding(each) == 0)
    ]


def customers(books: Books, query: Mapping[str, str]) -> list[SimulatedCustomer]:
    """Return the customers changed since a day, by id."""
    since = query.get("changedSince")
    day = date.min if since is None else day_of_text(since, "changedSince")
    return [each for each in books.customers.values() if each.changed_on >= day]


def postings(books: Books, query: Mapping[str, str]) -> list[SimulatedPosting]:
    """Return the postings of a type within the required dates, by id."""
    since = day_of_text(_needed(query, "dateFrom"), "dateFrom")
    until = day_of_text(_needed(query, "dateTo"), "dateTo")
    return [
        each
        for each in books.postings.values()
        if since <= each.on < until and query.get("type") in {None, each.posting_type}
    ]


def page_of(rows: Sequence[T], query: Mapping[str, str]) -> tuple[int, Sequence[T]]:
    """Return where the page asked for begins, and its rows."""
    at = _number(query.get("from", "0"), "from")
    count = _number(query.get("count", str(_COUNT)), "count")
    return at, rows[at : at + count]


def body_of(body: bytes, names: set[str]) -> Mapping[str, object]:
    """Read a JSON object that has no other names than these."""
    try:
        document = read_json(body)
    except ProtocolError:
        raise Refused(status=422, code=22000, message="Invalid JSON") from None
    if not isinstance(document, Mapping):
        raise Refused(status=422, code=22000, message="Invalid JSON")
    unknown = sorted(str(name) for name in set(document) - names)
    if unknown:
        raise Refused(status=422, code=16000, message="Request mapping failed", field=unknown[0])
    return document


def text_in(document: Mapping[str, object], name: str) -> str:
    """Return the text that must be there."""
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise invalid(name)
    return value


def _needed(query: Mapping[str, str], name: str) -> str:
    if not query.get(name):
        raise invalid(name)
    return query[name]


def day_of_text(text: str, name: str) -> date:
    """Read a day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(name) from None


def _number(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise invalid(name)
    return int(text)


def invalid(name: str) -> Refused:
    """Refuse a value for what it is."""
    return Refused(status=422, code=15000, message="Validation failed", field=name)
