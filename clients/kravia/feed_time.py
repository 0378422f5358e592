"""``lastUpdatedTime``: seven fractional digits and no zone, as the portal's sample shows it.

The string itself is the watermark and is never rewritten; reading it as an instant serves only to
compare it with our own clock. In the hour that repeats in autumn the earlier reading is taken: a
witness that might be early must not pass for a late one.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo

TICKS_PER_SECOND = 10_000_000
"""Kravia's clock resolution: 100 ns, as .NET counts."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FEED_TIME = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)


def instant_from_feed(text: str, zone: tzinfo) -> datetime:
    """Return the aware UTC instant, cut to microseconds; ``ValueError`` if it is not a time."""
    match = _FEED_TIME.fullmatch(text)
    if match is None:
        raise ValueError("not a time like 2021-06-01T15:13:14.4044853")
    day, clock, fraction, offset = match.groups()
    micros = ((fraction or "") + "000000")[:6]
    written = datetime.fromisoformat(f"{day}T{clock}.{micros}{offset or ''}")
    if written.tzinfo is None:
        written = written.replace(tzinfo=zone, fold=0)
    try:
        return written.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("a time outside the calendar") from error


def ticks_from_instant(instant: datetime) -> int:
    """Return whole 100 ns ticks since 1970 UTC."""
    return (instant - _EPOCH) // timedelta(microseconds=1) * 10


def feed_from_ticks(ticks: int, zone: tzinfo) -> str:
    """Write ticks as Kravia does: local time, seven digits, no zone."""
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    local = (_EPOCH + timedelta(seconds=seconds)).astimezone(zone)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{fraction:07d}"
