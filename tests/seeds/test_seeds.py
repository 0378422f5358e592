"""Whatever a seed draws, every promise is kept; and every kind of fault has struck."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.seeds.run import play
from tests.seeds.weather import KINDS

FIRST = int(os.environ.get("SEEDS_FIRST", "1"))
SEEDS = int(os.environ.get("SEEDS", "200"))
"""As many as `make check` has time for; `make soak` plays any number."""

SEEDS_FOR_EVERY_KIND = 100
"""Within so many seeds each kind of fault must strike; fewer prove less, and need not."""

SHARES = 10
"""Into how many tests the seeds are cut, so that they run side by side."""


@pytest.fixture(scope="session")
def tally(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the workers of one test run have in common."""
    base = tmp_path_factory.getbasetemp()
    folder = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    found = folder / f"seeds-{os.environ.get('PYTEST_XDIST_TESTRUNUID', 'alone')}"
    found.mkdir(exist_ok=True)
    return found


@pytest.mark.parametrize("share", range(SHARES))
def test_no_seed_loses_doubles_reorders_or_leaves_anything_stuck(
    share: int, tally: Path, record_property: Callable[[str, object], None]
) -> None:
    fired: Counter[str] = Counter()
    for seed in range(FIRST + share, FIRST + SEEDS, SHARES):
        ended = play(seed)
        fired += ended.fired

        assert ended.violations == (), f"again: python -m tests.seeds.run {seed}"

    (tally / f"{share}.json").write_text(json.dumps(fired))
    record_property("seeds played", len(range(FIRST + share, FIRST + SEEDS, SHARES)))
    if SEEDS >= SEEDS_FOR_EVERY_KIND:
        every_kind_has_struck(tally)


def every_kind_has_struck(tally: Path) -> None:
    """Look, where this was the last share, at what all of them met."""
    shares = list(tally.glob("*.json"))
    if len(shares) < SHARES:
        return
    struck = sum((Counter(json.loads(each.read_text())) for each in shares), Counter[str]())

    never = KINDS - set(struck)
    assert not never, f"these never struck, so that nothing was tried: {sorted(never)}"
    assert set(struck) <= KINDS


def test_a_kind_of_fault_that_never_struck_fails_the_run(tmp_path: Path) -> None:
    fired = dict.fromkeys(KINDS, 1)
    for share in range(SHARES):
        (tmp_path / f"{share}.json").write_text(json.dumps(fired | {"clock: stepped": 0}))

    with pytest.raises(AssertionError, match="clock: stepped"):
        every_kind_has_struck(tmp_path)


def test_a_seed_is_one_run_always() -> None:
    first, again = play(FIRST), play(FIRST)

    assert first == again
