"""Events kept durably per second, by 64 callers that each wait for their answer.

Run from the project's folder as ``python -m tests.benchmarks.ingest_storage [records] [folder]``.
The folder decides which disk is measured; the figure counts the whole path from ``inbox.record`` to
its answer, on one event loop.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from gateway.storage import inbox
from gateway.storage.database import Database
from gateway.storage.seal import PlainSeal

CALLERS = 64
BODY_BYTES = 1_500  # a whole invoice.overdue body of the contract
RECEIVED_AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


async def measure(records: int, folder: Path) -> dict[str, float]:
    """Record so many events; gives records per second, seconds, and the mean group size."""
    seal = PlainSeal(b"benchmark-token-key")
    groups: list[int] = []
    numbers = iter(range(records))
    url = f"sqlite:///{folder / 'ingest.db'}"
    async with await Database.open(
        url, group_observer=lambda ops, *_: groups.append(ops)
    ) as database:
        await inbox.record(database, seal, _event(-1))
        groups.clear()
        started = time.perf_counter()
        await asyncio.gather(*(_caller(database, seal, numbers) for _ in range(CALLERS)))
        seconds = time.perf_counter() - started
    return {
        "records_per_second": records / seconds,
        "seconds": seconds,
        "records_per_group": records / len(groups),
    }


async def _caller(database: Database, seal: PlainSeal, numbers: Iterator[int]) -> None:
    for number in numbers:
        recorded = await inbox.record(database, seal, _event(number))
        if recorded.outcome != "recorded":
            raise RuntimeError(f"event {number} was {recorded.outcome}")


def _event(number: int) -> inbox.NewEvent:
    return inbox.NewEvent(
        creditor_id="acme",
        webhook_id=f"msg-{number}",
        type="invoice.overdue",
        invoice_id=f"inv-{number}",
        body=f'{{"number": {number:>12}}}'.encode().ljust(BODY_BYTES),
        received_at=RECEIVED_AT,
        outcome="recorded",
    )


def main() -> None:
    """Print the figures as one line of ``name=value`` pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("records", type=int, nargs="?", default=50_000)
    parser.add_argument("folder", type=Path, nargs="?", default=None)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        figures = uvloop.run(measure(arguments.records, Path(folder)))
    text = " ".join(f"{name}={value:,.1f}" for name, value in figures.items())
    sys.stdout.write(f"ingest_storage {text}\n")


if __name__ == "__main__":
    main()
