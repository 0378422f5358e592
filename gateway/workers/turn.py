"""Whose turn it is, by a clock that may be set."""

from __future__ import annotations

from datetime import datetime, timedelta


def is_turn(last: datetime | None, now: datetime, every: timedelta) -> bool:
    """Whether ``every`` has passed since ``last``, or ``last`` lies ahead: the clock was set back.

    Else an hour's step back would be an hour without a look.
    """
    return last is None or not last <= now < last + every
