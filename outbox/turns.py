"""Whose turn it is: how the free slots are shared among those who wait, as a pure function.

Messages of one scope and one kind wait in one line. A line's course says what its messages count
against (several groups, each with a ceiling) and whether its receiver takes any now. Slots go one
by one to the line whose groups hold the fewest, so neither a long line nor a receiver that hangs
keeps the others waiting; a receiver at rest costs nothing, for its lines are not even looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Line:
    """Messages that go the same way, for the same owner."""

    scope: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A line, and when its first message is due."""

    line: Line
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How a line may be worked on now.

    ``groups``: (name, messages at once at most), the narrowest last. ``rest_seconds``: how long its
    receiver takes nothing.
    """

    groups: tuple[tuple[str, int], ...] = ()
    rest_seconds: float = 0.0


CourseOf = Callable[[Line], Course]


def open_course(line: Line) -> Course:
    """No ceiling and no rest: lines share by their scope alone."""
    return Course(groups=((line.scope, 1_000_000),))


def share(
    lines: Iterable[Waiting], free: int, course_of: CourseOf, busy: Mapping[Line, int]
) -> list[tuple[Line, int]]:
    """Share ``free`` slots among lines with something due; ``busy`` is what runs already.

    Each line is taken to wait without end: what it leaves over is shared in the next round.
    """
    courses = {each.line: course_of(each.line) for each in lines}
    due_at = {each.line: each.due_at for each in lines}
    held: Counter[str] = Counter()
    for line, count in busy.items():
        for name, _ in (courses.get(line) or course_of(line)).groups:
            held[name] += count
    given: Counter[Line] = Counter()
    for _ in range(free):
        open_lines = [
            line
            for line, course in courses.items()
            if course.rest_seconds <= 0 and all(held[name] < most for name, most in course.groups)
        ]
        if not open_lines:
            break
        chosen = min(
            open_lines,
            key=lambda line: (
                tuple(held[name] for name, _ in reversed(courses[line].groups)),
                given[line],
                due_at[line],
                line,
            ),
        )
        given[chosen] += 1
        for name, _ in courses[chosen].groups:
            held[name] += 1
    return list(given.items())
