"""When to try again, and when to stop trying: pure functions of the message and the hour."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

import tenacity

from outbox.message import Message, Parked, Retry


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Bounds of the schedule: waits up to ``first_seconds``, doubled each time to ``max_seconds``.

    A message is given up after ``attempts_max`` counted attempts, or ``total_age_max_seconds``
    after the first of them, whichever comes first.
    """

    first_seconds: float
    max_seconds: float
    attempts_max: int
    total_age_max_seconds: float


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The one thing tenacity's wait arithmetic asks of a retry state."""

    attempt_number: int


def after_failure(
    message: Message,
    *,
    error: str,
    now: datetime,
    policy: RetryPolicy,
    jitter: random.Random,
    retry_after_seconds: float | None = None,
    rate_limited: bool = False,
    is_down: bool = False,
    up_since: datetime | None = None,
) -> Retry | Parked:
    """Say what follows an attempt that certainly had no effect; ``message`` as it was leased.

    The wait is drawn evenly from zero to the doubled bound (full jitter), so that messages which
    failed together do not come back together. When the receiver named its own wait, or only asked
    to slow down (``rate_limited``), the attempt does not count and nothing is given up: it is up,
    and patience is what it asks for. Its wait is kept to, though not beyond ``max_seconds``.

    While the receiver ``is_down`` for everybody, nothing is given up either: the message waits. Its
    age is counted from ``up_since``, when the receiver came back, if that is later than its first
    attempt.
    """
    if retry_after_seconds is not None:
        wait_seconds = min(max(retry_after_seconds, 0.0), policy.max_seconds)
        return Retry(at=now + timedelta(seconds=wait_seconds), error=error, counted=False)
    wait_seconds = jitter.uniform(0, _bound_seconds(message.attempts, policy))
    if rate_limited or is_down:
        return Retry(at=now + timedelta(seconds=wait_seconds), error=error, counted=False)
    if message.attempts >= policy.attempts_max:
        return Parked(reason=f"given up after {message.attempts} attempts: {error}")
    first = message.first_attempt_at or now
    if up_since is not None:
        first = max(first, up_since)
    if (now - first).total_seconds() >= policy.total_age_max_seconds:
        return Parked(reason=f"given up, tried since {first:%Y-%m-%d %H:%M} UTC: {error}")
    return Retry(at=now + timedelta(seconds=wait_seconds), error=error)


def out_of_budget(
    message: Message, *, now: datetime, policy: RetryPolicy, jitter: random.Random
) -> Retry:
    """Put a retry off that its receiver's retry budget has no room for; nothing was tried."""
    wait_seconds = jitter.uniform(0, _bound_seconds(message.attempts, policy))
    return Retry(at=now + timedelta(seconds=wait_seconds), error=OUT_OF_BUDGET, counted=False)


OUT_OF_BUDGET = "put off: too many retries to this receiver fail already"
"""Why a retry waits that was not tried."""


def _bound_seconds(attempts: int, policy: RetryPolicy) -> float:
    wait = tenacity.wait_exponential(multiplier=policy.first_seconds, max=policy.max_seconds)
    return wait(cast("tenacity.RetryCallState", _Attempt(max(attempts, 1))))
