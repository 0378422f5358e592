"""The gateway whole but for sockets: real SQLite, both simulators, a clock that we turn."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
import sqlalchemy as sa

from clients.kravia.simulator import KraviaSimulator
from clients.kravia.simulator_books import SimulatedInvoice, SimulatedPayment
from clients.simulated_faults import Fault, FaultKind
from clients.simulated_transport import DirectTransport
from clients.webhook import ledger_events as events
from clients.webhook.signature import decode_secret
from clients.webhook.simulator import LedgerSimulator, Told
from gateway.app import open_gateway
from gateway.app_loops import Workers, workers
from gateway.metrics import Metrics
from gateway.operations import registry
from gateway.operations.gateway import Gateway
from gateway.schema.webhooks import parse_event
from gateway.settings import Settings
from gateway.settings_documents import load_assumptions
from gateway.storage import inbox
from gateway.storage.inbox import NewEvent
from gateway.storage.tables import message, metadata
from gateway.tracing import Tracing
from gateway.workers import clock, doubts, intake
from outbox.table import LEASED

SAMPLES = Path(__file__).parents[2] / "samples"
SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
TOKEN = "a-token-for-tests"
KRAVIA_CREDITOR_ID = 10759
START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A Tuesday, 11:00 in Oslo: holds are decided, business days follow."""

Document = dict[str, Any]


@dataclass
class World:
    """Turns the clock and the loops by hand, and looks into everybody's books."""

    settings: Settings
    kravia: KraviaSimulator
    ledger: LedgerSimulator
    notify: LedgerSimulator
    now: list[datetime]
    sent: int = 0
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    tracing: Tracing | None = None
    metrics: Metrics = field(default_factory=Metrics)
    gateway: Gateway = field(init=False)
    workers: Workers = field(init=False)

    async def start(self) -> None:
        """Open the database and put the parts together, as a process does."""
        metrics = self.metrics = Metrics()
        self.gateway = await self.stack.enter_async_context(
            open_gateway(
                self.settings,
                clock=lambda: self.now[0],
                monotonic=self.monotonic,
                metrics=metrics,
                tracing=self.tracing,
                kravia_transport=DirectTransport(self.kravia),
                outside_transport=_Outside(self.ledger, self.notify),
            )
        )
        _share_compiled_statements(self.gateway.database)
        self.gateway.kravia._sleep = _no_time  # the clock is ours
        jitter = random.Random(1)  # noqa: S311 - a test must repeat
        self.workers = workers(self.settings, self.gateway, metrics, jitter)

    async def restart(self) -> None:
        """The process ends, whatever it was doing, and another takes over its database."""
        await self.stack.aclose()
        await self.start()
        if self.gateway.database.is_shared:
            await self.gateway.database.write(_let_leases_lapse)
        await self.workers.dispatcher.recover(self.now[0])

    def monotonic(self) -> float:
        """Seconds that pass with the clock."""
        return self.now[0].timestamp()

    def pass_time(self, **delta: float) -> None:
        """Move every clock on."""
        self.set_time(self.now[0] + timedelta(**delta))

    def set_time(self, now: datetime) -> None:
        """Set every clock."""
        self.now[0] = now
        for simulator in (self.kravia, self.ledger, self.notify):
            simulator.set_now(now)

    # What the ledger sends.

    async def receive(
        self, type_: str, data: Document, *, webhook_id: str | None = None, at: str | None = None
    ) -> str:
        """Record one event as a verified webhook would be; returns its event id."""
        self.sent += 1
        timestamp = at or self.now[0].isoformat()
        body = orjson.dumps(events.event_body(type_, data, timestamp=timestamp))
        parsed = parse_event(body)
        recorded = await inbox.record(
            self.gateway.database,
            self.gateway.seal,
            NewEvent(
                creditor_id="acme",
                webhook_id=webhook_id or f"wh-{self.sent}",
                type=parsed.type,
                invoice_id=parsed.invoice_id,
                body=body,
                received_at=self.now[0],
                outcome="recorded",
            ),
        )
        return recorded.event_id

    async def overdue(
        self,
        number: str = "30001",
        *,
        type_: str = "invoice.overdue",
        at: str | None = None,
        **invoice: Any,
    ) -> str:
        """Receive a snapshot; ``debtor`` replaces fields of the debtor, the rest of the invoice."""
        debtor = invoice.pop("debtor", {})
        fields = {"id": f"inv-{number}", "number": number, **invoice}
        return await self.receive(type_, events.invoice_data(debtor=debtor, **fields), at=at)

    async def updated(self, number: str = "30001", **more: Any) -> str:
        """Receive ``invoice.updated``."""
        return await self.overdue(number, type_="invoice.updated", **more)

    async def paid(
        self,
        amount: str = "1000.00",
        *,
        payment_id: str = "pay-1",
        number: str = "30001",
        at: str | None = None,
        **own: Any,
    ) -> str:
        """Receive ``payment.received``; ``own`` adds to the payment."""
        data = events.payment_data(
            invoice_id=f"inv-{number}", payment_id=payment_id, amount=amount, **own
        )
        return await self.receive("payment.received", data, at=at)

    async def payment_reversed(self, payment_id: str = "pay-1", number: str = "30001") -> str:
        """Receive ``payment.reversed``."""
        data = events.payment_reversed_data(invoice_id=f"inv-{number}", payment_id=payment_id)
        return await self.receive("payment.reversed", data)

    async def credited(
        self, amount: str = "500.00", *, credit_note_id: str = "cre-1", number: str = "30001"
    ) -> str:
        """Receive ``credit_note.issued``."""
        data = events.credit_note_data(
            invoice_id=f"inv-{number}", credit_note_id=credit_note_id, amount=amount
        )
        return await self.receive("credit_note.issued", data)

    async def disputed(self, number: str = "30001", **own: Any) -> str:
        """Receive ``objection.raised``."""
        data = events.objection_data(invoice_id=f"inv-{number}", **own)
        return await self.receive("objection.raised", data)

    async def dispute_ended(self, outcome: str, number: str = "30001") -> str:
        """Receive ``objection.resolved``, today."""
        data = events.objection_resolved_data(
            invoice_id=f"inv-{number}", outcome=outcome, resolved_on=str(self.now[0].date())
        )
        return await self.receive("objection.resolved", data)

    async def withdrawn(self, number: str = "30001") -> str:
        """Receive ``collection.withdrawn``."""
        data = events.withdrawn_data(invoice_id=f"inv-{number}")
        return await self.receive("collection.withdrawn", data)

    # The loops.

    async def intake(self) -> None:
        """Handle what has come in."""
        while await intake.run_once(self.gateway, self.now[0]):
            pass

    async def deliver(self) -> int:
        """Deliver one batch; returns how many messages were leased."""
        return (await self.workers.dispatcher.run_once(self.now[0])).leased

    async def poll(self) -> tuple[Any, ...]:
        """Poll now, whatever the schedule says."""
        self.gateway.wake.poll("acme")
        return await self.workers.poller.run_once(self.now[0])

    async def resolve_doubts(self) -> Any:
        """Look at the doubts that are due."""
        return await doubts.run_once(self.gateway, self.workers.poller, self.now[0])

    async def settle(self, *, poll: bool = True) -> None:
        """Turn intake, clock, delivery, polling and doubts until nothing moves any more."""
        for _ in range(30):
            moved = sum((await intake.run_once(self.gateway, self.now[0])).values())
            moved += await clock.run_once(self.gateway, self.now[0])
            moved += await self.deliver()
            if poll:
                moved += sum(r.changed + r.settlements for r in await self.poll())
            ends = await self.resolve_doubts()
            moved += ends["adopted"] + ends["absent"] + await self.deliver()
            if not moved:
                return
        raise AssertionError("the gateway does not come to rest")

    async def replay(self, what: str, **asked: object) -> Document:
        """Order a replay and turn its loop to the end; gives how it ended."""
        started = await self.call("replays.start", what=what, reason="a test", **asked)
        return await self.replayed(started["replay_id"])

    async def replayed(self, replay_id: str) -> Document:
        """Turn the loop of a replay to its end; deliveries make room for it."""
        replayer = self.workers.replayer
        for _ in range(200):
            found = await self.call("replays.show", replay_id=replay_id)
            if found["state"] in {"done", "cancelled"}:
                return found
            await replayer.run_once(self.now[0])
            while replayer.waits_for_room and await self.deliver():
                pass
        raise AssertionError("the replay does not end")

    async def remind(self) -> None:
        """Alert of what waits too long."""
        await intake.alert_waiting(self.gateway, self.now[0])
        await doubts.alert_parked_messages(self.gateway, self.now[0])
        await intake.tell_alerts(self.gateway, self.now[0])

    async def watch(self) -> None:
        """Raise and clear alerts, as the loop of reminders does."""
        await self.workers.watch.alert(self.now[0])
        await self.remind()

    async def active(self, number: str = "30001", **invoice: Any) -> str:
        """Bring a claim to Kravia; returns Kravia's id."""
        await self.overdue(number, **invoice)
        await self.settle()
        claim = await self.claim(number)
        assert claim["state"] == "active"
        return str(claim["kravia_invoice_id"])

    # What can be seen.

    def seen_outside(self, query: str) -> list[tuple[Any, ...]]:
        """What another process sees in the database."""
        if self.gateway.database.is_shared:
            with psycopg.connect(self.settings.database.url) as server:
                return server.execute(query.encode()).fetchall()
        with closing(sqlite3.connect(self.gateway.database.path)) as file:
            return file.execute(query).fetchall()

    def contents(self) -> str:
        """All that is known, as another process sees it; bytes as Python writes them."""
        rows = (
            f"{table.name} {row!r}"
            for table in metadata.sorted_tables
            if table.name != "writer"  # counts commits, and nothing else
            for row in self.seen_outside(f'SELECT * FROM "{table.name}"')  # noqa: S608 - our own names
        )
        return "\n".join(sorted(rows))

    async def call(self, name: str, **arguments: object) -> Document:
        """Run an operation as the command line would."""
        return await registry.call(self.gateway, name, arguments, "tester")

    async def items(self, name: str, **arguments: object) -> Sequence[Document]:
        """The rows of a list."""
        found = (await self.call(name, limit=1000, **arguments))["items"]
        assert isinstance(found, list)
        return found

    async def claim(self, number: str = "30001") -> Document:
        """The claim of an invoice, as ``claims show`` gives it."""
        rows = await self.items("claims.list")
        row = next(r for r in rows if r["invoice_id"] == f"inv-{number}")
        return await self.call("claims.show", claim_id=row["claim_id"])

    async def act(self, what: str, number: str = "30001") -> Document:
        """Approve, hold, release or withdraw a claim."""
        claim_id = (await self.claim(number))["claim_id"]
        return await self.call(f"claims.{what}", claim_id=claim_id, reason="a test")

    async def message(self, kind: str = "kravia.register") -> Document:
        """The newest message of a kind."""
        return (await self.items("outbox.list", kind=kind))[0]

    async def event(self, event_id: str) -> Document:
        """An event as ``events show`` gives it."""
        return await self.call("events.show", event_id=event_id)

    async def tasks(self) -> list[str]:
        """The kinds of the open tasks."""
        return [task["kind"] for task in await self.items("tasks.list")]

    async def alerts(self) -> list[str]:
        """The kinds of the alerts that stand."""
        return [alert["kind"] for alert in await self.items("alerts.list")]

    def told(self, type_: str) -> tuple[Told, ...]:
        """What the ledger was told, by type."""
        return self.ledger.of_type(type_)

    # Kravia.

    def registers(self, number: str = "30001") -> list[SimulatedInvoice]:
        """What Kravia has of one invoice through the API."""
        invoices = [self.kravia.books.invoices[c.invoice_ids[0]] for c in self.books.registers]
        return [i for i in invoices if i.accounting_invoice_id == f"inv-{number}"]

    @property
    def books(self) -> Any:
        """Kravia's own books."""
        return self.kravia.books

    def reported(self, *, credit_notes: bool = False) -> list[tuple[str, Decimal]]:
        """Payments (or credit notes) Kravia was told of, as its cases show them: id and amount."""
        return [
            (payment.accounting_payment_id, payment.amount)
            for case in self.books.invoices.values()
            for payment in case.payments
            if payment.accounting_payment_id and payment.is_credit_note == credit_notes
        ]

    def debtor_pays(self, kravia_id: str, amount: str, on: date | None = None) -> SimulatedPayment:
        """The debtor pays Kravia."""
        day = on or self.now[0].date()
        return self.kravia.debtor_pays(kravia_id, Decimal(amount), day)

    def already_there(self, number: str = "30001", **more: Any) -> str:
        """A case like the example invoice that Kravia had before us; returns its id."""
        case: Document = {
            "creditor_id": KRAVIA_CREDITOR_ID,
            "invoice_no": number,
            "invoice_date": date(2026, 7, 15),
            "original_amount": Decimal("4800.00"),
            "debtor_number": "50001",
        }
        return self.kravia.preload(**(case | more))

    def witness(self) -> None:
        """Something else changes at Kravia now: a row of the feed with a later stamp."""
        self.already_there(f"9{len(self.books.invoices)}", debtor_number="99999")

    def fail(self, operation: str, kind: FaultKind, **more: Any) -> None:
        """Plant a fault at Kravia."""
        self.kravia.faults.plant(Fault(kind=kind, operation=operation, **more))

    def mend(self) -> None:
        """Let everything at Kravia succeed from now on."""
        self.kravia.faults.faults.clear()


_COMPILED: dict[str, Any] = {}


def _share_compiled_statements(database: Any) -> None:
    """Every database compiles its statements anew, which takes longer than all that is tested."""
    for connection in database._parts.connections:
        name = connection.dialect.name
        connection.dialect = _COMPILED.setdefault(f"dialect {name}", connection.dialect)
        cache = _COMPILED.setdefault(f"cache {name}", connection.engine._compiled_cache)
        connection.engine._compiled_cache = cache


def _let_leases_lapse(connection: sa.Connection) -> None:
    """The server's clock, which judges leases, is not ours to turn: turn the leases."""
    connection.execute(sa.update(message).where(LEASED).values(lease_until=0))


async def _no_time(_seconds: float) -> None:
    """Between two tries of a read no simulated time passes."""


class _Outside:
    """Carries webhooks to the ledger, or to ``notify``, by the port of the URL."""

    def __init__(self, ledger: LedgerSimulator, notify: LedgerSimulator) -> None:
        self._ledger = DirectTransport(ledger)
        self._notify = DirectTransport(notify)

    async def send(self, request: Any, *, timeouts: Any) -> Any:
        to = self._notify if ":3/" in request.path else self._ledger
        return await to.send(request, timeouts=timeouts)


@pytest.fixture
def assumptions_file(request: pytest.FixtureRequest) -> Path | None:
    """The shipped assumptions; a test of the wire asks for another sample, indirectly."""
    name = getattr(request, "param", "")
    is_shipped = name in {"", "shipped"}
    return None if is_shipped else SAMPLES / f"kravia-{name.replace('_', '-')}.toml"


@pytest.fixture
def creditor() -> Document:
    """What a test adds to the creditor's settings."""
    return {}


@pytest.fixture
def more_settings() -> Document:
    """What a test adds to the settings."""
    return {}


MEMORY = Path("/dev/shm")  # noqa: S108 - nothing is kept there
"""A real file system without a disk: what is tested here is not the disk."""

SQLITE_ONLY = pytest.mark.parametrize("world_url", ["sqlite"], indirect=True)
"""For a test that looks into the file, or asks SQLite's planner."""


@pytest.fixture(params=["sqlite", "postgresql"])
def world_url(request: pytest.FixtureRequest) -> str:
    """Where the world's database is: a test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return "sqlite:///gateway.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def place() -> Iterator[Path]:
    """Where the database lies."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture
async def world(
    place: Path,
    world_url: str,
    assumptions_file: Path | None,
    creditor: Document,
    more_settings: Document,
) -> AsyncIterator[World]:
    """The gateway, started, between both simulators."""
    more_settings = {"database": {"url": world_url}, **more_settings}
    made = make_world(place, assumptions_file, creditor, more_settings)
    await made.start()
    yield made
    await made.stack.aclose()


def make_world(
    place: Path,
    assumptions_file: Path | None = None,
    creditor: Document | None = None,
    more_settings: Document | None = None,
) -> World:
    """Put settings and simulators together; ``start`` opens the gateway."""
    document: Document = {
        "database": {"url": "sqlite:///gateway.db"},
        "kravia": {"base_url": "http://127.0.0.1:1", "token": "env:TOKEN"},
        "creditors": {
            "acme": {
                "kravia_creditor_id": KRAVIA_CREDITOR_ID,
                "webhook_secrets": ["env:SECRET"],
                "ledger": {
                    "kind": "webhook",
                    "url": "http://127.0.0.1:2/in",
                    "secret": "env:SECRET",
                },
                **(creditor or {}),
            }
        },
    }
    if assumptions_file is not None:
        document["kravia"]["assumptions"] = str(assumptions_file)
    for section, values in (more_settings or {}).items():
        is_section = isinstance(values, dict)
        document[section] = {**document.get(section, {}), **values} if is_section else values
    settings = Settings.build(document, {"SECRET": SECRET, "TOKEN": TOKEN}, base=place)
    secret = decode_secret(SECRET)
    return World(
        settings=settings,
        kravia=KraviaSimulator(load_assumptions(settings), now=START, seed=1),
        ledger=LedgerSimulator(secret=secret, now=START),
        notify=LedgerSimulator(secret=secret, now=START),
        now=[START],
    )
