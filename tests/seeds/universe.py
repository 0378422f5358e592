"""One run: the gateway's own loops, both remotes, people and debtors, on one simulated clock.

::

    storm   events come in late, twice, out of order; calls fail; the process is killed; clocks step
    calm    nothing fails any more; time passes, things change at Kravia, all must come to rest
    books   what everybody has is compared: see ``verdict``

Everything that is drawn comes from streams of the seed, so the seed alone brings a run back.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import sqlite3
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson

from clients.errors import InDoubtError, NotSentError
from clients.exchange import Request, Response
from clients.kravia.simulator import KraviaSimulator
from clients.kravia.simulator_conditions import Conditions
from clients.simulated_transport import DirectTransport
from clients.transport import Timeouts
from clients.webhook.ledger_events import event_body
from clients.webhook.signature import decode_secret
from clients.webhook.simulator import LedgerSimulator
from gateway import app
from gateway.app_loops import loops, workers
from gateway.metrics import Metrics
from gateway.operations.gateway import Gateway
from gateway.schema.webhooks import parse_event
from gateway.settings import Settings
from gateway.settings_documents import load_assumptions
from gateway.storage import inbox
from gateway.storage.database import Database
from gateway.storage.inbox import NewEvent
from gateway.storage.sqlite_file import path_from_url
from gateway.workers.runner import Loop, run_all
from tests.seeds.in_loop_database import open_in_loop
from tests.seeds.virtual_loop import pass_time
from tests.seeds.weather import Weather

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A Tuesday, 11:00 in Oslo: an hour either way is still the same day, past the clock's hour."""

KRAVIA_CREDITOR_ID = 10_759
SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="

STORM_SECONDS = 600.0
REST_SECONDS = 300.0
"""Between two looks whether all has come to rest; something changes at Kravia each time."""

RESTS_MAX = 60
"""Five hours of calm: far beyond every retry and doubt of these settings."""

LOST_WAKE_UP_SECONDS = 10.0
"""How long a lost wake-up lasts here: a second, as it ships, would make a seed ten times longer."""

Document = dict[str, Any]


class DeadError(Exception):
    """The process is dead: nothing that it began goes on."""


@dataclass(slots=True)
class Process:
    """One life of the gateway."""

    ended: asyncio.Event = field(default_factory=asyncio.Event)
    is_dead: bool = False
    gateway: Gateway | None = None
    registering: set[str] = field(default_factory=set)
    """Debtors of whom a register is under way."""

    def die(self) -> None:
        """From here on nothing reaches the file or a remote."""
        self.is_dead = True
        self.ended.set()


@dataclass(slots=True)
class Universe:
    """Everybody of one run."""

    seed: int
    folder: Path
    kravia: KraviaSimulator = field(init=False)
    ledger: LedgerSimulator = field(init=False)
    settings: Settings = field(init=False)
    weather: Weather = field(init=False)
    process: Process | None = None
    skew: timedelta = timedelta(0)
    fired: Counter[str] = field(default_factory=Counter)
    acked: dict[str, str] = field(default_factory=dict)
    """Webhook ids that were answered with 202, and their event ids."""
    sent: dict[str, tuple[str, Document]] = field(default_factory=dict)
    """By webhook id: the type and data of all that the ledger said."""
    payouts: set[str] = field(default_factory=set)
    """Payments at the ledger that are Kravia's own pay-outs, whatever they are taken for."""
    seen: list[str] = field(default_factory=list)
    """Sentences: what was seen on the way and must not be."""
    _ids: itertools.count[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        """Put the remotes together; nothing runs yet."""
        self.settings = Settings.build(
            _SETTINGS, {"SECRET": SECRET, "TOKEN": "a-token-for-tests"}, base=self.folder
        )
        self.weather = Weather(self.stream("weather"), self.fired)
        self.kravia = KraviaSimulator(load_assumptions(self.settings), now=START, seed=self.seed)
        self.kravia.faults.conditions = self.weather.conditions()
        self.ledger = LedgerSimulator(secret=decode_secret(SECRET), now=START)

    def stream(self, name: str) -> random.Random:
        """A source of draws of its own, so that one more draw here moves none there."""
        return random.Random(f"{self.seed}/{name}")  # noqa: S311 - a run must repeat

    def now(self) -> datetime:
        """True time: that of the remotes."""
        return START + timedelta(seconds=asyncio.get_running_loop().time())

    def gateway_now(self) -> datetime:
        """The time that the gateway's machine believes it is."""
        return self.now() + self.skew

    # The gateway's life.

    async def serve(self, ended: asyncio.Event) -> None:
        """Keep the gateway running until ``ended``: what dies is started again."""
        draw = self.stream("restarts")
        while not ended.is_set():
            self.process = process = Process()
            living = asyncio.create_task(self._live(process))
            ending = asyncio.create_task(_when(ended, process.ended))
            with suppress(Exception):
                await living
            ending.cancel()
            self.process = None
            if not ended.is_set():
                await pass_time(draw.choice((0.1, 2.0, 40.0)))

    async def _live(self, process: Process) -> None:
        jitter = self.stream(f"jitter {next(self._ids)}")
        async with AsyncExitStack() as stack:
            stack.enter_context(_opening(lambda path: open_in_loop(path, self._pause(process))))
            gateway = await stack.enter_async_context(
                app.open_gateway(
                    self.settings,
                    clock=self.gateway_now,
                    new_id=lambda prefix: f"{prefix}{next(self._ids):024}",
                    monotonic=asyncio.get_running_loop().time,
                    kravia_transport=ToKravia(self, process),
                    outside_transport=ToLedger(self, process),
                )
            )
            parts = workers(self.settings, gateway, Metrics(), jitter)
            parts.dispatcher._monotonic = asyncio.get_running_loop().time
            parts.dispatcher._poll_seconds = LOST_WAKE_UP_SECONDS
            gateway.remote_clock.monotonic = asyncio.get_running_loop().time
            process.gateway = gateway
            running = asyncio.create_task(
                run_all(
                    _without_hurry(loops(self.settings, parts, Metrics())),
                    lambda halt: parts.dispatcher.run(
                        stop=halt, clock=self.gateway_now, wake=gateway.wake.delivery
                    ),
                    clock=self.gateway_now,
                    stop=process.ended,
                )
            )
            failed = asyncio.create_task(gateway.database.failed.wait())
            ended = asyncio.create_task(process.ended.wait())
            try:
                await asyncio.wait({running, failed, ended}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                process.gateway = None
                if gateway.database.failed.is_set():
                    process.die()
                if process.is_dead:
                    running.cancel()
                process.ended.set()
                await asyncio.gather(running, return_exceptions=True)
                if not process.is_dead and not gateway.database.failed.is_set():
                    self.seen += left_leased(self.folder / "gateway.db")
                failed.cancel()
                await asyncio.gather(failed, ended, return_exceptions=True)

    def _pause(self, process: Process) -> Callable[[str], Awaitable[None]]:
        draw = self.stream(f"disk {next(self._ids)}")

        async def pause(moment: str) -> None:
            _check_alive(process)
            await pass_time(draw.choice((0.0, 0.0, 0.001, 0.02)))
            _check_alive(process)
            if moment != "read" and self.weather.at_commit(moment):
                raise OSError(f"the disk failed {moment} the group was written")

        return pause

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.fired["process: killed"] += 1
            self.process.die()

    def stop(self) -> None:
        """SIGTERM: what runs may end; what comes in meanwhile is refused."""
        if self.process is not None and self.process.gateway is not None:
            self.fired["process: stopped"] += 1
            self.process.ended.set()

    def has_settlement(self, settlement_id: str) -> bool:
        """Whether the gateway has read this settlement of Kravia's."""
        with sqlite3.connect(self.folder / "gateway.db") as connection:
            found = connection.execute(
                "SELECT 1 FROM settlement WHERE settlement_id = ?", (settlement_id,)
            )
            return found.fetchone() is not None

    # What the ledger sends.

    async def send(self, webhook_id: str, type_: str, data: Document) -> None:
        """Send an event as an honest sender does: until it is answered; sometimes once more."""
        self.sent[webhook_id] = (type_, data)
        draw = self.stream(f"sender {webhook_id}")
        body = orjson.dumps(event_body(type_, data, self.now().isoformat()))
        await pass_time(draw.choice((0.0, 1.0, 30.0)) * draw.random())
        times = draw.choice((1, 1, 1, 2))
        self.fired["webhook: sent twice"] += times - 1
        while times:
            try:
                self.acked[webhook_id] = await self._record(webhook_id, body)
                times -= 1
            except Exception:  # noqa: BLE001 - no answer, whatever it is: the sender sends again
                await pass_time(draw.uniform(1.0, 20.0))

    async def _record(self, webhook_id: str, body: bytes) -> str:
        process = self.process
        if process is None or process.gateway is None:
            raise DeadError
        gateway, parsed = process.gateway, parse_event(body)
        event = NewEvent(
            creditor_id="acme",
            webhook_id=webhook_id,
            type=parsed.type,
            invoice_id=parsed.invoice_id,
            body=body,
            received_at=self.gateway_now(),
            outcome="recorded",
            event_id=f"evt_{next(self._ids):032}",
        )
        recorded = await inbox.record(gateway.database, gateway.seal, event)
        _check_alive(process)
        gateway.wake.intake.set()
        return recorded.event_id

    def hint(self) -> None:
        """Kravia says that something changed; or that is lost, or said twice."""
        draw = self.stream(f"hint {next(self._ids)}")
        times = draw.choice((0, 1, 1, 2))
        self.fired["hint: lost"] += times == 0
        self.fired["hint: sent twice"] += times == 2
        if times and self.process is not None and self.process.gateway is not None:
            self.process.gateway.wake.poll("acme")

    # The end.

    def calm(self) -> None:
        """Nothing fails any more, and every clock is right."""
        self.weather.is_calm = True
        self.kravia.faults.conditions = Conditions()
        self.skew = timedelta(0)

    def witness(self) -> None:
        """Something else changes at Kravia."""
        self.kravia.set_now(self.now())
        self.kravia.preload(
            creditor_id=KRAVIA_CREDITOR_ID,
            invoice_no=f"9{next(self._ids)}",
            invoice_date=START.date(),
            original_amount=Decimal(1),
            debtor_number="another",
        )


class _Wire(ABC):
    """Carries requests to one remote: late, and as the weather is."""

    def __init__(self, universe: Universe, process: Process) -> None:
        self._universe = universe
        self._process = process

    async def _carry(self, request: Request, timeouts: Timeouts, onto: DirectTransport) -> Response:
        weather = self._universe.weather
        if self._process.is_dead:
            raise NotSentError("the process is dead")
        await pass_time(weather.latency_seconds())
        if self._process.is_dead:
            raise NotSentError("the process is dead")
        self._prepare(request)
        try:
            response = onto.exchange(request, timeouts)
        except InDoubtError:
            await pass_time(weather.draw.choice((0.0, timeouts.read_seconds)))
            raise
        await pass_time(weather.latency_seconds())
        return response

    @abstractmethod
    def _prepare(self, request: Request) -> None:
        """Set the remote's clock, and draw what strikes this call."""


class ToKravia(_Wire):
    """To Kravia."""

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        """Carry one request; one register at a time per debtor."""
        universe, registering = self._universe, self._process.registering
        kravia = DirectTransport(universe.kravia)
        if universe.kravia._route(request)[0] != "register":
            return await self._carry(request, timeouts, kravia)
        # As it leaves: nothing can call back what is on its way.
        universe.seen += unlawful_registers(universe.folder / "gateway.db")
        debtor_number = orjson.loads(request.body)["debtorNumber"]
        if debtor_number in registering:
            universe.seen.append(f"two registers at once of debtor {debtor_number}")
        registering.add(debtor_number)
        try:
            return await self._carry(request, timeouts, kravia)
        finally:
            registering.discard(debtor_number)

    def _prepare(self, request: Request) -> None:
        universe = self._universe
        kravia = universe.kravia
        kravia.set_now(universe.now())
        kravia.faults.faults.clear()
        operation, _ = kravia._route(request)
        fault = universe.weather.at_kravia(operation)
        if fault is not None:
            kravia.faults.plant(replace(fault, operation="*", times=1))


class ToLedger(_Wire):
    """To the ledger."""

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        """Carry one webhook."""
        return await self._carry(request, timeouts, DirectTransport(self._universe.ledger))

    def _prepare(self, request: Request) -> None:
        ledger = self._universe.ledger
        # The moment it was signed, by whatever clock: its age is not what is tried.
        ledger.set_now(datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC))
        ledger.clear_faults()
        fault = self._universe.weather.at_ledger()
        if fault is not None:
            ledger.plant(fault)


def unlawful_registers(path: Path) -> list[str]:
    """Registers under way of claims frozen, withdrawn or not being sent, as one leaves."""
    with sqlite3.connect(path) as connection:
        found = connection.execute(
            "SELECT claim.claim_id FROM claim JOIN message ON message.subject = claim_id"
            " WHERE message.kind = 'kravia.register' AND message.state = 'leased'"
            " AND message.sent_fence = message.fence AND (withdrawn_at IS NOT NULL"
            " OR frozen_on IS NOT NULL OR claim.state != 'sending')"
        )
        return [f"unlawful register of {claim_id}" for (claim_id,) in found]


def left_leased(path: Path) -> list[str]:
    """What a process that was asked to stop, and had the time, has left half done."""
    with sqlite3.connect(path) as connection:
        found = connection.execute("SELECT kind, message_id FROM message WHERE state = 'leased'")
        return [f"{kind} {message_id} was left leased by a stop" for kind, message_id in found]


@contextmanager
def _opening(open_at: Callable[[Path], Database]) -> Iterator[None]:
    """Let the composition root open its database in this loop."""

    class Opener:
        @staticmethod
        async def open(url: str, **_options: object) -> Database:
            return open_at(path_from_url(url))

    kept = vars(app)["Database"]
    vars(app)["Database"] = Opener
    try:
        yield
    finally:
        vars(app)["Database"] = kept


def _check_alive(process: Process) -> None:
    if process.is_dead:
        raise DeadError


async def _when(first: asyncio.Event, then: asyncio.Event) -> None:
    await first.wait()
    then.set()


def _without_hurry(all_of_them: Iterable[Loop]) -> list[Loop]:
    """The loops that do something, each looking by itself a little less often than it ships."""
    return [
        replace(loop, every_seconds=max(loop.every_seconds, LOST_WAKE_UP_SECONDS))
        for loop in all_of_them
        if loop.name != "watch"
    ]


_SETTINGS: Document = {
    "database": {"url": "sqlite:///gateway.db"},
    "kravia": {
        "base_url": "http://127.0.0.1:1",
        "token": "env:TOKEN",
        "poll_seconds": 20,
        "read_timeout_seconds": 8,
        "total_timeout_seconds": 10,
    },
    "outbox": {"max_retry_seconds": 60, "lease_seconds": 30},
    "creditors": {
        "acme": {
            "kravia_creditor_id": KRAVIA_CREDITOR_ID,
            "webhook_secrets": ["env:SECRET"],
            "ledger": {"kind": "webhook", "url": "http://127.0.0.1:2/in", "secret": "env:SECRET"},
        }
    },
}
