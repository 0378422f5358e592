"""The gateway whole between a simulated Conta, in which it books, and a simulated Kravia."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clients.exchange import Request
from clients.simulated_faults import Fault, FaultKind
from tests.integration.conta_way_in import conftest as way_in
from tests.integration.conta_way_in.conftest import (
    KRAVIA_CREDITOR_ID,
    ContaWorld,
    Document,
    conta_assumptions,
    conta_creditor,
    other_creditors,
    place,
)

__all__ = ["conta_assumptions", "other_creditors", "place"]

SAMPLES = Path(__file__).parents[2] / "samples"
ACCOUNT = 3001
"""The first bank account the simulator gives out: the clearing account."""


def batch(**ledger: object) -> Document:
    """A creditor whose pay-outs are booked in Conta."""
    known = conta_creditor()["ledger"]
    return {"payout_model": "batch", "ledger": {**known, "bank_account_id": ACCOUNT, **ledger}}


@pytest.fixture
def creditor() -> Document:
    """What a test adds to the creditor's settings."""
    return batch()


@pytest.fixture
def kravia_assumptions(request: Any) -> Path | None:
    """Parametrised with "other" (indirectly): the deliberately different file."""
    return SAMPLES / "kravia-other.toml" if getattr(request, "param", "") == "other" else None


@dataclass(frozen=True, slots=True)
class Back:
    """What comes back: money Kravia pays out, and what is booked of it."""

    world: ContaWorld

    async def paid_out(
        self, amount: str = "1000.00", *, invoice: int | None = None, on: date | None = None
    ) -> int:
        """Bring an invoice to Kravia, let its debtor pay there, and let Kravia pay out."""
        world = self.world
        made = await world.active() if invoice is None else invoice
        self.debtor_pays(made, amount)
        await world.settle()
        self.settlement(on)
        return made

    def debtor_pays(self, invoice: int, amount: str) -> None:
        """The debtor pays Kravia."""
        [case] = [
            case
            for case in self.world.kravia.books.invoices.values()
            if str(case.accounting_invoice_id) == str(invoice)
        ]
        self.world.kravia.debtor_pays(case.invoice_id, Decimal(amount), self.world.now[0].date())

    def settlement(self, on: date | None = None) -> Any:
        """Kravia pays out what it has."""
        return self.world.kravia.pay_out(KRAVIA_CREDITOR_ID, on or self.world.now[0].date())

    async def booked(self, amount: str = "1000.00") -> int:
        """As ``paid_out``, and booked."""
        made = await self.paid_out(amount)
        await self.world.settle()
        return made

    def payments(self) -> list[tuple[int, Decimal]]:
        """What stands in Conta through its API: invoice and amount."""
        return [
            (payment.parts[0].invoice_id, payment.amount)
            for payment in self.world.conta.books.api_payments
            if not payment.deleted
        ]

    def fail(self, kind: FaultKind, operation: str = "create_payment", **more: Any) -> None:
        """Plant a fault at Conta."""
        self.world.conta.faults.plant(Fault(kind=kind, operation=operation, **more))

    def before_post(self, act: Any) -> None:
        """Do something once, right before the next booking reaches Conta."""

        def watch(request: Request) -> None:
            if request.method == "POST":
                self.world.wire.before = lambda _request: None
                act()

        self.world.wire.before = watch

    async def message(self) -> Document:
        """The newest booking's message."""
        return (await self.world.items("outbox.list", kind="ledger.booking"))[0]

    async def receipts(self, invoice: int) -> list[tuple[str, str]]:
        """State and amount of what the claim knows to be booked in the ledger."""
        claim = await self.world.claim(invoice)
        return [(each["state"], each["amount"]) for each in claim["receipts"]]

    async def swept(self) -> None:
        """What is new in Conta is found and taken in."""
        await self.world.news()
        await self.world.settle()


@pytest.fixture
async def world(
    place: Path,
    creditor: Document,
    other_creditors: Document,
    conta_assumptions: str,
    kravia_assumptions: Path | None,
) -> AsyncIterator[ContaWorld]:
    """The gateway, started, with one customer and a clearing account in Conta."""
    async for made in way_in.a_world(
        place, creditor, other_creditors, conta_assumptions, kravia_assumptions
    ):
        assert made.conta.add_bank_account("12345678903") == ACCOUNT
        yield made


@pytest.fixture
def back(world: ContaWorld) -> Back:
    return Back(world)
