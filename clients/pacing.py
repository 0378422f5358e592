"""How gently one remote is called, as values: bucket, breaker, budget; time is an argument.

::

    closed ── failures_max failures in a row ──> open ── open_seconds pass ──> half open
      ^                                           ^                               |
      |                                           '──────── it fails ─────────────|
      '──────────────────────────── the probe is answered ────────────────────────'

All times are seconds of one monotonic clock. Nothing here does I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one remote may be asked for; the reasons stand in ``config/gateway.toml``."""

    calls_per_second: float
    calls_burst: int
    failures_max: int  # in a row, until it counts as down
    open_seconds: float  # from then until one call probes it
    rest_max_seconds: float  # the longest Retry-After that is kept to
    retry_share: float  # failing retries per good answer, 0 to 1
    retries_per_second: float = (
        10.0  # let go whatever the share: else only retries waiting, none go
    )
    retries_burst: float = 10.0  # of both, saved up at most
    calls_at_once: int | None = None  # None: as many as are made


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Tokens as they were at ``at``; they may be owed: a debt is calls that wait their turn."""

    tokens: float
    at: float


def refilled(bucket: Bucket, now: float, *, per_second: float, most: float) -> Bucket:
    """The bucket as it is at ``now``; a clock that went back adds nothing."""
    passed = max(0.0, now - bucket.at)
    return Bucket(tokens=min(most, bucket.tokens + passed * per_second), at=now)


def owed_seconds(bucket: Bucket, *, per_second: float) -> float:
    """How long a call that takes a token of a refilled bucket must wait for it."""
    return max(0.0, (1.0 - bucket.tokens) / per_second)


def taken(bucket: Bucket, tokens: float = 1.0) -> Bucket:
    """The bucket with so many tokens less."""
    return replace(bucket, tokens=bucket.tokens - tokens)


class BreakerState(StrEnum):
    """Whether calls pass."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """Failures in a row, when it opened, whether its one probe is out, and when it last closed."""

    failures: int = 0
    opened_at: float | None = None
    is_probing: bool = False
    closed_at: float | None = None


def breaker_state(breaker: Breaker, now: float, limits: Limits) -> BreakerState:
    """Where the breaker stands at ``now``."""
    if breaker.opened_at is None:
        return BreakerState.CLOSED
    if now - breaker.opened_at < limits.open_seconds:
        return BreakerState.OPEN
    return BreakerState.HALF_OPEN


def barred_seconds(breaker: Breaker, now: float, limits: Limits) -> float | None:
    """How long no call passes; None if one does now. The probe's end may come sooner than told."""
    match breaker_state(breaker, now, limits):
        case BreakerState.CLOSED:
            return None
        case BreakerState.OPEN:
            return limits.open_seconds - (now - (breaker.opened_at or 0.0))
        case BreakerState.HALF_OPEN:
            return PROBE_WAIT_SECONDS if breaker.is_probing else None


PROBE_WAIT_SECONDS = 1.0
"""Between two looks at what became of a probe: its answer comes in much less, or not at all."""


def called(breaker: Breaker, now: float, limits: Limits) -> Breaker:
    """After a call was let through: half open, it is the probe."""
    if breaker_state(breaker, now, limits) is BreakerState.HALF_OPEN:
        return replace(breaker, is_probing=True)
    return breaker


def answered(breaker: Breaker, now: float) -> Breaker:
    """After any answer that shows the remote up: closed."""
    closed_at = breaker.closed_at if breaker.opened_at is None else now
    return Breaker(closed_at=closed_at)


def failed(breaker: Breaker, now: float, limits: Limits) -> Breaker:
    """After a call that shows the remote down: opened, or opened anew, when those were enough."""
    failures = breaker.failures + 1
    if breaker.opened_at is None and failures < limits.failures_max:
        return replace(breaker, failures=failures)
    # A late failure of a call from before it opened must not put the probe off.
    opened_at = now if breaker.opened_at is None or breaker.is_probing else breaker.opened_at
    return replace(breaker, failures=failures, opened_at=opened_at, is_probing=False)


def unasked(breaker: Breaker) -> Breaker:
    """After a call that showed nothing (our own end, cut off): the next one is the probe."""
    return replace(breaker, is_probing=False)
