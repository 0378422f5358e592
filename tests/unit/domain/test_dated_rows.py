from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.dated_rows import first_uncovered, row_on, stretches
from gateway.domain.rules import Row

D = date.fromisoformat

ROWS = (
    Row(since=D("2026-01-01"), value=Decimal(12)),
    Row(since=D("2026-07-01"), value=Decimal(13), until=D("2026-08-31")),
    Row(since=D("2026-10-01"), value=Decimal(14), until=D("2026-12-31")),
)


def test_a_row_holds_until_the_next_or_its_own_end() -> None:
    values = [
        row.value if (row := row_on(ROWS, D(day))) else None
        for day in ("2025-12-31", "2026-01-01", "2026-06-30", "2026-08-31", "2026-09-01")
    ]

    assert values == [None, 12, 12, 13, None]
    assert row_on(ROWS, D("2027-01-01")) is None
    assert row_on((), D("2026-01-01")) is None


def test_stretches_split_at_rows_and_show_gaps() -> None:
    found = [
        (str(start), str(end), row.value if row else None)
        for start, end, row in stretches(ROWS, D("2025-12-30"), D("2027-01-02"))
    ]

    assert found == [
        ("2025-12-30", "2025-12-31", None),
        ("2026-01-01", "2026-06-30", 12),
        ("2026-07-01", "2026-08-31", 13),
        ("2026-09-01", "2026-09-30", None),
        ("2026-10-01", "2026-12-31", 14),
        ("2027-01-01", "2027-01-02", None),
    ]


def test_nothing_is_yielded_for_an_empty_period() -> None:
    assert list(stretches(ROWS, D("2026-02-02"), D("2026-02-01"))) == []


def test_the_first_day_without_a_row_is_named() -> None:
    assert first_uncovered(ROWS, D("2026-02-01"), D("2026-08-31")) is None
    assert first_uncovered(ROWS, D("2026-02-01"), D("2026-12-01")) == D("2026-09-01")
    assert first_uncovered(ROWS, D("2026-12-01"), D("9999-12-31")) == D("2027-01-01")


DAYS = st.dates(D("2025-11-01"), D("2027-03-01"))


@given(st.lists(DAYS, unique=True, max_size=5), DAYS, DAYS, st.integers(0, 90))
def test_stretches_agree_with_asking_day_by_day(
    sinces: list[date], first: date, last: date, length: int
) -> None:
    rows = [
        Row(
            since=since,
            value=Decimal(number),
            until=date.fromordinal(since.toordinal() + length) if number % 2 else None,
        )
        for number, since in enumerate(sorted(sinces))
    ]

    days = {
        date.fromordinal(ordinal): row
        for start, end, row in stretches(rows, first, last)
        for ordinal in range(start.toordinal(), end.toordinal() + 1)
    }

    asked = map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
    assert days == {day: row_on(rows, day) for day in asked}
