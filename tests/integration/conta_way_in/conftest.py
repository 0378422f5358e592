"""The gateway whole between a simulated Conta and a simulated Kravia: real SQLite, no sockets."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clients.conta.simulator import ContaSimulator
from clients.exchange import Request, Response
from clients.kravia.simulator import KraviaSimulator
from clients.simulated_transport import DirectTransport
from clients.webhook.signature import decode_secret
from clients.webhook.simulator import LedgerSimulator
from gateway.app import open_gateway
from gateway.app_loops import Workers, workers
from gateway.metrics import Metrics
from gateway.operations import registry
from gateway.operations.gateway import Gateway
from gateway.settings import Settings
from gateway.settings_creditor import ContaLedgerSettings
from gateway.settings_documents import load_assumptions, load_conta_assumptions
from gateway.workers import clock, doubts, intake
from gateway.workers.ledger_sweep import SweepReport

SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
KRAVIA_CREDITOR_ID = 10759
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A Tuesday, 11:00 in Oslo."""

Document = dict[str, Any]


class Wire:
    """Conta's wire; ``before`` may count or cut what goes over it."""

    def __init__(self, simulator: ContaSimulator) -> None:
        self._direct = DirectTransport(simulator)
        self.before: Callable[[Request], None] = lambda _request: None

    async def send(self, request: Request, *, timeouts: Any) -> Response:
        self.before(request)
        return await self._direct.send(request, timeouts=timeouts)


@dataclass
class ContaWorld:
    """Turns clock and loops by hand, and looks into everybody's books."""

    settings: Settings
    conta: ContaSimulator
    wire: Wire
    kravia: KraviaSimulator
    notify: LedgerSimulator
    now: list[datetime]
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    gateway: Gateway = field(init=False)
    workers: Workers = field(init=False)
    customer: int = field(init=False)

    async def start(self) -> None:
        metrics = Metrics()
        self.gateway = await self.stack.enter_async_context(
            open_gateway(
                self.settings,
                clock=lambda: self.now[0],
                monotonic=self.monotonic,
                metrics=metrics,
                kravia_transport=DirectTransport(self.kravia),
                outside_transport=DirectTransport(self.notify),
                ledger_transports=dict.fromkeys(self.settings.creditors, self.wire),
            )
        )
        _share_compiled_statements(self.gateway.database)
        for client in (self.gateway.kravia, *self.clients()):
            client._sleep = _no_time
        self.workers = workers(self.settings, self.gateway, metrics, random.Random(1))  # noqa: S311 - a seed

    def clients(self) -> list[Any]:
        ledgers: list[Any] = list(self.gateway.ledgers.values())
        return [each.source._client for each in ledgers if each.source is not None]

    async def restart(self) -> None:
        """The process ends, whatever it was doing, and another takes over its database."""
        await self.stack.aclose()
        await self.start()
        await self.workers.dispatcher.recover(self.now[0])

    def monotonic(self) -> float:
        """Seconds that pass with the clock."""
        return self.now[0].timestamp()

    def pass_time(self, **delta: float) -> None:
        self.set_time(self.now[0] + timedelta(**delta))

    def set_time(self, now: datetime) -> None:
        self.now[0] = now
        for simulator in (self.kravia, self.conta, self.notify):
            simulator.set_now(now)

    # Conta's books.

    def invoice(
        self,
        total: str = "2250.00",
        *,
        customer: int | None = None,
        due: date = date(2026, 8, 17),
        notice: bool = True,
    ) -> int:
        """Issue an invoice, with a collection notice whose deadline has long passed."""
        made = self.conta.issue_invoice(
            self.customer if customer is None else customer,
            Decimal(total),
            invoice_date=due - timedelta(days=14),
            due_date=due,
        )
        if notice:
            self.conta.send_letter(
                made, on=due + timedelta(days=20), due_date=due + timedelta(days=36)
            )
        return made

    # The loops.

    async def sweep(self) -> tuple[SweepReport, ...]:
        """Sweep now, whatever the schedule says, until nothing is left."""
        while True:
            self.gateway.wake.sweep("acme")
            reports = await self.workers.ledger_poller.run_once(self.now[0])
            if not any(report.left for report in reports):
                return reports

    async def news(self) -> Counter[str]:
        """What one more sweep a minute later records, by type; intake follows."""
        self.pass_time(minutes=1)
        reports = await self.sweep()
        await self.intake()
        return sum((report.recorded for report in reports), Counter())

    async def intake(self) -> None:
        while await intake.run_once(self.gateway, self.now[0]):
            pass

    async def deliver(self) -> int:
        return (await self.workers.dispatcher.run_once(self.now[0])).leased

    async def poll_kravia(self) -> int:
        self.gateway.wake.poll("acme")
        reports = await self.workers.poller.run_once(self.now[0])
        return sum(r.changed + r.settlements for r in reports)

    async def settle(self) -> None:
        """Turn everything but the sweeps until nothing moves; a second passes between turns."""
        for _ in range(30):
            moved = sum((await intake.run_once(self.gateway, self.now[0])).values())
            moved += await clock.run_once(self.gateway, self.now[0])
            moved += await self.poll_kravia() + await self.deliver()
            ends = await doubts.run_once(self.gateway, self.workers.poller, self.now[0])
            moved += ends["adopted"] + ends["absent"]
            self.pass_time(seconds=2)
            moved += await self.deliver()
            if not moved:
                return
        raise AssertionError("the gateway does not come to rest")

    async def active(self, **how: Any) -> int:
        """Bring an invoice to Kravia; returns Conta's id of it."""
        made = self.invoice(**how)
        await self.sweep()
        await self.settle()
        assert (await self.claim(made))["state"] == "active"
        return made

    # What can be seen.

    async def call(self, name: str, **arguments: object) -> Document:
        return await registry.call(self.gateway, name, arguments, "tester")

    async def items(self, name: str, **arguments: object) -> Sequence[Document]:
        found: Sequence[Document] = (await self.call(name, limit=1000, **arguments))["items"]
        return found

    async def claim(self, invoice_id: int) -> Document:
        rows = await self.items("claims.list")
        row = next(r for r in rows if r["invoice_id"] == str(invoice_id))
        return await self.call("claims.show", claim_id=row["claim_id"])

    async def events(self) -> list[str]:
        """The types of all events, oldest first."""
        return [row["type"] for row in reversed(await self.items("events.list"))]

    async def tasks(self) -> list[str]:
        return [row["kind"] for row in await self.items("tasks.list")]

    async def alerts(self) -> list[str]:
        return [row["kind"] for row in await self.items("alerts.list")]

    async def rules(self, invoice_id: int) -> list[str]:
        """The rules that decided the claim."""
        claim = await self.claim(invoice_id)
        return [reason["rule"] for reason in claim["decision"]["reasons"]]

    def registered(self) -> list[str]:
        """Conta's ids of what Kravia has through us."""
        books = self.kravia.books
        ids = [call.invoice_ids[0] for call in books.registers]
        return [str(books.invoices[each].accounting_invoice_id) for each in ids]

    def reported(self) -> list[tuple[str, Decimal]]:
        """What Kravia was told of: id and amount."""
        return [
            (payment.accounting_payment_id, payment.amount)
            for case in self.kravia.books.invoices.values()
            for payment in case.payments
            if payment.accounting_payment_id
        ]

    async def message(self, kind: str) -> Document:
        return (await self.items("outbox.list", kind=kind))[-1]


_COMPILED: dict[str, Any] = {}


def _share_compiled_statements(database: Any) -> None:
    """Every database compiles its statements anew, which takes longer than all that is tested."""
    for connection in database._parts.connections:
        name = connection.dialect.name
        connection.dialect = _COMPILED.setdefault(f"dialect {name}", connection.dialect)
        cache = _COMPILED.setdefault(f"cache {name}", connection.engine._compiled_cache)
        connection.engine._compiled_cache = cache


async def _no_time(_seconds: float) -> None:
    """Between two tries of a read no simulated time passes."""


@pytest.fixture
def creditor() -> Document:
    """What a test adds to the creditor's settings."""
    return {}


@pytest.fixture
def other_creditors() -> Document:
    """Further creditors on the same Conta."""
    return {}


@pytest.fixture
def conta_assumptions() -> str:
    """What a test assumes of Conta differently, as TOML."""
    return ""


@pytest.fixture
def kravia_assumptions() -> Path | None:
    """The file of what a test assumes of Kravia differently."""
    return None


@pytest.fixture
def place() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108 - a real file system without a disk
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


def conta_creditor(**more: object) -> Document:
    return {
        "kravia_creditor_id": KRAVIA_CREDITOR_ID,
        "webhook_secrets": ["env:SECRET"],
        "ledger": {"kind": "conta", "organization_id": 4242, "api_key": "env:KEY"},
        **more,
    }


async def a_world(
    place: Path,
    creditor: Document,
    other_creditors: Document,
    conta_assumptions: str,
    kravia_assumptions: Path | None,
) -> AsyncIterator[ContaWorld]:
    """The gateway, started, with one customer in Conta."""
    acme = conta_creditor(**creditor)
    if conta_assumptions:
        (place / "conta.toml").write_text(conta_assumptions)
        acme["ledger"]["assumptions"] = "conta.toml"
    document: Document = {
        "database": {"url": "sqlite:///gateway.db"},
        "kravia": {"base_url": "http://127.0.0.1:1", "token": "env:TOKEN"},
        "creditors": {**other_creditors, "acme": acme},
    }
    if kravia_assumptions is not None:
        document["kravia"]["assumptions"] = str(kravia_assumptions)
    secrets = {"SECRET": SECRET, "TOKEN": "a-token-for-tests", "KEY": "a-key-for-tests"}
    settings = Settings.build(document, secrets, base=place)
    ledger = settings.creditors["acme"].ledger
    assert isinstance(ledger, ContaLedgerSettings)
    conta = ContaSimulator(load_conta_assumptions(ledger), now=START, organization_id=4242)
    made = ContaWorld(
        settings=settings,
        conta=conta,
        wire=Wire(conta),
        kravia=KraviaSimulator(load_assumptions(settings), now=START, seed=1),
        notify=LedgerSimulator(secret=decode_secret(SECRET), now=START),
        now=[START],
    )
    made.customer = conta.add_customer(
        "Kari Nordmann", email="kari@example.com", date_of_birth=date(1980, 5, 1)
    )
    await made.start()
    yield made
    await made.stack.aclose()


@pytest.fixture
async def world(
    place: Path,
    creditor: Document,
    other_creditors: Document,
    conta_assumptions: str,
    kravia_assumptions: Path | None,
) -> AsyncIterator[ContaWorld]:
    """The gateway, started, with one customer in Conta."""
    async for made in a_world(
        place, creditor, other_creditors, conta_assumptions, kravia_assumptions
    ):
        yield made
