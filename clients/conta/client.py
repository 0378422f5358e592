"""Conta's operations over a transport: the one client class, and nothing but calls.

Writes (create and delete a payment, credit an invoice) are sent once, never retried here: payments
have no idempotency key. They raise ``NotSentError``, ``RateLimitedError``, ``InDoubtError`` or a
``RejectedError`` (``refusals.ContaRefusedError`` with Conta's own name where it gave one).
Reads are tried a few times; they raise ``TemporaryError``, ``ProtocolError`` or a
``RejectedError``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime
from typing import TypeVar

from clients.conta import protocol, verdict, wire
from clients.conta import protocol_answers as answers
from clients.conta.assumptions import Assumptions
from clients.errors import ProtocolError
from clients.exchange import Request, Response
from clients.remote_client import RemoteClient
from clients.transport import Timeouts, Transport

T = TypeVar("T")


class ContaClient(RemoteClient[Assumptions]):
    """Speaks for one key and one organisation."""

    secret_name = "API key"

    def __init__(
        self,
        transport: Transport,
        assumptions: Assumptions,
        api_key_source: Callable[[], str],
        *,
        organization_id: int,
        timeouts: Timeouts | None = None,
        observe_date: Callable[[datetime], None] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(
            transport,
            assumptions,
            api_key_source,
            timeouts=timeouts,
            observe_date=observe_date,
            sleep=sleep,
        )
        self.organization_id = organization_id

    async def organizations(self) -> tuple[wire.Organization, ...]:
        """Read the organisations the key may see."""
        return await self._list(
            protocol.build_organizations(), "organisation", answers.organization
        )

    async def bank_accounts(self) -> tuple[wire.BankAccount, ...]:
        """Read the organisation's bank accounts."""
        request = protocol.build_bank_accounts(self.organization_id)
        return await self._list(request, "bank account", answers.bank_account)

    async def customer(self, customer_id: int) -> wire.Customer:
        """Read one customer; ``NotFoundError`` if Conta does not know it."""
        request = protocol.build_customer(self.organization_id, customer_id)
        return await self._one(request, "customer", answers.customer, customer_id)

    async def customers(
        self, *, modified_from: date | None = None, modified_to: date | None = None, page: int = 0
    ) -> wire.Page[wire.CustomerRow]:
        """Read one page of customers, by the day they were last changed."""
        request = protocol.build_customers(
            self.organization_id,
            self.assumptions,
            modified_from=modified_from,
            modified_to=modified_to,
            page=page,
        )
        return await self._page(request, "customer", answers.customer_row)

    async def departments(self, *, page: int = 0) -> wire.Page[wire.Department]:
        """Read one page of departments."""
        request = protocol.build_departments(self.organization_id, self.assumptions, page=page)
        return await self._page(request, "department", answers.department)

    async def projects(self, *, page: int = 0) -> wire.Page[wire.Project]:
        """Read one page of projects."""
        request = protocol.build_projects(self.organization_id, self.assumptions, page=page)
        return await self._page(request, "project", answers.project)

    async def invoices(
        self, query: wire.InvoiceQuery, *, page: int = 0
    ) -> wire.Page[wire.InvoiceRow]:
        """Read one page of the invoice list.

        A list pages by position: rows that leave it between two pages move the rest forward, and
        one may be missed. Look at ``hitCount``, and sweep again.
        """
        request = protocol.build_invoices(self.organization_id, self.assumptions, query, page=page)
        return await self._page(request, "invoice row", answers.invoice_row)

    async def invoice(self, invoice_id: int) -> wire.Invoice:
        """Read one invoice; ``NotFoundError`` if Conta does not know it."""
        request = protocol.build_invoice(self.organization_id, invoice_id)
        return await self._one(request, "invoice", answers.invoice, invoice_id)

    async def events(self, invoice_id: int) -> tuple[wire.InvoiceEvent, ...]:
        """Read an invoice's whole timeline, oldest first: by time of entry, then by id."""
        request = protocol.build_events(self.organization_id, invoice_id)
        page = await self._page(request, "event", answers.event)
        if page.hitCount is not None and page.hitCount > len(page.hits):
            raise ProtocolError("event page: holds fewer events than it counts, and has no next")
        return tuple(sorted(page.hits, key=_entered))

    async def payments(self, invoice_id: int) -> tuple[wire.Payment, ...]:
        """Read an invoice's payments; the only place that tells ``isFromKravia``."""
        request = protocol.build_payments(self.organization_id, invoice_id)
        return await self._list(request, "payment", answers.payment)

    async def invoice_payments(
        self, *, from_date: date | None = None, to_date: date | None = None, page: int = 0
    ) -> wire.Page[wire.InvoicePaymentRow]:
        """Read one page of payments over all invoices, by the day they were entered."""
        request = protocol.build_invoice_payments(
            self.organization_id, self.assumptions, from_date=from_date, to_date=to_date, page=page
        )
        return await self._page(request, "invoice payment", answers.invoice_payment_row)

    async def file_link(self, file_id: int) -> wire.FileLink:
        """Read a temporary link to a file; ``RejectedError`` while the assumption is off."""
        request = protocol.build_file_link(self.organization_id, file_id, self.assumptions)
        return await self._one(request, "file", answers.file_link)

    async def create_payment(self, invoice_id: int, payment: wire.PaymentInput) -> wire.Payment:
        """Book a payment on an invoice; the answer's ``id`` is all that marks it as ours."""
        request = protocol.build_create_payment(self.organization_id, invoice_id, payment)
        return await self._written(request, "payment", answers.payment)

    async def delete_payment(self, payment_id: int) -> None:
        """Undo a payment, on all the invoices it covers."""
        request = protocol.build_delete_payment(self.organization_id, payment_id)
        answers.decipher_done(await self._write(request))

    async def credit_note(self, invoice_id: int, note: wire.CreditNoteInput) -> wire.Invoice:
        """Credit the whole invoice; returns the credit note."""
        request = protocol.build_credit_note(self.organization_id, invoice_id, note)
        return await self._written(request, "credit note", answers.invoice)

    async def every_page(
        self, read_page: Callable[[int], Awaitable[wire.Page[T]]]
    ) -> AsyncIterator[wire.Page[T]]:
        """Yield all pages of a list: ``every_page(lambda page: client.projects(page=page))``.

        Ends when the rows Conta counts are read, or a page is empty; Conta may answer fewer rows
        a page than asked for. ``ProtocolError`` beyond ``lists.pages_max`` pages.
        """
        rows = 0
        for number in range(self.assumptions.lists.pages_max):
            page = await read_page(number)
            rows += len(page.hits)
            yield page
            if not page.hits or (page.hitCount is not None and rows >= page.hitCount):
                return
        raise ProtocolError(f"a list has more than {self.assumptions.lists.pages_max} pages")

    async def _list(self, request: Request, what: str, read: answers.Reader[T]) -> tuple[T, ...]:
        zone = self.assumptions.time_zone
        return await self._read(
            request, lambda response: answers.decipher_list(response, what, read, zone)
        )

    async def _page(self, request: Request, what: str, read: answers.Reader[T]) -> wire.Page[T]:
        zone = self.assumptions.time_zone
        return await self._read(
            request, lambda response: answers.decipher_page(response, what, read, zone)
        )

    async def _one(
        self, request: Request, what: str, read: answers.Reader[T], identifier: int | None = None
    ) -> T:
        zone = self.assumptions.time_zone
        return await self._read(
            request,
            lambda response: answers.decipher_one(
                response, what, read, zone, identifier=identifier
            ),
        )

    async def _written(self, request: Request, what: str, read: answers.Reader[T]) -> T:
        response = await self._write(request)
        return answers.decipher_written(response, what, read, self.assumptions.time_zone)

    def _authorize(self, request: Request, secret: str) -> Request:
        return protocol.authorize(request, secret)

    def _check_write(self, response: Response) -> None:
        verdict.check_write(response, self.assumptions)

    def _check_read(self, response: Response) -> None:
        verdict.check_read(response, self.assumptions)


def _entered(event: wire.InvoiceEvent) -> tuple[bool, float, int]:
    """Order events; those without a time of entry come first."""
    at = event.createdAt
    return (at is not None, 0.0 if at is None else at.timestamp(), event.id)
