"""A Fiken to practise on: the documented API over books in memory, without sockets or a clock.

::

    handle(request) ── fault first? ── alone? ── token? ── books change ── fault after? ── answer

It accepts only what the OpenAPI documents, and does what is feared of the real one: a payment
POSTed twice is booked twice (``books.doubled``), a call beside another is refused with 429 and
counted (``breaches``). Its life is in ``simulator_life``. It gives OAuth tokens too, at
``/oauth/token``, which the real one does under another address.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar
from urllib.parse import parse_qs

from clients.exchange import Request, Response
from clients.fiken import simulator_requests as requests
from clients.fiken import simulator_wording as wording
from clients.fiken.assumptions import Assumptions
from clients.fiken.simulator_books import SimulatedEntry
from clients.fiken.simulator_life import FikensLife
from clients.fiken.simulator_requests import Refused
from clients.simulated_faults import Fault

T = TypeVar("T")

PREFIX = "/api/v2"
"""Where the real one's paths begin; the simulated one takes them without it too."""

TOKEN_PATH = "/oauth/token"

_ID = r"([0-9]{1,19})"
_CODES = {
    400: "bad_request",
    401: "invalid_token",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    415: "unsupported_media_type",
    429: "too_many_requests",
}
_ROUTES = (
    ("GET", r"/bankAccounts", "bank_accounts"),
    ("GET", r"/contacts", "contacts"),
    ("GET", rf"/contacts/{_ID}", "contact"),
    ("GET", r"/invoices", "invoices"),
    ("GET", rf"/invoices/{_ID}", "invoice"),
    ("GET", rf"/creditNotes/{_ID}", "credit_note"),
    ("GET", rf"/sales/{_ID}/payments", "payments"),
    ("POST", rf"/sales/{_ID}/payments", "create_payment"),
    ("GET", r"/journalEntries", "journal_entries"),
    ("POST", r"/generalJournalEntries", "create_journal_entry"),
)


class FikenSimulator(FikensLife):
    """See the module. ``now`` is the simulated instant (aware UTC); nothing is left to chance.

    ``token`` None lets every bearer in, but those that ``expire_tokens`` ended; else only that one
    and those given by OAuth, to ``client`` (id, secret) for ``refresh_token``.
    ``rotates``: each renewal gives another refresh token, and ends the one before.
    """

    def __init__(
        self,
        assumptions: Assumptions,
        *,
        now: datetime,
        company: str = "nordlys-konsult-as",
        company_name: str = "Nordlys Konsult AS",
        token: str | None = None,
        client: tuple[str, str] = ("client", "secret"),
        refresh_token: str = "refresh-0",  # noqa: S107 - nobody's
        rotates: bool = False,
    ) -> None:
        super().__init__(assumptions, now=now)
        self.company = company
        self.breaches = 0
        self.refresh_token = refresh_token
        self._company_name = company_name
        self._token = token
        self._client = client
        self._rotates = rotates
        self._given: set[str] = set()
        self._ended: set[str] = set()
        self._renewals = 0

    def expire_tokens(self) -> None:
        """All access tokens given so far run out."""
        self._ended |= self._given
        self._given = set()

    def _route(self, request: Request) -> tuple[str, str]:
        path = request.path
        if path.endswith(TOKEN_PATH):
            return "token", ""
        path = path.removeprefix(PREFIX)
        if path == "/companies":
            return ("companies" if request.method == "GET" else "wrong_method"), ""
        inside = re.fullmatch(r"/companies/[^/]+(/.*)", path)
        matched = False
        for method, pattern, operation in _ROUTES:
            match = inside and re.fullmatch(pattern, inside.group(1))
            if match and method == request.method:
                return operation, match.group(1) if match.groups() else ""
            matched = matched or match is not None
        return ("wrong_method" if matched else "unknown"), ""

    def _answer(self, operation: str, identifier: str, request: Request) -> Response:
        try:
            if operation == "token":
                return self._renewal(request)
            self._check_access(operation, request)
            operations: dict[str, Callable[[int, Request], Response]] = {
                "companies": self._companies,
                "bank_accounts": self._bank_accounts,
                "contacts": self._contacts,
                "contact": self._contact,
                "invoices": self._invoices,
                "invoice": self._invoice,
                "credit_note": self._credit_note,
                "payments": self._payments,
                "create_payment": self._create_payment,
                "journal_entries": self._journal_entries,
                "create_journal_entry": self._create_journal_entry,
            }
            return operations[operation](int(identifier or 0), request)
        except Refused as refusal:
            return self._refuse(refusal.status, str(refusal))

    def _companies(self, _: int, request: Request) -> Response:
        return self._page([wording.company(self.company, self._company_name)], request)

    def _bank_accounts(self, _: int, request: Request) -> Response:
        accounts = self.books.bank_accounts.items()
        return self._page([wording.bank_account(key, *value) for key, value in accounts], request)

    def _contacts(self, _: int, request: Request) -> Response:
        found = [
            wording.contact(each)
            for each in self.books.contacts.values()
            if requests.day_fits(each.modified_on, request.query, "lastModified")
        ]
        return self._page(found, request)

    def _contact(self, identifier: int, _: Request) -> Response:
        return self._json(wording.contact(_known(self.books.contacts, identifier)))

    def _invoices(self, _: int, request: Request) -> Response:
        found = [
            each for each in self.books.invoices.values() if requests.fits(each, request.query)
        ]
        page, headers = requests.page_of(found, request.query, self._rows_max)
        return self._json([self._worded(each.id) for each in page], headers)

    def _invoice(self, identifier: int, _: Request) -> Response:
        return self._json(self._worded(identifier))

    def _credit_note(self, identifier: int, _: Request) -> Response:
        note = _known(self.books.credit_notes, identifier)
        return self._json(wording.credit_note(self.books, note))

    def _payments(self, identifier: int, _: Request) -> Response:
        sale = self.books.sale(identifier)
        if sale is None:
            raise Refused(404, "no such sale")
        return self._json([wording.payment(each, sale.currency) for each in sale.payments])

    def _create_payment(self, identifier: int, request: Request) -> Response:
        entry = requests.read_payment(request.body, request.headers.get("content-type", ""))
        sale = self.books.sale(identifier)
        if sale is None:
            raise Refused(404, "no such sale")
        if entry.account not in {code for _, code in self.books.bank_accounts.values()}:
            raise Refused(400, "account: there is no such account")
        if entry.on > self.books.today:
            raise Refused(400, "date: lies in the future")
        made = self.book_payment(sale, entry.amount, entry.on, entry.account, by_api=True)
        where = f"https://api.fiken.test{PREFIX}/companies/{self.company}/sales/{sale.sale_id}"
        response = self._whole(b"", status=201)
        return replace(
            response, headers={**response.headers, "location": f"{where}/payments/{made.id}"}
        )

    def _journal_entries(self, _: int, request: Request) -> Response:
        found = [
            wording.entry(each)
            for each in self.books.entries.values()
            if requests.day_fits(each.on, request.query, "date")
        ]
        return self._page(found, request)

    def _create_journal_entry(self, _: int, request: Request) -> Response:
        entry = requests.read_entry(request.body, request.headers.get("content-type", ""))
        known = {code for _, code in self.books.bank_accounts.values()} | self.books.accounts
        if not {account for account, _ in entry.lines} <= known:
            raise Refused(400, "account: there is no such account")
        if self.books.locked_until is not None and entry.on <= self.books.locked_until:
            raise Refused(400, "date: the period is locked")
        made = SimulatedEntry(
            id=self.books.next_id("entry"),
            transaction_id=self.books.next_id("transaction"),
            on=entry.on,
            description=f"{requests.PREFIX}{entry.description}",
            created_on=self.books.today,
            lines=entry.lines,
        )
        self.books.entries[made.id] = made
        where = f"https://api.fiken.test{PREFIX}/companies/{self.company}/transactions"
        response = self._whole(b"", status=201)
        location = f"{where}/{made.transaction_id}"
        return replace(response, headers={**response.headers, "location": location})

    # Below: what the operations share.

    @property
    def _rows_max(self) -> int:
        return self.faults.conditions.rows_max

    def _worded(self, identifier: int) -> wording.Document:
        invoice = _known(self.books.invoices, identifier)
        with_payments = not self.faults.conditions.leaves_out_payments
        return wording.invoice(self.books, invoice, self.assumptions, with_payments=with_payments)

    def _check_access(self, operation: str, request: Request) -> None:
        """Check that the call is alone, its token, address and company, in that order."""
        if self.under_way > 1:
            self.breaches += 1
            raise Refused(429, "one call at a time")
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        is_known = token in self._given | {self._token} or self._token is None
        if not token or token in self._ended or not is_known:
            raise Refused(401, "the token is not valid")
        if operation == "wrong_method":
            raise Refused(405, "the method is not supported")
        if operation == "unknown":
            raise Refused(404, "no such path")
        parts = request.path.removeprefix(PREFIX).split("/")
        if len(parts) > 2 and parts[2] != self.company:  # noqa: PLR2004 - "", companies, slug
            raise Refused(403, "the company is not open to the application")

    def _renewal(self, request: Request) -> Response:
        basic = b64encode(":".join(self._client).encode()).decode()
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        if request.headers.get("authorization") != f"Basic {basic}":
            return self._json({"error": "invalid_client"}, status=401)
        is_renewal = form.get("grant_type") == "refresh_token"
        if not is_renewal or form.get("refresh_token") != self.refresh_token:
            return self._json({"error": "invalid_grant"}, status=400)
        self._renewals += 1
        given = f"access-{self._renewals}"
        self._given.add(given)
        answer: dict[str, object] = {"access_token": given, "token_type": "bearer"}
        if self._rotates:
            self.refresh_token = answer["refresh_token"] = f"refresh-{self._renewals}"
        return self._json({**answer, "expires_in": 86_157})

    def _page(self, rows: Sequence[wording.Document], request: Request) -> Response:
        page, headers = requests.page_of(rows, request.query, self._rows_max)
        return self._json(list(page), headers)

    def _fail(self, fault: Fault) -> Response:
        code = fault.name or _CODES.get(fault.status, "out_of_order")
        return self._json({"error": code, "message": "a planted fault"}, status=fault.status)

    def _refuse(self, status: int, message: str) -> Response:
        code = _CODES.get(status, "out_of_order")
        return self._json({"error": code, "message": message}, status=status)

    def _json(
        self, document: object, headers: Mapping[str, str] | None = None, *, status: int = 200
    ) -> Response:
        body = json.dumps(document, ensure_ascii=False).encode()
        response = self._whole(body, status=status, content_type="application/json")
        return replace(response, headers={**response.headers, **(headers or {})})


def _known(table: Mapping[int, T], identifier: int) -> T:
    if identifier not in table:
        raise Refused(404, "no such id")
    return table[identifier]
