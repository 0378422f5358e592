"""Both assumption files, and a claim as the portal's sample shows it."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from clients.assumptions_document import merge_assumptions
from clients.kravia.assumptions import Assumptions, parse_assumptions
from clients.kravia.client import KraviaClient
from clients.kravia.simulator import KraviaSimulator
from clients.kravia.wire import PostalAddress, RegisterRequest
from clients.simulated_transport import DirectTransport

ROOT = Path(__file__).parents[3]
SHIPPED = ROOT / "config" / "kravia.toml"
OTHER = ROOT / "tests" / "samples" / "kravia-other.toml"


@pytest.fixture
def shipped() -> Assumptions:
    return parse_assumptions(tomllib.loads(SHIPPED.read_text()))


@pytest.fixture(params=["shipped", "other"])
def assumptions(request: pytest.FixtureRequest) -> Assumptions:
    document = tomllib.loads(SHIPPED.read_text())
    if request.param == "other":
        document = merge_assumptions(document, tomllib.loads(OTHER.read_text()))
    return parse_assumptions(document)


@pytest.fixture
def simulator(assumptions: Assumptions) -> KraviaSimulator:
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    return KraviaSimulator(assumptions, now=now, seed=1, token="s3cret")


@pytest.fixture
def claim() -> RegisterRequest:
    return RegisterRequest(
        claimType="CollectionCase",
        creditorId=10759,
        accountingInvoiceId="inv-1001",
        debtorName="Kari Nordmann",
        debtorNumber="10001",
        email="kari@example.com",
        ssn=None,
        organizationNumber=None,
        isPrivateIndividual=True,
        postalAddress=PostalAddress(
            addressAddressLine1="Karl Johans gate 1",
            addressPostalCode="0154",
            addressCity="Oslo",
            addressCountryCode="NO",
        ),
        invoiceNo="20003",
        invoiceDate=date(2026, 8, 1),
        dueDate=date(2026, 8, 17),
        originalAmount=Decimal("2250.00"),
        currencyCode="NOK",
        description="Consulting, July",
    )


async def no_waiting(_: float) -> None:
    return


@pytest.fixture
def client(simulator: KraviaSimulator, assumptions: Assumptions) -> KraviaClient:
    transport = DirectTransport(simulator)
    return KraviaClient(transport, assumptions, lambda: "s3cret", sleep=no_waiting)
