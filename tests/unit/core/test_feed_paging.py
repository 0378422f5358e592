"""The walk through Kravia's feed loses no row, whatever its stamps."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from gateway.operations.feed_paging import Position, first_position, next_position


def test_the_first_poll_begins_at_the_beginning() -> None:
    assert first_position(None, timedelta(minutes=70)) == Position(after=None)


def test_a_poll_begins_the_overlap_before_the_watermark() -> None:
    position = first_position("2026-11-24T12:00:00.0000000", timedelta(minutes=70))
    assert position.after == "2026-11-24T10:50:00.0000000"


def test_after_the_autumn_hour_the_overlap_covers_it_twice() -> None:
    """At 03:05 the whole hour before was shown a second time, and may come late."""
    position = first_position("2026-10-25T03:05:00.0000000", timedelta(minutes=70))
    assert position.after is not None
    assert position.after <= "2026-10-25T02:05:00.0000000"


def test_a_watermark_nobody_understands_is_used_as_it_is() -> None:
    assert first_position("row-17", timedelta(minutes=70)) == Position(after="row-17")


def test_a_page_that_is_not_full_is_the_last() -> None:
    assert next_position(Position(after=None), ["1", "2"], 3) is None


def test_a_full_page_goes_on_from_the_last_certain_stamp() -> None:
    assert next_position(Position(after=None), ["1", "2", "3"], 3) == Position(after="2")


def test_a_page_of_one_stamp_is_skipped_through() -> None:
    assert next_position(Position(after="1"), ["2", "2"], 2) == Position(after="1", skip=2)


@given(
    stamps=st.lists(st.integers(0, 9), max_size=60),
    page_size=st.integers(2, 7),
    inclusive=st.booleans(),
)
def test_every_row_of_any_feed_is_read(stamps: list[int], page_size: int, inclusive: bool) -> None:
    feed = sorted(enumerate(stamps), key=lambda row: (row[1], row[0]))
    seen: set[int] = set()
    position: Position | None = Position(after=None)
    for _ in range(300):
        if position is None:
            break
        rows = [
            (key, str(stamp))
            for key, stamp in feed
            if position.after is None
            or str(stamp) > position.after
            or (inclusive and str(stamp) == position.after)
        ][position.skip : position.skip + page_size]
        seen |= {key for key, _ in rows}
        position = next_position(position, [stamp for _, stamp in rows], page_size)
    assert position is None
    assert seen == set(range(len(stamps)))
