"""The life of the simulated Conta, driven from outside: what its users, customers and bank do.

Every change writes the timeline that Conta would write; ids are returned.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal

from clients.conta import simulator_money as money
from clients.conta.assumptions import Assumptions
from clients.conta.simulator_books import (
    Books,
    SimulatedCustomer,
    SimulatedInvoice,
    SimulatedLetter,
)
from clients.conta.simulator_conditions import Conditions
from clients.simulated_remote import SimulatedRemote

_NOTHING = Decimal(0)
_FOLLOW_UP_DAYS = 14
_SENT_BY = {"EMAIL": "EMAIL", "MAIL": "POSTAL_MAIL", "EHF": "EHF", "EFAKTURA": "EFAKTURA"}


class LedgerLife(SimulatedRemote[Books, Conditions]):
    """Books, clock and faults of a simulated Conta, and what may happen in it."""

    def __init__(self, assumptions: Assumptions, *, now: datetime) -> None:
        super().__init__(Books(zone=assumptions.time_zone, now=now), Conditions())
        self.assumptions = assumptions

    # What the organisation sets up.

    def add_customer(
        self,
        name: str,
        *,
        customer_type: str = "INDIVIDUAL",
        org_no: str | None = None,
        date_of_birth: date | None = None,
        email: str | None = None,
        address: tuple[str | None, str | None, str | None, str | None, str | None] = (
            "Karl Johans gate 1",
            None,
            "0154",
            "Oslo",
            "Norge",
        ),
    ) -> int:
        """Enter a customer."""
        customer = SimulatedCustomer(
            id=self.books.next_id("customer"),
            name=name,
            customer_type=customer_type,
            org_no=org_no,
            date_of_birth=date_of_birth,
            email=email,
            address=address,
            modified_on=self.books.today,
        )
        self.books.customers[customer.id] = customer
        return customer.id

    def change_address(
        self,
        customer_id: int,
        address: tuple[str | None, str | None, str | None, str | None, str | None],
    ) -> None:
        """Give a customer another address."""
        customer = self.books.customers[customer_id]
        customer.address, customer.modified_on = address, self.books.today

    def add_department(self, name: str) -> int:
        """Enter a department."""
        return _enter(self.books.departments, self.books.next_id("department"), name)

    def add_project(self, name: str) -> int:
        """Enter a project."""
        return _enter(self.books.projects, self.books.next_id("project"), name)

    def add_bank_account(self, account_no: str) -> int:
        """Enter a bank account."""
        return _enter(self.books.bank_accounts, self.books.next_id("bank_account"), account_no)

    # An invoice, its letters and its end.

    def issue_invoice(
        self,
        customer_id: int,
        total: Decimal,
        *,
        invoice_date: date,
        due_date: date | None = None,
        description: str = "Consulting",
        currency: str = "NOK",
        delivery_method: str = "EMAIL",
        department_id: int | None = None,
        project_id: int | None = None,
        bank_account_id: int | None = None,
        has_kid: bool = True,
        facts: Mapping[str, str | int] | None = None,
    ) -> int:
        """Issue and send an invoice; ``facts`` go to its sending event (e.g. ``ehfStatus``)."""
        due = due_date or invoice_date + timedelta(days=_FOLLOW_UP_DAYS)
        number = self.books.next_id("invoice_no")
        invoice = SimulatedInvoice(
            id=self.books.next_id("invoice"),
            invoice_type="NORMAL",
            status="INVOICE_CREATED",
            invoice_no=number,
            invoice_date=invoice_date,
            due_date=due,
            follow_up_date=due,
            delivery_date=invoice_date,
            customer_id=self.books.customers[customer_id].id,
            department_id=department_id,
            project_id=project_id,
            bank_account_id=bank_account_id,
            currency=currency,
            kid=kid_of(customer_id, number) if has_kid else None,
            total=total,
            remaining=total,
            description=description,
            file_id=self.books.next_id("file"),
            created_at=self.now,
        )
        self.books.invoices[invoice.id] = invoice
        self.books.tell(invoice, "INVOICE_CREATED", on=invoice_date, changed=total)
        if delivery_method in _SENT_BY:
            event_type = f"INVOICE_SENT_BY_{_SENT_BY[delivery_method]}"
            told = {"deliveryMethod": delivery_method, **(facts or {})}
            self.books.tell(invoice, event_type, on=invoice_date, facts=told)
        return invoice.id

    def send_letter(
        self,
        invoice_id: int,
        *,
        on: date,
        due_date: date,
        is_notice: bool = True,
        delivery_method: str = "MAIL",
        sent_on: date | None = None,
        fee: Decimal = _NOTHING,
        interest: Decimal = _NOTHING,
        facts: Mapping[str, str | int] | None = None,
    ) -> int:
        """Make a collection notice (or a reminder) and send it; it takes the former letter's place.

        ``delivery_method`` NONE leaves the sending to the user. ``facts`` go to the sending event
        (e.g. ``{"snailMailStatus": "FAILED"}``).
        """
        invoice = self.books.invoices[invoice_id]
        invoice.letter = SimulatedLetter(
            id=self.books.next_id("letter"),
            letter_type="DEBT_COLLECTION_NOTICE" if is_notice else "PAYMENT_REMINDER",
            on=on,
            due_date=due_date,
            fee=fee,
            interest=interest,
        )
        if self.assumptions.payments.remaining_includes_late_fees:
            invoice.remaining += fee + interest
        invoice.follow_up_date = due_date
        invoice.status = money.open_status(invoice)
        self._tell_of_letter(invoice, delivery_method, sent_on or on, facts or {})
        return invoice.letter.id

    def _tell_of_letter(
        self,
        invoice: SimulatedInvoice,
        delivery_method: str,
        sent_on: date,
        facts: Mapping[str, str | int],
    ) -> None:
        """Write the lines Conta writes: by post in one, by other ways made first and then sent."""
        letter = invoice.letter
        if letter is None:
            return
        added = letter.fee + letter.interest
        if not self.assumptions.payments.remaining_includes_late_fees:
            added = _NOTHING
        told = {"followUpDate": letter.due_date.isoformat(), "deliveryMethod": delivery_method}
        if delivery_method == "MAIL":
            by_post = "PAYMENT_REMINDER_CREATED_AND_SENT_BY_POSTAL_MAIL"
            self.books.tell(invoice, by_post, on=sent_on, changed=added, facts={**told, **facts})
            return
        made = {**told, "deliveryMethod": "NONE"}
        self.books.tell(
            invoice, "PAYMENT_REMINDER_CREATED", on=letter.on, changed=added, facts=made
        )
        if delivery_method != "NONE":
            by_email = delivery_method == "EMAIL"
            sent = "PAYMENT_REMINDER_SENT_BY_EMAIL" if by_email else "SENT_DEBT_COLLECTION_REMINDER"
            self.books.tell(invoice, sent, on=sent_on, facts={**told, **facts})

    def object_to(self, invoice_id: int, *, on: date | None = None) -> None:
        """Let a user register the customer's objection."""
        self.books.tell(self.books.invoices[invoice_id], "OBJECTION_FROM_CUSTOMER", on=on)

    def postpone(self, invoice_id: int, until: date) -> None:
        """Let a user move the follow-up date."""
        invoice = self.books.invoices[invoice_id]
        invoice.follow_up_date = until
        self.books.tell(
            invoice, "FOLLOW_UP_DATE_CHANGED", facts={"followUpDate": until.isoformat()}
        )

    def delete_late_fees(self, invoice_id: int) -> None:
        """Let a user waive the letter's fee and interest."""
        invoice = self.books.invoices[invoice_id]
        letter = invoice.letter
        waived = _NOTHING
        if letter is not None:
            if self.assumptions.payments.remaining_includes_late_fees:
                waived = letter.fee + letter.interest
            letter.fee = letter.interest = _NOTHING
        invoice.remaining -= waived
        self.books.tell(invoice, "DELETED_LATE_PAYMENT_FEES", changed=-waived)

    def write_off(self, invoice_id: int) -> None:
        """Let a user write the rest off as a loss."""
        invoice = self.books.invoices[invoice_id]
        lost, invoice.remaining = invoice.remaining, _NOTHING
        invoice.status = "WRITTEN_OFF_AS_LOSS"
        self.books.tell(invoice, "WRITTEN_OFF_AS_LOSS", changed=-lost)

    def reverse_write_off(self, invoice_id: int) -> None:
        """Let a user take the write-off back."""
        invoice = self.books.invoices[invoice_id]
        lost = next(e for e in reversed(invoice.events) if e.event_type == "WRITTEN_OFF_AS_LOSS")
        invoice.remaining -= lost.changed
        invoice.status = money.open_status(invoice)
        self.books.tell(invoice, "REVERSED_WRITTEN_OFF_AS_LOSS", changed=-lost.changed)


def kid_of(customer_id: int, invoice_no: int) -> str:
    """Return a KID with a leading zero and a MOD10 (Luhn) control digit."""
    payload = f"0{customer_id}{invoice_no}"
    doubled = [
        int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(payload))
    ]
    return f"{payload}{-sum(value // 10 + value % 10 for value in doubled) % 10}"


def _enter(table: dict[int, str], number: int, name: str) -> int:
    table[number] = name
    return number
