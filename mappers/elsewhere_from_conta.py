"""What Conta's statuses say of other hands a claim is in, as the domain's value."""

from __future__ import annotations

from gateway.domain.invoice import Elsewhere, ElsewhereStanding
from mappers.status_from_conta import AtKraviaByConta, ContaStanding, Sold, UnknownStatus


def elsewhere_from_conta(standing: ContaStanding) -> Elsewhere | None:
    """Return None for a claim in the creditor's own hands, or over."""
    match standing:
        case AtKraviaByConta(running=True, word=word):
            return Elsewhere(standing=ElsewhereStanding.RUNNING, word=word)
        case AtKraviaByConta(word=word):
            return Elsewhere(standing=ElsewhereStanding.ENDED, word=word)
        case Sold(word=word):
            return Elsewhere(standing=ElsewhereStanding.SOLD, word=word)
        case UnknownStatus(word=word):
            return Elsewhere(standing=ElsewhereStanding.UNKNOWN, word=word)
        case _:
            return None
