"""Oslo days and UTC instants, also where a clock is turned."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from gateway.domain.oslo import next_midnight, oslo_date, start_of_day
from gateway.workers.clock import day_to_decide


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 11, 24, 22, 59, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 11, 24, 23, 0, tzinfo=UTC), date(2026, 11, 25)),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), date(2026, 7, 2)),
    ],
)
def test_the_day_is_oslos(instant: datetime, day: date) -> None:
    assert oslo_date(instant) == day


def test_a_day_of_25_hours_has_one_midnight() -> None:
    begins = datetime(2026, 10, 24, 22, 0, tzinfo=UTC)
    assert start_of_day(date(2026, 10, 25)) == begins
    assert next_midnight(begins) == datetime(2026, 10, 25, 23, 0, tzinfo=UTC)


def test_a_time_of_day_is_oslos() -> None:
    assert start_of_day(date(2026, 11, 24), time(10)) == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_a_day_is_decided_from_ten_in_the_morning() -> None:
    assert day_to_decide(datetime(2026, 11, 24, 8, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert day_to_decide(datetime(2026, 11, 24, 9, 0, tzinfo=UTC)) == date(2026, 11, 24)
