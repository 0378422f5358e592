"""The gateway whole between a simulated Fiken and a simulated Kravia: real SQLite, no sockets."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clients.exchange import Request, Response
from clients.fiken.simulator import FikenSimulator
from clients.kravia.simulator import KraviaSimulator
from clients.simulated_faults import Fault, FaultKind
from clients.simulated_transport import DirectTransport
from clients.webhook.signature import decode_secret
from clients.webhook.simulator import LedgerSimulator
from gateway.app import open_gateway
from gateway.app_loops import Workers, workers
from gateway.metrics import Metrics
from gateway.operations import registry
from gateway.operations.gateway import Gateway
from gateway.settings import Settings
from gateway.settings_creditor import FikenLedgerSettings
from gateway.settings_documents import load_assumptions, load_fiken_assumptions
from gateway.workers import clock, doubts, intake
from gateway.workers.ledger_sweep import SweepReport
from tests.integration.conta_way_in.conftest import (
    KRAVIA_CREDITOR_ID,
    SECRET,
    START,
    Document,
    _no_time,
    _share_compiled_statements,
    place,
)

__all__ = ["place"]

ACCOUNT = "1920:10001"
"""The first bank account the simulator gives out: the clearing account."""


class FikenWire:
    """Fiken's wire; ``before`` may count or cut what goes over it. A call takes some turns."""

    def __init__(self, simulator: FikenSimulator) -> None:
        self._simulator = simulator
        self._direct = DirectTransport(simulator)
        self.before: Callable[[Request], None] = lambda _request: None

    async def send(self, request: Request, *, timeouts: Any) -> Response:
        self.before(request)
        with self._simulator.one_more_under_way():
            for _ in range(3):  # so that another call would be seen to be under way
                await asyncio.sleep(0)
            return await self._direct.send(request, timeouts=timeouts)


@dataclass
class FikenWorld:
    """Turns clock and loops by hand, and looks into everybody's books."""

    settings: Settings
    fiken: FikenSimulator
    wire: FikenWire
    kravia: KraviaSimulator
    notify: LedgerSimulator
    now: list[datetime]
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    gateway: Gateway = field(init=False)
    workers: Workers = field(init=False)
    contact: int = field(init=False)
    _looks: itertools.count[int] = field(default_factory=itertools.count)

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
        ledgers: list[Any] = list(self.gateway.ledgers.values())
        for client in (self.gateway.kravia, *(each.source._client for each in ledgers)):
            client._sleep = _no_time
        self.workers = workers(self.settings, self.gateway, metrics, random.Random(1))  # noqa: S311 - a seed

    async def restart(self) -> None:
        """The process ends, whatever it was doing, and another takes over its database."""
        await self.stack.aclose()
        await self.start()
        await self.workers.dispatcher.recover(self.now[0])

    def monotonic(self) -> float:
        """Seconds that pass with the clock, and one with every look: nobody waits for a token."""
        return self.now[0].timestamp() + next(self._looks)

    def pass_time(self, **delta: float) -> None:
        self.now[0] += timedelta(**delta)
        for simulator in (self.kravia, self.fiken, self.notify):
            simulator.set_now(self.now[0])

    # Fiken's books.

    def invoice(
        self, gross: int = 225_000, *, contact: int | None = None, due: date = date(2026, 8, 17)
    ) -> int:
        """Issue an invoice; ``gross`` in øre."""
        return self.fiken.issue_invoice(
            self.contact if contact is None else contact,
            gross,
            issue_date=due - timedelta(days=14),
            due_date=due,
        )

    def fail(self, kind: FaultKind, operation: str = "create_payment", **more: Any) -> None:
        """Plant a fault at Fiken."""
        self.fiken.faults.plant(Fault(kind=kind, operation=operation, **more))

    def booked(self) -> list[tuple[int, int]]:
        """What stands in Fiken through its API: invoice and øre."""
        return [(invoice.id, payment.amount) for invoice, payment in self.fiken.books.api_payments]

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
        """Bring an invoice to Kravia; returns Fiken's id of it."""
        made = self.invoice(**how)
        await self.sweep()
        await self.settle()
        assert (await self.claim(made))["state"] == "active"
        return made

    async def paid_out(self, amount: str = "1000.00", invoice: int | None = None) -> int:
        """Bring an invoice to Kravia, let its debtor pay there, and let Kravia pay out."""
        made = await self.active() if invoice is None else invoice
        [case] = [
            case
            for case in self.kravia.books.invoices.values()
            if str(case.accounting_invoice_id) == str(made)
        ]
        self.kravia.debtor_pays(case.invoice_id, Decimal(amount), self.now[0].date())
        await self.settle()
        self.kravia.pay_out(KRAVIA_CREDITOR_ID, self.now[0].date())
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

    async def rules(self, invoice_id: int) -> list[str]:
        """The rules that decided the claim."""
        return [each["rule"] for each in (await self.claim(invoice_id))["decision"]["reasons"]]

    async def tasks(self) -> list[str]:
        return [row["kind"] for row in await self.items("tasks.list")]

    async def alerts(self) -> list[str]:
        return [row["kind"] for row in await self.items("alerts.list")]

    async def booking(self) -> Document:
        """The newest booking's message."""
        return (await self.items("outbox.list", kind="ledger.booking"))[0]

    def registered(self) -> list[str]:
        """Fiken's ids of what Kravia has through us."""
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


@pytest.fixture
def fiken_assumptions() -> str:
    """What a test assumes of Fiken differently, as TOML."""
    return ""


@pytest.fixture
def accounts() -> Document:
    """What a test sets as accounts of the parts of a pay-out."""
    return {}


@pytest.fixture
async def world(
    place: Path, fiken_assumptions: str, accounts: Document
) -> AsyncIterator[FikenWorld]:
    """The gateway, started, with one contact and a clearing account in Fiken."""
    ledger = {
        "kind": "fiken",
        "company": "nordlys-konsult-as",
        "token": "env:KEY",
        "payment_account": ACCOUNT,
    }
    if fiken_assumptions:
        (place / "fiken.toml").write_text(fiken_assumptions)
        ledger["assumptions"] = "fiken.toml"
    document: Document = {
        "database": {"url": "sqlite:///gateway.db"},
        "kravia": {"base_url": "http://127.0.0.1:1", "token": "env:TOKEN"},
        "creditors": {
            "acme": {
                "kravia_creditor_id": KRAVIA_CREDITOR_ID,
                "kravia_entry_level": "notice",
                "notice_by": "agency",
                "payout_model": "batch",
                "accounts": accounts,
                "webhook_secrets": ["env:SECRET"],
                "ledger": ledger,
            }
        },
    }
    secrets = {"SECRET": SECRET, "TOKEN": "a-token-for-tests", "KEY": "a-key-for-tests"}
    settings = Settings.build(document, secrets, base=place)
    section = settings.creditors["acme"].ledger
    assert isinstance(section, FikenLedgerSettings)
    fiken = FikenSimulator(load_fiken_assumptions(section), now=START)
    made = FikenWorld(
        settings=settings,
        fiken=fiken,
        wire=FikenWire(fiken),
        kravia=KraviaSimulator(load_assumptions(settings), now=START, seed=1),
        notify=LedgerSimulator(secret=decode_secret(SECRET), now=START),
        now=[START],
    )
    assert fiken.add_bank_account("Klientkonto") == ACCOUNT
    made.contact = fiken.add_contact("Kari Nordmann", email="kari@example.com")
    await made.start()
    yield made
    await made.stack.aclose()
    assert fiken.breaches == 0, "two calls to Fiken were under way at once"
