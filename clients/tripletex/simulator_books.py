"""The simulated Tripletex's books: customers, invoices, letters, postings and what closes them.

Nothing here knows of HTTP. The books are mutable and meant to be read by tests and the demo.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from clients.tripletex.simulator_vouchers import VoucherBooks

OSLO = ZoneInfo("Europe/Oslo")
"""Where Tripletex's server has its midnight (documented)."""

_FIRST_IDS = {
    "customer": 80_001,
    "department": 21,
    "project": 301,
    "invoice": 2_147_001,
    "invoice_number": 10_001,
    "order": 3_300_001,
    "remark": 44_001,
    "reminder": 55_001,
    "voucher": 609_001,
    "posting": 7_200_001,
    "close_group": 9_100_001,
    "payment_type": 4_501,
    "subscription": 171,
    "session": 1,
    "event": 1,
}

INVOICE_POSTING = "OUTGOING_INVOICE_CUSTOMER_POSTING"
PAYMENT_POSTING = "INCOMING_PAYMENT"


@dataclass(slots=True, kw_only=True)
class SimulatedCustomer:
    """A customer; ``address`` is (line 1, line 2, postcode, city, alpha-2 country)."""

    id: int
    name: str
    organization_number: str
    is_private: bool
    email: str
    address: tuple[str, str, str, str, str | None]
    changed_on: date
    is_factoring: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedReminder:
    """A letter about an invoice."""

    id: int
    reminder_type: str
    on: date
    term_of_payment: date
    charge: Decimal
    interests: Decimal


@dataclass(slots=True, kw_only=True)
class SimulatedPosting:
    """A line on a customer's account; what pays is negative."""

    id: int
    on: date
    posting_type: str | None
    amount: Decimal
    customer_id: int
    invoice_number: int | None
    voucher_id: int
    external_ref: str = ""
    close_group_id: int | None = None
    by_api: bool = False


@dataclass(slots=True, kw_only=True)
class SimulatedInvoice:
    """An invoice or, with a negative total, a credit note; ``credits`` names what it credits."""

    id: int
    number: int
    invoice_date: date
    due_date: date
    customer_id: int
    currency: str
    total: Decimal
    kid: str
    description: str
    voucher_id: int
    order_id: int
    department_id: int | None
    project_id: int | None
    is_charged: bool = True
    credits: int | None = None
    is_credited: bool = False
    remark_id: int | None = None
    postpone_reminders_to: date | None = None
    reminders: list[SimulatedReminder] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class SimulatedSubscription:
    """A webhook that is sent: to ``target_url``, signed where there is a secret."""

    id: int
    event: str
    target_url: str
    secret: str
    status: str = "ACTIVE"


class Books:
    """All of it, with a clock that is set from outside (``now``, aware UTC)."""

    def __init__(self, *, now: datetime) -> None:
        self.now = now
        self.customers: dict[int, SimulatedCustomer] = {}
        self.departments: dict[int, str] = {}
        self.projects: dict[int, str] = {}
        self.invoices: dict[int, SimulatedInvoice] = {}
        self.postings: dict[int, SimulatedPosting] = {}
        self.close_groups: dict[int, date] = {}
        self.payment_types: dict[int, tuple[str, int]] = {}
        self.closed_months: set[tuple[int, int]] = set()
        self.subscriptions: dict[int, SimulatedSubscription] = {}
        self.sessions: dict[str, date] = {}
        self.by_voucher = VoucherBooks()
        self._next = dict(_FIRST_IDS)

    @property
    def today(self) -> date:
        """The calendar day where Tripletex is."""
        return self.now.astimezone(OSLO).date()

    def next_id(self, kind: str) -> int:
        """Return the next free id of a kind."""
        self._next[kind] += 1
        return self._next[kind] - 1

    def postings_of(self, invoice: SimulatedInvoice) -> list[SimulatedPosting]:
        """Return the postings with the invoice's number, its own first."""
        return [each for each in self.postings.values() if each.invoice_number == invoice.number]

    def group(self, close_group_id: int) -> list[SimulatedPosting]:
        """Return the postings that a close group holds."""
        return [each for each in self.postings.values() if each.close_group_id == close_group_id]

    def outstanding(self, invoice: SimulatedInvoice) -> Decimal:
        """Return what is left: nothing once it is closed, below zero where too much was paid."""
        own = self.postings_of(invoice)
        if any(each.close_group_id is not None for each in own):
            return Decimal(0)  # what closes it may stand elsewhere: a credit note, a shared payment
        return sum((each.amount for each in own), Decimal(0))

    @property
    def api_payments(self) -> tuple[SimulatedPosting, ...]:
        """What was paid through the API, in order."""
        return tuple(each for each in self.postings.values() if each.by_api)

    @property
    def doubled(self) -> tuple[int, ...]:
        """Ids of API payments that repeat an earlier one: one krone booked twice."""
        seen: set[tuple[object, ...]] = set()
        doubled = []
        for each in self.api_payments:
            said = (each.invoice_number, each.on, each.amount)
            if said in seen:
                doubled.append(each.id)
            seen.add(said)
        return tuple(doubled)

    def months(self) -> Iterator[tuple[date, date, bool]]:
        """Yield (first day, day after the last, closed) of five years of months."""
        for year in range(self.today.year - 3, self.today.year + 2):
            for month in range(1, 13):
                start = date(year, month, 1)
                end = date(year + month // 12, month % 12 + 1, 1)
                yield start, end, (year, month) in self.closed_months
