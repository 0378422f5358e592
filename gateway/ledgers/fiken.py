"""Fiken: a ledger that pushes nothing and is asked; it has nowhere to write a status.

What is asked, per company, one call at a time and at most four a second (``clients.fiken.rate``):

============================ =========================================================
the unsettled invoices       one call a page of 100: 1,000 for 100,000, four minutes
payments entered since a day one call a page of invoices changed since, settled ones too
contacts changed since       one call a page, and one for each with open claims
an invoice read whole        2 calls: invoice (with its sale and payments), contact; one more
                             for each credit note
a debtor's unpaid invoices   one call
============================ =========================================================

``lastModified`` is a day, never a time: whoever asks for what changed asks from the day before.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from datetime import date, datetime

from clients.errors import NotFoundError
from clients.fiken import wire
from clients.fiken.client import FikenClient
from gateway.domain.invoice import Debtor
from gateway.ledgers.fiken_bookings import FikenBookings
from gateway.ledgers.fiken_ids import fiken_id
from gateway.ledgers.ledger import (
    Absent,
    Answer,
    Check,
    EnteredPayment,
    Fetched,
    Listed,
    Snapshot,
    Unusable,
)
from gateway.ledgers.told_of_money import told_of_money
from mappers.debtor_from_fiken import debtor_from_fiken
from mappers.invoice_from_fiken import FactsUntold, invoice_from_fiken
from mappers.standing_from_fiken import FikenStanding, standing_from_fiken

CANNOT_TELL = (
    "letters: Fiken shows that one was sent, not when: Kravia sends the collection notice",
    "INK-18: Fiken has no contract date and no birth date, so a minor is not recognised",
    "INK-20: Fiken does not know of a bankruptcy",
    "INK-22: Fiken does not know of debt settlements, winding up or dissolution",
    "person or company: who has no organisation number counts as a person",
    "objections: send objection.raised and objection.resolved as webhooks",
    "Fiken's own link to an agency: what it sent shows only in the mirror of Kravia's feed",
)
"""Facts that Fiken has no field for, by rule where a rule asks for them."""


class FikenSource:
    """The asking side of one company in Fiken."""

    def __init__(self, client: FikenClient, *, payment_account: str | None = None) -> None:
        self._client = client
        self._payment_account = payment_account

    async def unpaid(self) -> AsyncIterator[tuple[Listed, ...]]:
        """List all unsettled invoices, due or not; cash sales are left out."""
        async for page in self._invoices(wire.InvoiceQuery(settled=False)):
            yield _listed(page.rows)

    async def entered_payments(self, since: date) -> AsyncIterator[tuple[EnteredPayment, ...]]:
        """List the payments on invoices changed since: no list of Fiken's names payments alone.

        Empty where ``lists.payment_touches_invoice`` is not assumed.
        """
        if not self._client.assumptions.payment_touches_invoice:
            return
        async for page in self._invoices(wire.InvoiceQuery(lastModifiedGe=since)):
            yield tuple(
                EnteredPayment(invoice_id=str(row.invoiceId), payment_id=str(payment.paymentId))
                for row in page.rows
                if row.sale is not None
                for payment in row.sale.salePayments or ()
            )

    async def changed_debtors(self, since: date) -> AsyncIterator[tuple[str, ...]]:
        """List contacts by the day they were last changed."""
        async for page in self._client.every_page(
            lambda number: self._client.contacts(modified_from=since, page=number)
        ):
            yield tuple(str(row.contactId) for row in page.rows)

    async def fetch_debtor(self, debtor_number: str) -> Debtor | None:
        """Read the contact as a claim carries it."""
        try:
            contact = await self._client.contact(fiken_id(debtor_number))
        except NotFoundError:
            return None
        return debtor_from_fiken(contact, self._client.assumptions)

    async def fetch_invoice(
        self,
        invoice_id: str,
        listed: Listed | None,  # noqa: ARG002 - protocol: the line tells nothing the invoice does not
    ) -> Fetched:
        """Read invoice, contact and credit notes, and join them."""
        try:
            invoice = await self._client.invoice(fiken_id(invoice_id))
        except NotFoundError:
            return Absent()
        standing = standing_from_fiken(invoice)
        match standing:
            case FikenStanding.DELETED:
                return Absent()
            case FikenStanding.CASH:
                return Unusable(why="it is a cash sale")
            case FikenStanding.UNTOLD:
                return Unusable(
                    why="Fiken does not tell whether its sale is settled", is_fault=True
                )
        if invoice.customerId is None:
            return Unusable(why="Fiken does not tell its customer", is_fault=True)
        contact = await self._client.contact(invoice.customerId)
        notes = [await self._client.credit_note(each) for each in invoice.associatedCreditNotes]
        assumptions = self._client.assumptions
        facts = invoice_from_fiken(
            invoice, contact, await self._payments(invoice), notes, assumptions
        )
        if isinstance(facts, FactsUntold):
            told = ", ".join(facts.fields)
            return Unusable(why=f"Fiken does not tell its {told}", is_fault=True)
        return Snapshot(
            invoice=facts,
            is_open=standing is FikenStanding.OPEN,
            written_off=standing is FikenStanding.WRITTEN_OFF,
        )

    async def open_invoices_of_debtor(self, debtor_number: str) -> tuple[Listed, ...]:
        """List the contact's unsettled invoices."""
        query = wire.InvoiceQuery(settled=False, customerId=fiken_id(debtor_number))
        found: list[Listed] = []
        async for page in self._invoices(query):
            found += _listed(page.rows)
        return tuple(found)

    async def pdf_link(self, invoice_id: str) -> str | None:
        """Ask for the link that asks its reader to log in to Fiken."""
        return (await self._client.invoice(fiken_id(invoice_id))).invoicePdf

    async def check(self) -> Check:
        """Look for the company among those opened to us, for its API and the account."""
        known = {
            each.slug: each
            async for page in self._client.every_page(
                lambda number: self._client.companies(page=number)
            )
            for each in page.rows
        }
        company = known.get(self._client.company)
        if company is None:
            fault = (
                f"the token does not see the company {self._client.company}: its user must open it"
                " to the application"
            )
            return Check(name=None, faults=(fault,), cannot_tell=CANNOT_TELL)
        faults = [fault async for fault in self._faults(company)]
        return Check(name=company.name, faults=tuple(faults), cannot_tell=CANNOT_TELL)

    async def _faults(self, company: wire.Company) -> AsyncIterator[str]:
        if company.hasApiAccess is False:
            yield "the company has not bought Fiken's API module"
        if self._client.access.problem is not None:
            yield self._client.access.problem
        if self._payment_account is None:
            return
        accounts = {
            account.accountCode
            async for page in self._client.every_page(
                lambda number: self._client.bank_accounts(page=number)
            )
            for account in page.rows
            if not account.inactive
        }
        if self._payment_account not in accounts:
            yield f"the company has no active bank account {self._payment_account}"

    def _invoices(self, query: wire.InvoiceQuery) -> AsyncIterator[wire.Page[wire.Invoice]]:
        return self._client.every_page(lambda number: self._client.invoices(query, page=number))

    async def _payments(self, invoice: wire.Invoice) -> tuple[wire.Payment, ...]:
        """Take the sale's payments from the invoice, or ask where it came without them."""
        sale = invoice.sale
        if sale is None:
            return ()
        if sale.salePayments is not None:
            return sale.salePayments
        return await self._client.payments(sale.saleId)


class FikenLedger:
    """Fiken as a ledger: asked through ``source``, told next to nothing.

    ``bookings`` and ``bank_books_pay_outs``: as ``told_of_money`` says.
    """

    def __init__(
        self,
        source: FikenSource,
        *,
        bank_books_pay_outs: bool = False,
        bookings: FikenBookings | None = None,
    ) -> None:
        self.source = source
        self.bookings = bookings
        self._bank_books_pay_outs = bank_books_pay_outs

    async def deliver(
        self,
        *,
        message_id: str,  # noqa: ARG002 - protocol
        kind: str,
        timestamp: str,  # noqa: ARG002 - protocol
        data: dict[str, object],
        now: datetime,  # noqa: ARG002 - protocol
    ) -> Answer:
        """Say why nothing is written to Fiken, and leave money to whoever books it."""
        return told_of_money(
            kind,
            data,
            ledger="Fiken",
            bank_books=self._bank_books_pay_outs,
            books=self.bookings is not None,
        )


def _listed(rows: Iterable[wire.Invoice]) -> tuple[Listed, ...]:
    return tuple(
        Listed(
            invoice_id=str(row.invoiceId),
            debtor_number=None if row.customerId is None else str(row.customerId),
            due_on=row.dueDate,
            fingerprint=_hash(row),
        )
        for row in rows
        if not row.cash
    )


def _hash(row: wire.Invoice) -> bytes:
    """Hash all that may be news: a link may be another at each asking."""
    return hashlib.sha256(repr(replace(row, invoicePdf=None)).encode()).digest()
