"""A Kravia to practise on: the documented API over books in memory, without sockets or a clock.

::

    handle(request) ── fault first? ── token? ── books change ── fault after it? ── answer
                                                   '── feed row, webhook hint

It accepts only what the portal documents, words its answers by the assumptions, and does what is
feared of the real one: a second register of one claim makes a second case (``books.duplicates``),
a payment reported twice counts twice. The life of a case is in ``simulator_life``.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from urllib.parse import unquote

import orjson

from clients.exchange import Request, Response
from clients.kravia import simulator_requests as documented
from clients.kravia import simulator_wording as wording
from clients.kravia.assumptions import ACTIONS, Assumptions
from clients.kravia.simulator_books import Accepted, SimulatedInvoice
from clients.kravia.simulator_life import CaseLife, WebhookConfig
from clients.simulated_faults import Fault

PAGE_MAX_ROWS = 1000
"""More are never answered, whatever ``top`` asks for."""

_ROUTES = (
    ("POST", r"/api/v2/invoice/register", "register"),
    ("POST", r"/api/v2/invoice/payment", "payment"),
    ("POST", r"/api/v2/invoice/creditnote", "credit_note"),
    ("GET", r"/api/v2/invoice/search", "search"),
    ("GET", r"/api/v2/invoice/([^/]+)/details", "details"),
    ("GET", r"/api/v2/settlements", "settlements"),
    ("PATCH", r"/api/v2/settlements/([^/]+)/bookkeep", "bookkeep"),
    ("PUT", r"/api/v2/creditor/([0-9]{1,18})/webhook", "configure_webhook"),
    ("POST", r"/api/v2/creditor/([0-9]{1,18})/invite", "invite"),
)


class KraviaSimulator(CaseLife):
    """See the module. ``now`` is the simulated instant (aware UTC); equal seeds repeat exactly.

    ``token`` None lets every non-empty token in; else only that one, all others get 401.
    """

    def __init__(
        self,
        assumptions: Assumptions,
        *,
        now: datetime,
        seed: int = 1,
        token: str | None = None,
    ) -> None:
        super().__init__(assumptions, now=now, seed=seed)
        self._token = token

    # The operations.

    def _answer(self, operation: str, identifier: str, request: Request) -> Response:
        try:
            return self._accept(operation, identifier, request)
        except documented.Refused as refusal:
            return self._whole(orjson.dumps({"error": refusal.text}), status=refusal.status)

    def _accept(self, operation: str, identifier: str, request: Request) -> Response:
        self._check_token(request)
        operations: dict[str, Callable[[str, Request], Response]] = {
            "register": self._register,
            "payment": self._payment,
            "credit_note": self._credit_note,
            "search": self._search,
            "details": self._details,
            "settlements": self._settlements,
            "bookkeep": self._bookkeep,
            "configure_webhook": self._configure_webhook,
            "invite": self._invite,
            **{name: partial(self._act, name) for name in ACTIONS},
        }
        if operation not in operations:
            raise documented.Refused(404, "no such path")
        return operations[operation](identifier, request)

    def _register(self, _: str, request: Request) -> Response:
        body = documented.read_body(request.body)
        documented.check_register(body, self.assumptions)
        amount = documented.amount_of(body, "originalAmount")
        invoice = SimulatedInvoice(
            invoice_id=self.books.next_invoice_id(),
            creditor_id=int(str(body["creditorId"])),
            accounting_invoice_id=documented.optional_text_of(body, "accountingInvoiceId"),
            invoice_no=documented.text_of(body, "invoiceNo"),
            invoice_date=documented.day_of(body, "invoiceDate"),
            original_amount=amount,
            currency=documented.text_of(body, "currencyCode"),
            debtor_number=documented.optional_text_of(body, "debtorNumber"),
            debtor_name=documented.text_of(body, "debtorName"),
            status=self._words("active")[0],
            remaining=amount,
        )
        duplicate = self.books.add_invoice(invoice)
        self.books.registers.append(self._accepted(body, (invoice.invoice_id,), duplicate))
        self._changed(invoice)
        return self._whole(wording.registered(invoice.invoice_id, self.assumptions))

    def _payment(self, _: str, request: Request) -> Response:
        body = documented.read_body(request.body)
        self._report(body, documented.read_payment(body), self.books.payments, is_credit_note=False)
        return self._whole(b"")

    def _credit_note(self, _: str, request: Request) -> Response:
        body = documented.read_body(request.body)
        money = documented.read_credit_note(body)
        self._report(body, money, self.books.credit_notes, is_credit_note=True)
        return self._whole(b"")

    def _search(self, _: str, request: Request) -> Response:
        described, query = self.assumptions.search, request.query
        if query.get("orderBy") != described.order_by:
            raise documented.Refused(400, "orderBy: unknown")
        if query.get("byAscending") != described.by_ascending:
            raise documented.Refused(400, "byAscending: unknown")
        creditor = query.get(described.creditor_parameter or "")
        since = query.get("lastUpdatedTime")
        rows = (
            row
            for row in self.books.feed(since, inclusive=described.boundary_is_inclusive)
            if creditor is None or creditor == str(row.invoice.creditor_id)
        )
        skip, top = _count(query, "skip"), min(_count(query, "top"), PAGE_MAX_ROWS)
        page = list(itertools.islice(rows, skip, skip + top))
        if self.faults.conditions.feed_reordered:
            page = self.books.shuffled(page)
        return self._whole(wording.search(page, self.assumptions))

    def _details(self, identifier: str, _: Request) -> Response:
        invoice = self.books.invoices.get(identifier)
        if invoice is None:
            raise documented.Refused(404, "no such invoice")
        return self._whole(wording.details(invoice, self.assumptions))

    def _settlements(self, _: str, request: Request) -> Response:
        creditor = request.query.get(self.assumptions.settlements.creditor_parameter or "")
        open_only = request.query.get("ExcludeClosed") == "true"
        found = [
            settlement
            for settlement in self.books.settlements.values()
            if (creditor is None or creditor == str(settlement.creditor_id))
            and not (open_only and settlement.booked_as is not None)
        ]
        return self._whole(wording.settlements(found, self.assumptions))

    def _bookkeep(self, identifier: str, request: Request) -> Response:
        settlement = self.books.settlements.get(identifier)
        if settlement is None:
            raise documented.Refused(404, "no such settlement")
        settlement.marked_times += 1
        settlement.booked_as = documented.text_of(request.query, "internalAccountingId")
        return self._whole(b"")

    def _configure_webhook(self, identifier: str, request: Request) -> Response:
        body = documented.read_body(request.body)
        if set(body) != {"secret", "enabled", "url"}:
            raise documented.Refused(400, "secret, enabled and url are required")
        self.webhooks[int(identifier)] = WebhookConfig(
            url=documented.text_of(body, "url"),
            secret=documented.text_of(body, "secret"),
            enabled=body["enabled"] is True,
        )
        return self._whole(b"")

    def _invite(self, identifier: str, request: Request) -> Response:
        body = documented.read_body(request.body)
        documented.text_of(body, "email")
        documented.text_of(body, "name")
        if body.get("isAccountant") is True:
            documented.text_of(body, "countryCode")
            documented.text_of(body, "organizationNumber")
        self.books.invites.append({"creditorId": int(identifier), **body})
        return self._whole(b"")

    def _act(self, name: str, identifier: str, request: Request) -> Response:
        """Do what no document tells, by the call that is assumed for it."""
        invoice = self.books.invoices.get(identifier)
        if invoice is None:
            raise documented.Refused(404, "no such invoice")
        self.books.actions.append((name, identifier))
        if name == "withdraw":
            self.withdraw(identifier)
        elif name == "object":
            self.object_to(identifier)
        else:
            told = f"{request.path} {request.body.decode()}"
            payment = next((p for p in invoice.payments if p.payment_id in told), None)
            if payment is None:
                raise documented.Refused(404, "no such payment")
            self.reverse_payment(identifier, payment.payment_id)
        return self._whole(b"")

    # Below: what the operations share.

    def _report(
        self,
        body: Mapping[str, object],
        money: documented.Money,
        accepted: list[Accepted],
        *,
        is_credit_note: bool,
    ) -> None:
        """Book what the creditor reports; the same report twice counts twice, as is feared."""
        invoice_ids = tuple(invoice_id for invoice_id, _ in money.shares)
        if any(invoice_id not in self.books.invoices for invoice_id in invoice_ids):
            raise documented.Refused(404, "no such invoice")
        duplicate = self.books.was_reported(
            money.accounting_payment_id, invoice_ids, is_credit_note=is_credit_note
        )
        accepted.append(self._accepted(body, invoice_ids, duplicate))
        for invoice_id, amount in money.shares:
            self._money(
                self.books.invoices[invoice_id],
                amount,
                money.on,
                meaning="credited" if is_credit_note else "paid",
                accounting_payment_id=money.accounting_payment_id,
                is_credit_note=is_credit_note,
            )

    def _accepted(
        self, body: Mapping[str, object], invoice_ids: tuple[str, ...], duplicate: bool
    ) -> Accepted:
        return Accepted(at=self.now, body=body, invoice_ids=invoice_ids, duplicate=duplicate)

    def _check_token(self, request: Request) -> None:
        given = request.headers.get(self.assumptions.auth_header, "")
        prefix = self.assumptions.auth_prefix
        token = given.removeprefix(prefix)
        if not given.startswith(prefix) or not token or self._token not in {None, token}:
            raise documented.Refused(401, "unknown token")

    def _route(self, request: Request) -> tuple[str, str]:
        for method, pattern, operation in _ROUTES:
            match = re.fullmatch(pattern, request.path)
            if match is not None and method == request.method:
                return operation, unquote(match.group(1)) if match.groups() else ""
        for name, call in self.assumptions.actions.items():
            if call is None or call.method != request.method:
                continue
            pattern = re.escape(call.path).replace(r"\{invoiceId\}", "([^/]+)")
            match = re.fullmatch(pattern.replace(r"\{paymentId\}", "[^/]+"), request.path)
            if match is not None:
                return name, unquote(match.group(1))
        return "unknown", ""

    def _fail(self, fault: Fault) -> Response:
        body = orjson.dumps({"error": fault.name or "simulated"})
        return self._whole(body, status=fault.status)


def _count(query: Mapping[str, str], name: str) -> int:
    text = query.get(name, "0")
    if not (text.isascii() and text.isdigit()) or len(text) > 9:  # noqa: PLR2004 - nine digits: no longer count fits 32 bits
        raise documented.Refused(400, f"{name}: must be a whole number")
    return int(text)
