"""Fiken's operations over a transport: the one client class, and nothing but calls.

Writes (payment, entry) are sent once, never retried here: no idempotency key. They raise
``NotSentError``, ``RateLimitedError``, ``InDoubtError`` or a ``RejectedError``. Only a call that
401 refused, and so had no effect, is made once more with a renewed token. Reads are tried a few
times; they raise ``TemporaryError``, ``ProtocolError`` or a ``RejectedError``.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date, datetime
from http import HTTPStatus
from typing import TypeVar

from clients.errors import ProtocolError
from clients.exchange import Request, Response
from clients.fiken import protocol, verdict, wire
from clients.fiken import protocol_answers as answers
from clients.fiken.access import Access
from clients.fiken.assumptions import Assumptions
from clients.remote_client import RemoteClient
from clients.transport import Timeouts, Transport

T = TypeVar("T")


class FikenClient(RemoteClient[Assumptions]):
    """Speaks for one company; ``company`` is its slug."""

    secret_name = "Fiken token"

    def __init__(
        self,
        transport: Transport,
        assumptions: Assumptions,
        access: Access,
        *,
        company: str,
        timeouts: Timeouts | None = None,
        observe_date: Callable[[datetime], None] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        super().__init__(
            transport,
            assumptions,
            lambda: self._held,
            timeouts=timeouts,
            observe_date=observe_date,
            sleep=sleep,
        )
        self.access = access
        self.company = company
        self._held = ""

    async def companies(self, *, page: int = 0) -> wire.Page[wire.Company]:
        """Read one page of the companies that were opened to the application."""
        request = protocol.build_companies(self.assumptions, page=page)
        return await self._page(request, "company", answers.company)

    async def bank_accounts(self, *, page: int = 0) -> wire.Page[wire.BankAccount]:
        """Read one page of the company's bank accounts."""
        request = protocol.build_bank_accounts(self.company, self.assumptions, page=page)
        return await self._page(request, "bank account", answers.bank_account)

    async def contact(self, contact_id: int) -> wire.Contact:
        """Read one contact; ``NotFoundError`` if Fiken does not know it."""
        request = protocol.build_contact(self.company, contact_id)
        return await self._read(
            request,
            lambda response: answers.decipher_one(
                response, "contact", answers.contact, name="contactId", of=contact_id
            ),
        )

    async def contacts(self, *, modified_from: date, page: int = 0) -> wire.Page[wire.Contact]:
        """Read one page of contacts, by the day they were last changed."""
        request = protocol.build_contacts(
            self.company, self.assumptions, modified_from=modified_from, page=page
        )
        return await self._page(request, "contact", answers.contact)

    async def invoices(self, query: wire.InvoiceQuery, *, page: int = 0) -> wire.Page[wire.Invoice]:
        """Read one page of invoices, whole.

        A list pages by position: rows that leave it between two pages move the rest forward, and
        one may be missed. Sweep again.
        """
        request = protocol.build_invoices(self.company, self.assumptions, query, page=page)
        return await self._page(request, "invoice", answers.invoice)

    async def invoice(self, invoice_id: int) -> wire.Invoice:
        """Read one invoice; ``NotFoundError`` if Fiken does not know it."""
        request = protocol.build_invoice(self.company, invoice_id)
        return await self._read(
            request,
            lambda response: answers.decipher_one(
                response, "invoice", answers.invoice, name="invoiceId", of=invoice_id
            ),
        )

    async def credit_note(self, credit_note_id: int) -> wire.CreditNote:
        """Read one credit note."""
        request = protocol.build_credit_note(self.company, credit_note_id)
        return await self._read(
            request,
            lambda response: answers.decipher_one(
                response,
                "credit note",
                answers.credit_note,
                name="creditNoteId",
                of=credit_note_id,
            ),
        )

    async def payments(self, sale_id: int) -> tuple[wire.Payment, ...]:
        """Read a sale's payments; there is no list over sales."""
        request = protocol.build_payments(self.company, sale_id)
        return await self._read(
            request, lambda response: answers.decipher_list(response, "payment", answers.payment)
        )

    async def create_payment(self, sale_id: int, payment: wire.PaymentInput) -> int:
        """Book a payment on a sale; returns its id, which is all that marks it as ours."""
        request = protocol.build_create_payment(self.company, sale_id, payment)
        return answers.decipher_made(await self._write(request), "payments")

    async def journal_entries(
        self, *, date_from: date, page: int = 0
    ) -> wire.Page[wire.JournalEntry]:
        """Read one page of the entries of the books from a day on."""
        request = protocol.build_journal_entries(
            self.company, self.assumptions, date_from=date_from, page=page
        )
        return await self._page(request, "journal entry", answers.journal_entry)

    async def create_journal_entry(self, entry: wire.JournalEntryInput) -> str | None:
        """Book a free entry; the number in its ``Location``, which says not of what, if any."""
        request = protocol.build_create_journal_entry(self.company, entry)
        return answers.decipher_accepted(await self._write(request))

    async def every_page(
        self, read_page: Callable[[int], Awaitable[wire.Page[T]]]
    ) -> AsyncIterator[wire.Page[T]]:
        """Yield all pages of a list: ``every_page(lambda page: client.companies(page=page))``.

        Ends with the last page Fiken counts; where it counts none, with an empty page.
        ``ProtocolError`` beyond ``lists.pages_max`` pages.
        """
        for number in range(self.assumptions.pages_max):
            page = await read_page(number)
            yield page
            if not page.rows or (page.pageCount is not None and number + 1 >= page.pageCount):
                return
        raise ProtocolError(f"a list has more than {self.assumptions.pages_max} pages")

    async def _page(self, request: Request, what: str, read: answers.Reader[T]) -> wire.Page[T]:
        return await self._read(
            request, lambda response: answers.decipher_page(response, what, read)
        )

    async def _send(self, request: Request) -> Response:
        self._held = used = await self.access.token()
        response = await super()._send(request)
        if response.status == HTTPStatus.UNAUTHORIZED and await self.access.renewed(used):
            self._held = await self.access.token()
            response = await super()._send(request)
        return response

    def _authorize(self, request: Request, secret: str) -> Request:
        return protocol.authorize(request, secret, str(uuid.uuid4()))

    def _check_write(self, response: Response) -> None:
        verdict.check_write(response)

    def _check_read(self, response: Response) -> None:
        verdict.check_read(response)
