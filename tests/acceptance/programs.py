"""Our programs as real processes: started, listened to line by line, stopped or killed."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import orjson

T = TypeVar("T")
Document = dict[str, Any]

PROGRAM = Path(sys.executable).with_name("kravia-gateway")
MOVED_PROGRAM = Path(__file__).with_name("gateway_at.py")

STARTS_AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
"""Where the simulated calendar begins: a Tuesday, 10:30 in Oslo."""

AHEAD = STARTS_AT - datetime.now(UTC)
"""How far every clock here is moved from the machine's."""

PATIENCE_SECONDS = 20.0
"""Far beyond what anything here takes on two busy cores; nothing waits for it to pass."""


def simulated_now() -> datetime:
    """The time on the simulated calendar."""
    return datetime.now(UTC) + AHEAD


def moved(*arguments: str, ahead: timedelta = AHEAD) -> list[str]:
    """The command line on the simulated calendar."""
    return [sys.executable, str(MOVED_PROGRAM), str(ahead.total_seconds()), *arguments]


def environ(**extra: str) -> dict[str, str]:
    """What a program gets to see: no settings of whoever runs the tests."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("KRAVIA_")}
    return own | {"COLUMNS": "80"} | extra


@dataclass(slots=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    said: str

    @property
    def document(self) -> Document:
        """What ``--json`` printed."""
        found: Document = orjson.loads(self.out)
        return found


@dataclass(slots=True)
class Program:
    """A running program; ``lines`` is what it has written to standard error so far."""

    process: asyncio.subprocess.Process
    lines: list[str] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _silent: bool = False

    @property
    def pid(self) -> int:
        return self.process.pid

    def logged(self, event: str) -> list[Document]:
        """Its log lines of one kind, in order."""
        rows = [orjson.loads(line) for line in self.lines if line.startswith("{")]
        return [row for row in rows if row["event"] == event]

    async def listen(self) -> None:
        """Collect its lines until it ends."""
        assert self.process.stderr is not None
        async for line in self.process.stderr:
            async with self._news:
                self.lines.append(line.decode().rstrip())
                self._news.notify_all()
        async with self._news:
            self._silent = True
            self._news.notify_all()

    async def says_more_than(self, heard: int) -> None:
        """Wait until it has said more than so many lines, or will say no more."""
        async with self._news:
            while len(self.lines) <= heard and not self._silent:
                await self._news.wait()

    async def until(self, look: Callable[[], Awaitable[T | None]], what: str) -> T:
        """Look again whenever it has said something, until there is something to see."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    heard = len(self.lines)
                    if found := await look():
                        return found
                    async with self._news:
                        while len(self.lines) == heard and not self._silent:
                            await self._news.wait()
                    if len(self.lines) == heard:
                        break
        except TimeoutError:
            pass
        raise AssertionError(
            f"{what} never came; it said:\n" + "\n".join(self.lines[-30:])
        ) from None

    async def says(self, text: str) -> str:
        """Wait for a line that holds ``text``; gives the whole line."""

        async def look() -> str | None:
            return next((line for line in self.lines if text in line), None)

        return await self.until(look, f"a line with {text!r}")

    def kill(self) -> None:
        """End it as the kernel or a power cut does: SIGKILL, no goodbye."""
        self.process.kill()

    def terminate(self) -> None:
        """Ask it to stop, as a supervisor does: SIGTERM."""
        self.process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """Wait for its end; gives the exit code (minus the signal that killed it)."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await self.process.wait()


async def until_any(
    programs: Sequence[Program], look: Callable[[], Awaitable[T | None]], what: str
) -> T:
    """Look again whenever one of several has said something, until there is something to see."""
    try:
        async with asyncio.timeout(2 * PATIENCE_SECONDS):
            while True:
                heard = [len(program.lines) for program in programs]
                if found := await look():
                    return found
                waits = [
                    asyncio.ensure_future(program.says_more_than(lines))
                    for program, lines in zip(programs, heard, strict=True)
                ]
                try:
                    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
                finally:
                    for wait in waits:
                        wait.cancel()
    except TimeoutError:
        said = "\n".join(line for program in programs for line in program.lines[-15:])
        raise AssertionError(f"{what} never came; they said:\n{said}") from None


@asynccontextmanager
async def running(
    command: Sequence[str | Path], *, folder: Path, env: dict[str, str]
) -> AsyncIterator[Program]:
    """Run a program for as long as the context is open; then it is killed if it still runs."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    program = Program(process)
    listening = asyncio.create_task(program.listen())
    try:
        yield program
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await listening


async def run(command: Sequence[str | Path], *, folder: Path, env: dict[str, str]) -> Ended:
    """Run a command to its end."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env=env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        out, said = await process.communicate()
    assert process.returncode is not None
    return Ended(code=process.returncode, out=out.decode(), said=said.decode())
