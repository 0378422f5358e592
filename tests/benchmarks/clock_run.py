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
from gateway.settings import Settings
from gateway.storage import claims
from gateway.workers import clock
from tests.benchmarks.held_claims import CREDITOR, fill
from tests.benchmarks.signed_webhooks import SECRET_TEXT

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)  # half past ten in Oslo: after the bank's files


async def measure(held: int, due: int, folder: Path) -> dict[str, float]:
    """Fill the database, run the clock, walk the forecast; seconds and megabytes."""
    document = {
        "database": {"url": f"sqlite:///{folder / 'gateway.db'}"},
        "kravia": {"token": "env:TOKEN"},
        "creditors": {
            CREDITOR: {
                "kravia_creditor_id": 10759,
                "webhook_secrets": ["env:SECRET"],
                "ledger": {"kind": "webhook", "url": "http://127.0.0.1:1", "secret": "env:SECRET"},
            }
        },
    }
    settings = Settings.build(document, {"SECRET": SECRET_TEXT, "TOKEN": "t"}, base=folder)
    started = time.perf_counter()
    async with open_gateway(settings, clock=lambda: NOW) as gateway:
        await fill(gateway, folder / "gateway.db", held=held, due=due, now=NOW)
    filled = time.perf_counter()
    async with open_gateway(settings, clock=lambda: NOW) as gateway:
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
        "fill_seconds": filled - started,
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
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        figures = uvloop.run(measure(arguments.held, arguments.due, Path(folder)))
    text = " ".join(f"{name}={value:,.1f}" for name, value in figures.items())
    sys.stdout.write(f"clock_run {text}\n")


if __name__ == "__main__":
    main()
