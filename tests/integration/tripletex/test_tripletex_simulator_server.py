"""The simulated Tripletex on a real socket: the real transport, its switches, its webhooks."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from clients.errors import InDoubtError
from clients.exchange import Request
from clients.simulated_faults import Fault, FaultKind
from clients.simulated_server import listening
from clients.transport import HttpTransport, Timeouts
from clients.tripletex.assumptions import parse_assumptions
from clients.tripletex.client import Tokens, TripletexClient
from clients.tripletex.signature import verify
from clients.tripletex.simulator import TripletexSimulator
from clients.tripletex.simulator_server import build_app
from clients.tripletex.wire import PaymentInput

CONFIG = Path(__file__).parents[3] / "config" / "tripletex.toml"
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
PAYMENT = PaymentInput(paymentDate=date(2026, 11, 20), paymentTypeId=4501, paidAmount=Decimal(100))


class Remote:
    """The simulator behind its port, and who listens for its webhooks."""

    def __init__(self, simulator: TripletexSimulator, transport: HttpTransport) -> None:
        self.simulator = simulator
        self._transport = transport

    def client(self) -> TripletexClient:
        return TripletexClient(
            self._transport,
            self.simulator.assumptions,
            lambda: Tokens(consumer="c", employee="e"),
            company_id=5050,
            today=lambda: date(2026, 11, 24),
            timeouts=Timeouts(read_seconds=0.3, total_seconds=0.6),
        )

    async def switch(self, method: str, switch: str, /, **document: object) -> dict[str, Any]:
        body = json.dumps(document).encode()
        request = Request(method=method, path=f"/_sim/{switch}", body=body)
        response = await self._transport.send(request, timeouts=Timeouts())
        assert response.status == 200, response.body
        found: dict[str, Any] = json.loads(response.body)
        return found


@pytest.fixture
async def remote() -> AsyncIterator[Remote]:
    assumptions = parse_assumptions(tomllib.loads(CONFIG.read_text()))
    simulator = TripletexSimulator(assumptions, now=NOW, tokens=("c", "e"))
    async with HttpTransport() as outgoing:
        app = build_app(simulator, transport=outgoing)
        async with (
            listening(app, host="127.0.0.1", port=0) as port,
            HttpTransport(base_url=f"http://127.0.0.1:{port}") as transport,
        ):
            yield Remote(simulator, transport)


async def test_its_life_is_led_by_switches_and_its_books_are_shown(remote: Remote) -> None:
    kari = (await remote.switch("POST", "customers", name="Kari Nordmann"))["customer_id"]
    made = await remote.switch(
        "POST", "invoices", customer_id=kari, total="2250.00", invoice_date="2026-08-03"
    )
    invoice = made["invoice_id"]
    letter = {"on": "2026-09-06", "term_of_payment": "2026-09-22", "charge": "35.00"}
    await remote.switch("POST", "letters", invoice_id=invoice, **letter)
    await remote.switch("POST", "postpone", invoice_id=invoice, until="2026-12-24")
    await remote.switch("POST", "factoring", customer_id=kari)
    payment = {"invoice_id": invoice, "amount": "250.00", "on": "2026-11-20"}
    paid = await remote.switch("POST", "payments", **payment, by_ocr=True)
    await remote.switch("DELETE", "payments", **paid, on="2026-11-21")
    await remote.switch("POST", "payment-types", description="Kravia", account=1920)

    seen = await remote.client().invoice(invoice)
    assert seen.customer is not None
    assert seen.customer.isFactoring
    assert seen.amountCurrencyOutstanding == Decimal(2250)
    assert [each.type for each in seen.reminders] == ["NOTICE_OF_DEBT_COLLECTION"]
    assert (seen.postponeRemindersTo, len(seen.postings)) == (date(2026, 12, 24), 3)

    await remote.switch("POST", "credit", invoice_id=invoice, on="2026-11-22")
    await remote.switch("POST", "close-month", year=2026, month=10)
    await remote.switch("POST", "end-sessions")
    books = await remote.switch("GET", "state")
    assert books["invoices"][0]["outstanding"] == "0.00"
    assert books["closed_months"] == [[2026, 10]]


@pytest.mark.parametrize(
    "kind",
    [FaultKind.ACCEPT_THEN_TIMEOUT, FaultKind.RESET, FaultKind.HALF_ANSWER, FaultKind.GARBAGE],
)
async def test_a_payment_without_a_whole_answer_is_in_doubt(
    remote: Remote, kind: FaultKind
) -> None:
    simulator = remote.simulator
    simulator.add_payment_type("Kravia", 1920)
    kari = simulator.add_customer("Kari Nordmann")
    invoice = simulator.issue_invoice(kari, Decimal(2250), invoice_date=date(2026, 8, 3))
    simulator.faults.plant(Fault(kind=kind, operation="pay", applied=True))

    with pytest.raises(InDoubtError):
        await remote.client().pay(invoice, PAYMENT)

    assert len(simulator.books.api_payments) == 1


async def test_its_webhooks_arrive_signed(remote: Remote) -> None:
    arrived: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()

    async def receive(request: web.Request) -> web.Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        await arrived.put((headers, await request.read()))
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/ledger/webhooks/acme", receive)
    async with listening(app, host="127.0.0.1", port=0) as port:
        target = f"http://127.0.0.1:{port}/ledger/webhooks/acme"
        remote.simulator.subscribe("closeGroup.create", target, "secret")
        kari = remote.simulator.add_customer("Kari Nordmann")
        invoice = remote.simulator.issue_invoice(kari, Decimal(9), invoice_date=date(2026, 8, 3))
        await remote.switch("POST", "payments", invoice_id=invoice, amount="9.00", on="2026-11-20")
        headers, body = await asyncio.wait_for(arrived.get(), timeout=10)

    assert json.loads(body)["event"] == "closegroup.create"
    assert verify(headers, body, secret="secret", idempotency_header="idempotency-key")
