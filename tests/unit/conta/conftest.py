"""A simulated Conta with one customer and one overdue invoice, and a client that speaks to it."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from clients.assumptions_document import merge_assumptions
from clients.conta.assumptions import Assumptions, parse_assumptions
from clients.conta.client import ContaClient
from clients.conta.simulator import ContaSimulator
from clients.simulated_transport import DirectTransport

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "config" / "conta.toml"
OTHER = {
    "time_zone": "UTC",
    "writes_offsets": True,
    "lists": {"page_size_rows": 3, "sort": ""},
    "payments": {"list_id": "payment", "remaining_includes_late_fees": True},
    "letters": {"created_counts_as_sent": False},
    "customers": {"absent_country": ""},
    "files": {"enabled": True},
}
"""Different in everything that may differ."""


@pytest.fixture
def shipped() -> Assumptions:
    return parse_assumptions(tomllib.loads(SHIPPED.read_text()))


@pytest.fixture(params=["shipped", "other"])
def assumptions(request: pytest.FixtureRequest) -> Assumptions:
    document = tomllib.loads(SHIPPED.read_text())
    if request.param == "other":
        document = merge_assumptions(document, OTHER)
    return parse_assumptions(document)


@pytest.fixture
def simulator(assumptions: Assumptions) -> ContaSimulator:
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    return ContaSimulator(assumptions, now=now, organization_id=4242, api_key="s3cret")


@pytest.fixture
def customer_id(simulator: ContaSimulator) -> int:
    return simulator.add_customer("Kari Nordmann", email="kari@example.com")


@pytest.fixture
def invoice_id(simulator: ContaSimulator, customer_id: int) -> int:
    return simulator.issue_invoice(
        customer_id,
        Decimal("2250.00"),
        invoice_date=date(2026, 8, 3),
        due_date=date(2026, 8, 17),
        department_id=simulator.add_department("Oslo"),
        project_id=simulator.add_project("Fjord"),
        bank_account_id=simulator.add_bank_account("1234.56.78903"),
    )


async def no_waiting(_: float) -> None:
    return


@pytest.fixture
def client(simulator: ContaSimulator, assumptions: Assumptions) -> ContaClient:
    transport = DirectTransport(simulator)
    return ContaClient(
        transport, assumptions, lambda: "s3cret", organization_id=4242, sleep=no_waiting
    )
