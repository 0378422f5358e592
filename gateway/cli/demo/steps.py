"""The steps of stories: what happens in the world outside the gateway, each as a value.

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
    """The creditor answers the debtor."""

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
    """The ledger's own link books what Kravia took, before Kravia's settlement tells of it.

    So nothing but the ledger's word says whose money it is.
    """

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
