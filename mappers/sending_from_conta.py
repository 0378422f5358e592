"""How Conta sent something, from a line of the invoice's timeline."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from clients.conta.assumptions import Assumptions
from clients.conta.wire import InvoiceEvent


class Way(StrEnum):
    """The ways Conta sends; the values are the contract's words for delivery evidence."""

    EMAIL = "email"
    POST = "post"
    EHF = "ehf"
    EFAKTURA = "efaktura"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """``left`` is false where Conta says that it was not sent yet or did not arrive."""

    way: Way
    left: bool


_BY_ENDING = {
    "_BY_EMAIL": Way.EMAIL,
    "_BY_POSTAL_MAIL": Way.POST,
    "_BY_EHF": Way.EHF,
    "_BY_EFAKTURA": Way.EFAKTURA,
}
_BY_METHOD = {
    "EMAIL": Way.EMAIL,
    "MAIL": Way.POST,
    "EHF": Way.EHF,
    "EFAKTURA": Way.EFAKTURA,
}


def sending_from_conta(event: InvoiceEvent, assumptions: Assumptions) -> Sending | None:
    """Return what the line tells of a sending, None if nothing.

    The type's ending tells the way (``…_SENT_BY_EMAIL``), else ``deliveryMethod``; the status field
    of that way tells what became of it.
    """
    way = next(
        (way for end, way in _BY_ENDING.items() if (event.eventType or "").endswith(end)),
        _BY_METHOD.get(event.deliveryMethod or ""),
    )
    if way is None:
        return None
    status = {
        Way.EMAIL: event.lastEmailEventType,
        Way.POST: event.snailMailStatus,
        Way.EHF: event.ehfStatus,
        Way.EFAKTURA: event.efakturaStatus,
    }[way]
    return Sending(way=way, left=(status or "").lower() not in assumptions.letters.unsent_words)
