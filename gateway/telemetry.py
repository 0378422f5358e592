"""Logs. Nothing personal can reach them: only what is allowed by name passes.

A log line is a dotted noun.past (``webhook.rejected``) with ids beside it. Keys that are not in
``ALLOWED_KEYS`` are left out and named under ``redacted``; values that are not plain are replaced.
An exception is told by its types and places, never by its message, which may quote a payload.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from traceback import extract_tb
from types import TracebackType
from typing import Any, Final, TextIO

import orjson
import structlog

ALLOWED_KEYS: Final = frozenset(
    {
        # who and what, by ids that are ours, the ledger's or Kravia's
        *("creditor_id", "event_id", "webhook_id", "claim_id", "case_id", "invoice_id"),
        *("message_id", "kravia_invoice_id", "payment_id", "settlement_id", "task_id", "alert_id"),
        *("replay_id", "item_seq"),
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
