"""The gateway whole but for sockets: real SQLite, both simulators, a clock that we turn."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from clients.kravia.simulator import KraviaSimulator
from clients.kravia.simulator_direct import DirectTransport
from clients.kravia.simulator_faults import Fault, FaultKind
from clients.webhook.ledger_events import event_body, invoice_data
from clients.webhook.signature import decode_secret
from clients.webhook.simulator import LedgerSimulator, Told
from clients.webhook.simulator_transport import LedgerSimulatorTransport
from gateway.app import Workers, open_gateway, workers
from gateway.operations import registry
from gateway.operations.gateway import Gateway
from gateway.schema.webhooks import parse_event
from gateway.settings import Settings
from gateway.settings_documents import load_assumptions
from gateway.storage import inbox
from gateway.storage.inbox import NewEvent
from gateway.telemetry import Metrics
from gateway.workers import clock, doubts, intake

SAMPLES = Path(__file__).parents[2] / "samples"
SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
TOKEN = "a-token-for-tests"
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)

Document = dict[str, Any]


@dataclass
class World:
    """Turns the clock and the loops by hand, and looks into everybody's books."""

    gateway: Gateway
    workers: Workers
    kravia: KraviaSimulator
    ledger: LedgerSimulator
    now: list[datetime]
    sent: list[int] = field(default_factory=lambda: [0])

    def pass_time(self, **delta: float) -> None:
        """Move every clock on."""
        self.now[0] += timedelta(**delta)
        self.kravia.set_now(self.now[0])
        self.ledger.set_now(self.now[0])

    async def receive(
        self, type_: str, data: Document, *, webhook_id: str | None = None, at: str | None = None
    ) -> str:
        """Record one event as a verified webhook would be."""
        self.sent[0] += 1
        timestamp = at or self.now[0].isoformat()
        body = orjson.dumps(event_body(type_, data, timestamp=timestamp))
        parsed = parse_event(body)
        recorded = await inbox.record(
            self.gateway.database,
            self.gateway.seal,
            NewEvent(
                creditor_id="acme",
                webhook_id=webhook_id or f"wh-{self.sent[0]}",
                type=parsed.type,
                invoice_id=parsed.invoice_id,
                body=body,
                received_at=self.now[0],
                outcome="recorded",
            ),
        )
        return recorded.event_id

    async def overdue(self, number: str = "30001", **invoice: Any) -> str:
        """Receive ``invoice.overdue``; ``debtor_number`` chooses whose it is."""
        debtor = invoice.pop("debtor", {})
        data = invoice_data(
            debtor=debtor, **{"id": f"inv-{number}", "number": number, **invoice}
        )
        return await self.receive("invoice.overdue", data)

    async def settle(self, *, poll: bool = True) -> None:
        """Turn intake, clock, delivery, polling and doubts until nothing moves any more."""
        for _ in range(20):
            moved = sum((await intake.run_once(self.gateway, self.now[0])).values())
            moved += await clock.run_once(self.gateway, self.now[0])
            moved += (await self.workers.dispatcher.run_once(self.now[0])).leased
            if poll:
                moved += sum(r.changed + r.settlements for r in await self.poll())
            ends = await doubts.run_once(self.gateway, self.workers.poller, self.now[0])
            moved += ends["adopted"] + ends["absent"]
            if not moved:
                return
        raise AssertionError("the gateway does not come to rest")

    async def poll(self) -> tuple[Any, ...]:
        """Poll now, whatever the schedule says."""
        self.gateway.wake.poll("acme")
        return await self.workers.poller.run_once(self.now[0])

    async def call(self, name: str, **arguments: object) -> Document:
        """Run an operation as the command line would."""
        return await registry.call(self.gateway, name, arguments, "tester")

    async def claim(self, number: str = "30001") -> Document:
        """The claim of an invoice, as ``claims show`` gives it."""
        page = await self.call("claims.list", limit=1000)
        row = next(r for r in page["items"] if r["invoice_number"] == number)
        return await self.call("claims.show", claim_id=row["claim_id"])

    def told(self, type_: str) -> tuple[Told, ...]:
        """What the ledger was told, by type."""
        return self.ledger.of_type(type_)

    def fail(self, operation: str, kind: FaultKind, **more: Any) -> None:
        """Plant a fault at Kravia."""
        self.kravia.faults.plant(Fault(kind=kind, operation=operation, **more))


@pytest.fixture(params=["shipped", "other"])
def assumptions_file(request: pytest.FixtureRequest) -> Path | None:
    """The suite passes under the shipped assumptions and under deliberately different ones."""
    return SAMPLES / "kravia-other.toml" if request.param == "other" else None


@pytest.fixture
def creditor() -> Document:
    """What a test adds to the creditor's settings."""
    return {}


@pytest.fixture
async def world(
    tmp_path: Path, assumptions_file: Path | None, creditor: Document
) -> AsyncIterator[World]:
    document: Document = {
        "database": {"url": "sqlite:///gateway.db"},
        "kravia": {"base_url": "http://127.0.0.1:1"},
        "creditors": {
            "acme": {
                "kravia_creditor_id": 10759,
                "webhook_secrets": ["env:SECRET"],
                "ledger": {"kind": "webhook", "url": "http://127.0.0.1:2/in", "secret": "env:SECRET"},
                **creditor,
            }
        },
    }
    document["kravia"]["token"] = "env:TOKEN"
    if assumptions_file is not None:
        document["kravia"]["assumptions"] = str(assumptions_file)
    settings = Settings.build(
        document, {"SECRET": SECRET, "TOKEN": TOKEN}, base=tmp_path
    )
    now = [START]
    assumptions = load_assumptions(settings)
    kravia = KraviaSimulator(assumptions, now=START, seed=1)
    ledger = LedgerSimulator(secret=decode_secret(SECRET), now=START)
    metrics = Metrics()
    async with open_gateway(
        settings,
        clock=lambda: now[0],
        metrics=metrics,
        kravia_transport=DirectTransport(kravia),
        outside_transport=LedgerSimulatorTransport(ledger),
    ) as gateway:
        parts = workers(settings, gateway, metrics, random.Random(1))
        yield World(gateway=gateway, workers=parts, kravia=kravia, ledger=ledger, now=now)


