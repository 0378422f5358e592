"""What an invoice and its sale in Fiken say of a claim: open, over, or none at all."""

from __future__ import annotations

from enum import StrEnum

from clients.fiken.wire import Invoice


class FikenStanding(StrEnum):
    """Fiken has no status words; these are read from flags."""

    OPEN = "open"
    SETTLED = "settled"
    WRITTEN_OFF = "written off"
    DELETED = "deleted"
    CASH = "cash sale"
    UNTOLD = "untold"


def standing_from_fiken(invoice: Invoice) -> FikenStanding:
    """Read the flags, the strongest first. ``settled`` alone says whether anything is owed.

    ``UNTOLD``: the sale, or whether it is settled, is missing.
    """
    sale = invoice.sale
    if invoice.cash:
        return FikenStanding.CASH
    if sale is None:
        return FikenStanding.UNTOLD
    if sale.deleted:
        return FikenStanding.DELETED
    if sale.writeOff:
        return FikenStanding.WRITTEN_OFF
    if sale.settled is None:
        return FikenStanding.UNTOLD
    return FikenStanding.SETTLED if sale.settled else FikenStanding.OPEN
