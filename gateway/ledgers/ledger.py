"""What the gateway needs of a ledger, whatever its kind.

Every ledger is told things (``deliver``). One that pushes nothing is asked as well: it has a
``source``, and a sweep records what it says into the same inbox as webhooks. One in which the
gateway books pay-outs has ``bookings``: a call that must not happen twice, so it can be doubted;
the doubt is ended by what the ledger shows.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from gateway.domain.invoice import Debtor, Invoice


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """What only a person can do in the ledger; ``kind`` and ``about`` together occur once."""

    kind: str
    about: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of telling: the ledger's own id for it, or why nothing was told.

    ``by_hand`` becomes a task; ``voucher_id`` says as what a settlement was booked.
    """

    result: str | None = None
    voucher_id: str | None = None
    by_hand: ByHand | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """One line of the ledger's list of unpaid invoices.

    ``fingerprint`` is of all the line says: another one means that the invoice changed.
    ``agency_word`` is what the list alone tells of the ledger's own link to an agency.
    """

    invoice_id: str
    debtor_number: str | None
    due_on: date | None
    fingerprint: bytes
    agency_word: str | None = None

    def is_overdue(self, today: date) -> bool:
        """Whether its own due date has passed, whatever the ledger's users moved."""
        return self.due_on is not None and self.due_on < today


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """An invoice read whole. ``is_open``: the ledger may still follow it up.

    ``booked_as`` tells under which id a payment of the invoice was booked, where that is another
    than its own: a ledger may call the part that falls on one invoice otherwise than the whole.
    """

    invoice: Invoice
    is_open: bool
    written_off: bool = False
    booked_as: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """The ledger says that it has no such invoice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """It is there and no claim can be made of it. ``is_fault``: a person should know."""

    why: str
    is_fault: bool = False


Fetched = Snapshot | Absent | Unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class EnteredPayment:
    """A payment that was newly entered: a hint to read the invoice again, nothing more."""

    invoice_id: str
    payment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What asking the ledger about itself brought: the name it has, faults, and what it lacks."""

    name: str | None
    faults: tuple[str, ...]
    cannot_tell: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """The principal that Kravia paid out for one invoice, to be booked on it once.

    ``line`` is its place in the settlement, from 1.
    ``settled_on`` is the settlement's own day; ``on`` the day to book it, which is later where the
    first was closed. ``department`` and ``project`` are the invoice's own.
    """

    invoice_id: str
    amount: Decimal
    on: date
    settled_on: date
    settlement_id: str
    line: int
    kravia_invoice_id: str
    department: str | None = None
    project: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """It is booked; ``payment_id`` is the ledger's id of it, by which it is known again."""

    payment_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayClosed:
    """Certainly not booked: nothing can be booked on that day any more.

    ``instead``: the day to try next, where the creditor wants that and the ledger told one.
    """

    why: str
    instead: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentSeen:
    """A payment as it stands on an invoice. ``may_be_ours``: booked in the way we book.

    ``amount`` and ``on`` are None where the ledger does not tell them.
    """

    payment_id: str
    on: date | None
    amount: Decimal | None
    may_be_ours: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherLine:
    """One part of a pay-out against the clearing account: positive where it came, else kept.

    ``text`` says what it is, with ids only; ``department`` and ``project`` are the invoice's own.
    """

    account: str
    amount: Decimal
    text: str
    department: str | None = None
    project: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """What of a settlement is no principal, to be booked once; the lines' sum is what came of it.

    ``on`` as in ``Booking``. ``text`` names the settlement, and nothing else is called so: where a
    ledger has no field for an id of ours, a voucher is known again by it.
    """

    settlement_id: str
    settled_on: date
    on: date
    currency: str
    text: str
    lines: tuple[VoucherLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherBooked:
    """It is booked; ``voucher_id`` is the ledger's id of it."""

    voucher_id: str


class LedgerVouchers(Protocol):
    """The side of a ledger that takes vouchers. What may be raised: as ``LedgerBookings`` says."""

    @property
    def settle_window(self) -> timedelta:
        """How long after a voucher was sent it may still be missing in what the ledger shows."""
        ...

    async def vouchers_like(self, voucher: Voucher) -> tuple[str, ...]:
        """Ids of the vouchers that carry this one's name, on whatever day; most often none."""
        ...

    async def book_voucher(self, voucher: Voucher) -> VoucherBooked | DayClosed:
        """Book it as one balanced voucher; sent once, never repeated here."""
        ...


class LedgerBookings(Protocol):
    """The booking side of a ledger. Reads raise what reads raise, ``book`` what writes raise.

    What ``book`` must read before its one call raises as reads do: nothing was sent then.
    """

    @property
    def settle_window(self) -> timedelta:
        """How long after a booking was sent it may still be missing in what the ledger shows."""
        ...

    @property
    def where(self) -> str:
        """Say for a person where and how pay-outs are booked."""
        ...

    @property
    def vouchers(self) -> LedgerVouchers | None:
        """Where what is no principal is booked; None where a person does."""
        ...

    async def payments_on(self, invoice_id: str) -> tuple[PaymentSeen, ...]:
        """Read all payments that stand on an invoice now, whoever booked them."""
        ...

    async def book(self, booking: Booking) -> Booked | DayClosed:
        """Book one payment; sent once, never repeated here."""
        ...


class LedgerSource(Protocol):
    """The asking side of a ledger. All calls raise ``clients.errors.ClientError``."""

    def unpaid(self) -> AsyncIterator[tuple[Listed, ...]]:
        """List all unpaid invoices, page by page; a line may be missed when others leave."""
        ...

    def entered_payments(self, since: date) -> AsyncIterator[tuple[EnteredPayment, ...]]:
        """List the payments entered on or after a day, page by page."""
        ...

    def changed_debtors(self, since: date) -> AsyncIterator[tuple[str, ...]]:
        """List the numbers of debtors changed on or after a day, page by page."""
        ...

    async def fetch_debtor(self, debtor_number: str) -> Debtor | None:
        """Read what a claim carries of the debtor; None if there is no such debtor."""
        ...

    async def fetch_invoice(self, invoice_id: str, listed: Listed | None) -> Fetched:
        """Read an invoice whole, as the ledger has it now; ``listed`` is its line if known."""
        ...

    async def open_invoices_of_debtor(self, debtor_number: str) -> tuple[Listed, ...]:
        """List all the debtor's unpaid invoices, overdue or not."""
        ...

    async def pdf_link(self, invoice_id: str) -> str | None:
        """Ask for a link to the invoice as it was sent; None where the ledger gives none.

        It may be temporary and open to whoever holds it: shown to a person, never stored.
        """
        ...

    async def check(self) -> Check:
        """Ask, reading only, whether address, key and organisation work."""
        ...


class Ledger(Protocol):
    """One creditor's ledger; ``source`` is None for one that pushes and cannot be asked."""

    @property
    def source(self) -> LedgerSource | None:
        """The asking side."""
        ...

    @property
    def bookings(self) -> LedgerBookings | None:
        """The booking side; None where somebody else books what Kravia pays out."""
        ...

    async def deliver(
        self, *, message_id: str, kind: str, timestamp: str, data: dict[str, object], now: datetime
    ) -> Answer:
        """Book or tell one thing.

        Raises ``clients.errors.ClientError`` by what to do next.
        """
        ...
