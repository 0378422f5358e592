"""The token bucket: an average, a burst, and how long to wait."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.web.rate import Rate, TokenBucket


def test_a_burst_passes_and_the_next_must_wait() -> None:
    bucket = TokenBucket(Rate(per_second=2, burst=3))

    assert [bucket.take(10.0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_it_refills_with_time_up_to_the_burst() -> None:
    bucket = TokenBucket(Rate(per_second=2, burst=3))
    for _ in range(3):
        bucket.take(0.0)

    assert bucket.take(0.5) == 0
    assert [bucket.take(1_000.0) for _ in range(4)] == [0, 0, 0, 0.5]


def test_a_clock_that_runs_backwards_refills_nothing() -> None:
    bucket = TokenBucket(Rate(per_second=1, burst=1))

    assert bucket.take(100.0) == 0
    assert bucket.take(50.0) == 1
    assert bucket.take(50.5) == 0.5


@given(st.lists(st.floats(0, 10), max_size=200))
def test_over_any_time_no_more_pass_than_burst_and_rate_allow(steps: list[float]) -> None:
    bucket = TokenBucket(Rate(per_second=3, burst=5))
    now, passed = 0.0, 0
    for step in steps:
        now += step
        passed += bucket.take(now) == 0

    assert passed <= 5 + 3 * now + 1e-6
