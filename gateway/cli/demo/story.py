"""A story as a value: an invoice, what happens to it on which day, and how it must end.

The steps are the world outside the gateway: the ledger sends, the debtor pays, Kravia fails, a
person acts. What the gateway does in between is its own affair, and judged by the ending.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from clients.simulated_faults import Fault
from gateway.cli.demo.cast import DemoInvoice


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Repairs:
    """A person corrects a rejected event of this invoice."""

    at: datetime
    type: str
    data: Mapping[str, object]


KraviaStep = HasAlready | Fails | LosesHint | PaysKravia | SaysStatus | CallsOff | OthersMove
Step = KraviaStep | Sends | Stops | Starts | Approves | Repairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How a story must end; the figures are counted in the remotes' own books.

    ``state`` and ``close_reason`` are the claim's. ``decision`` and ``rules`` are its last
    decision and the ids of all its reasons. ``registers``, ``payments`` and ``credit_notes`` are
    calls about the invoice that took effect at Kravia; ``collected`` how many payments of Kravia's
    the ledger was told of. ``tasks`` are the kinds still open for a person.
    """

    state: str
    decision: str
    close_reason: str | None = None
    rules: tuple[str, ...] = ()
    registers: int = 0
    payments: int = 0
    credit_notes: int = 0
    collected: int = 0
    tasks: tuple[str, ...] = ()
    kravia_status: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One invoice's story. ``name`` fits a table, ``about`` is one sentence."""

    name: str
    about: str
    invoice: DemoInvoice
    steps: tuple[Step, ...]
    ending: Ending

    @property
    def has_trouble(self) -> bool:
        """Whether more happens to it than ordinary business."""
        return any(
            not isinstance(step, Sends | PaysKravia | CallsOff | Approves)
            or (isinstance(step, Sends) and step.answer is not Answer.RECORDED)
            for step in self.steps
        )
