"""A story as a value: an invoice, what happens to it on which day, and how it must end.

The steps are the world outside the gateway: things happen in the ledger, the debtor pays, Kravia
fails, a person acts. What the gateway does in between is its own affair, and judged by the ending.
A ledger's step says what happens, not how the gateway hears of it: one ledger sends a webhook, in
the other it only stands in the books, and a sweep finds it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from clients.simulated_faults import Fault
from gateway.cli.demo.cast import DemoInvoice
from gateway.domain.invoice import Invoice, Notice


class Remote(StrEnum):
    """What can be switched off."""

    KRAVIA = "kravia"
    LEDGER = "ledger"


class Answer(StrEnum):
    """How the gateway answers a webhook."""

    RECORDED = "recorded"
    DUPLICATE = "duplicate"
    NOT_VALID = "422, kept"
    UNAUTHORIZED = "401"


class Chapter(StrEnum):
    """What a story is about; each has a section of the screen."""

    BUSINESS = "business"
    CONTA = "conta"  # what only Conta can tell
    TROUBLE = "trouble"


# What happens in any ledger.


@dataclass(frozen=True, slots=True, kw_only=True)
class Appears:
    """The invoice stands in the ledger as overdue, with ``facts`` or else as it was dealt."""

    at: datetime
    facts: Invoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendsLetter:
    """The creditor sends a letter about it.

    ``made_on`` is what the letter itself says, if it left later. One that ``came_back`` was never
    received. Only Conta tells these two.
    """

    at: datetime
    letter: Notice
    made_on: date | None = None
    came_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PaysCreditor:
    """The debtor pays the creditor, with the KID."""

    at: datetime
    amount: Decimal
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """The creditor credits so much of it; Conta knows only all that is open."""

    at: datetime
    amount: Decimal
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Objects:
    """The debtor objects, and the creditor notes it."""

    at: datetime
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersObjection:
    """The creditor answers; neither ledger has a better way to say so than a webhook."""

    at: datetime
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraws:
    """The creditor wants it collected no more."""

    at: datetime


# What happens in Conta only.


@dataclass(frozen=True, slots=True, kw_only=True)
class Postpones:
    """Somebody moves the follow-up date."""

    at: datetime
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletes:
    """Somebody deletes the invoice."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WritesOff:
    """The bookkeeper writes it off as a loss."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClicksKravia:
    """Somebody presses Conta's own button "send to Kravia"; its link confirms at once."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBooksPayOut:
    """The ledger's own link books what Kravia paid out for it, before the bank's file comes."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TypesPayment:
    """Somebody types in one payment that covers several invoices."""

    at: datetime
    shares: tuple[tuple[DemoInvoice, Decimal], ...]
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaks:
    """Conta's maintenance begins when a sweep is half through."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovers:
    """Conta's maintenance is over."""

    at: datetime


# What only a ledger that pushes can do.


@dataclass(frozen=True, slots=True, kw_only=True)
class Sends:
    """The ledger sends an event; ``happened_at`` (else ``at``) stands in the body."""

    at: datetime
    type: str
    data: Mapping[str, object]
    answer: Answer = Answer.RECORDED
    webhook_id: str | None = None
    happened_at: datetime | None = None
    is_signed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """A person corrects a rejected event of this invoice."""

    at: datetime
    type: str
    data: Mapping[str, object]


# What happens at Kravia, and what people do.


@dataclass(frozen=True, slots=True, kw_only=True)
class HasAlready:
    """Kravia has a case from before us, entered by hand in its portal."""

    at: datetime
    invoice_date: date
    meaning: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fails:
    """Kravia's next calls go wrong."""

    at: datetime
    fault: Fault


@dataclass(frozen=True, slots=True, kw_only=True)
class LosesHint:
    """The next webhook of Kravia's own never leaves it."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    """A remote goes down: nothing listens on its port."""

    at: datetime
    remote: Remote


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """It is back."""

    at: datetime
    remote: Remote


@dataclass(frozen=True, slots=True, kw_only=True)
class PaysKravia:
    """The debtor pays the agency."""

    at: datetime
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SaysStatus:
    """Kravia gives the case a status word."""

    at: datetime
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallsOff:
    """A person withdraws the case in Kravia's portal."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OthersMove:
    """A case that is not ours changes at Kravia: a row of the feed with a later stamp."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approves:
    """A person lets a claim in review go."""

    at: datetime


SharedStep = Appears | SendsLetter | PaysCreditor | Credits | Objects | AnswersObjection | Withdraws
ContaStep = Postpones | Deletes | WritesOff | ClicksKravia | TypesPayment | Breaks | Recovers
LedgerStep = SharedStep | ContaStep | Sends | Repairs | Stops | Starts
KraviaStep = HasAlready | Fails | LosesHint | PaysKravia | SaysStatus | CallsOff | OthersMove
Step = LedgerStep | KraviaStep | LinkBooksPayOut | Approves


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a story must end; the figures are counted in the remotes' own books.

    ``state`` and ``close_reason`` are the claim's, ``frozen`` whether nothing new may be done with
    it. ``decision`` and ``rules`` are its last decision and the ids of all its reasons.
    ``registers``, ``payments`` and ``credit_notes`` are calls about the invoice that took effect at
    Kravia; ``collected`` how many payments of Kravia's the ledger was told of, or booked. ``tasks``
    and ``alerts`` are the kinds still open for a person.

    Three are looked at only where a story gives them: Kravia's word for the case, whether Kravia
    was told of a private individual, and the department and project the claim is kept under.
    """

    state: str
    decision: str
    close_reason: str | None = None
    frozen: bool = False
    rules: tuple[str, ...] = ()
    registers: int = 0
    payments: int = 0
    credit_notes: int = 0
    collected: int = 0
    tasks: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    kravia_status: str | None = None
    is_private: bool | None = None
    filed_under: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One invoice's story. ``name`` fits a table, ``about`` is one sentence."""

    name: str
    about: str
    invoice: DemoInvoice
    steps: tuple[Step, ...]
    ending: Ending
    chapter: Chapter = Chapter.BUSINESS
