"""The simulated Fiken's books: contacts, invoices with their sales, payments, credit notes.

Nothing here knows of HTTP. The books are mutable and meant to be read by tests and the demo.
Amounts are whole øre.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Oslo")
"""Where a day begins at Fiken: a Norwegian house."""

_FIRST_IDS = {
    "bank_account": 1_001,
    "contact": 510_001,
    "project": 701,
    "invoice": 7_100_001,
    "invoice_number": 10_001,
    "sale": 8_200_001,
    "credit_note": 9_300_001,
    "credit_note_number": 1,
    "payment": 930_001,
    "attachment": 1,
    "entry": 640_001,
    "transaction": 650_001,
}


@dataclass(slots=True, kw_only=True)
class SimulatedContact:
    """A customer; ``address`` is (line, line 2, postcode, city, country), gaps are None."""

    id: int
    name: str
    organization_number: str | None
    email: str | None
    address: tuple[str | None, str | None, str | None, str | None, str]
    modified_on: date


@dataclass(slots=True, kw_only=True)
class SimulatedPayment:
    """A payment of one sale; ``by_api`` ones were booked through the API."""

    id: int
    on: date
    account: str
    amount: int
    by_api: bool = False


@dataclass(slots=True, kw_only=True)
class SimulatedCreditNote:
    """A credit note on one invoice."""

    id: int
    number: int
    invoice_id: int
    on: date
    gross: int


@dataclass(slots=True, kw_only=True)
class SimulatedInvoice:
    """An invoice together with its sale.

    ``marked_settled``: a user, or ``settled``, said so without a payment.
    """

    id: int
    number: int
    sale_id: int
    contact_id: int
    project_id: int | None
    issue_date: date
    due_date: date
    original_due_date: date | None
    gross: int
    currency: str
    kid: str | None
    description: str
    cash: bool
    created_on: date
    modified_on: date
    sent: list[tuple[date, str]] = field(default_factory=list)
    reminders: int = 0
    payments: list[SimulatedPayment] = field(default_factory=list)
    credit_notes: list[int] = field(default_factory=list)
    credited: int = 0
    marked_settled: bool = False
    write_off: str | None = None
    deleted: bool = False

    @property
    def paid(self) -> int:
        """Everything that stands on the sale."""
        return sum(payment.amount for payment in self.payments)

    @property
    def outstanding(self) -> int:
        """What is still owed; below zero for what was paid too much."""
        return 0 if self.write_off or self.deleted else self.gross - self.credited - self.paid

    @property
    def is_settled(self) -> bool:
        """Whether the list of unsettled invoices leaves it out."""
        return self.marked_settled or self.outstanding <= 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedEntry:
    """A free entry of the books; ``lines`` are (account, øre), debit positive."""

    id: int
    transaction_id: int
    on: date
    description: str
    created_on: date
    lines: tuple[tuple[str, int], ...]


class Books:
    """All of it, with a clock that is set from outside (``now``, aware UTC)."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        self.contacts: dict[int, SimulatedContact] = {}
        self.projects: dict[int, str] = {}
        self.bank_accounts: dict[int, tuple[str, str]] = {}  # id -> (name, account code)
        self.invoices: dict[int, SimulatedInvoice] = {}
        self.credit_notes: dict[int, SimulatedCreditNote] = {}
        self.accounts: set[str] = set()  # beside those of the bank accounts
        self.entries: dict[int, SimulatedEntry] = {}
        self.locked_until: date | None = None
        self._next = dict(_FIRST_IDS)

    @property
    def today(self) -> date:
        """The calendar day at Fiken."""
        return self.now.astimezone(ZONE).date()

    def next_id(self, kind: str) -> int:
        """Return the next free id of a kind."""
        self._next[kind] += 1
        return self._next[kind] - 1

    def sale(self, sale_id: int) -> SimulatedInvoice | None:
        """Return the invoice whose sale it is."""
        return next((each for each in self.invoices.values() if each.sale_id == sale_id), None)

    def balance(self, account: str) -> int:
        """What stands on an account by free entries, debit positive."""
        lines = [line for each in self.entries.values() for line in each.lines]
        return sum(amount for code, amount in lines if code == account)

    @property
    def api_payments(self) -> tuple[tuple[SimulatedInvoice, SimulatedPayment], ...]:
        """What stands that was booked through the API, with its invoice."""
        return tuple(
            (invoice, payment)
            for invoice in self.invoices.values()
            for payment in invoice.payments
            if payment.by_api
        )

    @property
    def doubled(self) -> tuple[int, ...]:
        """Ids of API payments that repeat an earlier one: one krone booked twice."""
        seen: set[tuple[object, ...]] = set()
        doubled = []
        for invoice, payment in self.api_payments:
            said = (invoice.id, payment.on, payment.account, payment.amount)
            if said in seen:
                doubled.append(payment.id)
            seen.add(said)
        return tuple(doubled)
