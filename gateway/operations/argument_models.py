"""What each operation takes: checked before it runs, and what ``/openapi.json`` says of it.

Fields that are not named are ignored, as everywhere at our edge; a ``null`` counts as not given.
What only the database or the settings can tell (is there such a claim, such a creditor?) is asked
by the operation itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, GetCoreSchemaHandler, StringConstraints
from pydantic_core import CoreSchema, core_schema

from gateway.domain.claim import ClaimState
from gateway.domain.wording import Language
from gateway.operations.bank_lines import LINES_MAX
from gateway.operations.forecast import DAYS_MAX
from gateway.operations.registrations import DRAFTS_MAX
from gateway.operations.replay_order import (
    ERROR_CHARACTERS_MAX,
    EVENT_STATES,
    MESSAGE_STATES,
    RATE_MAX_PER_SECOND,
)
from gateway.operations.tasks import ANSWERS
from gateway.schema.bank_line import BankLineModel
from gateway.schema.fields import (
    EXPECTED,
    TEXT,
    VERSION_MAX,
    Amount,
    Country,
    Day,
    Expected,
    Flag,
    Id,
    Line,
    Model,
    Name,
    Text,
    Url,
)
from gateway.storage.bank_lines import LineState, Source
from gateway.storage.events import OUTCOMES
from gateway.storage.replay_filter import What
from outbox.message import MessageState


@dataclass(frozen=True, slots=True)
class _OneOf:
    """A closed list of words, each a text."""

    words: tuple[str, ...]
    sentence: str

    @classmethod
    def of(cls, words: Iterable[str]) -> _OneOf:
        """Take the words of an enumeration."""
        found = tuple(str(word) for word in words)
        return cls(found, f"must be one of {', '.join(found)}")

    def __get_pydantic_core_schema__(
        self, _source: Any, _handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """Check the word, and name those allowed."""
        return core_schema.custom_error_schema(
            core_schema.literal_schema([*self.words]),
            custom_error_type=EXPECTED,
            custom_error_message=self.sentence,
        )


_Digits = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,17}$")]
_WholeNumber = Annotated[
    Annotated[int, Field(ge=1, le=VERSION_MAX)] | _Digits,
    Expected("must be a whole number from 1 up"),
]
"""A number, also as text: ``next`` of a list is a text and comes back in ``after``."""

_Rate = Annotated[
    Annotated[int, Field(ge=1, le=RATE_MAX_PER_SECOND)],
    Expected(f"must be a whole number of items a second, 1 to {RATE_MAX_PER_SECOND}"),
]
_Days = Annotated[
    Annotated[int, Field(ge=1, le=DAYS_MAX)],
    Expected(f"must be a whole number from 1 to {DAYS_MAX}"),
]
_Moment = Annotated[
    str,
    StringConstraints(
        pattern=r"^(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}"
        r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?$"
    ),
    Expected(
        "must be a date such as 2026-11-24 or an instant such as 2026-11-24T10:00"
        " (on the clock in Oslo unless it carries an offset)"
    ),
]
_ErrorPart = Annotated[
    str,
    StringConstraints(
        min_length=1, max_length=ERROR_CHARACTERS_MAX, pattern=r"^[^\x00-\x1f\x7f-\x9f]*$"
    ),
    Expected(f"must be a part of the error's text, 1 to {ERROR_CHARACTERS_MAX} characters"),
]
_Document = Annotated[str, StringConstraints(pattern=r"\S"), Expected("must be a text")]
_SAYING_SOMETHING = TEXT.replace("]*$", r"]*[^\x00-\x1f\x7f-\x9f\s]") + TEXT.removeprefix("^")
_Why = Annotated[
    str,
    StringConstraints(max_length=10_000, pattern=_SAYING_SOMETHING),
    Expected("is missing: say why, for the audit"),
    Field(description="say why, for the audit"),
]
"""Why a person does it, where that must be said; at most as long as a text of a webhook."""

_Language = Annotated[str, _OneOf(tuple(each.value for each in Language), 'must be "en" or "nb"')]
_Creditor = Annotated[Id, Field(description="the creditor's id in the settings")]
_Begun = "an id, or the beginning of one that is the only such"
_ById = Annotated[Id, Field(description=_Begun)]


_REPLAYED = f"of events {', '.join(EVENT_STATES)}; of messages {', '.join(MESSAGE_STATES)}"


class Nothing(Model):
    """No arguments."""


class Order(Model):
    """What every writing order may carry: why a person does it, for the audit."""

    reason: Text | None = None


class Page(Model):
    """One page of a list, at most 1,000 rows; ``after`` is the ``next`` of the page before."""

    limit: _WholeNumber | None = None
    after: _WholeNumber | None = None


class CreditorPage(Page):
    """A list that may be of one creditor."""

    creditor: _Creditor | None = None


class ClaimsPage(CreditorPage):
    """Which claims."""

    state: Annotated[str, _OneOf.of(ClaimState)] | None = None
    debtor: Id | None = None


class EventsPage(CreditorPage):
    """Which events."""

    type: Id | None = None
    outcome: Annotated[str, _OneOf.of(OUTCOMES)] | None = None


class MessagesPage(CreditorPage):
    """Which messages; ``kind`` is a kind of the runbook, or begins ``ledger.`` or ``notify.``."""

    state: Annotated[str, _OneOf.of(MessageState)] | None = None
    kind: Id | None = None


class LinesPage(CreditorPage):
    """Which lines of the bank."""

    state: Annotated[str, _OneOf.of(LineState)] | None = None


class TasksPage(CreditorPage):
    """Which tasks; ``all`` lists those done too."""

    all: Flag | None = None


class Walk(Model):
    """A walk over open claims on a day; ``after`` is the ``next`` of the part before."""

    on: Day | None = None
    creditor: _Creditor | None = None
    after: Line | None = None


class ForecastWalk(Walk):
    """How many days ahead."""

    days: _Days | None = None


class ExplainWalk(Walk):
    """How many claims at once, and in which language."""

    limit: _WholeNumber | None = None
    language: _Language | None = None


class ExplainOne(Model):
    """One invoice, by the ledger's id."""

    creditor: _Creditor
    invoice_id: Id
    on: Day | None = None
    language: _Language | None = None


class ClaimById(Model):
    """A claim."""

    claim_id: _ById


class ClaimOrder(ClaimById, Order):
    """An order about a claim."""


class CaseById(Model):
    """A case."""

    case_id: _ById


class EventById(Model):
    """An event."""

    event_id: _ById


class EventOrder(EventById, Order):
    """An order about an event."""


class EventRepair(EventOrder):
    """An event's mended body, as JSON in a text."""

    body: _Document


class MessageById(Model):
    """A message."""

    message_id: _ById


class MessageOrder(MessageById, Order):
    """An order about a message."""


class DoubtOrder(MessageById):
    """What a person decides of a doubt."""

    reason: _Why


class DoubtAdoption(DoubtOrder):
    """Which of Kravia's cases, or the ledger's payments, a doubtful message made."""

    kravia_invoice_id: Id


class OfCreditor(Model):
    """A creditor."""

    creditor: _Creditor


class CreditorOrder(OfCreditor, Order):
    """An order about a creditor."""


class Comparison(OfCreditor):
    """People's cases since a day beside the gateway's."""

    since: Day | None = None
    limit: _WholeNumber | None = None


class HintTarget(OfCreditor):
    """Where Kravia sends its hints: our public address."""

    url: Annotated[Url, Field(min_length=1)]


class Invitation(OfCreditor):
    """Who is invited to the creditor's workspace at Kravia."""

    email: Name
    name: Name
    is_accountant: Flag | None = None
    country_code: Country | None = None
    organization_number: Id | None = None


class Stop(Order):
    """One creditor, else all."""

    creditor: _Creditor | None = None


class LineById(Model):
    """A line of the bank."""

    line_id: _ById


class LineOrder(LineById, Order):
    """An order about a line."""


class LineDecision(LineById):
    """What a person decides of a line."""

    reason: _Why


class LineMatch(LineDecision):
    """Whose a line is: ``INVOICE``, or ``INVOICE=AMOUNT`` for each of several."""

    invoices: Annotated[
        list[Name],
        Field(min_length=1, max_length=LINES_MAX),
        Expected("is missing: name at least one"),
    ]
    payment: Id | None = None


class LinesFile(OfCreditor, Order):
    """Lines of one bank file; ``file`` is what tells it from others, such as its digest."""

    source: Annotated[str, _OneOf.of((Source.OCR, Source.CAMT054))]
    file: Id
    lines: Annotated[list[BankLineModel], Field(min_length=1, max_length=LINES_MAX)]


class PaymentByHand(OfCreditor, Order):
    """A payment that a person knows of; the amount is more than 0."""

    invoice: Id
    amount: Annotated[Amount, Expected("must be an amount such as 2250.00, more than 0")]
    on: Day | None = None
    reference: Line | None = None
    payer_account: Line | None = None
    text: Text | None = None


class Registration(OfCreditor, Order):
    """Drafts of invoices from elsewhere: ``data`` of ``invoice.overdue``, gaps allowed."""

    drafts: Annotated[
        list[dict[str, object]],
        Field(min_length=1, max_length=DRAFTS_MAX),
        Expected(f"must be a list of 1 to {DRAFTS_MAX} objects"),
    ]


class ReplayById(Model):
    """A replay."""

    replay_id: Id


class ReplayOrder(ReplayById, Order):
    """An order about a replay."""


class ReplaySet(Model):
    """Which events or messages; a ``state`` or ``type`` must be one of what is replayed."""

    what: Annotated[str, _OneOf.of(What)]
    creditor: _Creditor | None = None
    since: _Moment | None = None
    until: _Moment | None = None
    state: Annotated[Id, Field(description=_REPLAYED)] | None = None
    type: Id | None = None
    error: _ErrorPart | None = None


class ReplayStart(ReplaySet, Order):
    """The set, and how many items a second at most."""

    rate: _Rate | None = None


class TaskDone(Model):
    """A task; whose money a payment was is answered ``payout`` or ``direct``."""

    task_id: _ById
    note: Text | None = None
    answer: Annotated[str, _OneOf.of(ANSWERS)] | None = None
