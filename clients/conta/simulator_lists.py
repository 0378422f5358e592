"""Which invoices, customers and payments the simulated Conta lists for which parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, tzinfo

from clients.conta.simulator_books import (
    AT_KRAVIA,
    Books,
    SimulatedCustomer,
    SimulatedInvoice,
    SimulatedPart,
    SimulatedPayment,
)
from clients.conta.simulator_refused import NAMES_BY_STATUS, Refused
from clients.conta.simulator_requests import query_day, query_number, sort_rows

Query = Mapping[str, str]


def invoices(books: Books, query: Query, zone: tzinfo) -> list[SimulatedInvoice]:
    """Return the invoices a query asks for, sorted."""
    customer_id = query_number(query, "customerId")
    if customer_id is not None and customer_id not in books.customers:
        raise Refused(status=422, name="CustomerNotFoundException")
    kind, entered = query.get("type"), _Entered(query, zone)
    wanted = {
        "kravia_status": query.get("kraviaInvoiceStatuses"),
        "currency": query.get("invoiceCurrency"),
        "customer_id": customer_id,
        "department_id": query_number(query, "departmentId"),
        "project_id": query_number(query, "projectId"),
        "invoice_no": query_number(query, "invoiceNo"),
    }
    asked = [(name, value) for name, value in wanted.items() if value is not None]
    today = books.today
    found = (
        invoice
        for invoice in books.invoices.values()
        if all(getattr(invoice, name) == value for name, value in asked)
        and _is_of_type(invoice, kind, today)
        and entered.includes(invoice.created_at)
    )
    return sort_rows(
        found,
        query,
        {
            "id": lambda invoice: invoice.id,
            "invoiceNo": lambda invoice: invoice.invoice_no,
            "invoiceDate": lambda invoice: invoice.invoice_date,
            "invoiceDueDate": lambda invoice: invoice.due_date,
        },
    )


def customers(books: Books, query: Query) -> list[SimulatedCustomer]:
    """Return the customers a query asks for, sorted."""
    first, last = query_day(query, "modifiedFromDate"), query_day(query, "modifiedToDate")
    kind = query.get("customerType")
    found = (
        customer
        for customer in books.customers.values()
        if (kind is None or customer.customer_type == kind)
        and _is_within(customer.modified_on, first, last)
    )
    return sort_rows(found, query, {"id": lambda customer: customer.id})


def payment_parts(
    books: Books, query: Query, zone: tzinfo
) -> list[tuple[SimulatedPayment, SimulatedPart]]:
    """Return the standing payments a query asks for, a row for each invoice, sorted."""
    entered = _Entered(query, zone)

    def rows() -> Iterator[tuple[SimulatedPayment, SimulatedPart]]:
        for payment in books.payments.values():
            if not payment.deleted and entered.includes(payment.created_at):
                yield from ((payment, part) for part in payment.parts)

    return sort_rows(rows(), query, {"id": lambda row: row[1].id})


def _is_of_type(invoice: SimulatedInvoice, wanted: str | None, today: date) -> bool:
    """Read the list filter; overdue goes by the follow-up date, which users may move."""
    is_past = invoice.follow_up_date < today
    match wanted:
        case None:
            return True
        case "PAID":
            return invoice.status == "CLOSED_BY_PAYMENT"
        case "UNPAID" | "ACTIVE":
            return invoice.is_open and invoice.remaining > 0
        case "OVERDUE":
            return invoice.is_open and invoice.remaining > 0 and is_past
        case "PAYMENT_REMINDERS_OVERDUE":
            return invoice.is_open and invoice.letter is not None and is_past
        case "FOLLOW_UP":
            return invoice.is_open and not is_past
        case "KRAVIA":
            return invoice.status in AT_KRAVIA or invoice.kravia_status is not None
        case "REPEATING":
            return False
        case _:
            raise Refused(status=400, name=NAMES_BY_STATUS[400])


class _Entered:
    """``fromDate`` and ``toDate``, both included, of the local day of ``createdAt``."""

    def __init__(self, query: Query, zone: tzinfo) -> None:
        self._first, self._last = query_day(query, "fromDate"), query_day(query, "toDate")
        self._zone = zone

    def includes(self, at: datetime) -> bool:
        if self._first is None and self._last is None:
            return True
        return _is_within(at.astimezone(self._zone).date(), self._first, self._last)


def _is_within(day: date, first: date | None, last: date | None) -> bool:
    return (first is None or first <= day) and (last is None or day <= last)
