"""Conta: a ledger that pushes nothing and is asked; it has nowhere to write a status.

What is asked, per organisation (a page has ``lists.page_size_rows`` rows, shipped 500):

============================ =========================================================
the unpaid invoices          one call a page: 200 for 100,000
payments entered since a day one call a page
customers changed since      one call a page, and one for each with open claims
an invoice read whole        4 calls: invoice, customer, timeline, payments; one more for
                             ``kraviaInvoiceStatus``, which only the list has
a debtor's unpaid invoices   one call
============================ =========================================================
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from clients.conta import wire
from clients.conta.client import ContaClient
from clients.errors import NotFoundError
from gateway.domain.claim import CloseReason
from gateway.domain.invoice import Debtor, Invoice, Payment
from gateway.ledgers.conta_bookings import ContaBookings
from gateway.ledgers.conta_ids import conta_id
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
from mappers.debtor_from_conta import debtor_from_conta
from mappers.elsewhere_from_conta import elsewhere_from_conta
from mappers.invoice_from_conta import FactsMissing, invoice_from_conta
from mappers.payment_from_conta import payment_from_conta
from mappers.postponement_from_conta import postponement_from_conta
from mappers.status_from_conta import Ended, NotAClaim, Sold, status_from_conta

UNPAID = "UNPAID"
"""The list filter; ``GET /invoices/unpaid`` would give the three newest only."""

CANNOT_TELL = (
    "INK-18: Conta has no contract date and often no birth date, so a minor is not recognised",
    "INK-20: Conta does not know of a bankruptcy",
    "INK-22: Conta does not know of debt settlements, winding up or dissolution",
    "two letters: Conta keeps the newest one's kind, deadline and fee; others count as reminders",
    "how an objection ended: send objection.resolved as a webhook, or withdraw the claim",
)
"""Facts that Conta has no field for, by rule where a rule asks for them."""


class ContaSource:
    """The asking side of one organisation in Conta."""

    def __init__(self, client: ContaClient, *, bank_account_id: int | None = None) -> None:
        self._client = client
        self._bank_account_id = bank_account_id

    async def unpaid(self) -> AsyncIterator[tuple[Listed, ...]]:
        """List all unpaid invoices; credit notes and cash sales are left out."""
        query = wire.InvoiceQuery(type=UNPAID)
        async for page in self._client.every_page(
            lambda number: self._client.invoices(query, page=number)
        ):
            yield _listed(page.hits)

    async def entered_payments(self, since: date) -> AsyncIterator[tuple[EnteredPayment, ...]]:
        """List payments by the day they were entered in Conta."""
        async for page in self._client.every_page(
            lambda number: self._client.invoice_payments(from_date=since, page=number)
        ):
            yield tuple(
                EnteredPayment(invoice_id=str(row.invoiceId), payment_id=str(row.id))
                for row in page.hits
                if row.invoiceId is not None
            )

    async def changed_debtors(self, since: date) -> AsyncIterator[tuple[str, ...]]:
        """List customers by the day they were last changed."""
        async for page in self._client.every_page(
            lambda number: self._client.customers(modified_from=since, page=number)
        ):
            yield tuple(str(row.id) for row in page.hits)

    async def fetch_debtor(self, debtor_number: str) -> Debtor | None:
        """Read the customer as a claim carries it."""
        try:
            customer = await self._client.customer(conta_id(debtor_number))
        except NotFoundError:
            return None
        return debtor_from_conta(customer, self._client.assumptions)

    async def fetch_invoice(self, invoice_id: str, listed: Listed | None) -> Fetched:
        """Read invoice, customer, timeline and payments, and join them."""
        number = conta_id(invoice_id)
        try:
            invoice = await self._client.invoice(number)
        except NotFoundError:
            return Absent()
        if invoice.customerId is None:
            return Unusable(why="Conta does not tell its customerId", is_fault=True)
        customer = await self._client.customer(invoice.customerId)
        events = await self._client.events(number)
        payments = await self._client.payments(number)
        agency_word = listed.agency_word if listed else await self._agency_word(invoice)
        standing = status_from_conta(
            invoice_type=invoice.type,
            status=invoice.status,
            kravia_status=agency_word,
            events=events,
        )
        if isinstance(standing, NotAClaim):
            return Unusable(why=f"it is no ordinary invoice ({standing.word})")
        assumptions = self._client.assumptions
        facts = invoice_from_conta(invoice, customer, events, payments, assumptions)
        if isinstance(facts, FactsMissing):
            told = ", ".join(facts.fields)
            return Unusable(why=f"Conta does not tell its {told}", is_fault=True)
        facts = replace(
            facts,
            payments=_marked(facts, payments),
            postponed_until=postponement_from_conta(invoice),
            elsewhere=elsewhere_from_conta(standing),
        )
        return Snapshot(
            invoice=facts,
            is_open=not isinstance(standing, Ended | Sold),
            written_off=isinstance(standing, Ended) and standing.reason is CloseReason.WRITTEN_OFF,
            booked_as=_booked_as(facts, payments),
        )

    async def open_invoices_of_debtor(self, debtor_number: str) -> tuple[Listed, ...]:
        """List the customer's unpaid invoices."""
        query = wire.InvoiceQuery(type=UNPAID, customerId=conta_id(debtor_number))
        found: list[Listed] = []
        async for page in self._client.every_page(
            lambda number: self._client.invoices(query, page=number)
        ):
            found += _listed(page.hits)
        return tuple(found)

    async def pdf_link(self, invoice_id: str) -> str | None:
        """Ask for the temporary link, where the assumptions have Conta give one."""
        if not self._client.assumptions.files_enabled:
            return None
        invoice = await self._client.invoice(conta_id(invoice_id))
        if invoice.invoiceFileId is None:
            return None
        return (await self._client.file_link(invoice.invoiceFileId)).fileUrl

    async def check(self) -> Check:
        """Look for the organisation among those the key may see, and for the bank account."""
        known = {each.id: each for each in await self._client.organizations()}
        organization = known.get(self._client.organization_id)
        if organization is None:
            fault = f"the key does not see organisation {self._client.organization_id}"
            return Check(name=None, faults=(fault,), cannot_tell=CANNOT_TELL)
        faults = []
        blocked = organization.blockedStatus
        if blocked is not None and not blocked.startswith("NOT_BLOCKED"):
            faults.append(f"Conta has blocked the organisation ({blocked})")
        if self._bank_account_id is not None:
            accounts = {account.id for account in await self._client.bank_accounts()}
            if self._bank_account_id not in accounts:
                faults.append(f"the organisation has no bank account {self._bank_account_id}")
        return Check(name=organization.name, faults=tuple(faults), cannot_tell=CANNOT_TELL)

    async def _agency_word(self, invoice: wire.Invoice) -> str | None:
        """Find the invoice's line: the only place that tells ``kraviaInvoiceStatus``."""
        if invoice.invoiceNo is None:
            return None
        query = wire.InvoiceQuery(customerId=invoice.customerId, invoiceNo=invoice.invoiceNo)
        page = await self._client.invoices(query)
        return next((row.kraviaInvoiceStatus for row in page.hits if row.id == invoice.id), None)


class ContaLedger:
    """Conta as a ledger: asked through ``source``, told next to nothing.

    ``bookings``: Kravia pays in batches, so each settlement's lines are booked here
    (``payout_model = "batch"``). ``bank_books_pay_outs``: Kravia pays with the invoice's KID, so
    the bank's file books it in Conta (``"kid"``). With neither nobody knows how it comes
    (``"unknown"``), and a person books each.
    """

    def __init__(
        self,
        source: ContaSource,
        *,
        bank_books_pay_outs: bool = False,
        bookings: ContaBookings | None = None,
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
        """Say why nothing is written to Conta, and leave money to whoever books it."""
        return told_of_money(
            kind,
            data,
            ledger="Conta",
            bank_books=self._bank_books_pay_outs,
            books=self.bookings is not None,
        )


def _listed(rows: Iterable[wire.InvoiceRow]) -> tuple[Listed, ...]:
    return tuple(
        Listed(
            invoice_id=str(row.id),
            debtor_number=None if row.customerId is None else str(row.customerId),
            due_on=row.invoiceDueDate,
            fingerprint=_hash(row),
            agency_word=row.kraviaInvoiceStatus,
        )
        for row in rows
        if row.type == "NORMAL"
    )


def _booked_as(facts: Invoice, payments: Sequence[wire.Payment]) -> dict[str, str]:
    """Tell under which id of a whole payment each part was booked: a POST answers the former."""
    return {
        receipt.payment.id: str(receipt.conta_payment_id)
        for payment in payments
        for receipt in payment_from_conta(
            payment, invoice_id=int(facts.id), currency=facts.currency
        )
    }


def _marked(facts: Invoice, payments: Sequence[wire.Payment]) -> tuple[Payment, ...]:
    """Mark the payments that Conta's own link booked."""
    from_kravia = {
        receipt.payment.id
        for payment in payments
        for receipt in payment_from_conta(
            payment, invoice_id=int(facts.id), currency=facts.currency
        )
        if receipt.from_kravia
    }
    return tuple(
        replace(payment, from_agency=payment.id in from_kravia) for payment in facts.payments
    )


def _hash(value: object) -> bytes:
    """Hash a frozen value of plain fields: its ``repr`` names each."""
    return hashlib.sha256(repr(value).encode()).digest()
