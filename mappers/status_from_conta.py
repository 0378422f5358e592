"""What Conta's statuses mean for a claim: open, over, or in other hands. Never guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clients.conta.wire import InvoiceEvent
from gateway.domain.claim import CloseReason


@dataclass(frozen=True, slots=True, kw_only=True)
class StillOpen:
    """A claim of the creditor's that Conta follows up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotAClaim:
    """Not an ordinary, finished invoice (a cash sale, a credit note, one being made)."""

    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """Nothing is owed any more; ``reason`` None where Conta does not say why."""

    reason: CloseReason | None
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AtKraviaByConta:
    """Someone used Conta's own link to Kravia; ``running`` while Kravia works on it there."""

    running: bool
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sold:
    """The claim belongs to someone else now."""

    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownStatus:
    """A word nobody has given a meaning: kept raw, shown, alerted."""

    word: str


ContaStanding = StillOpen | NotAClaim | Ended | AtKraviaByConta | Sold | UnknownStatus

_OPEN = frozenset({"INVOICE_CREATED", "PAYMENT_REMINDER_CREATED"})
_AT_KRAVIA = frozenset({"BEING_SENT_TO_KRAVIA", "SENT_TO_KRAVIA"})
_ENDED = {
    "CLOSED_BY_CREDIT_NOTE": CloseReason.CREDITED,
    "CLOSED_BY_PAYMENT": CloseReason.PAID,
    "WRITTEN_OFF_AS_LOSS": CloseReason.WRITTEN_OFF,
    "CLOSED_FROM_REGNSKAP": None,
}
_SOLD = frozenset({"SOLD_TO_EASYBANK", "CLOSED_BY_EASYBANK"})
_KRAVIA_ENDED = frozenset({"WITHDRAWN", "CLOSED"})
_SENT_ELSEWHERE = {
    "SENT_TO_KRAVIA": True,
    "PULLED_FROM_KRAVIA": False,
    "CLOSED_WITH_SUM_REMAINING_BY_KRAVIA": False,
}


def status_from_conta(
    *,
    invoice_type: str | None,
    status: str | None,
    kravia_status: str | None = None,
    events: Sequence[InvoiceEvent] = (),
) -> ContaStanding:
    """Read an invoice's ``type`` and ``status`` together with all signs of Conta's own link.

    ``kravia_status`` is ``kraviaInvoiceStatus`` of the invoice *list*; ``events`` as the client
    orders them, and count where the list was not asked or says nothing. A running case outweighs
    all else.
    """
    if status in _AT_KRAVIA:
        return AtKraviaByConta(running=True, word=status)
    if kravia_status == "ACTIVE":
        return AtKraviaByConta(running=True, word=kravia_status)
    standing = _of_itself(invoice_type, status)
    if not isinstance(standing, StillOpen | UnknownStatus):
        return standing
    return _through_the_link(kravia_status, events) or standing


def _of_itself(invoice_type: str | None, status: str | None) -> ContaStanding:
    word = status or "no status"
    if invoice_type != "NORMAL":
        return NotAClaim(word=invoice_type or "no type")
    if word == "BEING_CREATED":
        return NotAClaim(word=word)
    if word in _ENDED:
        return Ended(reason=_ENDED[word], word=word)
    if word in _SOLD:
        return Sold(word=word)
    return StillOpen() if word in _OPEN else UnknownStatus(word=word)


def _through_the_link(
    kravia_status: str | None, events: Sequence[InvoiceEvent]
) -> ContaStanding | None:
    """Read the signs of a case that was, or that only the timeline tells of."""
    if kravia_status is not None:
        if kravia_status in _KRAVIA_ENDED:
            return AtKraviaByConta(running=False, word=kravia_status)
        return UnknownStatus(word=kravia_status)
    for event in reversed(events):
        word = event.eventType or ""
        if word in _SENT_ELSEWHERE:
            return AtKraviaByConta(running=_SENT_ELSEWHERE[word], word=word)
    return None
