"""Webhooks in: the events of the contract, and reading a raw body into one or into its faults.

::

    raw body -> too deep, not JSON   -> NotJsonError                 (nothing is kept)
             -> a type of the contract, valid    -> ParsedEvent with its model
             -> any other type                   -> ParsedEvent without one (kept, ignored)
             -> not valid                        -> InvalidEvent with every fault in plain words

A valid body, which is nearly every one, is parsed and checked in one pass of pydantic's core.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, get_args

import orjson
from pydantic import Field, TypeAdapter, ValidationError

from gateway.schema.faults import TYPE_LENGTH_MAX, Fault, faults_of
from gateway.schema.fields import (
    ID_LENGTH_MAX,
    Amount,
    Currency,
    Day,
    Flag,
    Id,
    Instant,
    Model,
    Short,
    Text,
    one_of,
)
from gateway.schema.invoice import (
    DebtorModel,
    InvoiceModel,
    ObjectionModel,
    ObjectionOutcomeWord,
)
from gateway.schema.json_depth import is_too_deep

DEPTH_MAX = 32
"""The contract's own bodies nest five deep; ledgers add fields of theirs."""

FAULTS_MAX = 100
"""Enough to mend any honest body, and a bound on what one answer and one row can grow to."""

TYPE_UNREADABLE = "unknown"
"""What an event is listed as when its body does not say its type."""


WithdrawalCauseWord = Literal["written_off", "deleted"]


class _Event(Model):
    timestamp: Instant | None = None
    """When it happened, by the sender's clock; orders events of an invoice without versions."""


class InvoiceData(Model):
    """An invoice and who owes it."""

    invoice: InvoiceModel
    debtor: DebtorModel


class InvoiceEvent(_Event):
    """An invoice is overdue, or a known one changed: a whole snapshot either way."""

    type: Literal["invoice.overdue", "invoice.updated"]
    data: InvoiceData


class PaymentModel(Model):
    """Money the ledger booked; ``kid``, ``payer_account`` and ``text`` tell a pay-out apart."""

    id: Id
    paid_on: Day
    amount: Amount
    currency: Currency
    kid: Short | None = None
    payer_account: Short | None = None
    text: Text | None = None
    from_agency: Flag | None = None


class PaymentReceivedData(Model):
    """A payment on an invoice."""

    invoice_id: Id
    payment: PaymentModel


class PaymentReceivedEvent(_Event):
    """The ledger booked a payment."""

    type: Literal["payment.received"]
    data: PaymentReceivedData


class PaymentReversedData(Model):
    """Which payment was taken back, and when."""

    invoice_id: Id
    payment_id: Id
    reversed_on: Day


class PaymentReversedEvent(_Event):
    """A booked payment was taken back."""

    type: Literal["payment.reversed"]
    data: PaymentReversedData


class CreditNoteModel(Model):
    """A credit note of the creditor's."""

    id: Id
    issued_on: Day
    amount: Amount
    currency: Currency


class CreditNoteIssuedData(Model):
    """A credit note on an invoice."""

    invoice_id: Id
    credit_note: CreditNoteModel


class CreditNoteIssuedEvent(_Event):
    """The creditor credited an invoice."""

    type: Literal["credit_note.issued"]
    data: CreditNoteIssuedData


class ObjectionRaisedData(Model):
    """What the debtor disputes."""

    invoice_id: Id
    objection: ObjectionModel


class ObjectionRaisedEvent(_Event):
    """The debtor disputes an invoice."""

    type: Literal["objection.raised"]
    data: ObjectionRaisedData


class ObjectionResolvedData(Model):
    """How the dispute ended."""

    invoice_id: Id
    resolved_on: Day
    outcome: Annotated[ObjectionOutcomeWord, one_of(*get_args(ObjectionOutcomeWord))]


class ObjectionResolvedEvent(_Event):
    """A dispute ended."""

    type: Literal["objection.resolved"]
    data: ObjectionResolvedData


class CollectionWithdrawnData(Model):
    """Why the creditor wants no collection any more; ``cause`` where the books say it."""

    invoice_id: Id
    reason: Text
    cause: Annotated[WithdrawalCauseWord, one_of(*get_args(WithdrawalCauseWord))] | None = None


class CollectionWithdrawnEvent(_Event):
    """The creditor calls the collection off."""

    type: Literal["collection.withdrawn"]
    data: CollectionWithdrawnData


KnownEvent = (
    InvoiceEvent
    | PaymentReceivedEvent
    | PaymentReversedEvent
    | CreditNoteIssuedEvent
    | ObjectionRaisedEvent
    | ObjectionResolvedEvent
    | CollectionWithdrawnEvent
)
"""Every event the gateway acts on; ``match`` on the class."""

KNOWN_EVENT: TypeAdapter[KnownEvent] = TypeAdapter(
    Annotated[KnownEvent, Field(discriminator="type")]
)

EVENT_TYPES: tuple[str, ...] = tuple(
    word
    for model in get_args(KnownEvent)
    for word in get_args(model.model_fields["type"].annotation)
)
"""The types of the events the gateway acts on."""


KNOWN_TYPES = tuple(
    word
    for model in get_args(KnownEvent)
    for word in get_args(model.model_fields["type"].annotation)
)
"""Their types, as a sender writes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedEvent:
    """A valid event; ``event`` is absent for a type the gateway does not act on."""

    type: str
    invoice_id: str | None
    timestamp: datetime | None
    event: KnownEvent | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidEvent:
    """A body that is JSON but no valid event; type and invoice id as far as they can be read."""

    type: str
    invoice_id: str | None
    faults: tuple[Fault, ...]

    @property
    def problem(self) -> str:
        """All faults on one line, for people who list events."""
        return "; ".join(f"{f.field}: {f.message}" if f.field else f.message for f in self.faults)


class NotJsonError(ValueError):
    """The body is not JSON or nests too deep; the message says which, without quoting it."""


def parse_event(raw: bytes, depth_max: int = DEPTH_MAX) -> ParsedEvent | InvalidEvent:
    """Read a webhook body. Raises ``NotJsonError``; never anything else, whatever the bytes."""
    if is_too_deep(raw, depth_max):
        raise NotJsonError(f"the body nests deeper than {depth_max} levels")
    try:
        event = KNOWN_EVENT.validate_json(raw)
    except ValidationError as error:
        return _not_known(raw, error)
    # pydantic's parser takes NaN and Infinity for numbers; JSON has neither.
    if b"NaN" in raw or b"Infinity" in raw:
        _load(raw)
    data = event.data
    return ParsedEvent(
        type=event.type,
        invoice_id=data.invoice.id if isinstance(data, InvoiceData) else data.invoice_id,
        timestamp=event.timestamp,
        event=event,
    )


def _load(raw: bytes) -> object:
    try:
        document: object = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise NotJsonError("the body is not JSON in UTF-8") from None
    return document


def _not_known(raw: bytes, error: ValidationError) -> ParsedEvent | InvalidEvent:
    """Tell an event of another type from one with faults."""
    document = _load(raw)
    type_ = _word(document, "type", length_max=TYPE_LENGTH_MAX)
    details = error.errors(include_url=False, include_context=True, include_input=False)
    # What is listed and logged as a type is a name; a sentence, or a person's, is not repeated.
    listed = type_ if type_ is not None and _NAME.fullmatch(type_) else TYPE_UNREADABLE
    if type_ is not None and any(detail["type"] == "union_tag_invalid" for detail in details):
        return ParsedEvent(type=listed, invoice_id=None, timestamp=None, event=None)
    return InvalidEvent(
        type=listed,
        invoice_id=_invoice_id(document),
        faults=tuple(faults_of(details))[:FAULTS_MAX],
    )


_NAME = re.compile(r"[a-z0-9_]+([.:/-][a-z0-9_]+)*")
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f-\x9f]+")


def _word(document: object, key: str, *, length_max: int) -> str | None:
    """Read a short text without control characters from an object, if it is one."""
    value = document.get(key) if isinstance(document, dict) else None
    if isinstance(value, str) and len(value) <= length_max and _PRINTABLE.fullmatch(value):
        return value
    return None


def _invoice_id(document: object) -> str | None:
    """Find what an invalid event is about, so that an operator can search for it."""
    data = document.get("data") if isinstance(document, dict) else None
    invoice = data.get("invoice") if isinstance(data, dict) else None
    return _word(invoice, "id", length_max=ID_LENGTH_MAX) or _word(
        data, "invoice_id", length_max=ID_LENGTH_MAX
    )
