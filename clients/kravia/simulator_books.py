"""The simulated Kravia's books: invoices, money, settlements, and the feed that tells of changes.

Nothing here knows of HTTP. The books are mutable and meant to be read by tests and the demo.
"""

from __future__ import annotations

import bisect
import itertools
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal

from clients.kravia.feed_time import TICKS_PER_SECOND, feed_from_ticks, ticks_from_instant
from clients.kravia.simulator_conditions import Conditions

_FIRST_INVOICE_ID = 1_553_200
_FIRST_PAYMENT_ID = 880_001
_FIRST_SETTLEMENT_ID = 41_001
_NEVER_TICKS = 2**63


@dataclass(slots=True, kw_only=True)
class SimulatedPayment:
    """A payment or credit note on one invoice; ``capital`` is what it took off the principal.

    ``accounting_payment_id`` is set when the creditor reported it, None when Kravia was paid.
    """

    payment_id: str
    invoice_id: str
    on: date
    amount: Decimal
    capital: Decimal
    accounting_payment_id: str | None = None
    is_credit_note: bool = False
    reversed: bool = False
    settlement_id: str | None = None


@dataclass(slots=True, kw_only=True)
class SimulatedInvoice:
    """One invoice at Kravia, registered through the API or there before (``preloaded``)."""

    invoice_id: str
    creditor_id: int
    accounting_invoice_id: str | None
    invoice_no: str
    invoice_date: date
    original_amount: Decimal
    currency: str
    debtor_number: str | None
    debtor_name: str | None
    status: str
    remaining: Decimal
    closing_reason: str | None = None
    is_closed: bool = False
    last_updated: str = ""
    preloaded: bool = False
    payments: list[SimulatedPayment] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A write call that took effect: its JSON body as it came, and whether it was one too many."""

    at: datetime
    body: Mapping[str, object]
    invoice_ids: tuple[str, ...]
    duplicate: bool


@dataclass(slots=True, kw_only=True)
class SimulatedSettlement:
    """A pay-out; ``lines`` are (invoice id, amount, capital); ``booked_as`` is the voucher.

    Of what is no capital, ``interest`` says by the line's place how much is interest; the rest are
    fees. ``marked_times`` counts how often the creditor said that it is booked.
    """

    settlement_id: str
    creditor_id: int
    on: date
    amount: Decimal
    currency: str
    lines: tuple[tuple[str, Decimal, Decimal | None], ...]
    costs: Decimal = Decimal(0)
    costs_vat: Decimal = Decimal(0)
    interest: dict[int, Decimal] = field(default_factory=dict)
    booked_as: str | None = None
    marked_times: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedRow:
    """An invoice as it stood at a change."""

    last_updated: str
    invoice: SimulatedInvoice
    status: str


@dataclass(slots=True, kw_only=True)
class _Change:
    visible_ticks: int
    superseded_ticks: int
    row: FeedRow


class Books:
    """All of it, with a clock that is set from outside (``now``, aware UTC)."""

    def __init__(self, *, zone: tzinfo, now: datetime, seed: int) -> None:
        self.now = now
        self.invoices: dict[str, SimulatedInvoice] = {}
        self.registers: list[Accepted] = []
        self.payments: list[Accepted] = []
        self.credit_notes: list[Accepted] = []
        self.actions: list[tuple[str, str]] = []  # what was done by an assumed call, on which case
        self.invites: list[Mapping[str, object]] = []
        self.settlements: dict[str, SimulatedSettlement] = {}
        self._zone = zone
        self._random = random.Random(seed)  # noqa: S311  a simulation must repeat
        self._payments_count = 0
        self._last_ticks = 0
        self._changes: list[tuple[str, int, _Change]] = []  # sorted as Kravia sorts: by the text
        self._latest: dict[str, _Change] = {}
        self._identities: set[tuple[object, ...]] = set()
        self._reports: set[tuple[bool, str, str]] = set()

    @property
    def duplicates(self) -> tuple[str, ...]:
        """Invoice ids of registers of something Kravia already had: second cases on one claim."""
        return tuple(call.invoice_ids[0] for call in self.registers if call.duplicate)

    def add_invoice(self, invoice: SimulatedInvoice) -> bool:
        """Enter an invoice; True if the same claim was there before (there are two now)."""
        identities = _identities(invoice)
        is_duplicate = not self._identities.isdisjoint(identities)
        self._identities.update(identities)
        self.invoices[invoice.invoice_id] = invoice
        return is_duplicate

    def was_reported(
        self, accounting_payment_id: str, invoice_ids: tuple[str, ...], *, is_credit_note: bool
    ) -> bool:
        """Note that the creditor reports this money; True if it did so before for an invoice."""
        reports = {(is_credit_note, accounting_payment_id, each) for each in invoice_ids}
        is_duplicate = not self._reports.isdisjoint(reports)
        self._reports.update(reports)
        return is_duplicate

    def next_invoice_id(self) -> str:
        """Return the next free invoice id."""
        return str(_FIRST_INVOICE_ID + len(self.invoices))

    def add_payment(
        self,
        invoice: SimulatedInvoice,
        amount: Decimal,
        on: date,
        *,
        accounting_payment_id: str | None = None,
        is_credit_note: bool = False,
    ) -> SimulatedPayment:
        """Take money off the principal; what exceeds it, or comes after the end, does not count."""
        payment = SimulatedPayment(
            payment_id=str(_FIRST_PAYMENT_ID + self._payments_count),
            invoice_id=invoice.invoice_id,
            on=on,
            amount=amount,
            capital=Decimal(0) if invoice.is_closed else min(amount, invoice.remaining),
            accounting_payment_id=accounting_payment_id,
            is_credit_note=is_credit_note,
        )
        self._payments_count += 1
        invoice.remaining -= payment.capital
        invoice.payments.append(payment)
        return payment

    def settle(
        self, creditor_id: int, on: date, *, costs: Decimal, costs_vat: Decimal
    ) -> SimulatedSettlement | None:
        """Pay out what debtors paid Kravia and no settlement holds yet; None if that is nothing."""
        due = [
            payment
            for invoice in self.invoices.values()
            if invoice.creditor_id == creditor_id
            for payment in invoice.payments
            if payment.accounting_payment_id is None
            and payment.settlement_id is None
            and not payment.reversed
        ]
        if not due:
            return None
        settlement = SimulatedSettlement(
            settlement_id=str(_FIRST_SETTLEMENT_ID + len(self.settlements)),
            creditor_id=creditor_id,
            on=on,
            amount=sum((payment.amount for payment in due), -costs - costs_vat),
            costs=costs,
            costs_vat=costs_vat,
            currency=self.invoices[due[0].invoice_id].currency,
            lines=tuple((each.invoice_id, each.amount, each.capital) for each in due),
        )
        for payment in due:
            payment.settlement_id = settlement.settlement_id
        self.settlements[settlement.settlement_id] = settlement
        return settlement

    def changed(self, invoice: SimulatedInvoice, conditions: Conditions) -> None:
        """Stamp the invoice and let the feed tell of it, now or later as the conditions say."""
        now_ticks = ticks_from_instant(self.now)
        ticks = max(now_ticks, self._last_ticks + 1)
        if conditions.one_timestamp and self._last_ticks:
            ticks = self._last_ticks
        self._last_ticks = ticks
        invoice.last_updated = feed_from_ticks(ticks, self._zone)
        lag_seconds = conditions.feed_lag_seconds
        if conditions.feed_reordered:
            lag_seconds *= self._random.random()
        change = _Change(
            visible_ticks=now_ticks + int(lag_seconds * TICKS_PER_SECOND),
            superseded_ticks=_NEVER_TICKS,
            row=FeedRow(last_updated=invoice.last_updated, invoice=invoice, status=invoice.status),
        )
        before = self._latest.get(invoice.invoice_id)
        if before is not None:
            before.superseded_ticks = min(before.superseded_ticks, change.visible_ticks)
        self._latest[invoice.invoice_id] = change
        bisect.insort(self._changes, (invoice.last_updated, len(self._changes), change))

    def feed(self, since: str | None, *, inclusive: bool) -> Iterator[FeedRow]:
        """Yield the rows visible now, oldest first, after (or from) the time given as text."""
        now_ticks = ticks_from_instant(self.now)
        start = 0
        if since is not None:
            edge = -1 if inclusive else len(self._changes)
            start = bisect.bisect_left(self._changes, (since, edge), key=lambda each: each[:2])
        for _, _, change in itertools.islice(self._changes, start, None):
            if change.visible_ticks <= now_ticks < change.superseded_ticks:
                yield change.row

    def shuffled(self, rows: list[FeedRow]) -> list[FeedRow]:
        """Return the rows in a random, repeatable order."""
        return self._random.sample(rows, len(rows))


def _identities(invoice: SimulatedInvoice) -> set[tuple[object, ...]]:
    by_number = (
        invoice.creditor_id,
        invoice.invoice_no,
        invoice.invoice_date,
        invoice.debtor_number,
    )
    if invoice.accounting_invoice_id is None:
        return {by_number}
    return {by_number, (invoice.creditor_id, invoice.accounting_invoice_id)}
