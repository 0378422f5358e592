"""What the three sides hold of one claim, and of one settlement, read at one moment.

Amounts are whole minor units (øre). An absent figure is one that side does not tell: nothing is
concluded from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from gateway.domain.claim import ClaimState, CloseReason

UNDER_WAY: Final = timedelta(days=1)
"""How long a message or event may be on its way before that is a difference: a night's outage and
the next day's retries are over by then."""

LAG: Final = timedelta(hours=1)
"""How much later than a write of ours Kravia's answer must have been read to count against it."""


KEPT: Final = timedelta(days=180)
"""How long what is over is surely kept whole: later its messages, then its claim, are deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a comparison goes by, the same for all claims of a creditor.

    ``polled_at``: when Kravia's feed was last read to its end; None: its copy is not complete, and
    nothing is concluded from it. ``sends_nothing``: observe mode. ``payout_days``: how long a
    pay-out and its settlement may be apart.
    """

    now: datetime
    polled_at: datetime | None
    completed_at: datetime | None = None
    payout_days: int = 30
    sends_nothing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A row of the mirror. ``meaning``: of its status word, None for a word without one."""

    kravia_invoice_id: str
    invoice_id: str | None = None
    invoice_number: str | None = None
    issued_on: str | None = None
    amount: int | None = None
    debtor_number: str | None = None
    status: str | None = None
    meaning: str | None = "active"
    seen_at: datetime

    @property
    def has_ended(self) -> bool:
        """Whether Kravia is done with it."""
        return self.status is not None and self.meaning not in {None, "active"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A payment or credit note as Kravia lists it; ``our_id`` is on those that we reported."""

    payment_id: str
    our_id: str | None
    amount: int
    is_credit_note: bool = False
    is_reversed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """A message of the outbox. ``amount`` is what it tells, where it tells one."""

    message_id: str
    kind: str
    state: str
    created_at: datetime
    settled_at: datetime | None = None
    is_quarantined: bool = False
    amount: int | None = None

    @property
    def is_in_doubt(self) -> bool:
        """Whether nobody knows if it was applied."""
        return self.state == "in_doubt" or (self.state == "parked" and self.is_quarantined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """A payment or credit note of the ledger's, as the gateway keeps it (a receipt).

    ``is_of_bank``: a line of the bank told it, so the ledger has it under another id;
    ``is_awaited``: or not yet. ``told_at``: when the ledger told it, or took it back.
    """

    receipt_id: str
    amount: int
    on: date
    state: str
    is_credit_note: bool = False
    order: Order | None = None
    message_id: str | None = None
    told_at: datetime
    is_of_bank: bool = False
    is_awaited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A payment that Kravia took, as the gateway keeps it."""

    payment_id: str
    amount: int
    principal: int | None
    paid_on: date
    is_reversed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """What we book in the ledger of one line; ``payment_id`` is the ledger's, once known."""

    amount: int
    message_id: str
    order: Order | None
    payment_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a settlement. ``taken_by``: the receipt it was, or the message that books it."""

    settlement_id: str
    kravia_invoice_id: str
    amount: int
    principal: int | None
    received_at: datetime
    voucher_id: str | None = None
    taken_by: str | None = None
    by_hand: bool = False
    booking: Booking | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A payment or credit note as a ledger that is asked last told it."""

    receipt_id: str
    amount: int
    is_credit_note: bool = False
    from_agency: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerSide:
    """An invoice as a ledger that is asked last told it."""

    invoice_number: str
    issued_on: str
    debtor_number: str
    outstanding: int
    read_at: datetime
    money: tuple[Told, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimBooks:
    """One claim, and all that the sides hold of it.

    ``entries`` and ``remaining`` are of Kravia's details, read last at ``details_at``; None where
    they were not read, or do not tell. ``namesakes``: other cases under this invoice's id.
    ``orders``: its messages that are not settled.
    """

    creditor_id: str
    claim_id: str
    invoice_id: str
    invoice_number: str
    issued_on: str
    debtor_number: str
    state: ClaimState
    close_reason: CloseReason | None = None
    outstanding: int
    registered: int | None = None
    registered_at: datetime | None = None
    withdrawn_at: datetime | None = None
    kravia_invoice_id: str | None = None
    details_at: datetime | None = None
    remaining: int | None = None
    entries: tuple[Entry, ...] | None = None
    case: Case | None = None
    namesakes: tuple[Case, ...] = ()
    orders: tuple[Order, ...] = ()
    money: tuple[Money, ...] = ()
    collected: tuple[Collected, ...] = ()
    lines: tuple[Line, ...] = ()
    ledger: LedgerSide | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrangeCase:
    """A case at Kravia that is no claim's; ``like``: a claim with its number and date."""

    case: Case
    like: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerOnly:
    """An invoice that the ledger told and of which there is no claim."""

    invoice_id: str
    outstanding: int
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementBooks:
    """A settlement and what became of it; ``mark`` is the message that marks it booked.

    ``unknown_cases``: those of its lines that are no claim of ours.
    """

    settlement_id: str
    amount: int
    costs: int | None = None
    vat: int | None = None
    received_at: datetime
    voucher_id: str | None = None
    mark: Order | None = None
    marking: str | None = None
    lines: int = 0
    lines_amount: int = 0
    unknown_cases: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """A settlement that is not understood, or a message about none of the claims that is parked."""

    about: str
    order: Order | None = None
