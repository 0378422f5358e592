"""The gateway's metrics, in a registry of their own; labels are closed lists of words or creditors.

``docs/watching.md`` lists them; a test compares the two. Figures that are counted in the database
are set by ``gateway.workers.watch``, all others where they happen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from clients.paced_transport import Hosts
from clients.pacing import BreakerState
from gateway.metric_words import EVENT_OUTCOMES, EVENT_TYPES, MESSAGE_KINDS, OTHER
from gateway.operations.alert_kinds import ALERT_KINDS
from gateway.storage.measures import InboxDepth, Measures

_COMMIT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_GROUP_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_REMOTE_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_WAIT_SECONDS = (0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0, 60.0, 300.0, 1_800.0, 3_600.0, 86_400.0)

_EVERYBODY: Final = "*"
"""How a pause of all creditors is stored and shown."""


class Metrics:
    """All metrics of one gateway."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.commits = (
            0  # groups written by this process: whoever shows figures asks whether any came
        )
        ProcessCollector(registry=self.registry)
        self._make_inbox()
        self._make_outbox()
        self._make_claims()
        self._make_database()
        self._make_remotes()
        self._make_watch()

    def _gauge(self, name: str, text: str, labels: Iterable[str] = ()) -> Gauge:
        return Gauge(f"gateway_{name}", text, labels, registry=self.registry)

    def _counter(self, name: str, text: str, labels: Iterable[str] = ()) -> Counter:
        return Counter(f"gateway_{name}", text, labels, registry=self.registry)

    def _histogram(
        self, name: str, text: str, buckets: tuple[float, ...], labels: Iterable[str] = ()
    ) -> Histogram:
        return Histogram(f"gateway_{name}", text, labels, buckets=buckets, registry=self.registry)

    def _make_inbox(self) -> None:
        self._webhooks = self._counter("webhooks", "Webhooks answered, by outcome.", ["outcome"])
        self._webhook_children: dict[str, Counter] = {}
        self._inbox = self._gauge("inbox_events", "Events recorded and not handled yet.")
        self._inbox_age = self._gauge(
            "inbox_oldest_age_seconds", "Age of the oldest event not handled yet; 0 without one."
        )
        self._events = self._counter(
            "events_handled", "Events that intake has acted on.", ["type", "outcome"]
        )
        self._event_wait = self._histogram(
            "event_wait_seconds", "From an event's receipt to its decision.", _WAIT_SECONDS
        )

    def _make_outbox(self) -> None:
        self._outbox = self._gauge(
            "outbox_messages", "Messages that are not settled.", ["state", "kind"]
        )
        self._due_age = self._gauge(
            "outbox_oldest_due_age_seconds",
            "How long the message that is due the longest has been due; 0 without one.",
        )
        self._leases = self._counter(
            "leases",
            "Leases of messages: taken; expired (taken back after a crash); lost (an outcome that"
            " came under an old fence and was not written).",
            ["end"],
        )
        self._deliveries = self._counter(
            "deliveries", "Attempts to deliver a message.", ["kind", "outcome"]
        )
        self._doubts = self._gauge(
            "doubts",
            "Messages whose effect is unknown: in_doubt (being looked up) or quarantined (parked,"
            " left to a person).",
            ["state"],
        )
        self._doubt_age = self._gauge(
            "doubts_oldest_age_seconds",
            "Since the oldest of them was sent; 0 without one.",
            ["state"],
        )
        self._doubts_ended = self._counter(
            "doubts_looked_up", "Looks at a doubt, by what came of it.", ["end"]
        )

    def _make_claims(self) -> None:
        self._frozen = self._gauge(
            "claims_frozen",
            "Claims for which nothing is registered: an objection stands.",
            ["creditor_id"],
        )
        self._holds = self._gauge(
            "claims_held",
            "Claims on hold, by how many Oslo days ahead their day is.",
            ["days_ahead"],
        )
        self._paused = self._gauge(
            "registers_paused",
            "1 while new registers are stopped; creditor * stands for all.",
            ["creditor_id"],
        )
        self._tasks = self._gauge("tasks_open", "What a person must do elsewhere.")
        self._alerts = self._gauge("alerts", "Alerts that stand.", ["kind"])
        self._rates_left = self._gauge(
            "rates_left_days", "Days after today that the dated figures cover.", ["table"]
        )

    def _make_database(self) -> None:
        self._group_size = self._histogram(
            "commit_group_operations", "Operations that shared one commit.", _GROUP_SIZES
        )
        self._commit_seconds = self._histogram(
            "commit_seconds", "From BEGIN to the end of COMMIT of one group.", _COMMIT_SECONDS
        )
        self._sync_seconds = self._histogram(
            "commit_sync_seconds",
            "The COMMIT statement alone: writing the log, the sync to disk, and now and then a"
            " checkpoint.",
            _COMMIT_SECONDS,
        )
        self._writes_waiting = self._gauge("writes_waiting", "Operations that wait for the disk.")

    def _make_remotes(self) -> None:
        self._breaker = self._gauge(
            "remote_breaker_open", "1 while a host counts as down and is only probed.", ["host"]
        )
        self._rest = self._gauge(
            "remote_rest_seconds", "What is left of the rest that a host asked for.", ["host"]
        )
        self._hosts: Hosts | None = None
        labels = ["system", "operation"]
        self._remote_seconds = self._histogram(
            "remote_seconds", "Time of one call, answered or not.", _REMOTE_SECONDS, labels
        )
        self._remote_calls = self._counter(
            "remote_calls", "Calls by HTTP status; none: no answer.", [*labels, "status"]
        )
        self._remote_errors = self._counter(
            "remote_errors", "Calls that did not succeed, by class.", [*labels, "error"]
        )
        self._mirror_age = self._gauge(
            "mirror_age_seconds", "Since Kravia's feed was last read to its end.", ["creditor_id"]
        )
        self._sweep_age = self._gauge(
            "ledger_sweep_age_seconds",
            "Since a ledger that is asked was last swept whole.",
            ["creditor_id"],
        )
        self._skew = self._gauge(
            "kravia_clock_ahead_seconds", "How far Kravia's clock is ahead of ours."
        )

    def _make_watch(self) -> None:
        self._watch_seconds = self._gauge(
            "watch_seconds", "Time that the last count of what is open took."
        )

    # Where it happens.

    def webhook_answered(self, outcome: str) -> None:
        """Count one webhook; ``outcome`` is a word of the web edge's own list."""
        child = self._webhook_children.get(outcome)
        if child is None:  # on the hot path: the lookup by label costs more than the count
            child = self._webhook_children[outcome] = self._webhooks.labels(outcome)
        child.inc()

    def event_handled(self, type_: str, outcome: str, waited_seconds: float) -> None:
        """Count one event that intake acted on, and how long it had waited."""
        told_outcome = outcome if outcome in EVENT_OUTCOMES else OTHER
        self._events.labels(type_ if type_ in EVENT_TYPES else OTHER, told_outcome).inc()
        self._event_wait.observe(max(0.0, waited_seconds))

    def committed(self, operations: int, seconds: float, sync_seconds: float) -> None:
        """Note one group commit of the database."""
        self.commits += 1
        self._group_size.observe(operations)
        self._commit_seconds.observe(seconds)
        self._sync_seconds.observe(sync_seconds)

    def remote_called(
        self, system: str, operation: str, status: str, error: str | None, seconds: float
    ) -> None:
        """Note one call to a remote; ``error`` is its class, None for success."""
        self._remote_seconds.labels(system, operation).observe(seconds)
        self._remote_calls.labels(system, operation, status).inc()
        if error is not None:
            self._remote_errors.labels(system, operation, error).inc()

    def leased(self, end: str, count: int = 1) -> None:
        """Count leases: ``taken``, ``expired`` or ``lost``."""
        if count:
            self._leases.labels(end).inc(count)

    def delivered(self, kind: str, outcome: str) -> None:
        """Count one attempt by what came of it: delivered, retry, in_doubt, parked, cancelled."""
        self._deliveries.labels(_kind(kind), outcome).inc()

    def doubts_looked_up(self, ends: Mapping[str, int]) -> None:
        """Count looks at doubts: adopted, absent, waiting, quarantined, gone, failed."""
        for end, count in ends.items():
            self._doubts_ended.labels(end).inc(count)

    # What the watch counted.

    def inbox_counted(self, depth: InboxDepth, now: datetime) -> None:
        """Set how many events wait to be handled, and since when."""
        self._inbox.set(depth.events)
        self._inbox_age.set(_age(depth.oldest_at, now))

    def measured(self, measures: Measures, now: datetime) -> None:
        """Set everything that was counted in the database."""
        self._outbox.clear()
        for (state, kind), count in measures.outbox.messages.items():
            self._outbox.labels(state.value, _kind(kind)).inc(count)
        self._due_age.set(_age(measures.outbox.oldest_due_at, now))
        for word, some in (("in_doubt", measures.in_doubt), ("quarantined", measures.quarantined)):
            self._doubts.labels(word).set(some.count)
            self._doubt_age.labels(word).set(_age(some.oldest_sent_at, now))
        _set_all(self._frozen, measures.frozen)
        _set_all(self._holds, measures.holds)
        _set_all(self._mirror_age, {k: _age(at, now) for k, at in measures.polled_at.items()})
        _set_all(self._sweep_age, {k: _age(at, now) for k, at in measures.swept_at.items()})
        self._alerts.clear()
        for kind, count in measures.alerts.items():
            self._alerts.labels(kind if kind in ALERT_KINDS else OTHER).inc(count)
        self._tasks.set(measures.tasks)

    def paused(self, creditor_ids: Iterable[str], paused: frozenset[str]) -> None:
        """Set whose registers are stopped."""
        for creditor_id in (_EVERYBODY, *creditor_ids):
            self._paused.labels(creditor_id).set(creditor_id in paused)

    def rates_left(self, days: Mapping[str, int]) -> None:
        """Set how many days each table of dated figures still covers."""
        _set_all(self._rates_left, days)

    def machine(
        self, *, writes_waiting: int, clock_ahead_seconds: float, watch_seconds: float
    ) -> None:
        """Set what is known without a query."""
        self._writes_waiting.set(writes_waiting)
        self._skew.set(clock_ahead_seconds)
        self._watch_seconds.set(watch_seconds)

    def watch_hosts(self, hosts: Hosts) -> None:
        """Tell of these hosts, as they are when asked; they are as many as the settings name."""
        self._hosts = hosts

    def render(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        for host in self._hosts or ():
            self._breaker.labels(host.name).set(host.state is not BreakerState.CLOSED)
            self._rest.labels(host.name).set(host.asked_rest_seconds())
        return generate_latest(self.registry)


def _kind(kind: str) -> str:
    return kind if kind in MESSAGE_KINDS else OTHER


def _age(since: datetime | None, now: datetime) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())


def _set_all(gauge: Gauge, values: Mapping[str, float]) -> None:
    """Set one value per label, and forget labels that are no longer counted."""
    gauge.clear()
    for label, value in values.items():
        gauge.labels(label).set(value)
