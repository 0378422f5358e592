"""A token bucket: so many per second on average, so many at once. Pure: the caller has a clock."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """``per_second`` on average and ``burst`` at once, both above zero."""

    per_second: float
    burst: float


class TokenBucket:
    """Holds up to ``burst`` tokens, refilled at ``per_second``; starts full."""

    __slots__ = ("_at", "_rate", "_tokens")

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._tokens = rate.burst
        self._at: float | None = None

    def take(self, now_seconds: float) -> float:
        """Take one token and return 0, or return the seconds until one is there.

        ``now_seconds`` is any clock that does not run backwards; if it does, nothing is refilled.
        """
        if self._at is not None and now_seconds > self._at:
            refilled = self._tokens + (now_seconds - self._at) * self._rate.per_second
            self._tokens = min(self._rate.burst, refilled)
        self._at = now_seconds
        if self._tokens >= 1:
            self._tokens -= 1
            return 0
        return (1 - self._tokens) / self._rate.per_second
