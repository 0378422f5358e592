"""Killed at every boundary it passes, and again while it recovers, the gateway ends the same way.

::

    a play that nobody kills  ──────────────────────────────────> what all must end like
    killed at boundary 1, started again, played to its end  ──┐
    killed at boundary 2, …                                   ├─> the same books at Kravia, the
    … until a play ends before its boundary comes           ──┘   ledger and here: nothing lost,
    killed at boundary n, and at m while it recovers        ──┘   doubled, out of order, stuck
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.crash.matrix import Matrix, Played, open_matrix

SHARES = 8
"""Into how many tests the matrix is cut, so that they run side by side."""

WHOLE = os.environ.get("CRASH_MATRIX") == "whole"
KILL_AT_EVERY = 1 if WHOLE else 3
SECOND_KILL_AT_EVERY = 1 if WHOLE else 20
"""`make soak` kills at every boundary, and a second time for each; `make check` has less time."""

RECOVERY_BOUNDARIES = 40
"""Recovery proper (opening, taking leases back, the first turn) passes about so many."""

KINDS = Path(__file__).with_name("boundaries.txt")

Record = Callable[[str, object], None]


@pytest.fixture
async def matrix() -> AsyncIterator[Matrix]:
    async with open_matrix() as opened:
        yield opened


@pytest.mark.parametrize("share", range(1, SHARES + 1))
async def test_killed_at_every_boundary_the_books_end_as_if_nothing_had_happened(
    matrix: Matrix, share: int, record_property: Record
) -> None:
    unharmed = await matrix.play()
    points = 0
    for kill_at in range(share * KILL_AT_EVERY, 10_000, SHARES * KILL_AT_EVERY):
        played = await matrix.play(kill_at)
        ended_alike(played, unharmed, (kill_at,))
        if not played.deaths:
            break
        points += 1

    assert points > 0
    record_property("boundaries killed at", points)


@pytest.mark.parametrize("share", range(1, SHARES + 1))
async def test_killed_again_while_it_recovers_the_books_end_as_if_nothing_had_happened(
    matrix: Matrix, share: int, record_property: Record
) -> None:
    unharmed = await matrix.play()
    points = 0
    step = SHARES * SECOND_KILL_AT_EVERY
    for first in range(share * SECOND_KILL_AT_EVERY, unharmed.passed[0] + 1, step):
        second = 1 + (first * 7) % RECOVERY_BOUNDARIES
        played = await matrix.play(first, second)
        ended_alike(played, unharmed, (first, second))
        points += played.deaths == 2

    assert points > 0
    record_property("boundaries killed at again", points)


async def test_no_kind_of_boundary_has_gone_unnoticed(matrix: Matrix) -> None:
    played = await matrix.play()
    known = set(KINDS.read_text(encoding="utf-8").splitlines())
    gone = known - kinds(played)

    assert not gone, f"boundaries no longer passed, or renamed: mend {KINDS.name}: {sorted(gone)}"


def ended_alike(played: Played, unharmed: Played, killed_at: tuple[int, ...]) -> None:
    """Compare everybody's books with those of the play that nobody killed."""
    assert played.neighbours == unharmed.neighbours, f"killed at {killed_at}"
    assert played.seen == unharmed.seen, f"killed at {killed_at}"


def kinds(played: Played) -> set[str]:
    """The boundaries passed, each kind once; operations that shared a commit apart."""
    return {
        f"{moment}: {name}"
        for label in played.labels
        for moment, _, names in [label.partition(": ")]
        for name in names.split(" + ")
    }
