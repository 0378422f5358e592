"""Tripletex's signed webhooks: a payment is found at once, a stranger's changes nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from clients.exchange import Request, Response
from clients.transport import HttpTransport, Timeouts
from clients.tripletex.signature import SIGNATURE_HEADER
from gateway.app_edge import build_edge
from gateway.metrics import Metrics
from gateway.web.server import serving
from tests.integration.tripletex.conftest import SECRETS, TripletexWorld

TODAY = date(2026, 11, 24)


class Door:
    """The gateway's own port, at which webhooks arrive."""

    def __init__(self, world: TripletexWorld, url: str, transport: HttpTransport) -> None:
        self.world = world
        self.url = f"{url}/ledger/webhooks/acme"
        self._transport = transport

    async def knock(self, request: Request) -> Response:
        return await self._transport.send(request, timeouts=Timeouts())

    async def deliver_all(self) -> list[int]:
        """Deliver what Tripletex has to say; returns the statuses it got."""
        return [(await self.knock(each)).status for each in self.world.tripletex.take_webhooks()]

    async def swept(self) -> int:
        """Sweep what was asked for; returns how many events that recorded."""
        reports = await self.world.workers.ledger_poller.run_once(self.world.now[0])
        return sum(sum(report.recorded.values()) for report in reports)


@pytest.fixture
async def door(world: TripletexWorld) -> AsyncIterator[Door]:
    edge = build_edge(world.settings, world.gateway, Metrics(), lambda: False)
    async with (
        serving(edge, host="127.0.0.1", port=0) as listening,
        HttpTransport() as transport,
    ):
        made = Door(world, f"http://127.0.0.1:{listening.port}", transport)
        for event in ("closegroup.create", "closegroup.delete"):
            world.tripletex.subscribe(event, made.url, SECRETS["SHARED"])
        yield made


async def test_a_close_group_makes_the_payment_known_at_once(
    world: TripletexWorld, door: Door
) -> None:
    made = await world.active()
    assert await door.swept() == 0
    world.pass_time(seconds=10)
    assert await door.swept() == 0  # not its turn yet

    paid = world.tripletex.pay_by_ocr(made, Decimal("2250.00"), on=TODAY)
    assert await door.deliver_all() == [202]
    assert await door.swept() == 2  # the payment, and the invoice as it is now

    await world.intake()
    await world.settle()
    assert world.reported() == [(str(paid), Decimal("2250.00"))]

    world.tripletex.take_back(paid, on=TODAY)
    assert await door.deliver_all() == [202]  # deleted: it carries an id and nothing else
    await door.swept()
    assert "payment.reversed" in await world.events()


async def test_delivered_twice_and_out_of_order_it_is_one_payment(
    world: TripletexWorld, door: Door
) -> None:
    made = await world.active()
    paid = world.tripletex.pay_by_ocr(made, Decimal("2250.00"), on=TODAY)
    sent = world.tripletex.take_webhooks()

    for each in (*reversed(sent), *sent):
        assert (await door.knock(each)).status == 202
        await door.swept()
    await world.intake()
    await world.settle()

    assert world.reported() == [(str(paid), Decimal("2250.00"))]


@pytest.mark.parametrize("wrong", ["signature", "body", "key", "unsigned", "creditor"])
async def test_a_bad_signature_is_refused_and_asks_for_nothing(
    world: TripletexWorld, door: Door, wrong: str
) -> None:
    made = await world.active()
    await door.swept()
    world.tripletex.pay_by_ocr(made, Decimal("2250.00"), on=TODAY)
    (sent,) = world.tripletex.take_webhooks()
    headers = dict(sent.headers)
    match wrong:
        case "signature":
            headers[SIGNATURE_HEADER] = "A" + headers[SIGNATURE_HEADER][1:-2] + "A="
        case "body":
            sent = replace(sent, body=sent.body.replace(b"create", b"delete"))
        case "key":
            headers["idempotency-key"] = "another"
        case "unsigned":
            del headers[SIGNATURE_HEADER]
        case "creditor":
            sent = replace(sent, path=sent.path.replace("acme", "nobody"))

    answer = await door.knock(replace(sent, headers=headers))

    assert answer.status == 401
    world.pass_time(seconds=10)
    assert world.gateway.wake.to_sweep == set()
    assert await door.swept() == 0


async def test_a_signed_event_of_another_kind_asks_for_nothing(
    world: TripletexWorld, door: Door
) -> None:
    world.tripletex.subscribe("customer.create", door.url, SECRETS["SHARED"])
    world.tripletex.add_customer("Ola Nordmann")

    assert await door.deliver_all() == [202]

    assert world.gateway.wake.to_sweep == set()


async def test_a_flood_of_hints_is_a_few_sweeps(world: TripletexWorld, door: Door) -> None:
    for _ in range(20):
        made = world.invoice()
        world.tripletex.pay_by_ocr(made, Decimal("2250.00"), on=TODAY)
    sweeps = 0
    for each in world.tripletex.take_webhooks():
        assert (await door.knock(each)).status == 202
        sweeps += len(world.gateway.wake.to_sweep)
        world.gateway.wake.to_sweep.clear()

    assert sweeps == 3
