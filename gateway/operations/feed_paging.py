"""How Kravia's feed is walked: by its own stamps, never by our clock.

The feed is ordered by a field that changes, so a deep ``skip`` loses rows. A page is asked for by
the last stamp that is certainly behind us; ``skip`` grows only while a whole page shares one stamp.
Whether the boundary itself is included is unknown, so each step asks again for the last stamp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta

from clients.kravia.feed_time import feed_from_ticks, instant_from_feed, ticks_from_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Ask for rows stamped from ``after`` on (``None``: from the beginning), less ``skip`` rows."""

    after: str | None
    skip: int = 0


def first_position(watermark: str | None, overlap: timedelta) -> Position:
    """Begin ``overlap`` before the watermark: a local hour repeats in autumn, and feeds lag.

    Counted on the face of Kravia's clock, as its stamps are compared: after the repeated hour this
    reaches back before both its passes.
    """
    if watermark is None:
        return Position(after=None)
    try:
        back = instant_from_feed(watermark, UTC) - overlap
    except (ValueError, OverflowError):
        return Position(after=watermark)
    return Position(after=feed_from_ticks(ticks_from_instant(back), UTC))


def next_position(position: Position, stamps: Sequence[str], page_size: int) -> Position | None:
    """Where to go on after a page with these stamps; ``None`` at the end of the feed."""
    if len(stamps) < page_size:
        return None
    last = max(stamps)
    certain = max((stamp for stamp in stamps if stamp < last), default=None)
    if certain is not None and (position.after is None or certain > position.after):
        return Position(after=certain)
    return Position(after=position.after, skip=position.skip + len(stamps))
