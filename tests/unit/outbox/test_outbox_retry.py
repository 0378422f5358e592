"""When a failed delivery is tried again, and when it is given up."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.message import Message, MessageState, Parked, Retry
from outbox.retry import RetryPolicy, after_failure

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
POLICY = RetryPolicy(
    first_seconds=5, max_seconds=3_600, attempts_max=20, total_age_max_seconds=86_400
)
MESSAGE = Message(
    seq=1,
    message_id="msg_1",
    scope="acme",
    key="claim-1",
    lane=None,
    kind="register",
    subject="claim-1",
    payload=b"{}",
    doubtful=False,
    state=MessageState.LEASED,
    attempts=1,
    fence=1,
    due_at=NOW,
    created_at=NOW,
    first_attempt_at=NOW,
    last_attempt_at=NOW,
    sent_at=None,
    lease_until=NOW,
    settled_at=None,
    last_error=None,
    result=None,
)


def _fail(
    *,
    attempts: int = 1,
    first_attempt_at: datetime | None = NOW,
    seed: int = 1,
    retry_after_seconds: float | None = None,
    rate_limited: bool = False,
) -> Retry | Parked:
    return after_failure(
        replace(MESSAGE, attempts=attempts, first_attempt_at=first_attempt_at),
        error="HTTP 503",
        now=NOW,
        policy=POLICY,
        jitter=random.Random(seed),  # noqa: S311 - not a secret
        retry_after_seconds=retry_after_seconds,
        rate_limited=rate_limited,
    )


def _wait_seconds(outcome: Retry | Parked) -> float:
    assert isinstance(outcome, Retry)
    return (outcome.at - NOW).total_seconds()


@pytest.mark.parametrize(
    ("attempts", "bound_seconds"), [(1, 5), (2, 10), (3, 20), (10, 2_560), (11, 3_600), (19, 3_600)]
)
def test_the_bound_of_the_wait_doubles_up_to_its_maximum(
    attempts: int, bound_seconds: float
) -> None:
    waits = [_wait_seconds(_fail(attempts=attempts, seed=seed)) for seed in range(300)]

    assert 0.97 * bound_seconds < max(waits) <= bound_seconds
    assert min(waits) < 0.03 * bound_seconds


@given(seed=st.integers(), attempts=st.integers(min_value=1, max_value=19))
def test_the_same_seed_gives_the_same_wait(seed: int, attempts: int) -> None:
    assert _fail(seed=seed, attempts=attempts) == _fail(seed=seed, attempts=attempts)


def test_a_failed_attempt_counts() -> None:
    outcome = _fail()

    assert isinstance(outcome, Retry)
    assert outcome.counted
    assert outcome.error == "HTTP 503"


def test_the_last_attempt_parks() -> None:
    assert isinstance(_fail(attempts=19), Retry)
    assert _fail(attempts=20) == Parked(reason="given up after 20 attempts: HTTP 503")


def test_age_parks_whatever_the_attempts() -> None:
    day = timedelta(seconds=86_400)

    assert isinstance(_fail(first_attempt_at=NOW - day + timedelta(seconds=1)), Retry)
    assert _fail(first_attempt_at=NOW - day) == Parked(
        reason="given up, tried since 2026-11-23 09:00 UTC: HTTP 503"
    )


def test_the_receivers_own_wait_is_kept_and_not_counted() -> None:
    outcome = _fail(retry_after_seconds=120)

    assert outcome == Retry(at=NOW + timedelta(seconds=120), error="HTTP 503", counted=False)


@pytest.mark.parametrize(("asked_seconds", "kept_seconds"), [(-5, 0), (10**9, 3_600)])
def test_the_receivers_own_wait_is_clamped(asked_seconds: float, kept_seconds: float) -> None:
    assert _wait_seconds(_fail(retry_after_seconds=asked_seconds)) == kept_seconds


def test_slowing_down_without_a_named_wait_is_not_counted_either() -> None:
    outcome = _fail(attempts=2, rate_limited=True)

    assert isinstance(outcome, Retry)
    assert not outcome.counted
    assert 0 <= _wait_seconds(outcome) <= 10


def test_patience_parks_nothing() -> None:
    week_ago = NOW - timedelta(days=7)

    assert isinstance(_fail(attempts=20, rate_limited=True), Retry)
    assert isinstance(_fail(first_attempt_at=week_ago, retry_after_seconds=1), Retry)


def test_a_message_never_leased_waits_like_a_first_attempt() -> None:
    assert 0 <= _wait_seconds(_fail(attempts=0, first_attempt_at=None)) <= 5
