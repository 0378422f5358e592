"""Invented debtors and amounts, drawn by seed. Nobody here exists; no ending hangs on it."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from clients.webhook import ledger_events
from clients.webhook.ledger_events import Document
from gateway.cli.demo import days
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


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoInvoice:
    """An invoice of the play, and the events that a ledger sends of it."""

    invoice_id: str
    number: str
    amount: Decimal
    debtor: Document

    @property
    def debtor_number(self) -> str:
        """Whose invoice it is."""
        return str(self.debtor["number"])

    def share(self, parts: int) -> Decimal:
        """One of so many equal parts of the amount."""
        return self.amount / parts

    def overdue(self, **fields: object) -> Document:
        """The data of ``invoice.overdue``: both letters sent in time, unless ``fields`` differ."""
        usual: Document = {
            "id": self.invoice_id,
            "number": self.number,
            "version": 1,
            "total": f"{self.amount:.2f}",
            "outstanding": f"{self.amount:.2f}",
            "delivery_evidence": "ehf",
            "notices": notices(sent=days.day(9, 8), deadline=days.day(9, 24)),
        }
        return ledger_events.invoice_data(debtor=self.debtor, **(usual | fields))

    def payment(self, amount: Decimal, on: date, payment_id: str | None = None) -> Document:
        """The data of ``payment.received``."""
        return ledger_events.payment_data(
            invoice_id=self.invoice_id,
            payment_id=payment_id or f"pay-{self.number}",
            amount=f"{amount:.2f}",
            paid_on=on.isoformat(),
        )

    def credit_note(self, amount: Decimal, on: date) -> Document:
        """The data of ``credit_note.issued``."""
        return ledger_events.credit_note_data(
            invoice_id=self.invoice_id,
            credit_note_id=f"cre-{self.number}",
            amount=f"{amount:.2f}",
            issued_on=on.isoformat(),
        )


class Cast:
    """Deals out invoices; equal seeds and sizes deal the same."""

    def __init__(self, *, seed: int, size: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 - a play must repeat
        self._debtors = itertools.count(_FIRST_DEBTOR_NUMBER)
        numbers = list(range(_FIRST_INVOICE_NUMBER, _FIRST_INVOICE_NUMBER + size))
        self._random.shuffle(numbers)
        self._numbers = iter(numbers)

    def invoice(self, debtor: Document | None = None) -> DemoInvoice:
        """The next invoice, on a debtor of its own unless one is given."""
        number = next(self._numbers)
        return DemoInvoice(
            invoice_id=f"inv-{number}",
            number=str(number),
            amount=Decimal(self._random.randint(*_AMOUNT_STEPS) * _AMOUNT_STEP),
            debtor=self.person() if debtor is None else debtor,
        )

    def person(self, **fields: object) -> Document:
        """An adult with an address, unless ``fields`` say otherwise."""
        name = f"{self._random.choice(_GIVEN)} {self._random.choice(_FAMILY)}"
        return self._debtor("person", name) | {"birth_date": "1984-02-29"} | fields

    def organization(self, **fields: object) -> Document:
        """A company with a number that is made as real ones are and belongs to none."""
        name = f"{self._random.choice(_FAMILY)} {self._random.choice(_TRADES)} AS"
        number = next(filter(is_organization_number, self._candidates()))
        return self._debtor("organization", name) | {"organization_number": number} | fields

    def order(self) -> float:
        """A number to shuffle by."""
        return self._random.random()

    def _debtor(self, kind: str, name: str) -> Document:
        number = next(self._debtors)
        postal_code, city = self._random.choice(_PLACES)
        address: Document = {
            "line1": f"Prøvegata {self._random.randint(1, 99)}",
            "postal_code": postal_code,
            "city": city,
            "country": "NO",
        }
        return {
            "number": str(number),
            "name": name,
            "kind": kind,
            "address": address,
            "email": f"debtor-{number}@example.com",
        }

    def _candidates(self) -> Iterator[str]:
        # Synthetic companies of the Norwegian registers begin with 3; real ones with 8 or 9.
        while True:
            yield f"3{self._random.randrange(10**8):08}"


def notices(*, sent: date, deadline: date) -> list[Document]:
    """A reminder, and a collection notice with its own day and deadline."""
    fee = "38.00"
    reminder: Document = {"kind": "reminder", "sent_on": "2026-09-01", "deadline": "2026-09-15"}
    notice: Document = {
        "kind": "collection_notice",
        "sent_on": sent.isoformat(),
        "deadline": deadline.isoformat(),
    }
    return [letter | {"channel": "post", "fee": fee} for letter in (reminder, notice)]
