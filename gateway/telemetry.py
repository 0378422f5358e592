"""Logs and metrics. Nothing personal can reach either: only what is allowed by name passes.

A log line is a dotted noun.past (``webhook.rejected``) with ids beside it. Keys that are not in
``ALLOWED_KEYS`` are left out and named under ``redacted``; values that are not plain are replaced.
An exception is told by its types and places, never by its message, which may quote a payload.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from traceback import extract_tb
from types import TracebackType
from typing import Any, Final, TextIO

import orjson
import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from clients.exchange import Request

ALLOWED_KEYS: Final = frozenset(
    {
        # who and what, by ids that are ours, the ledger's or Kravia's
        *("creditor_id", "event_id", "webhook_id", "claim_id", "case_id", "invoice_id"),
        *("message_id", "kravia_invoice_id", "payment_id", "settlement_id", "task_id", "alert_id"),
        # what became of it
        *("type", "kind", "outcome", "decision", "rules", "state", "status", "kravia_status"),
        *("attempts", "due_at", "hold_until", "retry_after_seconds", "fields", "redacted"),
        # the machinery
        *("worker", "operation", "actor", "check", "system", "method", "setting", "file"),
        *("host", "port", "pid", "signal", "version", "schema_version", "mode", "database"),
        *("count", "size", "seconds", "delay_seconds", "skew_seconds", "limit", "advice"),
        # what this module writes itself
        *("event", "level", "timestamp", "logger", "template", "error_type", "error_at"),
    }
)
"""Keys whose values hold no personal data. A new key is a decision: add it here."""

REDACTED: Final = "[redacted]"
"""Stands where a value was that is not plain, or an event name that is not a name."""

TEXT_LENGTH_MAX = 200
"""Ids and words are shorter; whatever is longer is not one."""

FRAMES_MAX = 5
"""The innermost places of an exception: enough to find the line."""

_INT_MAX: Final = 2**63
_EVENT_NAME: Final = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)+")
_KEY: Final = re.compile(r"[a-z_]{1,40}")

EventDict = MutableMapping[str, Any]


def configure_logging(
    *, as_json: bool, level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """Send all logs, the libraries' included, to ``stream`` (stderr), as JSON or for people."""
    out = stream or sys.stderr
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(serializer=_to_json)
        if as_json
        else structlog.dev.ConsoleRenderer(colors=out.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            tell_exception,
            allow_listed,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_LibraryHandler()]
    root.setLevel(max(level, logging.WARNING))  # libraries chat; their warnings count


def allow_listed(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Keep what is allowed by name and plain by value; name the keys that were left out."""
    kept: EventDict = {key: _plain(event[key]) for key in event if key in ALLOWED_KEYS}
    name = event.get("event")
    if not isinstance(name, str) or not _EVENT_NAME.fullmatch(name):
        kept["event"] = REDACTED
    left_out = sorted(key for key in event if key not in ALLOWED_KEYS)
    if left_out:
        kept["redacted"] = [key if _KEY.fullmatch(key) else REDACTED for key in left_out]
    return kept


def tell_exception(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Replace an exception by its types, causes included, and the places it came through."""
    error = _exception(event.pop("exc_info", None))
    if error is not None:
        event["error_type"] = " < ".join(_types(error))
        event["error_at"] = _places(error.__traceback__)
    return event


def _exception(given: object) -> BaseException | None:
    if isinstance(given, BaseException):
        return given
    if isinstance(given, tuple):
        return next((part for part in given if isinstance(part, BaseException)), None)
    return sys.exc_info()[1] if given else None


def _types(error: BaseException) -> Iterable[str]:
    told: set[int] = set()  # causes can form a circle, and logging must end
    cause: BaseException | None = error
    while cause is not None and id(cause) not in told:
        yield type(cause).__name__
        told.add(id(cause))
        cause = cause.__cause__


def _places(traceback: TracebackType | None) -> list[str]:
    frames = extract_tb(traceback)[-FRAMES_MAX:]
    return [f"{PurePath(f.filename).name}:{f.lineno} {f.name}" for f in frames]


def _plain(value: object) -> object:
    match value:
        case None | bool() | float():
            return value
        case int():
            return value if abs(value) < _INT_MAX else REDACTED  # no id or count is that long
        case str():
            text = "".join(c if c.isprintable() else " " for c in value[:TEXT_LENGTH_MAX])
            return text if len(value) <= TEXT_LENGTH_MAX else f"{text}…"
        case date() | Decimal() | PurePath():
            return str(value)
        case list() | tuple() | set() | frozenset():
            return [_plain(part) for part in value]
        case _:
            return REDACTED  # an object's text is whatever it holds


def _to_json(event: EventDict, **_options: object) -> str:
    return orjson.dumps(event).decode()


class _LibraryHandler(logging.Handler):
    """Passes the libraries' records on, without the arguments in them: those may be anything."""

    def emit(self, record: logging.LogRecord) -> None:
        """Tell which library said what sort of thing."""
        # A message with arguments is a template written in code; one without may be a value.
        template = record.msg if record.args and isinstance(record.msg, str) else None
        structlog.get_logger().log(
            record.levelno,
            "library.logged",
            logger=record.name,
            template=template,
            exc_info=record.exc_info or None,
        )


_COMMIT_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_GROUP_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_REMOTE_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """The gateway's own metrics in a registry of their own; labels are closed lists of words."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        own = self.registry
        self._webhooks = Counter(
            "gateway_webhooks", "Webhooks answered.", ["outcome"], registry=own
        )
        self._webhook_children: dict[str, Counter] = {}
        self._group_size = Histogram(
            "gateway_commit_group_operations",
            "Operations that shared one commit.",
            buckets=_GROUP_SIZES,
            registry=own,
        )
        self._commit_seconds = Histogram(
            "gateway_commit_seconds", "Time of one commit.", buckets=_COMMIT_SECONDS, registry=own
        )
        self._remote_seconds = Histogram(
            "gateway_remote_seconds",
            "Time of one call to a remote; status none: no answer.",
            ["system", "method", "status"],
            buckets=_REMOTE_SECONDS,
            registry=own,
        )
        self._outbox = Gauge(
            "gateway_outbox_messages", "Messages in the outbox.", ["state"], registry=own
        )
        self._inbox = Gauge("gateway_inbox_events", "Events not handled yet.", registry=own)
        self._deliveries = Counter(
            "gateway_deliveries", "Attempts to deliver a message.", ["outcome"], registry=own
        )

    def webhook_answered(self, outcome: str) -> None:
        """Count one webhook; ``outcome`` is a word of the web edge's own list."""
        child = self._webhook_children.get(outcome)
        if child is None:  # on the hot path: the lookup by label costs more than the count
            child = self._webhook_children[outcome] = self._webhooks.labels(outcome)
        child.inc()

    def committed(self, operations: int, seconds: float) -> None:
        """Note one group commit of the database."""
        self._group_size.observe(operations)
        self._commit_seconds.observe(seconds)

    def remote_observer(self, system: str) -> Callable[[Request, int | None, float], None]:
        """Return the observer for the transport to one remote, e.g. ``kravia``."""

        def observe(request: Request, status: int | None, seconds: float) -> None:
            told = "none" if status is None else str(status)
            self._remote_seconds.labels(system, request.method, told).observe(seconds)

        return observe

    def outbox_counted(self, counts: Mapping[str, int]) -> None:
        """Set how many messages stand in each state."""
        for state, count in counts.items():
            self._outbox.labels(state).set(count)

    def inbox_counted(self, pending: int) -> None:
        """Set how many events wait to be handled."""
        self._inbox.set(pending)

    def delivered(self, outcome: str) -> None:
        """Count one attempt by what came of it: delivered, retry, in_doubt, parked, cancelled."""
        self._deliveries.labels(outcome).inc()

    def render(self) -> bytes:
        """Return all metrics in the Prometheus text format."""
        return generate_latest(self.registry)
