"""Tripletex's operations over a transport: the one client class, and nothing but calls.

Calls need a session, made from the consumer's and the employee's token and made again each day.
Writes (payment, voucher) are sent once, never retried here: no idempotency key. They raise
``NotSentError``, ``RateLimitedError``, ``InDoubtError`` or a ``RejectedError``. Reads are tried a
few times; they raise ``TemporaryError``, ``ProtocolError`` or a ``RejectedError``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import TypeVar

from clients.errors import InDoubtError, NotSentError, ProtocolError
from clients.exchange import Request, Response
from clients.remote_client import RemoteClient
from clients.transport import Timeouts, Transport
from clients.tripletex import protocol, verdict, wire
from clients.tripletex import protocol_answers as answers
from clients.tripletex.assumptions import Assumptions
from clients.tripletex.verdict import RESULT_SET_TOO_LARGE, TripletexRefusedError

T = TypeVar("T")

PAGES_MAX = 10_000
"""More pages than any list of ours has: one that never ends is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """The two secrets a session is made of."""

    consumer: str
    employee: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    token: str
    made_on: date


class TripletexClient(RemoteClient[Assumptions]):
    """Speaks for one company. ``today`` is the calendar day in Oslo, where sessions end.

    ``tokens_source`` is asked for each new session, so rotated tokens need no restart.
    """

    secret_name = "session token"

    def __init__(
        self,
        transport: Transport,
        assumptions: Assumptions,
        tokens_source: Callable[[], Tokens],
        *,
        company_id: int,
        today: Callable[[], date],
        timeouts: Timeouts | None = None,
        observe_date: Callable[[datetime], None] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(
            transport,
            assumptions,
            self._session_token,
            timeouts=timeouts,
            observe_date=observe_date,
            sleep=sleep,
        )
        self.company_id = company_id
        self.today = today
        self._tokens_source = tokens_source
        self._session: _Session | None = None
        self._making_session = asyncio.Lock()

    async def who_am_i(self) -> wire.WhoAmI:
        """Read whose session it is."""
        return await self._one(protocol.build_who_am_i(), "session", answers.who_am_i)

    async def invoices(
        self, query: wire.InvoiceQuery, *, at: int = 0
    ) -> wire.Page[wire.InvoiceRow]:
        """Read one page of the invoice list, from the row ``at``."""
        request = protocol.build_invoices(self.assumptions, query, at=at)
        return await self._page(request, "invoice row", answers.invoice_row)

    async def every_invoice(
        self, query: wire.InvoiceQuery
    ) -> AsyncIterator[tuple[wire.InvoiceRow, ...]]:
        """Yield all pages of the range of invoice dates, in parts that each may be asked for."""
        waiting = [query]
        while waiting:
            part = waiting.pop()
            first = await self._first_page(part)
            if first is None:
                waiting += reversed(_halves(part))
                continue
            yield first.values
            read = len(first.values)
            while first.values and read < (first.fullResultSize or 0):
                page = await self.invoices(part, at=read)
                if not page.values:
                    break
                yield page.values
                read += len(page.values)

    async def invoice(self, invoice_id: int) -> wire.Invoice:
        """Read one invoice whole; ``NotFoundError`` if Tripletex does not know it."""
        request = protocol.build_invoice(invoice_id)
        return await self._one(request, "invoice", answers.invoice, invoice_id)

    async def customer(self, customer_id: int) -> wire.Customer:
        """Read one customer; ``NotFoundError`` if Tripletex does not know it."""
        request = protocol.build_customer(customer_id)
        return await self._one(request, "customer", answers.customer, customer_id)

    def changed_customers(self, since: date) -> AsyncIterator[tuple[int, ...]]:
        """Yield the ids of customers changed on or after a day, page by page."""
        return self._every_page(
            lambda at: protocol.build_customers(self.assumptions, changed_since=since, at=at),
            "customer",
            answers.identifier,
        )

    async def close_group(self, close_group_id: int) -> wire.CloseGroup:
        """Read what settles what."""
        request = protocol.build_close_group(close_group_id)
        return await self._one(request, "close group", answers.close_group, close_group_id)

    def postings(
        self, date_from: date, date_to: date, type_: str
    ) -> AsyncIterator[tuple[wire.Posting, ...]]:
        """Yield the postings of one type from a day until before another, page by page."""
        return self._every_page(
            lambda at: protocol.build_postings(
                self.assumptions, date_from=date_from, date_to=date_to, type_=type_, at=at
            ),
            "posting",
            answers.posting,
        )

    async def payment_type(self, payment_type_id: int) -> wire.PaymentType:
        """Read a way to be paid; ``NotFoundError`` if there is none."""
        request = protocol.build_payment_type(payment_type_id)
        return await self._one(request, "payment type", answers.payment_type, payment_type_id)

    async def accounting_periods(self) -> tuple[wire.AccountingPeriod, ...]:
        """Read all months of the books."""
        return await self._whole(
            lambda at: protocol.build_accounting_periods(self.assumptions, at=at),
            "accounting period",
            answers.accounting_period,
        )

    async def vat_types(self) -> tuple[wire.VatType, ...]:
        """Read what VAT may be reckoned on a posting."""
        return await self._whole(
            lambda at: protocol.build_vat_types(self.assumptions, at=at),
            "VAT type",
            answers.vat_type,
        )

    async def subscriptions(self) -> tuple[wire.Subscription, ...]:
        """Read the webhooks that Tripletex sends for this consumer."""
        return await self._whole(
            lambda at: protocol.build_subscriptions(self.assumptions, at=at),
            "subscription",
            answers.subscription,
        )

    async def pay(self, invoice_id: int, payment: wire.PaymentInput) -> None:
        """Book a payment on an invoice. The answer is the invoice: it names no payment."""
        response = await self._write(protocol.build_payment(invoice_id, payment))
        answers.decipher_done(response)

    async def accounts(self, number: int) -> tuple[wire.Account, ...]:
        """Read the accounts of a number: one or none."""
        request = protocol.build_accounts(self.assumptions, number=number)
        return (await self._page(request, "account", answers.account)).values

    async def vouchers(self, external_number: str) -> tuple[int, ...]:
        """Read the ids of the vouchers that carry this ``externalVoucherNumber``, exactly."""
        request = protocol.build_vouchers(self.assumptions, external_number=external_number)
        page = await self._page(request, "voucher", answers.voucher)
        return tuple(number for number, external in page.values if external == external_number)

    async def create_voucher(self, voucher: wire.VoucherInput) -> int:
        """Book a voucher; its id."""
        response = await self._write(protocol.build_voucher(voucher))
        return answers.decipher_made(response, "voucher")

    # Below: what the operations share.

    async def _first_page(self, part: wire.InvoiceQuery) -> wire.Page[wire.InvoiceRow] | None:
        """Return the first page, None where there is more than one list may hold."""
        can_be_halved = part.invoiceDateTo - part.invoiceDateFrom > timedelta(days=1)
        try:
            page = await self.invoices(part)
        except TripletexRefusedError as error:
            if error.code == RESULT_SET_TOO_LARGE and can_be_halved:
                return None
            raise
        too_large = (page.fullResultSize or 0) > self.assumptions.lists.result_set_max_rows
        return None if too_large and can_be_halved else page

    async def _every_page(
        self, build: Callable[[int], Request], what: str, read: answers.Reader[T]
    ) -> AsyncIterator[tuple[T, ...]]:
        rows = 0
        for _ in range(PAGES_MAX):
            page = await self._page(build(rows), what, read)
            rows += len(page.values)
            yield page.values
            if not page.values or rows >= (page.fullResultSize or 0):
                return
        raise ProtocolError(f"a list has more than {PAGES_MAX} pages")

    async def _whole(
        self, build: Callable[[int], Request], what: str, read: answers.Reader[T]
    ) -> tuple[T, ...]:
        return tuple([row async for page in self._every_page(build, what, read) for row in page])

    async def _page(self, request: Request, what: str, read: answers.Reader[T]) -> wire.Page[T]:
        return await self._read(
            request, lambda response: answers.decipher_page(response, what, read)
        )

    async def _one(
        self, request: Request, what: str, read: answers.Reader[T], identifier: int | None = None
    ) -> T:
        return await self._read(
            request,
            lambda response: answers.decipher_one(response, what, read, identifier=identifier),
        )

    async def _send(self, request: Request) -> Response:
        """Send under a session; one that ended is no verdict on the call, which had no effect."""
        is_fresh = await self._ensure_session()
        used = self._session
        response = await super()._send(request)
        if response.status == HTTPStatus.UNAUTHORIZED:
            if self._session is used:
                self._session = None
            if not is_fresh:
                raise NotSentError(
                    "the session had ended: a new one is made next", status=response.status
                )
        return response

    async def _ensure_session(self) -> bool:
        """Have a session of today; whether it was made just now."""
        async with self._making_session:
            today = self.today()
            if self._session is not None and self._session.made_on == today:
                return False
            token = await self._make_session(today)
            self._session = _Session(token=token, made_on=today)
            return True

    async def _make_session(self, today: date) -> str:
        """Make one; whatever is unclear about it, the call it is for was not sent."""
        try:
            tokens = self._tokens_source()
        except Exception as error:
            name = type(error).__name__
            raise NotSentError(f"the Tripletex tokens could not be read: {name}") from error
        expires_on = today + timedelta(days=self.assumptions.session_days)
        request = protocol.build_create_session(tokens.consumer, tokens.employee, expires_on)
        try:
            response = await self._transport.send(request, timeouts=self._timeouts)
            verdict.check_session(response)
            return answers.decipher_one(response, "session", answers.session_token)
        except (InDoubtError, ProtocolError) as error:
            raise NotSentError(f"no session could be made: {error}", status=error.status) from error

    def _session_token(self) -> str:
        if self._session is None:
            raise LookupError("no session")
        return self._session.token

    def _authorize(self, request: Request, secret: str) -> Request:
        return protocol.authorize(request, self.company_id, secret)

    def _check_write(self, response: Response) -> None:
        verdict.check_write(response)

    def _check_read(self, response: Response) -> None:
        verdict.check_read(response)


def _halves(query: wire.InvoiceQuery) -> tuple[wire.InvoiceQuery, wire.InvoiceQuery]:
    middle = query.invoiceDateFrom + (query.invoiceDateTo - query.invoiceDateFrom) // 2
    return replace(query, invoiceDateTo=middle), replace(query, invoiceDateFrom=middle)
