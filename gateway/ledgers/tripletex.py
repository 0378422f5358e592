"""Tripletex: a ledger that is asked; its signed webhooks only say that it is worth asking now.

What is asked, per company (a page has ``lists.page_size_rows`` rows, shipped 1,000):

============================ =========================================================
the unpaid invoices          one call a page of all invoices of ``lists.years_back``
                             years, paid ones too: the list has no filter for them
payments entered since a day one call a page and type; one for each invoice's number
                             that no list has shown
customers changed since      one call a page, and one for each with open claims
an invoice read whole        1 call; one more for what closes it, one for credit notes
a debtor's unpaid invoices   one call
============================ =========================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable
from datetime import date, datetime, timedelta

from clients.errors import NotFoundError
from clients.tripletex import wire
from clients.tripletex.client import TripletexClient
from gateway.domain.invoice import Debtor
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
from gateway.ledgers.tripletex_bookings import TripletexBookings
from gateway.ledgers.tripletex_ids import tripletex_id
from mappers.debtor_from_tripletex import debtor_from_tripletex
from mappers.invoice_from_tripletex import FactsMissing, invoice_from_tripletex

CREDIT_POSTING = "OUTGOING_INVOICE_CUSTOMER_POSTING"
"""The type of an invoice's own posting, and of a credit note's, which is negative."""

NUMBERS_MAX = 200_000
"""Invoices whose id is remembered by their number, the newest: some 20 MB. A posting names only the
number, and on the rest one call each would be spent."""

CANNOT_TELL = (
    "INK-18: Tripletex has no birth date and no contract date, so a minor is not recognised",
    "INK-20: Tripletex does not know of a bankruptcy",
    "INK-22: Tripletex does not know of debt settlements, winding up or dissolution",
    "INK-10: how a letter went; a reminder that was made counts as sent on its day",
    "an objection: send objection.raised as a webhook, or withdraw the claim",
    "a loss: no posting says that it is one; what a voucher took off goes to a person",
)
"""Facts that Tripletex has no field for, by rule where a rule asks for them."""


class TripletexSource:
    """The asking side of one company in Tripletex.

    ``payment_type_id`` is looked up by ``check``. ``expects_webhooks``: a secret is set, so that a
    subscription that stopped is a fault.
    """

    def __init__(
        self,
        client: TripletexClient,
        *,
        payment_type_id: int | None = None,
        expects_webhooks: bool = False,
    ) -> None:
        self._client = client
        self._payment_type_id = payment_type_id
        self._expects_webhooks = expects_webhooks
        self._ids_by_number: dict[int, int | None] = {}

    async def unpaid(self) -> AsyncIterator[tuple[Listed, ...]]:
        """List the invoices with something left; credit notes and drafts are left out."""
        async for rows in self._client.every_invoice(self._query()):
            for row in rows:
                if row.invoiceNumber:
                    self._remember(row.invoiceNumber, row.id)
            yield _listed(rows)

    async def entered_payments(self, since: date) -> AsyncIterator[tuple[EnteredPayment, ...]]:
        """List payments by their own day, some days further back: when it was entered is not told.

        One of several invoices at once names none of them: what it left of each shows in the list.
        """
        first = since - timedelta(days=self._client.assumptions.payments.days_back)
        until = self._client.today() + timedelta(days=1)
        for type_ in sorted(self._client.assumptions.payments.types):
            async for postings in self._client.postings(first, until, type_):
                found = []
                for each in postings:
                    invoice_id = await self._invoice_of(each)
                    if invoice_id is not None:
                        found.append(
                            EnteredPayment(invoice_id=str(invoice_id), payment_id=str(each.id))
                        )
                yield tuple(found)

    async def changed_debtors(self, since: date) -> AsyncIterator[tuple[str, ...]]:
        """List customers by the day they were last changed."""
        async for ids in self._client.changed_customers(since):
            yield tuple(map(str, ids))

    async def fetch_debtor(self, debtor_number: str) -> Debtor | None:
        """Read the customer as a claim carries it."""
        try:
            customer = await self._client.customer(tripletex_id(debtor_number))
        except NotFoundError:
            return None
        return debtor_from_tripletex(customer, self._client.assumptions)

    async def fetch_invoice(self, invoice_id: str, listed: Listed | None) -> Fetched:  # noqa: ARG002 - protocol
        """Read the invoice, what closes it, and the credit notes where there may be some."""
        try:
            invoice = await self._client.invoice(tripletex_id(invoice_id))
        except NotFoundError:
            return Absent()
        if invoice.isCreditNote is True:
            return Unusable(why="it is a credit note")
        if invoice.isCharged is False:
            return Unusable(why="it is a draft")
        groups = [
            await self._client.close_group(group_id)
            for group_id in sorted({each.closeGroupId or 0 for each in invoice.postings} - {0})
        ]
        credits_ = await self._credit_rows(invoice, groups)
        facts = invoice_from_tripletex(invoice, groups, credits_, self._client.assumptions)
        if isinstance(facts, FactsMissing):
            told = ", ".join(facts.fields)
            return Unusable(why=f"Tripletex does not tell its {told}", is_fault=True)
        return Snapshot(invoice=facts, is_open=facts.outstanding > 0)

    async def open_invoices_of_debtor(self, debtor_number: str) -> tuple[Listed, ...]:
        """List the customer's invoices with something left."""
        found: list[Listed] = []
        query = self._query(customer_id=tripletex_id(debtor_number))
        async for rows in self._client.every_invoice(query):
            found += _listed(rows)
        return tuple(found)

    async def pdf_link(self, invoice_id: str) -> str | None:  # noqa: ARG002 - protocol
        """Tripletex gives the file itself and no link to it."""
        return None

    async def check(self) -> Check:
        """Look whose session it is, for the payment type, and whether the webhooks still come."""
        who = await self._client.who_am_i()
        faults = []
        if who.companyId != self._client.company_id:
            faults.append(
                f"the session is company {who.companyId}'s: set company_id to it, or use"
                f" the tokens of {self._client.company_id}"
            )
        if self._payment_type_id is not None:
            try:
                await self._client.payment_type(self._payment_type_id)
            except NotFoundError:
                faults.append(f"the company has no payment type {self._payment_type_id}")
        if self._expects_webhooks:
            faults += await self._webhook_faults()
        return Check(name=who.companyName, faults=tuple(faults), cannot_tell=CANNOT_TELL)

    async def _webhook_faults(self) -> list[str]:
        """Say what stopped; closeGroup.create is the one that tells of payments."""
        known = self._client.assumptions.webhooks.events
        ours = [
            each
            for each in await self._client.subscriptions()
            if (each.event or "").lower() in known
        ]
        stopped = [
            f"the subscription {each.id} of {each.event} is {each.status}: nothing comes of it;"
            " set it to ACTIVE again"
            for each in ours
            if each.status != "ACTIVE"
        ]
        if not any((each.event or "").lower() == "closegroup.create" for each in ours):
            stopped.append(
                "webhook_secret is set, but nothing is subscribed to closeGroup.create: payments"
                " are found by sweeps alone"
            )
        return stopped

    async def _credit_rows(
        self, invoice: wire.Invoice, groups: Iterable[wire.CloseGroup]
    ) -> tuple[wire.InvoiceRow, ...]:
        """List the customer's invoices since this one, if a credit note may be among them."""
        has_credit = invoice.isCredited is True or any(
            posting.type == CREDIT_POSTING and (posting.amount or 0) < 0
            for group in groups
            for posting in group.postings
        )
        if not has_credit or invoice.customer is None or invoice.invoiceDate is None:
            return ()
        query = wire.InvoiceQuery(
            invoiceDateFrom=invoice.invoiceDate,
            invoiceDateTo=max(self._client.today(), invoice.invoiceDate) + timedelta(days=1),
            customerId=invoice.customer.id,
        )
        return tuple([row async for rows in self._client.every_invoice(query) for row in rows])

    async def _invoice_of(self, posting: wire.Posting) -> int | None:
        """Find the invoice whose number a posting carries: numbers never change their invoice."""
        text = posting.invoiceNumber or ""
        number = int(text) if text.isascii() and text.isdigit() else 0
        if not number:
            return None
        if number not in self._ids_by_number:
            page = await self._client.invoices(self._query(invoice_number=number))
            ids = [row.id for row in page.values if row.invoiceNumber == number]
            self._remember(number, ids[0] if len(ids) == 1 else None)
        return self._ids_by_number[number]

    def _remember(self, number: int, invoice_id: int | None) -> None:
        self._ids_by_number[number] = invoice_id
        if len(self._ids_by_number) > NUMBERS_MAX:
            del self._ids_by_number[next(iter(self._ids_by_number))]

    def _query(
        self, *, customer_id: int | None = None, invoice_number: int | None = None
    ) -> wire.InvoiceQuery:
        """All invoices of the years looked back on; one that is overdue is dated today at most."""
        today = self._client.today()
        days = self._client.assumptions.lists.years_back * 366
        return wire.InvoiceQuery(
            invoiceDateFrom=today - timedelta(days=days),
            invoiceDateTo=today + timedelta(days=1),
            customerId=customer_id,
            invoiceNumber=invoice_number,
        )


class TripletexLedger:
    """Tripletex as a ledger: asked through ``source``, told nothing but payments.

    ``bookings`` as at every ledger; ``bank_books_pay_outs``: Kravia pays with the invoice's KID, so
    the bank's file books it (``payout_model = "kid"``). With neither a person does (``"unknown"``).
    """

    def __init__(
        self,
        source: TripletexSource,
        *,
        bank_books_pay_outs: bool = False,
        bookings: TripletexBookings | None = None,
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
        """Say why nothing is written, and leave money to whoever books it.

        ``/voucherStatus`` could show an agency's case; Tripletex must open it for each company.
        """
        return told_of_money(
            kind,
            data,
            ledger="Tripletex",
            bank_books=self._bank_books_pay_outs,
            books=self.bookings is not None,
        )


def _listed(rows: Iterable[wire.InvoiceRow]) -> tuple[Listed, ...]:
    return tuple(
        Listed(
            invoice_id=str(row.id),
            debtor_number=None if row.customerId is None else str(row.customerId),
            due_on=row.invoiceDueDate,
            fingerprint=hashlib.sha256(repr(row).encode()).digest(),
        )
        for row in rows
        if row.isCreditNote is not True
        and row.isCharged is not False
        and (row.amountCurrencyOutstanding is None or row.amountCurrencyOutstanding > 0)
    )
