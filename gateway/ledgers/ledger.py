"""What the gateway needs of a ledger, whatever its kind.

Every ledger is told things (``deliver``). One that pushes nothing is asked as well: it has a
``source``, and a sweep records what it says into the same inbox as webhooks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
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

    ``by_hand`` becomes a task.
    """

    result: str | None = None
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
    """An invoice read whole. ``is_open``: the ledger may still follow it up."""

    invoice: Invoice
    is_open: bool
    written_off: bool = False


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

    async def check(self) -> Check:
        """Ask, reading only, whether address, key and organisation work."""
        ...


class Ledger(Protocol):
    """One creditor's ledger; ``source`` is None for one that pushes and cannot be asked."""

    @property
    def source(self) -> LedgerSource | None:
        """The asking side."""
        ...

    async def deliver(
        self, *, message_id: str, kind: str, timestamp: str, data: dict[str, object], now: datetime
    ) -> Answer:
        """Book or tell one thing.

        Raises ``clients.errors.ClientError`` by what to do next.
        """
        ...
