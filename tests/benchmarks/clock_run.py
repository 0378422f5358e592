"""The clock's run on a morning when 10,000 of a million held claims are due; no remote is called.

Run from the project's folder as ``python -m tests.benchmarks.clock_run [held] [due] [folder]``.
Counted is from the first look for due claims until every one is decided and its register queued,
on real SQLite, durably; by the wall and by processor time, for where others share the machine.
Also told: how fast the forecast walks all claims, its memory, and the most memory that was in use.
"""

from __future__ import annotations

import argparse
import resource
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from gateway.app import open_gateway
from gateway.operations.forecast import cases_forecast
from gateway.storage import claims
from gateway.workers import clock
from tests.benchmarks.held_claims import FILE, fill, settings

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # half past ten in Oslo: after the bank's files


async def fill_folder(held: int, due: int, folder: Path) -> float:
    """Make the database; gives how many seconds that took."""
    started = time.perf_counter()
    async with open_gateway(settings(folder), clock=lambda: NOW) as gateway:
        await fill(gateway, folder / FILE, held=held, due=due, now=NOW)
    return time.perf_counter() - started


async def measure(held: int, due: int, folder: Path) -> dict[str, float]:
    """Run the clock on a database that is filled, walk the forecast; seconds and megabytes."""
    async with open_gateway(settings(folder), clock=lambda: NOW) as gateway:
        began, began_processor = time.perf_counter(), time.process_time()
        while await clock.run_once(gateway, NOW):
            pass
        ran, ran_processor = time.perf_counter(), time.process_time()
        counted = await gateway.database.read(claims.counts)
        if counted.get("sending") != due:
            raise RuntimeError(f"not all that were due are on their way: {counted}")
        before_mb = _memory_mb()
        forecast_began = time.perf_counter()
        await cases_forecast(gateway, {}, "bench")
        forecast_seconds = time.perf_counter() - forecast_began
    return {
        "clock_seconds": ran - began,
        "clock_processor_seconds": ran_processor - began_processor,
        "forecast_seconds": forecast_seconds,
        "forecast_per_second": held / forecast_seconds,
        "forecast_added_mb": _memory_mb() - before_mb,
        "peak_rss_mb": _memory_mb(),
    }


def _memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the figures as one line of ``name=value`` pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("held", type=int, nargs="?", default=1_000_000)
    parser.add_argument("due", type=int, nargs="?", default=10_000)
    parser.add_argument("folder", type=Path, nargs="?", default=None)
    parser.add_argument("--filled", action="store_true", help="the folder holds such a database")
    parser.add_argument("--only-fill", action="store_true", help="make it there, and leave it")
    arguments = parser.parse_args()
    held, due = arguments.held, arguments.due
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = arguments.folder if arguments.filled or arguments.only_fill else Path(name)
        found = {}
        if not arguments.filled:
            found["fill_seconds"] = uvloop.run(fill_folder(held, due, folder))
        if not arguments.only_fill:
            found |= uvloop.run(measure(held, due, folder))
    text = " ".join(f"{name}={value:,.1f}" for name, value in found.items())
    sys.stdout.write(f"clock_run {text}\n")


if __name__ == "__main__":
    main()
