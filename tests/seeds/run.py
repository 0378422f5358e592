"""Plays seeds: ``python -m tests.seeds.run FIRST [HOW_MANY]``; a seed is one run, always."""

from __future__ import annotations

import asyncio
import logging
import random
import shutil
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import structlog

from gateway.storage.sqlite_file import connect_writer, prepare_writer
from tests.seeds import virtual_loop
from tests.seeds.life import Life
from tests.seeds.universe import REST_SECONDS, RESTS_MAX, Universe
from tests.seeds.verdict import is_at_rest, violations
from tests.seeds.weather import KINDS

MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - nothing is kept there
"""A real file system without a disk: what a disk may do is drawn, not waited for."""

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How one seed ended: sentences, none where every promise was kept; faults that struck."""

    seed: int
    violations: tuple[str, ...]
    fired: Counter[str]


def play(seed: int) -> Ended:
    """Play one seed."""
    random.seed(seed)  # what libraries draw from, such as the waits between two reads
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        folder = Path(name)
        shutil.copy(_migrated(), folder / "gateway.db")
        return virtual_loop.run(_play(seed, folder), random.Random(f"{seed}/order"))  # noqa: S311


async def _play(seed: int, folder: Path) -> Ended:
    universe = Universe(seed, folder)
    ended = asyncio.Event()
    serving = asyncio.create_task(universe.serve(ended))
    life = Life(universe)
    await life.happen()
    universe.calm()
    await life.all_told()
    for _ in range(RESTS_MAX):
        universe.witness()
        await virtual_loop.pass_time(REST_SECONDS)
        if is_at_rest(universe):
            break
    found = violations(universe)
    ended.set()
    await serving
    return Ended(seed=seed, violations=tuple(found), fired=universe.fired)


@cache
def _migrated() -> Path:
    """An empty database of this release: every seed begins with a copy."""
    path = Path(tempfile.mkdtemp(dir=MEMORY)) / "empty.db"
    raw = connect_writer(path)
    prepare_writer(raw, path)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.close()
    return path


def main(first: int, how_many: int) -> int:
    """Play so many seeds and say what they found; the exit code."""
    fired: Counter[str] = Counter()
    failed = 0
    for seed in range(first, first + how_many):
        ended = play(seed)
        fired += ended.fired
        for sentence in ended.violations:
            sys.stdout.write(f"seed {seed}: {sentence}\n")
        failed += bool(ended.violations)
    for kind in sorted(KINDS | set(fired)):
        sys.stdout.write(f"{fired[kind]:8} {kind}\n")
    sys.stdout.write(f"{how_many} seeds from {first}: {failed} failed\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 1))
