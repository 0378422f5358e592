"""The life of the simulated Tripletex, driven from outside: what its users, customers, bank do.

What Tripletex tells its subscribers waits in ``take_webhooks``, signed as documented. Ids are
returned.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from clients.exchange import Request
from clients.simulated_faults import Circumstances
from clients.simulated_remote import SimulatedRemote
from clients.tripletex.assumptions import Assumptions
from clients.tripletex.signature import SIGNATURE_HEADER, sign
from clients.tripletex.simulator_books import (
    INVOICE_POSTING,
    PAYMENT_POSTING,
    Books,
    SimulatedCustomer,
    SimulatedInvoice,
    SimulatedPosting,
    SimulatedReminder,
    SimulatedSubscription,
)
from clients.tripletex.simulator_vouchers import SimulatedAccount

_NOTHING = Decimal(0)
_TERM_DAYS = 14
_HOME = ("Karl Johans gate 1", "", "0154", "Oslo", "NO")


class LedgerLife(SimulatedRemote[Books, Circumstances]):
    """Books, clock and faults of a simulated Tripletex, and what may happen in it."""

    def __init__(self, assumptions: Assumptions, *, now: datetime) -> None:
        super().__init__(Books(now=now), Circumstances())
        self.assumptions = assumptions
        self._outgoing: list[Request] = []

    def take_webhooks(self) -> tuple[Request, ...]:
        """Return the webhooks that wait to be sent, once."""
        taken, self._outgoing = tuple(self._outgoing), []
        return taken

    # What the company sets up.

    def add_customer(
        self,
        name: str,
        *,
        is_private: bool = True,
        organization_number: str = "",
        email: str = "",
        address: tuple[str, str, str, str, str | None] = _HOME,
    ) -> int:
        """Enter a customer."""
        customer = SimulatedCustomer(
            id=self.books.next_id("customer"),
            name=name,
            organization_number=organization_number,
            is_private=is_private,
            email=email,
            address=address,
            changed_on=self.books.today,
        )
        self.books.customers[customer.id] = customer
        self._tell("customer.create", customer.id, {"id": customer.id})
        return customer.id

    def change_address(
        self, customer_id: int, address: tuple[str, str, str, str, str | None]
    ) -> None:
        """Give a customer another address."""
        customer = self.books.customers[customer_id]
        customer.address, customer.changed_on = address, self.books.today
        self._tell("customer.update", customer_id, {"id": customer_id})

    def send_to_factoring(self, customer_id: int) -> None:
        """Let a factoring company have the customer's invoices."""
        customer = self.books.customers[customer_id]
        customer.is_factoring, customer.changed_on = True, self.books.today
        self._tell("customer.update", customer_id, {"id": customer_id})

    def add_department(self, name: str) -> int:
        """Enter a department."""
        return _enter(self.books.departments, self.books.next_id("department"), name)

    def add_project(self, name: str) -> int:
        """Enter a project."""
        return _enter(self.books.projects, self.books.next_id("project"), name)

    def add_payment_type(self, description: str, account: int) -> int:
        """Enter a way to be paid, booked on an account."""
        number = self.books.next_id("payment_type")
        self.books.payment_types[number] = (description, account)
        self.add_account(account)
        return number

    def add_account(self, number: int, **more: Any) -> SimulatedAccount:
        """Enter an account; ``more`` as ``SimulatedAccount`` has it."""
        made = SimulatedAccount(id=100_000 + number, number=number, **more)
        self.books.by_voucher.accounts[number] = made
        return made

    def close_month(self, year: int, month: int) -> None:
        """Let nothing more be booked in a month."""
        self.books.closed_months.add((year, month))

    def subscribe(self, event: str, target_url: str, secret: str = "") -> int:
        """Have an event sent, signed where there is a secret."""
        made = SimulatedSubscription(
            id=self.books.next_id("subscription"), event=event, target_url=target_url, secret=secret
        )
        self.books.subscriptions[made.id] = made
        return made.id

    # An invoice and its letters.

    def issue_invoice(
        self,
        customer_id: int,
        total: Decimal,
        *,
        invoice_date: date,
        due_date: date | None = None,
        description: str = "Consulting",
        currency: str = "NOK",
        department_id: int | None = None,
        project_id: int | None = None,
        has_kid: bool = True,
        is_charged: bool = True,
    ) -> int:
        """Issue an invoice; one that is not charged is a draft, which no debtor has seen."""
        number = self.books.next_id("invoice_number")
        invoice = SimulatedInvoice(
            id=self.books.next_id("invoice"),
            number=number,
            invoice_date=invoice_date,
            due_date=due_date or invoice_date + timedelta(days=_TERM_DAYS),
            customer_id=self.books.customers[customer_id].id,
            currency=currency,
            total=total,
            kid=kid_of(customer_id, number) if has_kid else "",
            description=description,
            voucher_id=self.books.next_id("voucher"),
            order_id=self.books.next_id("order"),
            department_id=department_id,
            project_id=project_id,
            is_charged=is_charged,
        )
        self.books.invoices[invoice.id] = invoice
        self._post(invoice, total, invoice_date, INVOICE_POSTING, voucher_id=invoice.voucher_id)
        if is_charged:
            self._tell("invoice.charged", invoice.id, {"id": invoice.id})
        return invoice.id

    def remind(
        self,
        invoice_id: int,
        *,
        on: date,
        term_of_payment: date,
        reminder_type: str = "NOTICE_OF_DEBT_COLLECTION",
        charge: Decimal = _NOTHING,
        interests: Decimal = _NOTHING,
    ) -> int:
        """Send a letter about an invoice."""
        letter = SimulatedReminder(
            id=self.books.next_id("reminder"),
            reminder_type=reminder_type,
            on=on,
            term_of_payment=term_of_payment,
            charge=charge,
            interests=interests,
        )
        self.books.invoices[invoice_id].reminders.append(letter)
        return letter.id

    def postpone(self, invoice_id: int, until: date) -> None:
        """Let no letter go before a day."""
        invoice = self.books.invoices[invoice_id]
        invoice.remark_id = invoice.remark_id or self.books.next_id("remark")
        invoice.postpone_reminders_to = until

    # Money.

    def pay_by_ocr(self, invoice_id: int, amount: Decimal, *, on: date) -> int:
        """Let the bank's file book a payment by its KID."""
        invoice = self.books.invoices[invoice_id]
        return self._pay(invoice, amount, on, external_ref=invoice.kid).id

    def pay_by_hand(self, invoice_id: int, amount: Decimal, *, on: date) -> int:
        """Let a user register a payment."""
        return self._pay(self.books.invoices[invoice_id], amount, on).id

    def pay_several(self, invoice_ids: Iterable[int], *, on: date) -> int:
        """Let one payment close several invoices: one posting, without an invoice's number."""
        invoices = [self.books.invoices[each] for each in invoice_ids]
        total = sum((self.books.outstanding(each) for each in invoices), _NOTHING)
        posting = self._post(invoices[0], -total, on, PAYMENT_POSTING)
        posting.invoice_number = None
        closed = [each for invoice in invoices for each in self.books.postings_of(invoice)]
        self._close([*closed, posting], on)
        return posting.id

    def take_back(self, posting_id: int, *, on: date) -> int:
        """Take a payment back, as a negative one does: both postings stand."""
        paid = self.books.postings[posting_id]
        invoice = next(
            each for each in self.books.invoices.values() if each.number == paid.invoice_number
        )
        return self._pay(invoice, paid.amount, on).id

    def write_off(self, invoice_id: int, *, on: date) -> int:
        """Book the remainder as a loss, by a voucher: no payment, and no type tells which."""
        invoice = self.books.invoices[invoice_id]
        posting = self._post(invoice, -self.books.outstanding(invoice), on, None)
        self._close(self.books.postings_of(invoice), on)
        return posting.id

    def credit(self, invoice_id: int, *, on: date) -> int:
        """Credit an invoice whole; returns the credit note, which has a number of its own."""
        invoice = self.books.invoices[invoice_id]
        left = self.books.outstanding(invoice)
        note_id = self.issue_invoice(
            invoice.customer_id, -invoice.total, invoice_date=on, due_date=on, has_kid=False
        )
        note = self.books.invoices[note_id]
        note.credits, invoice.is_credited = invoice.id, True
        (posting,) = self.books.postings_of(note)
        posting.external_ref = str(note.number)
        if left > 0:
            self._close([*self.books.postings_of(invoice), posting], on)
        return note_id

    def register_payment(self, invoice_id: int, amount: Decimal, on: date) -> None:
        """Do what ``:payment`` does: any amount is taken, and twice is twice."""
        posting = self._pay(self.books.invoices[invoice_id], amount, on)
        posting.by_api = True

    # Below: how the above is booked.

    def _pay(
        self, invoice: SimulatedInvoice, amount: Decimal, on: date, *, external_ref: str = ""
    ) -> SimulatedPosting:
        posting = self._post(invoice, -amount, on, PAYMENT_POSTING)
        posting.external_ref = external_ref
        own = self.books.postings_of(invoice)
        self._open(own)
        if sum((each.amount for each in own), _NOTHING) == 0:
            self._close(own, on)
        self._tell("voucher.create", posting.voucher_id, {"id": posting.voucher_id})
        return posting

    def _post(
        self,
        invoice: SimulatedInvoice,
        amount: Decimal,
        on: date,
        posting_type: str | None,
        *,
        voucher_id: int | None = None,
    ) -> SimulatedPosting:
        posting = SimulatedPosting(
            id=self.books.next_id("posting"),
            on=on,
            posting_type=posting_type,
            amount=amount,
            customer_id=invoice.customer_id,
            invoice_number=invoice.number,
            voucher_id=voucher_id or self.books.next_id("voucher"),
        )
        self.books.postings[posting.id] = posting
        return posting

    def _close(self, postings: Iterable[SimulatedPosting], on: date) -> None:
        group_id = self.books.next_id("close_group")
        self.books.close_groups[group_id] = on
        listed = list(postings)
        for each in listed:
            each.close_group_id = group_id
        value = {"id": group_id, "date": on, "postings": [{"id": each.id} for each in listed]}
        self._tell("closegroup.create", group_id, value)

    def _open(self, postings: Iterable[SimulatedPosting]) -> None:
        for group_id in {each.close_group_id for each in postings} - {None}:
            for each in self.books.group(group_id or 0):
                each.close_group_id = None
            self.books.close_groups.pop(group_id or 0, None)
            self._tell("closegroup.delete", group_id or 0, None)

    def _tell(self, event: str, identifier: int, value: Mapping[str, object] | None) -> None:
        for each in self.books.subscriptions.values():
            if each.event.lower() != event or each.status != "ACTIVE":
                continue
            body = orjson.dumps(
                {"subscriptionId": each.id, "event": event, "id": identifier, "value": value}
            )
            key = f"sim-{self.books.next_id('event')}"
            headers = {
                "content-type": "application/json",
                self.assumptions.webhooks.idempotency_header: key,
            }
            if each.secret:
                headers[SIGNATURE_HEADER] = sign(body, idempotency_key=key, secret=each.secret)
            self._outgoing.append(
                Request(method="POST", path=each.target_url, headers=headers, body=body)
            )


def kid_of(customer_id: int, invoice_number: int) -> str:
    """Make a KID with a control digit by modulus 10."""
    digits = f"{customer_id}{invoice_number}"
    total = sum(
        sum(divmod(int(digit) * (2 - at % 2), 10)) for at, digit in enumerate(reversed(digits))
    )
    return f"{digits}{-total % 10}"


def _enter(table: dict[int, str], number: int, name: str) -> int:
    table[number] = name
    return number
