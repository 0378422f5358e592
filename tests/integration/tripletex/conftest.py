"""The gateway whole between a simulated Tripletex and a simulated Kravia: real SQLite."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from clients.exchange import Request
from clients.kravia.simulator import KraviaSimulator
from clients.simulated_faults import Fault, FaultKind
from clients.tripletex.simulator import TripletexSimulator
from clients.webhook.signature import decode_secret
from clients.webhook.simulator import LedgerSimulator
from gateway.settings import Settings
from gateway.settings_creditor import TripletexLedgerSettings
from gateway.settings_documents import load_assumptions, load_tripletex_assumptions
from tests.integration.conta_way_in.conftest import (
    KRAVIA_CREDITOR_ID,
    SECRET,
    START,
    ContaWorld,
    Document,
    Wire,
    place,
)

__all__ = ["Document", "place"]

PAYMENT_TYPE = 4501
"""The first payment type the simulator gives out: that of the clearing account."""

SECRETS = {
    "SECRET": SECRET,
    "TOKEN": "a-token-for-tests",
    "CONSUMER": "a-consumer-token",
    "EMPLOYEE": "an-employee-token",
    "SHARED": "a-shared-secret",
}


@dataclass
class TripletexWorld(ContaWorld):
    """The world of a ledger that is asked, with Tripletex in Conta's place."""

    @property
    def tripletex(self) -> TripletexSimulator:
        return cast("TripletexSimulator", self.conta)

    def invoice(
        self,
        total: str = "2250.00",
        *,
        customer: int | None = None,
        due: date = date(2026, 8, 17),
        notice: bool = True,
        **more: Any,
    ) -> int:
        """Issue an invoice, with a collection notice whose deadline has long passed."""
        made = self.tripletex.issue_invoice(
            self.customer if customer is None else customer,
            Decimal(total),
            invoice_date=due - timedelta(days=14),
            due_date=due,
            **more,
        )
        if notice:
            self.tripletex.remind(
                made, on=due + timedelta(days=20), term_of_payment=due + timedelta(days=36)
            )
        return made

    # The way back.

    async def paid_out(self, amount: str = "1000.00") -> int:
        """Bring an invoice to Kravia, let its debtor pay there, and let Kravia pay out."""
        made = await self.active()
        [case] = [
            case
            for case in self.kravia.books.invoices.values()
            if str(case.accounting_invoice_id) == str(made)
        ]
        self.kravia.debtor_pays(case.invoice_id, Decimal(amount), self.now[0].date())
        await self.settle()
        self.kravia.pay_out(KRAVIA_CREDITOR_ID, self.now[0].date())
        return made

    def booked(self) -> list[Decimal]:
        """What stands in Tripletex through its API."""
        return [-posting.amount for posting in self.tripletex.books.api_payments]

    def fail(self, kind: FaultKind, operation: str = "pay", **more: Any) -> None:
        """Plant a fault at Tripletex."""
        self.tripletex.faults.plant(Fault(kind=kind, operation=operation, **more))

    def before_payment(self, act: Any) -> None:
        """Do something once, right before the next booking reaches Tripletex."""

        def watch(request: Request) -> None:
            if request.method == "PUT":
                self.wire.before = lambda _request: None
                act()

        self.wire.before = watch


@pytest.fixture
def creditor() -> Document:
    """What a test adds to the creditor's settings."""
    return {}


@pytest.fixture
def ledger() -> Document:
    """What a test adds to the ledger's settings."""
    return {}


@pytest.fixture
async def world(place: Path, creditor: Document, ledger: Document) -> AsyncIterator[TripletexWorld]:
    """The gateway, started, with one customer and a payment type in Tripletex."""
    section = {
        "kind": "tripletex",
        "company_id": 5050,
        "consumer_token": "env:CONSUMER",
        "employee_token": "env:EMPLOYEE",
        "webhook_secret": "env:SHARED",
        **ledger,
    }
    acme = {
        "kravia_creditor_id": KRAVIA_CREDITOR_ID,
        "webhook_secrets": ["env:SECRET"],
        "ledger": section,
        **creditor,
    }
    document = {
        "database": {"url": "sqlite:///gateway.db"},
        "kravia": {"base_url": "http://127.0.0.1:1", "token": "env:TOKEN"},
        "creditors": {"acme": acme},
    }
    settings = Settings.build(document, SECRETS, base=place)
    own = settings.creditors["acme"].ledger
    assert isinstance(own, TripletexLedgerSettings)
    tripletex = TripletexSimulator(
        load_tripletex_assumptions(own),
        now=START,
        tokens=(SECRETS["CONSUMER"], SECRETS["EMPLOYEE"]),
    )
    made = TripletexWorld(
        settings=settings,
        conta=cast("Any", tripletex),
        wire=Wire(cast("Any", tripletex)),
        kravia=KraviaSimulator(load_assumptions(settings), now=START, seed=1),
        notify=LedgerSimulator(secret=decode_secret(SECRET), now=START),
        now=[START],
    )
    made.customer = tripletex.add_customer("Kari Nordmann", email="kari@example.com")
    assert tripletex.add_payment_type("Kravia", 1920) == PAYMENT_TYPE
    await made.start()
    yield made
    await made.stack.aclose()
