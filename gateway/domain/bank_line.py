"""A movement on the creditor's account as its bank tells it, before anybody asks whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


class BankFileRefusedError(ValueError):
    """Nothing of the file may be taken; the message says why, without quoting what it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BankLine:
    """Money that came in, or with ``is_return`` was taken back. ``amount`` is positive.

    ``identity`` is the same in every copy of the file and of no other line. ``on`` is the day the
    bank booked it. ``place`` says where in the file it stands. ``text`` is whatever the bank tells
    in words, the payer's name included. Several ``kids``: one sum for several invoices, without
    an amount for each.
    """

    identity: str
    place: str
    account: str
    on: date
    amount: Decimal
    currency: str
    is_return: bool = False
    kids: tuple[str, ...] = ()
    payer_account: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFault:
    """A line that cannot be read: where it stands, and what is due there."""

    place: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BankFile:
    """What a file holds: its good lines, its faults, and what else a reader should know."""

    lines: tuple[BankLine, ...]
    faults: tuple[BankFault, ...] = ()
    notes: tuple[str, ...] = ()
