"""``make bench``: how fast webhooks are taken in and handed over, as one table.

::

    core 0   what is measured: aiohttp on uvloop, its SQLite threads included
    core 1   this process: the load over raw sockets, the stubs of Kravia and the ledger, and
             the PostgreSQL server

By the wall a figure is what a client sees; by processor time it is what the code costs, and can be
compared where others share the machine. Of several rounds the best is shown: what disturbs a run
only ever slows it down. docs/performance.md says what each figure means and what to expect.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import MappingProxyType

import uvloop
from rich.console import Console
from rich.table import Table

from tests.benchmarks import handing_over, queue_of_peer, replays, started, taking_in
from tests.benchmarks.console_pages import page_rows
from tests.benchmarks.held_claims import FILE
from tests.benchmarks.list_pages import ROWS as ROWS_LISTED
from tests.benchmarks.list_pages import slowest_page_ms
from tests.benchmarks.outside import Stub
from tests.benchmarks.under_test import (
    Row,
    at_least,
    at_most,
    figures,
    inside,
    percentile,
    postgresql,
    stay_outside,
)

ROWS = 1_000_000
IN_FLIGHT = 100_000
DUE_SHARE = 100  # of the held, one in so many is due: 10,000 of a million
STORAGE_RECORDS = 40_000
PEER_JOBS = 5_000
SYNCS = 200
CLOCK_SECONDS_MAX = 60
"""For a morning's holds: the day's registers should be on their way well before noon."""
LEASE_MAX = 1.5
PEER_MIN = 0.7
"""What webhook to registered on SQLite should do of pgqueuer's enqueue to delivered."""


@dataclass(slots=True, kw_only=True)
class Run:
    """One run of the bench: its options, and what parts leave for later ones."""

    disk: Path
    rows: int
    in_flight: int
    scratch: contextlib.AsyncExitStack
    filled: Path | None = None
    path: handing_over.HandOver | None = None
    failed: list[str] = field(default_factory=list)

    @property
    def due(self) -> int:
        """How many of the held claims are due."""
        return self.rows // DUE_SHARE

    async def folder_of_held(self) -> Path:
        """A folder with a database of ``rows`` held claims, made when first asked for."""
        if self.filled is None:
            folder = Path(self.scratch.enter_context(tempfile.TemporaryDirectory(dir=self.disk)))
            held, due = str(self.rows), str(self.due)
            await figures("clock_run", held, due, str(folder), "--only-fill")
            self.filled = folder
        return self.filled


async def _hand_over(run: Run) -> list[Row]:
    run.path = await handing_over.hand_over(run.disk)
    return handing_over.file_rows(run.path)


async def _replay(run: Run) -> list[Row]:
    """A replay in a gateway of its own, with live traffic and without."""
    stub = Stub()
    remotes_port = await stub.listen()
    with tempfile.TemporaryDirectory(dir=run.disk) as name:
        folder = Path(name)
        async with inside("gateway", folder, str(remotes_port)) as server:
            socket = folder / "gateway.db.sock"
            found = await replays.measure(server.port, server.ahead, stub, socket, first=1)
            await server.end()
    if stub.repeated:
        raise RuntimeError(f"{stub.repeated} claims were registered twice")
    return replays.verdicts(found, partial(percentile, share=0.99))


async def _postgresql(run: Run) -> list[Row]:
    with postgresql(run.disk) as url:
        shared = await handing_over.hand_over(run.disk, url)
    return handing_over.shared_rows(shared, run.path)


async def _peer(run: Run) -> list[Row]:
    """The same machine, PostgreSQL and stub with pgqueuer on them."""
    if not queue_of_peer.is_installed():
        return [("pgqueuer", "not installed: .tools/bin/uv sync --group bench")]
    stub = Stub()
    port = await stub.listen()
    with postgresql(run.disk) as url:
        found = await figures("queue_of_peer", url, str(port), str(PEER_JOBS))
    if len(stub.registered) < PEER_JOBS:
        raise RuntimeError(f"only {len(stub.registered)} of pgqueuer's jobs arrived")
    per_second = found["delivered_per_second"]
    rows = [
        ("pgqueuer: bare enqueue", f"{found['enqueued_per_second']:,.0f} jobs/s"),
        ("pgqueuer: bare enqueue to delivered", f"{per_second:,.0f} jobs/s"),
        ("the same, processor time", f"{found['delivered_processor_us'] / 1000:,.2f} ms a job"),
    ]
    if run.path is not None:
        ratio = run.path.registered_per_second / per_second
        verdict = at_least(ratio, PEER_MIN)
        rows.append(
            (f"ours on SQLite ÷ pgqueuer's (at least {PEER_MIN}: {verdict})", f"{ratio:.2f}")
        )
    return rows


async def _storage(run: Run) -> list[Row]:
    """Records per second of the inbox without HTTP."""
    storage = await figures("ingest_storage", str(STORAGE_RECORDS), str(run.disk))
    return [
        ("storage alone, 64 callers", f"{storage['records_per_second']:,.0f} records/s"),
        ("storage alone, records per commit", f"{storage['records_per_group']:,.0f}"),
    ]


async def _lists(run: Run) -> list[Row]:
    page_ms = await slowest_page_ms(run.disk)
    return [(f"slowest page of a list, {ROWS_LISTED:,} rows behind it", f"{page_ms:,.1f} ms")]


async def _decisions(_run: Run) -> list[Row]:
    found = await figures("decisions")
    return [("decisions on a mixed set", f"{found['decisions_per_second']:,.0f} /s")]


async def _memory(run: Run) -> list[Row]:
    return await started.memory_rows(await run.folder_of_held(), run.rows)


async def _clock(run: Run) -> list[Row]:
    folder = await run.folder_of_held()
    clock = await figures("clock_run", str(run.rows), str(run.due), str(folder), "--filled")
    return [
        (
            (
                f"clock: {run.due:,} due among {run.rows:,} held (at most {CLOCK_SECONDS_MAX} s:"
                f" {at_most(clock['clock_seconds'], CLOCK_SECONDS_MAX)})"
            ),
            f"{clock['clock_seconds']:,.1f} s",
        ),
        ("the same, processor time", f"{clock['clock_processor_seconds']:,.1f} s"),
        ("forecast over all of them", f"{clock['forecast_per_second']:,.0f} claims/s"),
        ("memory the forecast adds", f"{clock['forecast_added_mb']:,.0f} MB"),
        ("most memory in use meanwhile (RSS)", f"{clock['peak_rss_mb']:,.0f} MB"),
    ]


async def _lease(run: Run) -> list[Row]:
    """On the database of held claims if there is one, else on one of messages alone."""
    with tempfile.TemporaryDirectory(dir=run.disk) as name:
        file = (run.filled or Path(name)) / FILE
        found = await figures("lease_cost", str(run.rows), str(file))
    ratio = found["own_p99_ratio"]
    return [
        (
            "lease of 8, p99, processor time, empty / full",
            f"{found['own_p99_us_empty']:,.0f} / {found['own_p99_us_full']:,.0f} µs",
        ),
        (
            (
                f"lease p99, {run.rows:,} rows pending ÷ empty, processor time"
                f" (at most {LEASE_MAX}: {at_most(ratio, LEASE_MAX)})"
            ),
            f"{ratio:.2f}",
        ),
        ("the same by the wall; p50 by processor time", _two(found, "wall_p99", "own_p50")),
    ]


def _two(found: Mapping[str, float], *names: str) -> str:
    return " / ".join(f"{found[f'{name}_ratio']:.2f}" for name in names)


async def _sync(run: Run) -> list[Row]:
    """The median time of one 4 KiB write and fsync on the disk that is measured."""
    taken = []
    with tempfile.TemporaryFile(dir=run.disk) as file:
        for _ in range(SYNCS):
            before = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            taken.append(1000 * (time.perf_counter() - before))
    return [("4 KiB write and fsync, median", f"{statistics.median(taken):,.2f} ms")]


Part = Callable[[Run], Awaitable[list[Row]]]

PARTS: Mapping[str, Part] = MappingProxyType(
    {
        "ingest": lambda run: taking_in.ingest_rows(run.disk),
        "slow-commit": lambda run: taking_in.slow_commit_rows(run.disk),
        "handover": _hand_over,
        "replay": _replay,
        "postgresql": _postgresql,
        "pgqueuer": _peer,
        "storage": _storage,
        "lists": _lists,
        "pages": lambda run: page_rows(run.disk, run.rows),
        "decisions": _decisions,
        "start": lambda run: started.start_rows(run.disk),
        "killed": lambda run: started.killed_rows(run.disk, run.in_flight),
        "growth": lambda run: started.growth_rows(run.disk, run.in_flight),
        # On one database, in this order: nothing is due yet; the due are decided; messages added.
        "memory": _memory,
        "clock": _clock,
        "lease": _lease,
        "sync": _sync,
    }
)


async def measure(names: Sequence[str], run: Run, console: Console) -> list[Row]:
    """Measure these parts; gives (what, figure) rows."""
    rows: list[Row] = []
    for name, part in PARTS.items():
        if name in names:
            began = time.perf_counter()
            console.print(f"{name} ...", style="dim", end=" ")
            try:
                rows += await part(run)
            except Exception as error:  # noqa: BLE001 - the other figures are wanted all the same
                run.failed.append(name)
                rows.append((name, f"FAILED: {type(error).__name__} {error}"))
            console.print(f"{time.perf_counter() - began:.0f} s", style="dim")
    return rows


async def _all(options: argparse.Namespace, console: Console) -> tuple[list[Row], Run]:
    async with contextlib.AsyncExitStack() as scratch:
        run = Run(
            disk=options.disk.resolve(),
            rows=options.rows,
            in_flight=options.in_flight or max(300, min(IN_FLIGHT, options.rows // 10)),
            scratch=scratch,
        )
        return await measure(options.only or list(PARTS), run, console), run


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="make bench",
        usage='make bench ARGS="[option ...]"',
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description=__doc__,
        epilog='example: make bench ARGS="--only lease memory --rows 100000 --disk /mnt/data"',
    )
    parser.add_argument(
        "--disk",
        type=Path,
        default=Path(tempfile.gettempdir()),
        help="a folder on the disk to measure, with 14 GB free for a million rows",
    )
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, metavar="PART", help=f"of {', '.join(PARTS)}"
    )
    parser.add_argument(
        "--rows",
        type=int,
        default=ROWS,
        help=f"held claims, and messages beside them ({ROWS:,})",
    )
    parser.add_argument(
        "--in-flight",
        type=int,
        help=f"registers in flight after a kill, and waiting in growth (rows / 10: {IN_FLIGHT:,})",
    )
    return parser.parse_args()


def main() -> None:
    """Measure, and print the table."""
    options = _options()
    stay_outside()
    console = Console(width=110)
    began = time.perf_counter()
    rows, run = uvloop.run(_all(options, console))
    table = Table("What", "Figure", title="Kravia gateway, one core for the server")
    table.columns[1].justify = "right"
    for row in rows:
        table.add_row(*row)
    console.print(table)
    load = os.getloadavg()[2]
    console.print(
        f"{time.perf_counter() - began:.0f} s, load {load:.1f}; what it means: docs/performance.md"
    )
    if run.failed:
        sys.exit(f"failed: {', '.join(run.failed)}")


if __name__ == "__main__":
    main()
