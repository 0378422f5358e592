"""The simulated Conta on a real socket, through the real transport."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from clients.conta.assumptions import parse_assumptions
from clients.conta.client import ContaClient
from clients.conta.simulator import ContaSimulator
from clients.conta.simulator_control import SWITCHES
from clients.conta.wire import InvoiceQuery, PaymentInput
from clients.errors import InDoubtError, NotFoundError
from clients.exchange import Request
from clients.simulated_faults import Fault, FaultKind
from clients.simulated_server import build_app, listening
from clients.transport import HttpTransport, Timeouts

ROOT = Path(__file__).parents[3]
PATIENT = Timeouts()
HASTY = Timeouts(read_seconds=0.2, total_seconds=0.4)
PAYMENT = PaymentInput(date=date(2026, 11, 20), amount=Decimal("100.10"), description="Ære 🦊")


@pytest.fixture
def simulator() -> ContaSimulator:
    assumptions = parse_assumptions(tomllib.loads((ROOT / "config/conta.toml").read_text()))
    now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    return ContaSimulator(assumptions, now=now, organization_id=4242, api_key="s3cret")


@asynccontextmanager
async def serving(
    simulator: ContaSimulator, clock: Callable[[], datetime] | None = None
) -> AsyncIterator[HttpTransport]:
    app = build_app(simulator, SWITCHES, clock=clock)
    async with (
        listening(app, host="127.0.0.1", port=0) as port,
        HttpTransport(base_url=f"http://127.0.0.1:{port}") as transport,
    ):
        yield transport


def client_of(
    transport: HttpTransport, simulator: ContaSimulator, timeouts: Timeouts = PATIENT
) -> ContaClient:
    return ContaClient(
        transport,
        simulator.assumptions,
        lambda: "s3cret",
        organization_id=4242,
        timeouts=timeouts,
    )


def an_invoice(simulator: ContaSimulator) -> int:
    customer_id = simulator.add_customer("Kari Nordmann 🦊")
    return simulator.issue_invoice(customer_id, Decimal(2250), invoice_date=date(2026, 8, 3))


async def switch(
    transport: HttpTransport, method: str, name: str, body: bytes
) -> tuple[int, dict[str, Any]]:
    request = Request(method=method, path=f"/_sim/{name}", body=body)
    response = await transport.send(request, timeouts=PATIENT)
    answer: dict[str, Any] = orjson.loads(response.body)
    return response.status, answer


async def test_an_invoice_goes_over_the_socket_and_a_payment_back(
    simulator: ContaSimulator,
) -> None:
    invoice_id = an_invoice(simulator)
    async with serving(simulator) as transport:
        client = client_of(transport, simulator)
        (row,) = (await client.invoices(InvoiceQuery(type="OVERDUE"))).hits
        customer = await client.customer(row.customerId or 0)
        booked = await client.create_payment(invoice_id, PAYMENT)
        assert customer.name == "Kari Nordmann 🦊"
        assert [each.id for each in await client.payments(row.id)] == [booked.id]
        assert simulator.books.payments[booked.id].description == "Ære 🦊"
        await client.delete_payment(booked.id)
        assert await client.payments(row.id) == ()
        with pytest.raises(NotFoundError):
            await client.invoice(1)


@pytest.mark.parametrize(
    ("fault", "timeouts", "booked"),
    [
        (Fault(kind=FaultKind.ACCEPT_THEN_TIMEOUT), HASTY, 1),
        (Fault(kind=FaultKind.RESET), PATIENT, 0),
        (Fault(kind=FaultKind.STATUS, status=502), PATIENT, 0),
    ],
)
async def test_trouble_is_in_doubt_and_strikes_once(
    simulator: ContaSimulator, fault: Fault, timeouts: Timeouts, booked: int
) -> None:
    invoice_id = an_invoice(simulator)
    simulator.faults.plant(fault)
    async with serving(simulator) as transport:
        client = client_of(transport, simulator, timeouts)
        with pytest.raises(InDoubtError):
            await client.create_payment(invoice_id, PAYMENT)
        assert len(simulator.books.api_payments) == booked
        assert simulator.calls == {"create_payment": 1}
        assert len(await client.payments(invoice_id)) == booked


async def test_switches_are_thrown_over_http(simulator: ContaSimulator) -> None:
    invoice_id = an_invoice(simulator)
    async with serving(simulator) as transport:
        body = orjson.dumps({"invoice_id": invoice_id})
        assert await switch(transport, "POST", "send-to-kravia", body) == (200, {})
        status, state = await switch(transport, "GET", "state", b"")
        assert (status, state["invoices"][0]["status"]) == (200, "SENT_TO_KRAVIA")
        assert state["invoices"][0]["total"] == "2250.00"
        assert (await switch(transport, "POST", "objection", b"{"))[0] == 400
        assert (await switch(transport, "POST", "objection", b"{}"))[0] == 404


async def test_a_given_clock_moves_the_simulated_time(simulator: ContaSimulator) -> None:
    later = datetime(2026, 12, 24, 9, 0, tzinfo=UTC)
    async with serving(simulator, clock=lambda: later) as transport:
        seen: list[datetime] = []
        client = client_of(transport, simulator)
        client.observe_date = seen.append
        await client.organizations()
        assert seen == [later]
