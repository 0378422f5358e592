"""A Conta to practise on: the documented API over books in memory, without sockets or a clock.

::

    handle(request) ── fault first? ── hours? key? ── books change ── fault after it? ── answer

It accepts only what the OpenAPI documents, refuses by Conta's names, and does what is feared of the
real one: a payment POSTed twice is booked twice (``books.doubled``). Its life is in
``simulator_life`` and ``simulator_people``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from clients.conta import simulator_lists as lists
from clients.conta import simulator_money as money
from clients.conta import simulator_refused as refused
from clients.conta import simulator_requests as requests
from clients.conta import simulator_wording as wording
from clients.conta.assumptions import Assumptions
from clients.conta.simulator_books import SimulatedInvoice
from clients.conta.simulator_people import PeoplesLife
from clients.conta.simulator_refused import NAMES_BY_STATUS, Refused
from clients.exchange import Request, Response
from clients.simulated_faults import Fault

T = TypeVar("T")

_ORGANIZATIONS = "/invoice/organizations"
_ID = r"([0-9]{1,19})"
_ROUTES = (
    ("GET", r"/bank-accounts", "bank_accounts"),
    ("GET", r"/customers", "customers"),
    ("GET", rf"/customers/{_ID}", "customer"),
    ("GET", r"/departments", "departments"),
    ("GET", r"/projects", "projects"),
    ("GET", r"/invoices", "invoices"),
    ("GET", rf"/invoices/{_ID}", "invoice"),
    ("GET", rf"/invoices/{_ID}/events", "events"),
    ("GET", rf"/invoices/{_ID}/payments", "payments"),
    ("POST", rf"/invoices/{_ID}/payments", "create_payment"),
    ("POST", rf"/invoices/{_ID}/credit-note", "credit_note"),
    ("DELETE", rf"/payments/{_ID}", "delete_payment"),
    ("GET", r"/invoice-payments", "invoice_payments"),
    ("GET", rf"/files/{_ID}", "file_link"),
)


class ContaSimulator(PeoplesLife):
    """See the module. ``now`` is the simulated instant (aware UTC); nothing is left to chance.

    ``api_key`` None lets every non-empty key in; else only that one, all others get 401.
    """

    def __init__(
        self,
        assumptions: Assumptions,
        *,
        now: datetime,
        organization_id: int = 4242,
        organization_name: str = "Nordlys Konsult AS",
        api_key: str | None = None,
    ) -> None:
        super().__init__(assumptions, now=now)
        self.organization_id = organization_id
        self._organization_name = organization_name
        self._api_key = api_key

    def _answer(self, operation: str, identifier: str, request: Request) -> Response:
        try:
            return self._json(self._accept(operation, identifier, request))
        except Refused as refusal:
            return self._refuse(refusal)

    def _accept(self, operation: str, identifier: str, request: Request) -> object:
        self._check_access(request)
        operations: dict[str, Callable[[int, Request], object]] = {
            "organizations": self._organizations,
            "bank_accounts": self._bank_accounts,
            "customers": self._customers,
            "customer": self._customer,
            "departments": self._departments,
            "projects": self._projects,
            "invoices": self._invoices,
            "invoice": self._one_invoice,
            "events": self._events,
            "payments": self._payments,
            "create_payment": self._create_payment,
            "credit_note": self._credit_note,
            "delete_payment": self._delete_payment,
            "invoice_payments": self._invoice_payments,
            "file_link": self._file_link,
        }
        return operations[operation](int(identifier or 0), request)

    # Reads.

    def _organizations(self, _: int, __: Request) -> object:
        facts = {"id": self.organization_id, "name": self._organization_name}
        return [{**facts, "blockedStatus": "NOT_BLOCKED", "active": True}]

    def _bank_accounts(self, _: int, __: Request) -> object:
        return [wording.bank_account(*item) for item in self.books.bank_accounts.items()]

    def _customers(self, _: int, request: Request) -> object:
        found = lists.customers(self.books, request.query)
        return self._page(found, wording.customer_row, request)

    def _customer(self, identifier: int, _: Request) -> object:
        return wording.customer(_known(self.books.customers, identifier))

    def _departments(self, _: int, request: Request) -> object:
        return self._page(list(self.books.departments.items()), _named, request)

    def _projects(self, _: int, request: Request) -> object:
        return self._page(list(self.books.projects.items()), _named, request)

    def _invoices(self, _: int, request: Request) -> object:
        found = lists.invoices(self.books, request.query, self.assumptions.time_zone)
        return self._page(
            found,
            lambda invoice: wording.invoice_row(self.books, invoice, self.assumptions),
            request,
        )

    def _one_invoice(self, identifier: int, _: Request) -> object:
        return wording.invoice(self._invoice(identifier))

    def _events(self, identifier: int, _: Request) -> object:
        events = self._invoice(identifier).events
        rows = [wording.event(event, self.assumptions) for event in events]
        return wording.page(rows, hit_count=len(rows), page_count=1)

    def _payments(self, identifier: int, _: Request) -> object:
        invoice = self._invoice(identifier)
        return [wording.payment(payment) for payment in self.books.payments_of(invoice.id)]

    def _invoice_payments(self, _: int, request: Request) -> object:
        found = lists.payment_parts(self.books, request.query, self.assumptions.time_zone)
        return self._page(
            found,
            lambda row: wording.invoice_payment_row(self.books, *row, self.assumptions),
            request,
        )

    def _file_link(self, identifier: int, _: Request) -> object:
        known = {invoice.file_id for invoice in self.books.invoices.values()}
        _known(dict.fromkeys(known, ""), identifier)
        name = f"invoice-{identifier}.pdf"
        return {
            "fileId": identifier,
            "filename": name,
            "fileUrl": f"https://files.conta.test/{name}",
            "contentType": "application/pdf",
        }

    # Writes.

    def _create_payment(self, identifier: int, request: Request) -> object:
        entry = requests.read_payment(request.body)
        invoice = self._invoice(identifier)
        if entry.bank_account_id is not None:
            _known(self.books.bank_accounts, entry.bank_account_id)
        if entry.department_id is not None:
            _known(self.books.departments, entry.department_id)
        if entry.project_id is not None:
            _known(self.books.projects, entry.project_id)
        refused.check_payment(self.books, invoice, entry.amount, entry.on, entry.bank_account_id)
        payment = money.pay(
            self.books,
            {invoice.id: entry.amount},
            entry.on,
            by_api=True,
            description=entry.description,
            bank_account_id=entry.bank_account_id,
            department_id=entry.department_id,
            project_id=entry.project_id,
        )
        return wording.payment(payment)

    def _credit_note(self, identifier: int, request: Request) -> object:
        entry = requests.read_credit(request.body)
        invoice = self._invoice(identifier)
        on = entry.on or invoice.invoice_date
        refused.check_credit(self.books, invoice, on, remove_payments=entry.remove_payments)
        for payment in list(self.books.payments_of(invoice.id)):
            money.remove_payment(self.books, payment)
        return wording.invoice(money.credit(self.books, invoice, on))

    def _delete_payment(self, identifier: int, _: Request) -> object:
        payment = _known(self.books.payments, identifier)
        refused.check_removal(self.books, payment)
        money.remove_payment(self.books, payment)
        return None

    # Below: what the operations share.

    def _invoice(self, identifier: int) -> SimulatedInvoice:
        return _known(self.books.invoices, identifier)

    def _route(self, request: Request) -> tuple[str, str]:
        if request.path == _ORGANIZATIONS:
            return ("organizations" if request.method == "GET" else "wrong_method"), ""
        inside = re.fullmatch(rf"{_ORGANIZATIONS}/{_ID}(/.*)", request.path)
        matched = False
        for method, pattern, operation in _ROUTES:
            match = inside and re.fullmatch(pattern, inside.group(2))
            if match and method == request.method:
                return operation, match.group(1) if match.groups() else ""
            matched = matched or match is not None
        return ("wrong_method" if matched else "unknown"), ""

    def _check_access(self, request: Request) -> None:
        """Check hours, key, address and organisation, in that order."""
        books = self.books
        if books.maintenance_until is not None and books.now < books.maintenance_until:
            raise Refused(status=503, name="MaintenanceException", properties={"mode": 1})
        key = request.headers.get("apikey", "")
        if not key or self._api_key not in {None, key}:
            raise Refused(status=401, name=NAMES_BY_STATUS[401])
        operation, _ = self._route(request)
        if operation == "wrong_method":
            raise Refused(status=405, name=NAMES_BY_STATUS[405])
        if operation == "unknown":
            raise Refused(status=404, name="UrlNotFoundException")
        organization = request.path.removeprefix(_ORGANIZATIONS).split("/")
        if len(organization) > 1 and organization[1] != str(self.organization_id):
            raise Refused(status=403, name=NAMES_BY_STATUS[403])
        is_read_only = books.read_only_until is not None and books.now < books.read_only_until
        if is_read_only and request.method != "GET":
            raise Refused(status=500, name="OrgReadOnlyModeException")

    def _page(
        self, rows: Sequence[T], word: Callable[[T], wording.Document], request: Request
    ) -> object:
        rows_max = self.faults.conditions.rows_max
        hits, page_count = requests.page_of(rows, request.query, rows_max)
        words = [word(row) for row in hits]
        return wording.page(words, hit_count=len(rows), page_count=page_count)

    def _fail(self, fault: Fault) -> Response:
        name = fault.name or NAMES_BY_STATUS.get(fault.status, "RestException")
        return self._refuse(Refused(status=fault.status, name=name))

    def _refuse(self, refusal: Refused) -> Response:
        document = refused.error_object(
            refusal.status, refusal.name, refusal.properties, refusal.fields
        )
        return self._whole(wording.written(document, nulls=True), status=refusal.status)

    def _json(self, document: object) -> Response:
        if document is None:
            return self._whole(b"")
        nulls = self.faults.conditions.nulls_for_absent
        return self._whole(wording.written(document, nulls=nulls))


def _known(table: Mapping[int, T], identifier: int) -> T:
    if identifier not in table:
        raise Refused(status=404, name=NAMES_BY_STATUS[404])
    return table[identifier]


def _named(row: tuple[int, str]) -> wording.Document:
    return {"id": row[0], "name": row[1]}
