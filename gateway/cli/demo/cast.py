"""Invented debtors and amounts, drawn by seed. Nobody here exists; no ending hangs on it.

What is dealt is the domain's own invoice: each ledger enters or sends it in its own way.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from gateway.cli.demo import days
from gateway.domain.invoice import (
    Address,
    Channel,
    Debtor,
    DebtorKind,
    Invoice,
    Notice,
    NoticeKind,
)
from gateway.domain.organization_number import is_organization_number

_GIVEN: Final = (
    *("Alva", "Birk", "Dagny", "Eskil", "Frøya", "Gard", "Hilde", "Isak", "Jorunn", "Kåre"),
    *("Live", "Magnus", "Nora", "Odd", "Pernille", "Ravn", "Siri", "Tarjei", "Unni", "Vetle"),
)
_FAMILY: Final = (
    *("Eksempel", "Prøvestad", "Tenkeland", "Demovik", "Oppdiktet", "Liksomrud"),
    *("Utkasthaug", "Øvelsdal", "Malerud", "Påfunn", "Fabeløy", "Skissebakken"),
)
_TRADES: Final = ("Bakeri", "Rør", "Regnskap", "Kafé", "Maskin", "Frisør", "Trykk", "Hage")
_PLACES: Final = (
    *(("0154", "Oslo"), ("5003", "Bergen"), ("7011", "Trondheim"), ("4006", "Stavanger")),
    *(("9008", "Tromsø"), ("8006", "Bodø"), ("6002", "Ålesund"), ("2315", "Hamar")),
)
_FIRST_INVOICE_NUMBER: Final = 30_001
_FIRST_DEBTOR_NUMBER: Final = 50_001
_AMOUNT_STEP: Final = 200  # kroner; amounts are multiples, so that any fifth or quarter is round
_AMOUNT_STEPS: Final = (4, 90)  # 800 to 18 000 kroner
_LETTER_FEE: Final = Decimal("38.00")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoInvoice:
    """An invoice of the play; ``facts`` are what its ledger says, unless its story differs.

    Its ids are the play's. Conta deals its own: a ledger of the play knows which.
    """

    facts: Invoice

    @property
    def invoice_id(self) -> str:
        """Its name in the play."""
        return self.facts.id

    @property
    def amount(self) -> Decimal:
        """All of it."""
        return self.facts.total

    @property
    def debtor(self) -> Debtor:
        """Whose invoice it is."""
        return self.facts.debtor

    def share(self, parts: int) -> Decimal:
        """One of so many equal parts of the amount."""
        return self.amount / parts

    def but(self, **fields: Any) -> Invoice:
        """Return the facts with some of them different."""
        return replace(self.facts, **fields)


class Cast:
    """Deals out invoices; equal seeds and sizes deal the same."""

    def __init__(self, *, seed: int, size: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a play must repeat
        self._debtors = itertools.count(_FIRST_DEBTOR_NUMBER)
        numbers = list(range(_FIRST_INVOICE_NUMBER, _FIRST_INVOICE_NUMBER + size))
        self._random.shuffle(numbers)
        self._numbers = iter(numbers)

    def invoice(self, debtor: Debtor | None = None) -> DemoInvoice:
        """Deal the next invoice, overdue, with both letters sent in time, on a debtor of its own.

        Unless one is given.
        """
        number = next(self._numbers)
        amount = Decimal(self._random.randint(*_AMOUNT_STEPS) * _AMOUNT_STEP).quantize(
            Decimal("1.00")
        )
        facts = Invoice(
            id=f"inv-{number}",
            number=str(number),
            version=1,
            issue_date=days.day(7, 15),
            due_date=days.day(8, 14),
            supplied_on=days.day(7, 15),
            currency="NOK",
            total=amount,
            outstanding=amount,
            description="Membership, autumn 2026",
            delivery_evidence="ehf",
            notices=letters(sent=days.day(9, 8), deadline=days.day(9, 24)),
            debtor=self.person() if debtor is None else debtor,
        )
        return DemoInvoice(facts=facts)

    def person(self, **fields: Any) -> Debtor:
        """Deal an adult with an address, unless ``fields`` say otherwise."""
        name = f"{self._random.choice(_GIVEN)} {self._random.choice(_FAMILY)}"
        dealt = replace(self._debtor(DebtorKind.PERSON, name), birth_date=date(1984, 2, 29))
        return replace(dealt, **fields)

    def organization(self, **fields: Any) -> Debtor:
        """Deal a company with a number that is made as real ones are and belongs to none."""
        name = f"{self._random.choice(_FAMILY)} {self._random.choice(_TRADES)} AS"
        dealt = self._debtor(DebtorKind.ORGANIZATION, name)
        return replace(dealt, organization_number=self._organization_number(), **fields)

    def sole_proprietor(self) -> Debtor:
        """Deal a business that is its owner: an organisation number, and a person who owes."""
        name = f"{self._random.choice(_FAMILY)} {self._random.choice(_TRADES)} ENK"
        dealt = self._debtor(DebtorKind.PERSON, name)
        return replace(dealt, organization_number=self._organization_number())

    def order(self) -> float:
        """Draw a number to shuffle by."""
        return self._random.random()

    def _debtor(self, kind: DebtorKind, name: str) -> Debtor:
        number = next(self._debtors)
        postal_code, city = self._random.choice(_PLACES)
        address = Address(
            line1=f"Prøvegata {self._random.randint(1, 99)}",
            postal_code=postal_code,
            city=city,
            country="NO",
        )
        email = f"debtor-{number}@example.com"
        return Debtor(number=str(number), name=name, kind=kind, address=address, email=email)

    def _organization_number(self) -> str:
        return next(filter(is_organization_number, self._candidates()))

    def _candidates(self) -> Iterator[str]:
        # Synthetic companies of the Norwegian registers begin with 3; real ones with 8 or 9.
        while True:
            yield f"3{self._random.randrange(10**8):08}"


REMINDER: Final = Notice(
    kind=NoticeKind.REMINDER,
    sent_on=days.day(9, 1),
    deadline=days.day(9, 15),
    channel=Channel.POST,
    fee=_LETTER_FEE,
)


def notice(*, sent: date, deadline: date) -> Notice:
    """Word a collection notice with its own day and deadline."""
    return replace(REMINDER, kind=NoticeKind.COLLECTION_NOTICE, sent_on=sent, deadline=deadline)


def letters(*, sent: date, deadline: date) -> tuple[Notice, ...]:
    """Word the letters: a collection notice, after a reminder if there was time for one."""
    last = notice(sent=sent, deadline=deadline)
    return (REMINDER, last) if REMINDER.sent_on < sent else (last,)
