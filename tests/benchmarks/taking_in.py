"""What it costs to store a webhook before it is answered, and what a slow disk does to it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.outside import send_all
from tests.benchmarks.signed_webhooks import requests
from tests.benchmarks.under_test import Row, at_least, inside

CONNECTIONS = 64
REQUESTS = 20_000
WARM_UP = 2_000
ROUNDS = 3
RATIO_MIN = 0.70
"""What durable ingest must reach of the bare handler: storing may cost less than answering."""

SLOW_COMMIT_MS = 150
SLOW_CONNECTIONS = 512
SLOW_REQUESTS = 10_000
SLOW_MIN = 1_000
"""Requests a second that a disk so slow must still let through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """One run of an endpoint."""

    per_second: float
    """Requests by the wall clock: what a client gets, bound by whichever end is slower."""
    processor_us: float
    """The server's own processor time for a request, in microseconds: what the code costs."""
    events_per_commit: float


async def ingest(
    what: str, disk: Path, *, connections: int = CONNECTIONS, count: int = REQUESTS
) -> Ingest:
    """Send the same load to the ``bare``, the ``durable`` or the ``slow`` endpoint."""
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        async with inside(what, Path(folder)) as server:
            now = datetime.now(UTC)
            warm_up = requests(WARM_UP, first=1, now=now)
            load = requests(count, first=1 + WARM_UP, now=now)
            await send_all(server.port, warm_up, connections=connections)
            seconds = await send_all(server.port, load, connections=connections)
            last = await server.end()
    return Ingest(
        per_second=count / seconds,
        processor_us=1e6 * last["processor_seconds"] / (WARM_UP + count),
        events_per_commit=last.get("events_per_commit", 0.0),
    )


async def ingest_rows(disk: Path) -> list[Row]:
    """What storing costs, by both clocks; the best of ``ROUNDS``."""
    bare, durable = [], []
    for _ in range(ROUNDS):
        bare.append(await ingest("bare", disk))
        durable.append(await ingest("durable", disk))
    return _compared(bare, durable)


def _compared(bare: Sequence[Ingest], durable: Sequence[Ingest]) -> list[Row]:
    rates = [max(run.per_second for run in runs) for runs in (bare, durable)]
    costs = [min(run.processor_us for run in runs) for runs in (bare, durable)]
    by_wall, by_processor = rates[1] / rates[0], costs[0] / costs[1]
    verdict = at_least(by_processor, RATIO_MIN)
    return [
        (f"bare handler, {CONNECTIONS} connections", f"{rates[0]:,.0f} requests/s"),
        (f"durable ingest, {CONNECTIONS} connections", f"{rates[1]:,.0f} requests/s"),
        ("ratio by wall clock", f"{by_wall:.2f}"),
        ("bare handler, processor time", f"{costs[0]:,.0f} µs a request"),
        ("durable ingest, processor time", f"{costs[1]:,.0f} µs a request"),
        (f"ratio by processor time (at least {RATIO_MIN:.2f}: {verdict})", f"{by_processor:.2f}"),
        ("events per commit in durable ingest", f"{durable[-1].events_per_commit:,.0f}"),
    ]


async def slow_commit_rows(disk: Path) -> list[Row]:
    """Ingest while every commit takes ``SLOW_COMMIT_MS`` longer; anything but 202 fails the run."""
    run = await ingest("slow", disk, connections=SLOW_CONNECTIONS, count=SLOW_REQUESTS)
    verdict = at_least(run.per_second, SLOW_MIN)
    what = f"commit {SLOW_COMMIT_MS} ms slower, {SLOW_CONNECTIONS} connections: ingest, all 202"
    return [
        (f"{what} (at least {SLOW_MIN:,}: {verdict})", f"{run.per_second:,.0f} requests/s"),
        ("the same, processor time", f"{run.processor_us:,.0f} µs a request"),
        ("the same, events per commit", f"{run.events_per_commit:,.0f}"),
    ]
