"""Instants in the database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outbox.instants import from_ms, to_ms


def test_an_instant_is_stored_as_whole_milliseconds_of_utc() -> None:
    oslo_winter = timezone(timedelta(hours=1))
    instant = datetime(2026, 11, 24, 10, 0, 0, 123_999, tzinfo=oslo_winter)

    assert to_ms(instant) == 1_795_510_800_123
    assert from_ms(1_795_510_800_123) == datetime(2026, 11, 24, 9, 0, 0, 123_000, tzinfo=UTC)


def test_an_instant_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="without an offset"):
        to_ms(datetime(2026, 11, 24, 10, 0))  # noqa: DTZ001 - what is refused


@given(st.integers(min_value=-(10**12), max_value=10**14))
def test_milliseconds_survive_the_round_trip(milliseconds: int) -> None:
    assert to_ms(from_ms(milliseconds)) == milliseconds
