"""Slots are shared so that nobody is kept waiting by a long line or by a receiver that hangs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from outbox.turns import Course, Line, Waiting, open_course, share

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOT, COLD = Line("hot", "register"), Line("cold", "register")


def waiting(*lines: Line) -> list[Waiting]:
    """The first of them has waited longest, by an hour each."""
    return [Waiting(line=line, due_at=NOW + timedelta(hours=n)) for n, line in enumerate(lines)]


def test_who_waits_longest_gets_the_odd_slot() -> None:
    assert dict(share(waiting(HOT, COLD), 3, open_course, {})) == {HOT: 2, COLD: 1}


def test_what_runs_already_counts() -> None:
    assert dict(share(waiting(HOT, COLD), 3, open_course, {HOT: 3})) == {COLD: 3}


def test_a_ceiling_leaves_slots_free_for_who_comes_next() -> None:
    def course_of(line: Line) -> Course:
        return Course(groups=(("all", 8), (line.scope, 6)))

    assert share(waiting(HOT), 8, course_of, {}) == [(HOT, 6)]
    assert share(waiting(HOT), 2, course_of, {HOT: 6}) == []
    assert share(waiting(HOT, COLD), 2, course_of, {HOT: 6}) == [(COLD, 2)]


def test_what_rests_gets_none() -> None:
    def course_of(line: Line) -> Course:
        return Course(rest_seconds=1.0 if line == HOT else 0.0)

    assert share(waiting(HOT, COLD), 4, course_of, {}) == [(COLD, 4)]


def test_one_ceiling_holds_over_several_lines() -> None:
    def course_of(_line: Line) -> Course:
        return Course(groups=(("probe", 1),))

    assert len(share(waiting(HOT, COLD), 4, course_of, {})) == 1


@given(
    st.sets(st.sampled_from([Line(s, k) for s in "abc" for k in "xy"]), min_size=1),
    st.integers(0, 20),
    st.integers(1, 10),
)
def test_all_slots_are_used_and_no_group_exceeds_its_ceiling(
    lines: set[Line], free: int, most: int
) -> None:
    def course_of(line: Line) -> Course:
        return Course(groups=((line.scope, most),))

    shares = dict(share(waiting(*sorted(lines)), free, course_of, {}))
    scopes = {line.scope for line in lines}
    by_scope = {s: sum(n for line, n in shares.items() if line.scope == s) for s in scopes}
    assert sum(shares.values()) == min(free, most * len(scopes))
    assert max(by_scope.values()) - min(by_scope.values()) <= 1
