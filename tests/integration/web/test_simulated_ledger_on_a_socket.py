"""The simulated ledger behind its shell, told by the real client over real HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest

from clients.errors import GoneError, TemporaryError
from clients.exchange import Request, Response
from clients.simulated_server import listening
from clients.transport import HttpTransport, Timeouts
from clients.webhook.client import WebhookClient
from clients.webhook.simulator import LedgerSimulator
from clients.webhook.simulator_server import build_ledger_app

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECRET = bytes(range(32))


@pytest.fixture
def ledger() -> LedgerSimulator:
    return LedgerSimulator(secret=SECRET, now=datetime(2020, 1, 1, tzinfo=UTC))


@pytest.fixture
async def url(ledger: LedgerSimulator) -> AsyncIterator[str]:
    app = build_ledger_app(ledger, now=lambda: NOW)
    async with listening(app, host="127.0.0.1", port=0) as port:
        yield f"http://127.0.0.1:{port}"


class Impatient:
    """A real transport whose patience is short."""

    def __init__(self, transport: HttpTransport) -> None:
        self._transport = transport

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        assert timeouts.total_seconds > 1
        return await self._transport.send(request, timeouts=Timeouts(total_seconds=0.3))


async def tell(url: str, webhook_id: str = "msg_1") -> None:
    async with HttpTransport() as transport:
        client = WebhookClient(Impatient(transport), f"{url}/collections", SECRET)
        await client.send(
            webhook_id=webhook_id,
            type="claim.closed",
            timestamp=NOW.isoformat(),
            data={"creditor_id": "acme", "claim": {"claim_id": "clm_1"}},
            now=NOW,
        )


async def test_what_it_is_told_stands_in_its_books(url: str, ledger: LedgerSimulator) -> None:
    await tell(url)
    await tell(url)

    async with aiohttp.ClientSession() as session, session.get(f"{url}/_sim/state") as response:
        state = await response.json()
    assert [told["webhook_id"] for told in state["told"]] == ["msg_1"]
    assert (state["duplicates"], state["conflicts"], state["refused"]) == (1, 0, 0)
    assert ledger.of_claim("clm_1")


async def test_faults_are_switched_over_http(url: str, ledger: LedgerSimulator) -> None:
    faults = [
        {"kind": "status", "status": 410},
        {"kind": "accept_then_timeout", "type": "claim.closed"},
    ]
    async with aiohttp.ClientSession() as session:
        await session.post(f"{url}/_sim/faults", json={"faults": faults})

        with pytest.raises(GoneError):
            await tell(url)
        assert ledger.told == ()
        with pytest.raises(TemporaryError):
            await tell(url)
        assert len(ledger.told) == 1

        response = await session.post(f"{url}/_sim/faults", json={"faults": [{"kind": "x"}]})
        assert response.status == 422


async def test_its_clock_is_set_over_http(url: str) -> None:
    async with aiohttp.ClientSession() as session:
        set_ = await session.post(f"{url}/_sim/clock", json={"now": "2026-11-24T12:00:00+01:00"})
        zoneless = await session.post(f"{url}/_sim/clock", json={"now": "2026-11-24T12:00:00"})

    assert (set_.status, zoneless.status) == (200, 422)
    with pytest.raises(Exception, match="401"):
        await tell(url)
