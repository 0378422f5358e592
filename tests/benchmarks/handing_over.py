"""Webhook to register and to the ledger, through the whole gateway: latency, burst, cost."""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.benchmarks.outside import Stub, scrape, send_all
from tests.benchmarks.signed_webhooks import requests
from tests.benchmarks.taking_in import CONNECTIONS
from tests.benchmarks.under_test import Row, at_least, at_most, inside, percentile

CLAIMS = 1_500
IDLE_SAMPLES = 200
PER_SECOND_MIN = 1_000
COMMITS_MAX = 1.0
IDLE_P50_MAX_MS, IDLE_P99_MAX_MS = 10, 50
SHARED_MIN = 0.6
"""What PostgreSQL should do of SQLite's figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver:
    """What the whole path was measured to do."""

    registered_per_second: float
    told_per_second: float
    processor_ms: float
    """The gateway's own processor time for a claim of the burst, in milliseconds."""
    commits: float
    """Commits for a claim of the burst."""
    idle_ms: tuple[float, ...]


async def hand_over(disk: Path, *url: str) -> HandOver:
    """Webhook to register through the whole gateway: first one at a time, then all at once.

    On a SQLite file of its own, or on the database at ``url``.
    """
    stub = Stub()
    remotes_port = await stub.listen()
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        async with inside("gateway", Path(folder), str(remotes_port), *url) as server:
            now = datetime.now(UTC) + server.ahead
            idle = []
            for known, request in enumerate(requests(IDLE_SAMPLES, first=1, now=now), 1):
                await send_all(server.port, [request], connections=1)
                answered = time.perf_counter()
                await stub.holds(stub.registered, known)
                idle.append(1000 * (max(stub.registered.values()) - answered))
                await stub.holds(stub.told, known)
            load = requests(CLAIMS, first=1 + IDLE_SAMPLES, now=now)
            before = await scrape(server.port)
            started = time.perf_counter()
            await send_all(server.port, load, connections=CONNECTIONS)
            await stub.holds(stub.told, IDLE_SAMPLES + CLAIMS)
            after = await scrape(server.port)
            await server.end()
    spent, commits = (
        after[name] - before[name]
        for name in ("process_cpu_seconds_total", "gateway_commit_seconds_count")
    )
    if stub.repeated:
        raise RuntimeError(f"{stub.repeated} claims were registered twice")
    return HandOver(
        registered_per_second=CLAIMS / (max(stub.registered.values()) - started),
        told_per_second=CLAIMS / (max(stub.told.values()) - started),
        processor_ms=1000 * spent / CLAIMS,
        commits=commits / CLAIMS,
        idle_ms=tuple(idle),
    )


def file_rows(path: HandOver) -> list[Row]:
    """The path on a SQLite file."""
    p50, p99 = (percentile(path.idle_ms, share) for share in (0.5, 0.99))
    fast = at_least(path.registered_per_second, PER_SECOND_MIN)
    few = at_most(path.commits, COMMITS_MAX)
    return [
        (
            f"webhook to registered at Kravia (at least {PER_SECOND_MIN:,}: {fast})",
            f"{path.registered_per_second:,.0f} claims/s",
        ),
        ("webhook to told to the ledger", f"{path.told_per_second:,.0f} claims/s"),
        ("webhook to told, processor time", f"{path.processor_ms:,.2f} ms a claim"),
        (
            f"webhook to told, commits (at most {COMMITS_MAX:.0f}: {few})",
            f"{path.commits:,.2f} a claim",
        ),
        (
            (
                "idle: 202 to the register request, p50"
                f" (at most {IDLE_P50_MAX_MS}: {at_most(p50, IDLE_P50_MAX_MS)})"
            ),
            f"{p50:,.1f} ms",
        ),
        (
            (
                "idle: 202 to the register request, p99"
                f" (at most {IDLE_P99_MAX_MS}: {at_most(p99, IDLE_P99_MAX_MS)})"
            ),
            f"{p99:,.1f} ms",
        ),
    ]


def shared_rows(server: HandOver, file: HandOver | None) -> list[Row]:
    """What the same path does with its database on a PostgreSQL server, and beside SQLite's."""
    rows = [
        ("PostgreSQL: webhook to registered", f"{server.registered_per_second:,.0f} claims/s"),
        ("PostgreSQL: processor time", f"{server.processor_ms:,.2f} ms a claim"),
        ("PostgreSQL: 202 to register, p50", f"{percentile(server.idle_ms, 0.5):,.1f} ms"),
        ("PostgreSQL: 202 to register, p99", f"{percentile(server.idle_ms, 0.99):,.1f} ms"),
    ]
    if file is not None:
        ratio = server.registered_per_second / file.registered_per_second
        verdict = at_least(ratio, SHARED_MIN)
        rows.append((f"PostgreSQL ÷ SQLite (at least {SHARED_MIN:.1f}: {verdict})", f"{ratio:.2f}"))
    return rows
