"""A simulated Tripletex with one open invoice, and the client that asks it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clients.assumptions_document import merge_assumptions
from clients.simulated_transport import DirectTransport
from clients.tripletex.assumptions import Assumptions, parse_assumptions
from clients.tripletex.client import Tokens, TripletexClient
from clients.tripletex.simulator import TripletexSimulator

CONFIG = Path(__file__).parents[3] / "config" / "tripletex.toml"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def assumptions_with(**changes: Any) -> Assumptions:
    return parse_assumptions(merge_assumptions(tomllib.loads(CONFIG.read_text()), changes))


async def no_waiting(_: float) -> None:
    return


@dataclass
class Tripletex:
    """The simulator, its client, the days and secrets both go by."""

    simulator: TripletexSimulator
    invoice: int = 0
    today: date = date(2026, 11, 24)
    tokens: Tokens = field(default_factory=lambda: Tokens(consumer="c", employee="e"))

    def client(self, **changes: Any) -> TripletexClient:
        return TripletexClient(
            DirectTransport(self.simulator),
            assumptions_with(**changes),
            lambda: self.tokens,
            company_id=5050,
            today=lambda: self.today,
            sleep=no_waiting,
        )


@pytest.fixture
def tripletex() -> Tripletex:
    simulator = TripletexSimulator(assumptions_with(), now=NOW, tokens=("c", "e"))
    made = Tripletex(simulator=simulator)
    kari = simulator.add_customer("Kari Nordmann")
    simulator.add_payment_type("Kravia", 1920)
    made.invoice = simulator.issue_invoice(kari, Decimal(2250), invoice_date=date(2026, 8, 3))
    return made
