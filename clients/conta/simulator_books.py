"""The simulated Conta's books: customers, invoices with their timelines, payments, locked periods.

Nothing here knows of HTTP. The books are mutable and meant to be read by tests and the demo.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal

_FIRST_IDS = {
    "customer": 510_001,
    "department": 11,
    "project": 701,
    "bank_account": 3_001,
    "invoice": 7_100_001,
    "invoice_no": 20_001,
    "file": 88_001,
    "letter": 61_001,
    "event": 40_000_001,
    "payment": 930_001,
    "part": 1_930_001,
    "transaction": 5_500_001,
}
_CLOSED = frozenset(
    {
        "CLOSED_BY_CREDIT_NOTE",
        "CLOSED_BY_PAYMENT",
        "CLOSED_FROM_REGNSKAP",
        "WRITTEN_OFF_AS_LOSS",
    }
)
AT_KRAVIA = frozenset({"BEING_SENT_TO_KRAVIA", "SENT_TO_KRAVIA"})
"""Statuses Conta's own link to Kravia sets."""


@dataclass(slots=True, kw_only=True)
class SimulatedCustomer:
    """A customer; ``address`` is (line 1, line 2, postcode, city, country), gaps are None."""

    id: int
    name: str
    customer_type: str
    org_no: str | None
    date_of_birth: date | None
    email: str | None
    address: tuple[str | None, str | None, str | None, str | None, str | None]
    modified_on: date


@dataclass(slots=True, kw_only=True)
class SimulatedLetter:
    """The newest letter about an invoice; Conta keeps no other."""

    id: int
    letter_type: str
    on: date
    due_date: date
    fee: Decimal
    interest: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedEvent:
    """A line of an invoice's timeline; ``facts`` are further wire fields, as they are written."""

    id: int
    event_type: str
    on: date
    created_at: datetime
    changed: Decimal
    remaining: Decimal
    facts: dict[str, str | int]


@dataclass(slots=True, kw_only=True)
class SimulatedInvoice:
    """An invoice or (type CREDIT, negative amounts) a credit note."""

    id: int
    invoice_type: str
    status: str
    invoice_no: int
    invoice_date: date
    due_date: date
    follow_up_date: date
    delivery_date: date | None
    customer_id: int
    department_id: int | None
    project_id: int | None
    bank_account_id: int | None
    currency: str
    kid: str | None
    total: Decimal
    remaining: Decimal
    description: str
    file_id: int
    created_at: datetime
    letter: SimulatedLetter | None = None
    credited_invoice_id: int | None = None
    credited_by: int | None = None
    kravia_status: str | None = None
    sent_to_kravia_on: date | None = None
    events: list[SimulatedEvent] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        """Whether it still is a claim of the creditor's."""
        return self.invoice_type == "NORMAL" and self.status not in _CLOSED


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedPart:
    """The part of a payment that falls on one invoice."""

    id: int
    invoice_id: int
    amount: Decimal


@dataclass(slots=True, kw_only=True)
class SimulatedPayment:
    """A payment. ``by_api`` ones were booked through the API; ``description`` no call can read."""

    id: int
    payment_type: str
    on: date
    parts: tuple[SimulatedPart, ...]
    transaction_id: int
    created_at: datetime
    from_kravia: bool = False
    by_api: bool = False
    description: str | None = None
    bank_account_id: int | None = None
    department_id: int | None = None
    project_id: int | None = None
    deleted: bool = False

    @property
    def amount(self) -> Decimal:
        """The whole of it, over all invoices."""
        return sum((part.amount for part in self.parts), Decimal(0))


@dataclass(slots=True, kw_only=True)
class Periods:
    """Which days are closed for booking.

    ``vat_settled`` are (from, to); ``reconciled`` maps a bank account to the last day reconciled.
    """

    locked_years: set[int] = field(default_factory=set)
    vat_settled: list[tuple[date, date]] = field(default_factory=list)
    reconciled: dict[int, date] = field(default_factory=dict)
    starts_on: date | None = None


class Books:
    """All of it, with a clock that is set from outside (``now``, aware UTC)."""

    def __init__(self, *, zone: tzinfo, now: datetime) -> None:
        self.now = now
        self.customers: dict[int, SimulatedCustomer] = {}
        self.departments: dict[int, str] = {}
        self.projects: dict[int, str] = {}
        self.bank_accounts: dict[int, str] = {}
        self.invoices: dict[int, SimulatedInvoice] = {}
        self.payments: dict[int, SimulatedPayment] = {}
        self.periods = Periods()
        self.in_use: set[int] = set()  # ids of invoices and payments something else holds on to
        self.maintenance_until: datetime | None = None
        self.read_only_until: datetime | None = None
        self._zone = zone
        self._next = dict(_FIRST_IDS)
        self._payments_of: dict[int, list[SimulatedPayment]] = {}

    @property
    def today(self) -> date:
        """The calendar day where Conta is."""
        return self.now.astimezone(self._zone).date()

    def next_id(self, kind: str) -> int:
        """Return the next free id of a kind."""
        self._next[kind] += 1
        return self._next[kind] - 1

    def payments_of(self, invoice_id: int) -> Iterator[SimulatedPayment]:
        """Yield the payments that stand on an invoice."""
        listed = self._payments_of.get(invoice_id, ())
        return (payment for payment in listed if not payment.deleted)

    def enter_payment(self, payment: SimulatedPayment) -> None:
        """Keep a payment under its invoices."""
        self.payments[payment.id] = payment
        for invoice_id in {part.invoice_id for part in payment.parts}:
            self._payments_of.setdefault(invoice_id, []).append(payment)

    @property
    def api_payments(self) -> tuple[SimulatedPayment, ...]:
        """What was booked through the API, deleted or not, in order."""
        return tuple(payment for payment in self.payments.values() if payment.by_api)

    @property
    def doubled(self) -> tuple[int, ...]:
        """Ids of standing API payments that repeat an earlier one: one krone booked twice."""
        seen: set[tuple[object, ...]] = set()
        doubled = []
        for payment in self.api_payments:
            said = (payment.parts[0].invoice_id, payment.on, payment.amount, payment.description)
            if not payment.deleted and said in seen:
                doubled.append(payment.id)
            elif not payment.deleted:
                seen.add(said)
        return tuple(doubled)

    def tell(
        self,
        invoice: SimulatedInvoice,
        event_type: str,
        *,
        on: date | None = None,
        changed: Decimal = Decimal(0),
        facts: Mapping[str, str | int] | None = None,
    ) -> SimulatedEvent:
        """Write a line into an invoice's timeline; ``on`` is today unless given."""
        event = SimulatedEvent(
            id=self.next_id("event"),
            event_type=event_type,
            on=on or self.today,
            created_at=self.now,
            changed=changed,
            remaining=invoice.remaining,
            facts=dict(facts or {}),
        )
        invoice.events.append(event)
        return event
