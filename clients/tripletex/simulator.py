"""A Tripletex to practise on: the documented API over books in memory, without sockets or a clock.

::

    handle(request) ── fault first? ── session? ── books change ── fault after it? ── answer

It accepts only what the OpenAPI documents, answers as observed (nulls, "", 0), and does what is
feared of the real one: a payment sent twice is booked twice (``books.doubled``), more than the
remainder is taken, and no version changes. Its life is in ``simulator_life``.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import TypeVar
from urllib.parse import unquote

from clients.exchange import Request, Response
from clients.simulated_faults import Fault
from clients.tripletex import simulator_requests as requests
from clients.tripletex import simulator_voucher_requests as vouchers
from clients.tripletex import simulator_wording as wording
from clients.tripletex.assumptions import Assumptions
from clients.tripletex.simulator_books import SimulatedInvoice
from clients.tripletex.simulator_life import LedgerLife
from clients.tripletex.simulator_requests import Refused
from clients.tripletex.simulator_vouchers import VAT_TYPES

T = TypeVar("T")

_ID = r"([0-9]{1,19})"
_ROUTES = (
    ("POST", r"/token/session/:create", "create_session"),
    ("GET", r"/token/session/>whoAmI", "who_am_i"),
    ("GET", r"/invoice", "invoices"),
    ("GET", rf"/invoice/{_ID}", "invoice"),
    ("PUT", rf"/invoice/{_ID}/:payment", "pay"),
    ("GET", rf"/invoice/paymentType/{_ID}", "payment_type"),
    ("GET", r"/customer", "customers"),
    ("GET", rf"/customer/{_ID}", "customer"),
    ("GET", rf"/ledger/closeGroup/{_ID}", "close_group"),
    ("GET", r"/ledger/posting", "postings"),
    ("GET", r"/ledger/accountingPeriod", "accounting_periods"),
    ("GET", r"/ledger/account", "accounts"),
    ("GET", r"/ledger/vatType", "vat_types"),
    ("GET", r"/ledger/voucher/>externalVoucherNumber", "vouchers"),
    ("POST", r"/ledger/voucher", "create_voucher"),
    ("GET", r"/event/subscription", "subscriptions"),
    ("POST", r"/event/subscription", "subscribe"),
)
_VERSION = "/v2"


class TripletexSimulator(LedgerLife):
    """See the module. ``now`` is the simulated instant (aware UTC); nothing is left to chance.

    ``tokens`` None makes a session of any two tokens; else only of that pair (consumer, employee).
    """

    def __init__(
        self,
        assumptions: Assumptions,
        *,
        now: datetime,
        company_id: int = 5050,
        company_name: str = "Nordlys Konsult AS",
        tokens: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(assumptions, now=now)
        self.company_id = company_id
        self._company_name = company_name
        self._tokens = tokens

    def end_sessions(self) -> None:
        """End all sessions before their time, as a revoked one does."""
        self.books.sessions.clear()

    def _answer(self, operation: str, identifier: str, request: Request) -> Response:
        try:
            status, document = self._accept(operation, int(identifier or 0), request)
        except Refused as refusal:
            return self._refuse(refusal)
        return self._whole(wording.written(document), status=status)

    def _accept(self, operation: str, identifier: int, request: Request) -> tuple[int, object]:
        if operation in {"unknown", "wrong_method"}:
            raise Refused(status=404 if operation == "unknown" else 405, code=6000)
        if operation == "create_session":
            return 201, self._create_session(request)
        self._check_session(request)
        operations: dict[str, Callable[[int, Request], object]] = {
            "who_am_i": self._who_am_i,
            "invoices": self._invoices,
            "invoice": self._one_invoice,
            "pay": self._pay_invoice,
            "payment_type": self._payment_type,
            "customers": self._customers,
            "customer": self._customer,
            "close_group": self._close_group,
            "postings": self._postings,
            "accounting_periods": self._accounting_periods,
            "accounts": self._accounts,
            "vat_types": self._vat_types,
            "vouchers": self._vouchers,
            "create_voucher": self._create_voucher,
            "subscriptions": self._subscriptions,
            "subscribe": self._subscribe,
        }
        makes = operation in {"subscribe", "create_voucher"}
        return 201 if makes else 200, operations[operation](identifier, request)

    # Sessions.

    def _create_session(self, request: Request) -> object:
        entry = requests.read_session(request.body)
        if self._tokens not in {None, (entry.consumer_token, entry.employee_token)}:
            raise Refused(status=401, code=3000, message="Not authenticated")
        number = self.books.next_id("session")
        token = f"simulated-session-{number}"
        self.books.sessions[token] = entry.expires_on
        return {
            "value": {"id": number, "token": token, "expirationDate": entry.expires_on.isoformat()}
        }

    def _check_session(self, request: Request) -> None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, token = base64.b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            user, token = "", ""
        ends = self.books.sessions.get(token)
        if scheme != "Basic" or ends is None or self.books.today >= ends:
            raise Refused(status=401, code=3000, message="Not authenticated")
        if user not in {"", "0", str(self.company_id)}:
            raise Refused(status=403, code=9000, message="No access to the company")

    # Reads.

    def _who_am_i(self, _: int, request: Request) -> object:
        company: wording.Document = {"id": self.company_id, "name": self._company_name}
        return self._value({"companyId": self.company_id, "company": company}, request)

    def _invoices(self, _: int, request: Request) -> object:
        found = requests.invoices(self.books, request.query)
        return self._page(found, lambda each: wording.invoice(self.books, each), request)

    def _one_invoice(self, identifier: int, request: Request) -> object:
        return self._value(wording.invoice(self.books, self._invoice(identifier)), request)

    def _payment_type(self, identifier: int, request: Request) -> object:
        description, account = _known(self.books.payment_types, identifier)
        return self._value(wording.payment_type(identifier, description, account), request)

    def _customers(self, _: int, request: Request) -> object:
        found = requests.customers(self.books, request.query)
        return self._page(found, wording.customer, request)

    def _customer(self, identifier: int, request: Request) -> object:
        return self._value(wording.customer(_known(self.books.customers, identifier)), request)

    def _close_group(self, identifier: int, request: Request) -> object:
        _known(self.books.close_groups, identifier)
        return self._value(wording.close_group(self.books, identifier), request)

    def _postings(self, _: int, request: Request) -> object:
        found = requests.postings(self.books, request.query)
        return self._page(found, lambda each: wording.posting(self.books, each), request)

    def _accounting_periods(self, _: int, request: Request) -> object:
        rows = [
            {"id": at, "start": start, "end": end, "isClosed": closed}
            for at, (start, end, closed) in enumerate(self.books.months(), 1)
        ]
        return self._page(rows, dict, request)

    def _accounts(self, _: int, request: Request) -> object:
        wanted = request.query.get("number")
        known = self.books.by_voucher.accounts.values()
        found = [each for each in known if wanted in {None, str(each.number)}]
        return self._page(found, vouchers.account_document, request)

    def _vat_types(self, _: int, request: Request) -> object:
        return self._page(list(VAT_TYPES), vouchers.vat_type_document, request)

    def _vouchers(self, _: int, request: Request) -> object:
        wanted = request.query.get("externalVoucherNumber")
        known = self.books.by_voucher.vouchers.values()
        found = [each for each in known if each.external_number == wanted]
        return self._page(found, vouchers.voucher_document, request)

    def _subscriptions(self, _: int, request: Request) -> object:
        made = list(self.books.subscriptions.values())
        return self._page(made, wording.subscription, request)

    # Writes.

    def _pay_invoice(self, identifier: int, request: Request) -> object:
        entry = requests.read_payment(request)
        invoice = self._invoice(identifier)
        _known(self.books.payment_types, entry.payment_type_id)
        if (entry.on.year, entry.on.month) in self.books.closed_months:
            raise Refused(
                status=422,
                code=18000,
                message="Validering feilet.",
                field="paymentDate",
                reason="Perioden er avsluttet.",
            )
        self.register_payment(invoice.id, entry.amount, entry.on)
        return {"value": wording.narrowed(wording.invoice(self.books, invoice), None)}

    def _create_voucher(self, _: int, request: Request) -> object:
        made = vouchers.read_voucher(self.books, request.body)
        self.books.by_voucher.vouchers[made.id] = made
        self._tell("voucher.create", made.id, {"id": made.id})
        return {"value": wording.narrowed(vouchers.voucher_document(made), None)}

    def _subscribe(self, _: int, request: Request) -> object:
        entry = requests.read_subscription(request.body)
        number = self.subscribe(entry.event, entry.target_url, entry.secret)
        return {"value": wording.subscription(self.books.subscriptions[number])}

    # Below: what the operations share.

    def _invoice(self, identifier: int) -> SimulatedInvoice:
        return _known(self.books.invoices, identifier)

    def _route(self, request: Request) -> tuple[str, str]:
        path = unquote(request.path).removeprefix(_VERSION)
        matched = False
        for method, pattern, operation in _ROUTES:
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                return operation, match.group(1) if match.groups() else ""
            matched = matched or match is not None
        return ("wrong_method" if matched else "unknown"), ""

    def _value(self, document: wording.Document, request: Request) -> object:
        return {"value": self._narrowed(document, request)}

    def _page(
        self, rows: Sequence[T], word: Callable[[T], wording.Document], request: Request
    ) -> object:
        largest = self.assumptions.lists.result_set_max_rows
        if len(rows) > largest:
            raise Refused(status=422, code=23000, message="Result set too large")
        at, page = requests.page_of(rows, request.query)
        return {
            "fullResultSize": len(rows),
            "from": at,
            "count": len(page),
            "versionDigest": "If-None-Match is missing",
            "values": [self._narrowed(word(row), request) for row in page],
        }

    def _narrowed(self, document: wording.Document, request: Request) -> wording.Document:
        try:
            fields = wording.parse_fields(request.query.get("fields", ""))
            return wording.narrowed(document, fields)
        except wording.UnknownFieldError as error:
            raise Refused(
                status=400, code=11000, message="Illegal field in fields filter", field=str(error)
            ) from None
        except (ValueError, IndexError):
            raise Refused(status=400, code=11000, message="Illegal fields filter") from None

    def _fail(self, fault: Fault) -> Response:
        if fault.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return self._whole(b"null", status=fault.status)  # observed: no message at all
        return self._refuse(Refused(status=fault.status, code=18000, message=fault.name or "No"))

    def _refuse(self, refusal: Refused) -> Response:
        return self._whole(wording.written(refusal.document()), status=refusal.status)


def _known(table: Mapping[int, T], identifier: int) -> T:
    if identifier not in table:
        raise Refused(status=404, code=6000, message="Object not found")
    return table[identifier]
