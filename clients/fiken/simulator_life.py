"""What people and banks do in the simulated Fiken's books, beside the API."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from clients.fiken.assumptions import Assumptions
from clients.fiken.simulator_books import (
    Books,
    SimulatedContact,
    SimulatedCreditNote,
    SimulatedInvoice,
    SimulatedPayment,
)
from clients.fiken.simulator_conditions import Conditions
from clients.simulated_remote import SimulatedRemote

OSLO_STREET = ("Karl Johans gate 1", None, "0154", "Oslo", "Norway")
"""Where everybody lives unless told otherwise."""

CREDIT_DAYS = 14
"""Fiken's usual due date."""


class FikensLife(SimulatedRemote[Books, Conditions]):
    """The books and what may happen in them; the API stands on top of it."""

    def __init__(self, assumptions: Assumptions, *, now: datetime) -> None:
        super().__init__(Books(now=now), Conditions())
        self.assumptions = assumptions

    def add_contact(
        self,
        name: str,
        *,
        organization_number: str | None = None,
        email: str | None = None,
        address: tuple[str | None, str | None, str | None, str | None, str] = OSLO_STREET,
    ) -> int:
        """A customer is entered; returns the contact's id."""
        made = SimulatedContact(
            id=self.books.next_id("contact"),
            name=name,
            organization_number=organization_number,
            email=email,
            address=address,
            modified_on=self.books.today,
        )
        self.books.contacts[made.id] = made
        return made.id

    def move_contact(self, contact_id: int, street: str, postcode: str, city: str) -> None:
        """A customer moves."""
        contact = self.books.contacts[contact_id]
        contact.address = (street, None, postcode, city, "Norway")
        contact.modified_on = self.books.today

    def add_bank_account(self, name: str) -> str:
        """A bank account is entered; returns its account code."""
        made = self.books.next_id("bank_account")
        code = f"1920:{10_000 + len(self.books.bank_accounts) + 1}"
        self.books.bank_accounts[made] = (name, code)
        return code

    def add_project(self, name: str) -> int:
        """A project is entered."""
        made = self.books.next_id("project")
        self.books.projects[made] = name
        return made

    def issue_invoice(
        self,
        contact_id: int,
        gross: int,
        *,
        issue_date: date,
        due_date: date | None = None,
        currency: str = "NOK",
        project_id: int | None = None,
        description: str = "Consulting",
        dispatch: str | None = "email",
        cash: bool = False,
    ) -> int:
        """An invoice is made and sent; ``gross`` in øre."""
        number = self.books.next_id("invoice_number")
        made = SimulatedInvoice(
            id=self.books.next_id("invoice"),
            number=number,
            sale_id=self.books.next_id("sale"),
            contact_id=contact_id,
            project_id=project_id,
            issue_date=issue_date,
            due_date=due_date or issue_date + timedelta(days=CREDIT_DAYS),
            original_due_date=None,
            gross=gross,
            currency=currency,
            kid=None,
            description=description,
            cash=cash,
            created_on=issue_date,
            modified_on=self.books.today,
            sent=[] if dispatch is None else [(issue_date, dispatch)],
        )
        self.books.invoices[made.id] = made
        return made.id

    def pay(self, invoice_id: int, amount: int, *, on: date, account: str = "1920:10001") -> int:
        """A payment is entered by hand or by the bank's file."""
        return self.book_payment(self.books.invoices[invoice_id], amount, on, account).id

    def delete_payment(self, invoice_id: int, payment_id: int) -> None:
        """A payment is taken back."""
        invoice = self.books.invoices[invoice_id]
        invoice.payments = [each for each in invoice.payments if each.id != payment_id]
        self._touch(invoice, is_paid=True)

    def credit(self, invoice_id: int, *, on: date, amount: int | None = None) -> int:
        """A credit note is made, on all that remains or on ``amount``; returns its id."""
        invoice = self.books.invoices[invoice_id]
        note = SimulatedCreditNote(
            id=self.books.next_id("credit_note"),
            number=self.books.next_id("credit_note_number"),
            invoice_id=invoice_id,
            on=on,
            gross=invoice.outstanding if amount is None else amount,
        )
        self.books.credit_notes[note.id] = note
        invoice.credit_notes.append(note.id)
        invoice.credited += note.gross
        self._touch(invoice)
        return note.id

    def remind(self, invoice_id: int) -> None:
        """A reminder is sent; only its attachment tells."""
        invoice = self.books.invoices[invoice_id]
        invoice.reminders += 1
        self._touch(invoice)

    def move_due_date(self, invoice_id: int, due_date: date) -> None:
        """The creditor gives the debtor more time."""
        invoice = self.books.invoices[invoice_id]
        invoice.original_due_date = invoice.original_due_date or invoice.due_date
        invoice.due_date = due_date
        self._touch(invoice)

    def write_off(self, invoice_id: int, reason: str = "COLLECTION_FAILED") -> None:
        """The invoice is written off as a loss."""
        invoice = self.books.invoices[invoice_id]
        invoice.write_off = reason
        self._touch(invoice)

    def mark_settled(self, invoice_id: int) -> None:
        """A user calls the invoice settled, without a payment."""
        invoice = self.books.invoices[invoice_id]
        invoice.marked_settled = True
        self._touch(invoice)

    def delete_sale(self, invoice_id: int) -> None:
        """The sale is reversed; the invoice can still be read."""
        invoice = self.books.invoices[invoice_id]
        invoice.deleted = True
        self._touch(invoice)

    def book_payment(
        self,
        invoice: SimulatedInvoice,
        amount: int,
        on: date,
        account: str,
        *,
        by_api: bool = False,
    ) -> SimulatedPayment:
        """Put a payment on a sale, whoever does."""
        made = SimulatedPayment(
            id=self.books.next_id("payment"), on=on, account=account, amount=amount, by_api=by_api
        )
        invoice.payments.append(made)
        self._touch(invoice, is_paid=True)
        return made

    def _touch(self, invoice: SimulatedInvoice, *, is_paid: bool = False) -> None:
        if not is_paid or self.assumptions.payment_touches_invoice:
            invoice.modified_on = self.books.today
