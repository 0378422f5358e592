"""What each operation takes: checked before it runs, and what ``/openapi.json`` says of it.

Fields that are not named are ignored, as everywhere at our edge; a ``null`` counts as not given.
What only the database or the settings can tell (is there such a claim, such a creditor?) is asked
by the operation itself.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.domain.claim import ClaimState
from gateway.domain.reconciliation.difference import Kind, Sign
from gateway.operations.argument_kinds import (
    REPLAYED,
    CreditorId,
    Days,
    ErrorPart,
    JsonText,
    LanguageWord,
    Moment,
    OneOf,
    Rate,
    ThingId,
    WholeNumber,
    Why,
)
from gateway.operations.bank_lines import LINES_MAX
from gateway.operations.mark_booked import VOUCHER_MAX_CHARS
from gateway.operations.outlook_days import OUTLOOK_DAYS
from gateway.operations.paging import ORDERS
from gateway.operations.registrations import DRAFTS_MAX
from gateway.operations.reveal import FIELDS
from gateway.operations.review_pages import STATES
from gateway.operations.tasks import ANSWERS
from gateway.schema.bank_line import BankLineModel
from gateway.schema.fields import (
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


class Nothing(Model):
    """No arguments."""


class Order(Model):
    """What every writing order may carry: why a person does it, for the audit."""

    reason: Text | None = None


class Page(Model):
    """One page of a list, at most 1,000 rows; ``after`` is the ``next`` of the page before."""

    limit: WholeNumber | None = None
    after: WholeNumber | None = None


class AuditPage(Page):
    """Which rows of the audit, all that is given together; ``since`` and ``until`` are included."""

    actor: Line | None = None
    action: Line | None = None
    subject: Line | None = None
    since: Moment | None = None
    until: Moment | None = None


class CreditorPage(Page):
    """A list that may be of one creditor."""

    creditor: CreditorId | None = None


class ClaimsPage(CreditorPage):
    """Which claims, and which end first."""

    state: Annotated[str, OneOf.of(ClaimState)] | None = None
    debtor: Id | None = None
    invoice: Id | None = None
    order: Annotated[str, OneOf.of(ORDERS)] | None = None


class ReviewsPage(CreditorPage):
    """Which claims that wait for a person."""

    state: Annotated[str, OneOf.of(STATES)] | None = None
    debtor: Id | None = None
    invoice: Id | None = None
    order: Annotated[str, OneOf.of(ORDERS)] | None = None


class EventsPage(CreditorPage):
    """Which events."""

    type: Id | None = None
    outcome: Annotated[str, OneOf.of(OUTCOMES)] | None = None


class MessagesPage(CreditorPage):
    """Which messages; ``kind`` is a kind of the runbook, or begins ``ledger.`` or ``notify.``."""

    state: Annotated[str, OneOf.of((*MessageState, "retrying"))] | None = None
    kind: Id | None = None
    order: Annotated[str, OneOf.of(ORDERS)] | None = None


class LinesPage(CreditorPage):
    """Which lines of the bank."""

    state: Annotated[str, OneOf.of(LineState)] | None = None


class TasksPage(CreditorPage):
    """Which tasks; ``all`` lists those done too."""

    all: Flag | None = None


class Walk(Model):
    """A walk over open claims on a day; ``after`` is the ``next`` of the part before."""

    on: Day | None = None
    creditor: CreditorId | None = None
    after: Line | None = None


class ReconcileWalk(Model):
    """A walk over all books, of one creditor or of all; ``after`` is the ``next`` before."""

    creditor: CreditorId | None = None
    after: Line | None = None


class OfOneOrAll(Model):
    """One creditor, or all."""

    creditor: CreditorId | None = None


class DifferencesPage(OfOneOrAll):
    """Which known differences; ``after`` is the ``next`` of the page before."""

    kind: Annotated[str, OneOf.of(Kind)] | None = None
    sign: Annotated[str, OneOf.of(Sign)] | None = None
    order: Annotated[str, OneOf.of(ORDERS)] | None = None
    limit: WholeNumber | None = None
    after: Line | None = None


class ForecastWalk(Walk):
    """How many days ahead."""

    days: Days | None = None


class Outlook(Model):
    """How many days ahead, of one creditor or all."""

    creditor: CreditorId | None = None
    days: Annotated[str, OneOf.of(OUTLOOK_DAYS)] | None = None


class ExplainWalk(Walk):
    """How many claims at once, and in which language."""

    limit: WholeNumber | None = None
    language: LanguageWord | None = None


class ExplainOne(Model):
    """One invoice, by the ledger's id."""

    creditor: CreditorId
    invoice_id: Id
    on: Day | None = None
    language: LanguageWord | None = None


class ClaimById(Model):
    """A claim."""

    claim_id: ThingId


class ClaimOrder(ClaimById, Order):
    """An order about a claim."""


class Reveal(ClaimById):
    """Which of a debtor's personal data, and why somebody looks."""

    field: Annotated[str, OneOf.of(tuple(FIELDS))]
    reason: Why


class Search(Model):
    """What somebody has at hand: a number, a KID, an id, or the beginning of one."""

    text: Line


class ClaimNote(ClaimById):
    """What a person knows of a claim."""

    reason: Why


class CaseById(Model):
    """A case."""

    case_id: ThingId


class EventById(Model):
    """An event."""

    event_id: ThingId


class EventOrder(EventById, Order):
    """An order about an event."""


class EventRepair(EventOrder):
    """An event's mended body, as JSON in a text."""

    body: JsonText


class MessageById(Model):
    """A message."""

    message_id: ThingId


class MessageOrder(MessageById, Order):
    """An order about a message."""


class DoubtOrder(MessageById):
    """What a person decides of a doubt."""

    reason: Why


class DoubtAdoption(DoubtOrder):
    """Which of Kravia's cases, or the ledger's payments, a doubtful message made."""

    kravia_invoice_id: Id


class OfCreditor(Model):
    """A creditor."""

    creditor: CreditorId


class CreditorOrder(OfCreditor, Order):
    """An order about a creditor."""


class Comparison(OfCreditor):
    """People's cases since a day beside the gateway's."""

    since: Day | None = None
    limit: WholeNumber | None = None


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

    creditor: CreditorId | None = None


class LineById(Model):
    """A line of the bank."""

    line_id: ThingId


class LineOrder(LineById, Order):
    """An order about a line."""


class LineDecision(LineById):
    """What a person decides of a line."""

    reason: Why


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

    source: Annotated[str, OneOf.of((Source.OCR, Source.CAMT054))]
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


class SettlementById(Model):
    """A settlement of Kravia's; two creditors may have one of the same id."""

    settlement_id: Id
    creditor: CreditorId | None = None


class SettlementOrder(SettlementById, Order):
    """An order about a settlement."""


class SettlementBooked(SettlementOrder):
    """Under which of the ledger's numbers all of a settlement is booked."""

    voucher: Annotated[Id, Field(max_length=VOUCHER_MAX_CHARS)]


class DebtorLookUp(OfCreditor):
    """A debtor as the webhook's ``data.debtor`` has it, gaps allowed."""

    debtor: dict[str, object]


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

    what: Annotated[str, OneOf.of(What)]
    creditor: CreditorId | None = None
    since: Moment | None = None
    until: Moment | None = None
    state: Annotated[Id, Field(description=REPLAYED)] | None = None
    type: Id | None = None
    error: ErrorPart | None = None


class ReplayStart(ReplaySet, Order):
    """The set, and how many items a second at most."""

    rate: Rate | None = None


class TaskById(Model):
    """A task."""

    task_id: ThingId


class TaskDone(Model):
    """A task; whose money a payment was is answered ``payout`` or ``direct``."""

    task_id: ThingId
    note: Text | None = None
    answer: Annotated[str, OneOf.of(ANSWERS)] | None = None
