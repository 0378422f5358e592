"""What the play asks of a creditor's ledger, whatever its kind.

Every ledger performs the same acts, each in its own way, and can be asked afterwards what it has in
its books. Ids here are the ledger's own: ``id_of`` tells them from the play's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol

from clients.transport import Transport
from gateway.cli.demo.agreement import Side
from gateway.cli.demo.cast import DemoInvoice
from gateway.cli.demo.door import Document, Door
from gateway.cli.demo.steps import LedgerStep


@dataclass(frozen=True, slots=True, kw_only=True)
class PayOut:
    """What of a payment to Kravia the creditor gets; ``payment_id`` is Kravia's."""

    payment_id: str
    invoice_id: str
    amount: Decimal


class DemoLedger(Protocol):
    """One creditor's ledger, simulated."""

    @property
    def transport(self) -> Transport | None:
        """Return how it is asked inside the process; None for one that is reached over HTTP."""
        ...

    def listening(self) -> AbstractAsyncContextManager[None]:
        """Take what it is told, inside the context."""
        ...

    def settings(self) -> Document:
        """Return ``[creditors.NAME.ledger]``, while it listens."""
        ...

    def set_now(self, now: datetime) -> None:
        """Move its clock."""
        ...

    def id_of(self, invoice: DemoInvoice) -> str:
        """Return the ledger's own id of an invoice; the play's before it has one."""
        ...

    def number_of(self, invoice: DemoInvoice) -> str:
        """Return the invoice's number, which the debtor knows it by."""
        ...

    def debtor_of(self, invoice: DemoInvoice) -> str:
        """Return the ledger's number of the debtor."""
        ...

    async def act(self, door: Door, invoice: DemoInvoice, step: LedgerStep) -> None:
        """Let happen what a story says; the gateway hears of it in this ledger's way."""
        ...

    async def book(
        self, door: Door, pay_outs: Sequence[PayOut], on: date, *, by_link: bool = False
    ) -> None:
        """Book those of Kravia's pay-outs that are not booked yet, as the bank's file does.

        Nothing in that says Kravia: only the settlement's lines tell them from a debtor's own.
        ``by_link``: the ledger's own link to Kravia books them, and says whose money it is.
        """
        ...

    @property
    def pay_out_ids(self) -> Collection[str]:
        """The ids under which the ledger booked pay-outs; Kravia must never be told of them."""
        ...

    def collected(self) -> Counter[str]:
        """Count Kravia's payments that the ledger was told of, or booked, by invoice id."""
        ...

    def sides(self, invoice_ids: Iterable[str]) -> dict[str, Side]:
        """Return what the books hold of each invoice, and what the ledger was told."""
        ...

    def filed_under(self, department: str | None, project: str | None) -> tuple[str, str]:
        """Return the names of what a claim carries as the ledger's ids."""
        ...
