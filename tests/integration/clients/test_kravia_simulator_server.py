"""The simulated Kravia on a real socket: what it does to a client, and its switches."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web

from clients.assumptions_document import merge_assumptions
from clients.errors import ClientError, InDoubtError, NotFoundError, RateLimitedError
from clients.exchange import Request, Response
from clients.kravia.assumptions import Assumptions, parse_assumptions
from clients.kravia.client import KraviaClient
from clients.kravia.simulator import KraviaSimulator
from clients.kravia.simulator_server import build_app
from clients.kravia.wire import PostalAddress, RegisterRequest
from clients.simulated_faults import Fault, FaultKind
from clients.simulated_server import listening
from clients.transport import HttpTransport, Timeouts

ROOT = Path(__file__).parents[3]
CREDITOR = 10759
PATIENT = Timeouts(connect_seconds=5, read_seconds=5, total_seconds=10)
HASTY = Timeouts(connect_seconds=5, read_seconds=0.2, total_seconds=10)

CLAIM = RegisterRequest(
    claimType="CollectionCase",
    creditorId=CREDITOR,
    accountingInvoiceId="inv-1001",
    debtorName="Kari Nordmann 🦊",
    debtorNumber="10001",
    email=None,
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
    description=None,
)


@pytest.fixture(params=["shipped", "other"])
def assumptions(request: pytest.FixtureRequest) -> Assumptions:
    document = tomllib.loads((ROOT / "config/kravia.toml").read_text())
    if request.param == "other":
        other = tomllib.loads((ROOT / "tests/samples/kravia-other.toml").read_text())
        document = merge_assumptions(document, other)
    return parse_assumptions(document)


@pytest.fixture
def simulator(assumptions: Assumptions) -> KraviaSimulator:
    return KraviaSimulator(
        assumptions, now=datetime(2026, 11, 24, 9, 0, tzinfo=UTC), token="s3cret"
    )


@asynccontextmanager
async def serving(
    simulator: KraviaSimulator, hints: HttpTransport | None = None
) -> AsyncIterator[HttpTransport]:
    app = build_app(simulator, transport=hints)
    async with (
        listening(app, host="127.0.0.1", port=0) as port,
        HttpTransport(base_url=f"http://127.0.0.1:{port}") as transport,
    ):
        yield transport


def client_of(
    transport: HttpTransport, simulator: KraviaSimulator, timeouts: Timeouts = PATIENT
) -> KraviaClient:
    return KraviaClient(transport, simulator.assumptions, lambda: "s3cret", timeouts=timeouts)


async def switch(
    transport: HttpTransport, method: str, name: str, document: object = None
) -> tuple[int, dict[str, Any]]:
    body = b"" if document is None else orjson.dumps(document)
    request = Request(method=method, path=f"/_sim/{name}", body=body)
    response: Response = await transport.send(request, timeouts=PATIENT)
    answer: dict[str, Any] = orjson.loads(response.body)
    return response.status, answer


async def test_a_claim_goes_over_the_socket_and_back(simulator: KraviaSimulator) -> None:
    async with serving(simulator) as transport:
        client = client_of(transport, simulator)
        invoice_id = await client.register(CLAIM)
        details = await client.details(invoice_id)
        page = await client.search(updated_after=None, creditor_id=CREDITOR)
        assert details.debtorName == "Kari Nordmann 🦊"
        assert [row.invoiceId for row in page.rows] == [invoice_id]
        assert page.server_date == simulator.now
        after = await client.search(
            updated_after=page.rows[0].lastUpdatedTime, creditor_id=CREDITOR
        )
        inclusive = simulator.assumptions.search.boundary_is_inclusive
        assert len(after.rows) == int(inclusive)
        with pytest.raises(NotFoundError):
            await client.details("../search")


@pytest.mark.parametrize(
    ("fault", "timeouts", "registered"),
    [
        (Fault(kind=FaultKind.ACCEPT_THEN_TIMEOUT), HASTY, 1),
        (Fault(kind=FaultKind.HANG), HASTY, 0),
        (Fault(kind=FaultKind.SLOW), HASTY, 1),
        (Fault(kind=FaultKind.RESET), PATIENT, 0),
        (Fault(kind=FaultKind.RESET, applied=True), PATIENT, 1),
        (Fault(kind=FaultKind.REFUSE), PATIENT, 0),
        (Fault(kind=FaultKind.CLOSE), PATIENT, 0),
        (Fault(kind=FaultKind.HALF_ANSWER), PATIENT, 1),
        (Fault(kind=FaultKind.GARBAGE), PATIENT, 1),
        (Fault(kind=FaultKind.OVERSIZED), PATIENT, 1),
        (Fault(kind=FaultKind.HTML), PATIENT, 0),
        (Fault(kind=FaultKind.STATUS, status=502), PATIENT, 0),
    ],
)
async def test_every_trouble_is_in_doubt_and_strikes_once(
    simulator: KraviaSimulator, fault: Fault, timeouts: Timeouts, registered: int
) -> None:
    simulator.faults.plant(fault)
    async with serving(simulator) as transport:
        client = client_of(transport, simulator, timeouts)
        with pytest.raises(InDoubtError):
            await client.register(CLAIM)
        assert len(simulator.books.registers) == registered
        assert simulator.calls == {"register": 1}
        await client.register(replace(CLAIM, accountingInvoiceId="b", invoiceNo="2"))
        assert simulator.books.duplicates == ()


async def test_a_slow_answer_comes_all_the_same(simulator: KraviaSimulator) -> None:
    simulator.faults.plant(Fault(kind=FaultKind.SLOW, seconds=0.01))
    async with serving(simulator) as transport:
        assert await client_of(transport, simulator).register(CLAIM) in simulator.books.invoices


async def test_hints_are_posted_and_a_deaf_receiver_does_no_harm(
    simulator: KraviaSimulator,
) -> None:
    received: asyncio.Queue[bytes] = asyncio.Queue()

    async def receive(request: web.Request) -> web.Response:
        received.put_nowait(await request.read())
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/kravia/webhooks/acme", receive)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}/kravia/webhooks/acme"
    async with HttpTransport() as hints, serving(simulator, hints) as transport:
        client = client_of(transport, simulator)
        await client.configure_webhook(CREDITOR, url=url, secret="S")
        invoice_id = await client.register(CLAIM)
        async with asyncio.timeout(5):
            hint = json.loads(await received.get())
            assert str(hint["data"]["claimId"]) == invoice_id
        await runner.cleanup()
        simulator.faults.plant(Fault(kind=FaultKind.CLOSE, applied=True))
        with pytest.raises(ClientError):
            await client.register(replace(CLAIM, accountingInvoiceId="b", invoiceNo="2"))
        await client.register(replace(CLAIM, accountingInvoiceId="c", invoiceNo="3"))
        assert len(simulator.books.registers) == 3


async def test_the_switches_drive_a_whole_life(simulator: KraviaSimulator) -> None:
    async with serving(simulator) as transport:
        client = client_of(transport, simulator)
        status, preloaded = await switch(
            transport,
            "POST",
            "preload",
            {
                "creditor_id": CREDITOR,
                "invoice_no": "1",
                "invoice_date": "2026-01-01",
                "original_amount": "100.00",
                "debtor_number": "9",
            },
        )
        assert status == 200
        old = preloaded["invoice_id"]
        invoice_id = await client.register(CLAIM)
        status, _ = await switch(transport, "PUT", "clock", {"now": "2026-12-01T10:00:00+01:00"})
        assert status == 200
        assert simulator.now == datetime(2026, 12, 1, 9, 0, tzinfo=UTC)
        money = {"invoice_id": invoice_id, "amount": "250.50", "on": "2026-12-01"}
        _, payment = await switch(transport, "POST", "payments", money)
        assert payment["capital"] == "250.50"
        _, paid_out = await switch(
            transport, "POST", "payout", {"creditor_id": CREDITOR, "on": "2026-12-01"}
        )
        assert paid_out["settlement"]["amount"] == "250.50"
        for name, extra in (
            ("objection", {}),
            ("reverse", {"payment_id": payment["payment_id"]}),
            ("withdraw", {}),
            ("close", {"status_word": "Odd", "closing_reason": "Why"}),
        ):
            status, _ = await switch(transport, "POST", name, {"invoice_id": invoice_id, **extra})
            assert status == 200
        status, books = await switch(transport, "GET", "state")
        assert status == 200
        assert [each["invoice_id"] for each in books["invoices"]] == [old, invoice_id]
        assert books["invoices"][1]["status"] == "Odd"
        assert books["invoices"][1]["payments"][0]["reversed"] is True
        assert len(books["registers"]) == 1
        assert books["duplicates"] == []
        assert books["now"].startswith("2026-12-01T10:00:00")


async def test_faults_are_planted_and_cleared_over_http(simulator: KraviaSimulator) -> None:
    fault = {"kind": "status", "status": 429, "retry_after_seconds": 3, "times": 5}
    async with serving(simulator) as transport:
        client = client_of(transport, simulator)
        status, _ = await switch(
            transport,
            "POST",
            "faults",
            {"faults": [fault], "conditions": {"date_skew_seconds": 600}},
        )
        assert status == 200
        with pytest.raises(RateLimitedError) as caught:
            await client.register(CLAIM)
        assert caught.value.retry_after_seconds == 3
        assert simulator.faults.conditions.date_skew_seconds == 600
        await switch(transport, "DELETE", "faults")
        await client.register(CLAIM)


@pytest.mark.parametrize(
    ("method", "name", "document", "status", "said"),
    [
        ("POST", "explode", {}, 404, "no such switch"),
        ("GET", "faults", None, 404, "no such switch"),
        ("POST", "faults", {"faults": [{"kind": "odd"}]}, 400, "faults.0.kind"),
        ("POST", "faults", [], 400, "must be an object"),
        ("POST", "withdraw", {"invoice_id": "999"}, 404, "999"),
        ("POST", "withdraw", {}, 404, "invoice_id"),
        ("POST", "withdraw", {"invoice_id": 7}, 400, "invoice_id: must be a text"),
        ("PUT", "clock", {"now": "2026-12-01T10:00:00"}, 400, "needs an offset"),
        ("PUT", "clock", {"now": "later"}, 400, "later"),
        ("POST", "payout", {"creditor_id": "x", "on": "2026-12-01"}, 400, "invalid literal"),
        (
            "POST",
            "payments",
            {"invoice_id": "1", "amount": "-1", "on": "2026-12-01"},
            400,
            "amount: must be a positive amount",
        ),
    ],
)
async def test_a_switch_thrown_wrongly_says_why(
    simulator: KraviaSimulator, method: str, name: str, document: object, status: int, said: str
) -> None:
    async with serving(simulator) as transport:
        got, answer = await switch(transport, method, name, document)
        assert got == status
        assert said in answer["error"]
