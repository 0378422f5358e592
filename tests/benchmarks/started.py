"""``serve`` as it is installed, on databases of many rows: start, memory, work after SIGKILL.

::

    empty        a new folder: from the program's start until ``/health/ready`` answers 200
    killed       so many registers in flight, a third each in doubt, leased and pending: from the
                 program's start until the first register arrives; then it is killed by SIGKILL
                 and started again
    memory       a million held claims, nothing due: resident when ready, and after the clock's look
    growth       the time a register takes with so many waiting, and with ten times as many
"""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from gateway.app import open_gateway
from outbox.message import MessageState
from tests.acceptance.programs import AHEAD, Program, environ, moved, running, simulated_now
from tests.benchmarks.held_claims import ENVIRON, FILE, fill_in_flight, settings
from tests.benchmarks.outside import PATIENCE_SECONDS, Stub, get, scrape
from tests.benchmarks.under_test import Row, at_most, cores

STARTS = 5
START_MAX_SECONDS = 1.5
KILLED_MAX_SECONDS = 3.0
MEMORY_MAX_MB = 250
GROWTH_MAX = 1.1
GROWTH_ROUNDS = 2
GROWTH_FIRST, GROWTH_COUNT_MAX = 200, 1_500
"""Which registers are timed: past the start, and so few that the backlog is what it was."""

LOOK_SECONDS = 35.0
"""Past the second look of the clock, of the watch and of every poll."""

CALLS = 16
"""``kravia.concurrency``, as in the hand-over."""

TOML = """
[server]
port = 0
[database]
url = "sqlite:///{file}"
[kravia]
base_url = "http://127.0.0.1:{port}"
token = "env:TOKEN"
concurrency = {calls}
[remotes]
kravia_calls_per_second = 100000
kravia_calls_burst = 100000
ledger_calls_per_second = 100000
ledger_calls_burst = 100000
[log]
format = "json"
[creditors.acme]
kravia_creditor_id = 10759
webhook_secrets = ["env:SECRET"]
register_max_per_day = 1000000
[creditors.acme.ledger]
kind = "webhook"
url = "http://127.0.0.1:{port}/collections"
secret = "env:SECRET"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A running ``serve``."""

    program: Program
    port: int
    started: float
    """``time.perf_counter`` before its process was made."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Taken:
    """By the wall, and of the process; the order is that of the wall."""

    seconds: float
    processor_seconds: float


@asynccontextmanager
async def serve(
    folder: Path, remotes_port: int, *, ahead: timedelta = AHEAD
) -> AsyncIterator[Served]:
    """Run ``serve`` on the server's core until it listens; killed at the end."""
    text = TOML.format(file=FILE, port=remotes_port, calls=CALLS)
    (folder / "gateway.toml").write_text(text)
    command = [*moved(ahead=ahead), "--config", "gateway.toml", "serve"]
    core = ",".join(map(str, cores()[0]))
    started = time.perf_counter()
    async with running(["taskset", "-c", core, *command], folder=folder, env=_environ()) as program:
        yield Served(program=program, port=await _port(program), started=started)


def _environ() -> dict[str, str]:
    """As a service has it: what Python has compiled it may keep."""
    own = environ(**ENVIRON)
    own.pop("PYTHONDONTWRITEBYTECODE", None)
    return own


async def _port(program: Program) -> int:
    """Wait until it listens; patiently, for others may use the machine."""
    heard = 0
    async with asyncio.timeout(PATIENCE_SECONDS):
        while True:
            await program.says_more_than(heard)
            for line in program.lines[heard:]:
                found = re.search(r"Listening on http://.*:(\d+);", line)
                if found is not None:
                    return int(found[1])
            if len(program.lines) == heard:
                raise RuntimeError("it ended:\n" + "\n".join(program.lines[-30:]))
            heard = len(program.lines)


async def _ready(served: Served) -> Taken:
    """Wait until it says that it is ready."""
    while True:
        answer = await get(served.port, "/health/ready")
        if b" 200 " in answer.partition(b"\r\n")[0]:
            return _taken(served)


def _taken(served: Served) -> Taken:
    """Since its process was made."""
    fields = Path(f"/proc/{served.program.pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])  # proc(5): utime and stime, 14th and 15th from pid
    return Taken(
        seconds=time.perf_counter() - served.started,
        processor_seconds=ticks / os.sysconf("SC_CLK_TCK"),
    )


async def start_rows(disk: Path) -> list[Row]:
    """Start to ready: of a new database, and of one that is there."""
    port = await Stub().listen()
    first: list[Taken] = []
    again: list[Taken] = []
    for _ in range(STARTS):
        with tempfile.TemporaryDirectory(dir=disk) as folder:
            for found in (first, again):
                async with serve(Path(folder), port) as served:
                    found.append(await _ready(served))
    best = min(first)
    verdict = at_most(best.seconds, START_MAX_SECONDS)
    return [
        (
            f"start to ready, empty, best of {STARTS} (at most {START_MAX_SECONDS} s: {verdict})",
            f"{best.seconds:,.2f} s",
        ),
        ("the same, processor time", f"{min(each.processor_seconds for each in first):,.2f} s"),
        ("start to ready, a database that is there", f"{min(again).seconds:,.2f} s"),
        ("the same, processor time", f"{min(each.processor_seconds for each in again):,.2f} s"),
    ]


async def _fill(folder: Path, states: dict[MessageState, int]) -> None:
    async with open_gateway(settings(folder), clock=simulated_now) as gateway:
        await fill_in_flight(gateway, folder / FILE, states=states, now=simulated_now())


async def killed_rows(disk: Path, rows: int) -> list[Row]:
    """The first register after a start with ``rows`` in flight, and after a SIGKILL of that."""
    third = rows // 3
    states = {
        MessageState.IN_DOUBT: third,
        MessageState.LEASED: third,
        MessageState.PENDING: rows - 2 * third,
    }
    taken = []
    with tempfile.TemporaryDirectory(dir=disk) as name:
        folder = Path(name)
        await _fill(folder, states)
        stub = Stub()
        port = await stub.listen()
        for _ in range(2):
            known = len(stub.registered)
            async with serve(folder, port) as served:
                await stub.holds(stub.registered, known + 1)
                taken.append(_taken(served))
                served.program.kill()
                await served.program.ended()
    if stub.repeated:
        raise RuntimeError(f"{stub.repeated} claims were registered twice")
    verdict = at_most(taken[0].seconds, KILLED_MAX_SECONDS)
    return [
        (
            (
                f"{rows:,} in flight, {third:,} leases to take back: start to first delivery"
                f" (at most {KILLED_MAX_SECONDS:.0f} s: {verdict})"
            ),
            f"{taken[0].seconds:,.2f} s",
        ),
        ("the same, processor time", f"{taken[0].processor_seconds:,.2f} s"),
        ("killed by SIGKILL while it delivers, and started again", f"{taken[1].seconds:,.2f} s"),
        ("the same, processor time", f"{taken[1].processor_seconds:,.2f} s"),
    ]


async def memory_rows(folder: Path, held: int) -> list[Row]:
    """Resident memory on a database of held claims, on the day before any is due."""
    port = await Stub().listen()
    async with serve(folder, port, ahead=AHEAD - timedelta(days=1)) as served:
        ready = await _ready(served)
        pid = served.program.pid
        at_start_mb = _resident_mb(pid)
        ended = asyncio.create_task(served.program.process.wait())
        await asyncio.wait({ended}, timeout=LOOK_SECONDS)
        if ended.done():
            raise RuntimeError("it ended:\n" + "\n".join(served.program.lines[-30:]))
        ended.cancel()
        after_mb = _resident_mb(pid)
        most_mb = _resident_mb(pid, "VmHWM")
    verdict = at_most(most_mb, MEMORY_MAX_MB)
    return [
        (
            f"start to ready, {held:,} held claims: wall / processor time",
            f"{ready.seconds:,.2f} / {ready.processor_seconds:,.2f} s",
        ),
        (f"resident memory, {held:,} held claims, when ready", f"{at_start_mb:,.0f} MB"),
        ("the same, after two looks of the clock", f"{after_mb:,.0f} MB"),
        (f"most meanwhile (at most {MEMORY_MAX_MB} MB: {verdict})", f"{most_mb:,.0f} MB"),
    ]


def _resident_mb(pid: int, which: str = "VmRSS") -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    found = re.search(rf"^{which}:\s+(\d+) kB", text, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024


async def growth_rows(disk: Path, rows: int) -> list[Row]:
    """The cost of a register with ``rows`` / 10 waiting and with ``rows``, in turns, best of each.

    In turns, because whatever else uses the machine only ever slows one down.
    """
    backlogs = (rows // 10, rows)
    wall: list[list[float]] = [[], []]
    own: list[list[float]] = [[], []]
    for _ in range(GROWTH_ROUNDS):
        for place, backlog in enumerate(backlogs):
            seconds, processor_seconds = await _delivered(
                disk, backlog, min(GROWTH_COUNT_MAX, rows // 50)
            )
            wall[place].append(1000 * seconds)
            own[place].append(1000 * processor_seconds)
    few_ms, many_ms = (min(each) for each in wall)
    few_own_ms, many_own_ms = (min(each) for each in own)
    ratio = many_own_ms / few_own_ms
    verdict = at_most(ratio, GROWTH_MAX)
    return [
        (
            f"a delivered claim, {backlogs[0]:,} waiting: processor time / wall",
            f"{few_own_ms:,.2f} / {few_ms:,.2f} ms",
        ),
        (
            f"a delivered claim, {backlogs[1]:,} waiting: processor time / wall",
            f"{many_own_ms:,.2f} / {many_ms:,.2f} ms",
        ),
        (
            f"growth, processor time (at most {GROWTH_MAX}: {verdict})",
            f"{ratio:.2f}",
        ),
        ("growth, wall", f"{many_ms / few_ms:.2f}"),
    ]


async def _delivered(disk: Path, backlog: int, count: int) -> tuple[float, float]:
    """Seconds for each of ``count`` claims of such a backlog: by the wall, and of the process."""
    with tempfile.TemporaryDirectory(dir=disk) as name:
        folder = Path(name)
        await _fill(folder, {MessageState.PENDING: backlog})
        stub = Stub()
        port = await stub.listen()
        async with serve(folder, port) as served:
            await stub.holds(stub.registered, GROWTH_FIRST)
            began = await _marks(served.port, stub)
            await stub.holds(stub.registered, began[0] + count)
            ended = await _marks(served.port, stub)
    done = ended[0] - began[0]
    return (ended[1] - began[1]) / done, (ended[2] - began[2]) / done


async def _marks(port: int, stub: Stub) -> tuple[int, float, float]:
    """How many are registered, the time, and the processor time the server has taken."""
    counted = await scrape(port)
    return len(stub.registered), time.perf_counter(), counted["process_cpu_seconds_total"]
