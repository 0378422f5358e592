"""What any remote's answer tells, whatever its words: its JSON, its Date, how long to wait."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from typing import NoReturn

from clients.errors import ProtocolError
from clients.exchange import Response

MESSAGE_MAX_CHARS = 256
"""What is kept of a refusal's text: enough to see why, too little to store a document."""

_RETRY_AFTER_MAX_DIGITS = 9  # a longer number of seconds is over 30 years: not a wait


def read_json(body: bytes) -> object:
    """Parse without floats: fractions become ``Decimal``. ``ProtocolError`` if it is not JSON."""
    try:
        document: object = json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except RecursionError as error:
        raise ProtocolError("the answer is nested too deep") from error
    except (ValueError, ArithmeticError) as error:
        raise ProtocolError("the answer is not JSON") from error
    return document


def json_of(response: Response) -> object:
    """Return what ``read_json`` reads; ``ProtocolError`` also for a web page."""
    if shows_web_page(response):
        raise ProtocolError("a web page came instead of JSON", status=response.status)
    return read_json(response.body)


def shows_web_page(response: Response) -> bool:
    """Tell whether a page for people came where an answer was due (a proxy, a login)."""
    return (
        "html" in response.headers.get("content-type", "").lower()
        or response.body.lstrip()[:1] == b"<"
    )


def printable(text: str) -> str:
    """Return a reason as it may be shown: short and without control characters."""
    shown = "".join(c if c.isprintable() else " " for c in text[: MESSAGE_MAX_CHARS * 4])
    return shown.strip()[:MESSAGE_MAX_CHARS]


def said(response: Response) -> str:
    """Return the body's text, as ``printable``."""
    return printable(response.body[: MESSAGE_MAX_CHARS * 4].decode("utf-8", "replace"))


def server_date(response: Response) -> datetime | None:
    """Return the answer's Date header as aware UTC, None if absent or unreadable."""
    return _http_date(response.headers.get("date", ""))


def retry_after_seconds(headers: Mapping[str, str], now: datetime | None) -> float | None:
    """Return Retry-After as seconds, a date counted from ``now``; None where none can be told."""
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text) if len(text) <= _RETRY_AFTER_MAX_DIGITS else None
    until = _http_date(text)
    if until is None or now is None:
        return None
    return max(0.0, (until - now).total_seconds())


def _http_date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
