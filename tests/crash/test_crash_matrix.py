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
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import STORES, PostgresServer
from tests.crash.matrix import Matrix, NewDatabase, Played, open_matrix

WHOLE = os.environ.get("CRASH_MATRIX") == "whole"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """How much of the matrix is played on one store.

    `make soak` kills at every boundary, and a second time for each; `make check` has less time. On
    PostgreSQL a play takes several times as long, and what it shares with SQLite, which is all but
    the storage, is killed there.
    """

    shares: int
    """Into how many tests the matrix is cut, so that they run side by side."""
    kill_at_every: int
    second_kill_at_every: int

    @classmethod
    def of(cls, store: str) -> Sample:
        """Give the sample for a store."""
        if WHOLE:
            return cls(shares=8, kill_at_every=1, second_kill_at_every=1)
        if store == "sqlite":
            return cls(shares=8, kill_at_every=3, second_kill_at_every=20)
        return cls(shares=2, kill_at_every=13, second_kill_at_every=90)


SHARES = [(store, share) for store in STORES for share in range(1, Sample.of(store).shares + 1)]

RECOVERY_BOUNDARIES = 40
"""Recovery proper (opening, taking leases back, the first turn) passes about so many."""

PASSED_MIN = 310
"""Boundaries of a play that nobody kills: 318 on SQLite, some 330 on PostgreSQL, where it is chance
which operations share a commit. Fewer means that some are no longer found."""

Record = Callable[[str, object], None]


@pytest.fixture
def store(request: pytest.FixtureRequest) -> str:
    """The store of a share, or of the test itself."""
    return str(request.param)


@pytest.fixture
async def matrix(store: str, request: pytest.FixtureRequest) -> AsyncIterator[Matrix]:
    """The matrix on one store, each of its plays on a database of its own."""
    async with open_matrix(store, _databases(store, request)) as opened:
        yield opened


def _databases(store: str, request: pytest.FixtureRequest) -> NewDatabase:
    if store == "sqlite":  # in the folder of the play
        return lambda: nullcontext("sqlite:///gateway.db")
    server: PostgresServer = request.getfixturevalue("postgres")
    return partial(_copied, server, request.getfixturevalue("migrated_template"))


@contextmanager
def _copied(server: PostgresServer, template: str) -> Iterator[str]:
    name = server.create(template)
    yield server.url(name)
    server.drop(name)


@pytest.mark.parametrize(("store", "share"), SHARES, indirect=["store"])
async def test_killed_at_every_boundary_the_books_end_as_if_nothing_had_happened(
    matrix: Matrix, store: str, share: int, record_property: Record
) -> None:
    sample = Sample.of(store)
    unharmed = await matrix.play()
    points = 0
    step = sample.shares * sample.kill_at_every
    for kill_at in range(share * sample.kill_at_every, 10_000, step):
        played = await matrix.play(kill_at)
        ended_alike(played, unharmed, (kill_at,))
        if not played.deaths:
            break
        points += 1

    assert points > 0
    record_property(f"boundaries killed at, {store}", points)


@pytest.mark.parametrize(("store", "share"), SHARES, indirect=["store"])
async def test_killed_again_while_it_recovers_the_books_end_as_if_nothing_had_happened(
    matrix: Matrix, store: str, share: int, record_property: Record
) -> None:
    sample = Sample.of(store)
    unharmed = await matrix.play()
    points = 0
    step = sample.shares * sample.second_kill_at_every
    for first in range(share * sample.second_kill_at_every, unharmed.passed[0] + 1, step):
        second = 1 + (first * 7) % RECOVERY_BOUNDARIES
        played = await matrix.play(first, second)
        ended_alike(played, unharmed, (first, second))
        points += played.deaths == 2

    assert points > 0
    record_property(f"boundaries killed at again, {store}", points)


@pytest.mark.parametrize("store", STORES, indirect=True)
async def test_no_kind_of_boundary_has_gone_unnoticed(
    matrix: Matrix, store: str, record_property: Record
) -> None:
    played = await matrix.play()
    file = Path(__file__).with_name(f"boundaries-{store}.txt")
    known = set(file.read_text(encoding="utf-8").splitlines())
    gone = known - kinds(played)

    assert not gone, f"boundaries no longer passed, or renamed: mend {file.name}: {sorted(gone)}"
    assert len(played.labels) >= PASSED_MIN
    record_property(f"boundaries passed, {store}", len(played.labels))


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
