"""Everything an operation may use, put together once by the composition root."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Self
from weakref import WeakValueDictionary

from clients.kravia.assumptions import Assumptions
from clients.kravia.client import KraviaClient
from clients.paced_transport import Host, Hosts
from clients.webhook.client import WebhookClient
from gateway.domain.retention import RetentionRow
from gateway.domain.rules import Rules
from gateway.domain.wording import Language
from gateway.ledgers.ledger import Ledger
from gateway.operations.creditor import Creditor
from gateway.operations.reach import Reach
from gateway.operations.recount import Recount
from gateway.operations.remembered import Remembered
from gateway.storage.database import Database
from gateway.storage.seal import Seal
from gateway.tracing import NoTracing, Tracing
from outbox.retry import RetryPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How long to wait for what; reasons stand beside the figures in ``config/gateway.toml``."""

    retry: RetryPolicy
    gate_wait_seconds: float
    mirror_max_age_seconds: float
    settle_window_seconds: float
    doubt_recheck_seconds: float
    doubt_quarantine_seconds: float
    feed_overlap_minutes: int
    payout_days: int


@dataclass(slots=True)
class Wake:
    """Flags that loops wait on, set after a commit that gives them work."""

    intake: asyncio.Event = field(default_factory=asyncio.Event)
    delivery: asyncio.Event = field(default_factory=asyncio.Event)
    polling: asyncio.Event = field(default_factory=asyncio.Event)
    hinted: set[str] = field(default_factory=set)  # creditors whose feed should be polled now
    sweeping: asyncio.Event = field(default_factory=asyncio.Event)
    to_sweep: set[str] = field(default_factory=set)  # creditors whose ledger should be swept now
    replaying: asyncio.Event = field(default_factory=asyncio.Event)
    comparing: asyncio.Event = field(default_factory=asyncio.Event)
    # What other processes on the same database are to be told: (what, creditor or nothing).
    outward: set[tuple[str, str]] = field(default_factory=set)
    telling: asyncio.Event = field(default_factory=asyncio.Event)

    def deliver(self) -> None:
        """Something is due, for any process that has room."""
        self.heard("deliver", "")
        self._tell("deliver", "")

    def poll(self, creditor_id: str) -> None:
        """Ask for the creditor's feed to be polled soon; many asks are one poll."""
        self.heard("poll", creditor_id)
        self._tell("poll", creditor_id)

    def sweep(self, creditor_id: str) -> None:
        """Ask for the creditor's ledger to be swept soon; many asks are one sweep."""
        self.heard("sweep", creditor_id)
        self._tell("sweep", creditor_id)

    def compare(self) -> None:
        """A comparison was ordered."""
        self.heard("compare", "")
        self._tell("compare", "")

    def heard(self, what: str, creditor_id: str) -> None:
        """Wake this process alone; a word of another release wakes nothing."""
        match what:
            case "deliver":
                self.delivery.set()
            case "compare":
                self.comparing.set()
            case "poll":
                self.hinted.add(creditor_id)
                self.polling.set()
            case "sweep":
                self.to_sweep.add(creditor_id)
                self.sweeping.set()

    def _tell(self, what: str, creditor_id: str) -> None:
        self.outward.add((what, creditor_id))
        self.telling.set()


CLOCK_ERROR_MAX_SECONDS = 7200.0
"""How far off our clock may be while Kravia's has not been seen: a wrong zone or summer time is an
hour or two. It only makes a doubt wait that much longer for its witness."""


@dataclass(slots=True)
class RemoteClock:
    """Kravia's clock, read from the Date header of its answers (whole seconds).

    Between two answers it is carried on by the monotonic clock: ours may step meanwhile.
    """

    ahead: timedelta = timedelta(0)
    monotonic: Callable[[], float] = time.monotonic
    _seen: tuple[datetime, float] | None = None

    @property
    def is_known(self) -> bool:
        """Whether it has answered since the start."""
        return self._seen is not None

    def observe(self, remote: datetime, ours: datetime) -> None:
        """Take note of an answer's Date."""
        self.ahead = remote - ours
        self._seen = (remote, self.monotonic())

    def latest(self, ours: datetime) -> datetime:
        """What time it may be at Kravia at most; ``ours`` is what it is here."""
        if self._seen is None:
            return ours + timedelta(seconds=CLOCK_ERROR_MAX_SECONDS)
        remote, at = self._seen
        return remote + timedelta(seconds=self.monotonic() - at + 1)  # a Date is cut to the second


@dataclass(slots=True)
class OneAtATime:
    """One lock for each invoice that is being read; none stays behind."""

    locks: WeakValueDictionary[tuple[str, str], asyncio.Lock] = field(
        default_factory=WeakValueDictionary
    )

    def of(self, creditor_id: str, invoice_id: str) -> asyncio.Lock:
        """The lock of an invoice."""
        return self.locks.setdefault((creditor_id, invoice_id), asyncio.Lock())


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """The gateway's parts. Functions that take a connection run inside one commit."""

    database: Database
    seal: Seal
    rules: Rules
    creditors: Mapping[str, Creditor]
    kravia: KraviaClient
    assumptions: Assumptions
    ledgers: Mapping[str, Ledger]
    notifiers: Mapping[str, WebhookClient]
    hint_secrets: Mapping[str, str]  # what Kravia signs its own webhooks with, per creditor
    pace: Pace
    clock: Callable[[], datetime]
    new_id: Callable[[str], str]  # prefix -> a fresh id that begins with it
    hosts: Hosts
    addresses: Mapping[tuple[str, str], str]  # (creditor, place) -> URL; kind = "place.what"
    retention: tuple[RetentionRow, ...] = ()  # how long what is kept
    language: Language = Language.ENGLISH  # of decisions, unless a reader asks for another
    wake: Wake = field(default_factory=Wake)
    reading: OneAtATime = field(default_factory=OneAtATime)  # of invoices in ledgers
    remote_clock: RemoteClock = field(default_factory=RemoteClock)
    reach: Reach = field(default_factory=Reach)  # which remotes answer
    tracing: Tracing = field(default_factory=NoTracing)
    trace: str | None = None  # the traceparent that messages queued now are caused by
    recount: Recount = field(default_factory=Recount)  # of figures that take long
    remembered: Remembered = field(default_factory=Remembered)  # decisions, until the gate asks
    visible: frozenset[str] | None = None  # creditors that lists and sums look at; None: all

    def under(self, trace: str | None) -> Self:
        """The same gateway, queueing messages as caused by ``trace``."""
        return self if trace is None else replace(self, trace=trace)

    def seen_by(self, creditors: frozenset[str]) -> Self:
        """The same gateway, for somebody who may know of these creditors only."""
        known = {name: each for name, each in self.creditors.items() if name in creditors}
        return replace(self, creditors=known, visible=creditors)

    def told_in(self, language: Language) -> Self:
        """The same gateway, telling decisions in another language."""
        return replace(self, language=language)

    def host_of(self, creditor_id: str, kind: str) -> Host | None:
        """The host that messages of this kind go to; None where no setting says it any more."""
        url = self.addresses.get((creditor_id, kind.partition(".")[0]))
        return None if url is None else self.hosts.of(url)
