"""Every write, sync and open fails once and for good, and power is cut: what was answered is kept.

The gateway's own statements are recorded from its writer and said again on a disk that fails. After
each failure the file must be whole, and hold the groups that were answered and at most the one that
was being committed: all of a group or nothing of it. Then it goes on, and ends as if nothing was.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import os
import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import apsw
import pytest

from tests.disk.faulty_disk import KINDS, Disk, Plan
from tests.disk.recording import recorded

EVERY = 1 if os.environ.get("DISK_EVERY_FAULT") else 13
"""`make soak` fails every call there is; `make check` has time for one in thirteen."""

CALLS_MIN = {"write": 400, "sync": 20, "open": 3}
"""Calls of each kind that one run makes at the least: a script that shrank proves less."""

Group = list[str]


@dataclass
class Script:
    """What is said when the file is opened, the groups that are committed, and what they make."""

    opening: list[str]
    groups: list[Group]
    states: list[str] = field(default_factory=list)  # of the file, after so many groups


@dataclass
class Run:
    """One life of the file on a disk; ``acked`` groups were answered."""

    disk: Disk
    path: Path
    script: Script
    acked: int = 0
    connection: apsw.Connection | None = None

    def open(self) -> None:
        self.connection = apsw.Connection(str(self.path), vfs=self.disk.name)
        for statement in self.script.opening:
            self.say(statement)

    def say(self, statement: str) -> None:
        assert self.connection is not None
        self.connection.execute(statement).fetchall()

    def go_on(self) -> None:
        """Commit what is left, group by group; a group that failed is undone and raised."""
        for group in self.script.groups[self.acked :]:
            try:
                for statement in group:
                    self.say(statement)
            except apsw.Error:
                assert self.connection is not None
                if self.connection.in_transaction:
                    self.say("ROLLBACK")
                raise
            self.acked += 1

    def end(self) -> None:
        """The process is gone: nothing is folded in or cleaned up by what it held."""
        if self.connection is not None:
            with contextlib.suppress(apsw.Error):  # it folds the log in, which may fail too
                self.connection.close(force=True)
            self.connection = None


def state_of(path: Path) -> str:
    """A digest of all rows, of a file that must be whole."""
    connection = apsw.Connection(str(path))
    try:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        digest = hashlib.sha256()
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        ).fetchall()
        for (name,) in tables:
            rows = connection.execute(f'SELECT * FROM "{name}"')  # noqa: S608 - its own tables
            digest.update(repr((name, sorted(map(repr, rows)))).encode())
        return digest.hexdigest()
    finally:
        connection.close()


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Script:
    with pytest.MonkeyPatch.context() as monkeypatch:
        path = tmp_path_factory.mktemp("recorded") / "gateway.db"
        said = asyncio.run(recorded(path, monkeypatch))
    begins = [at for at, statement in enumerate(said) if statement.startswith("BEGIN IMMEDIATE")]
    # The first transaction is the migration; what follows are groups.
    groups = [
        said[begin:end] for begin, end in zip(begins[1:], [*begins[2:], len(said)], strict=True)
    ]
    assert all(group[-1] == "COMMIT" for group in groups[:-1])
    groups[-1] = groups[-1][: groups[-1].index("COMMIT") + 1]
    return Script(
        opening=[s for s in said[: begins[0]] if s.startswith("PRAGMA") and " = " in s],
        groups=[said[begins[0] : begins[1]], *groups],
    )


@pytest.fixture
def disk() -> Iterator[Disk]:
    disk = Disk("faulty")
    yield disk
    disk.unregister()


@pytest.fixture
def place() -> Iterator[Path]:
    memory = Path("/dev/shm")  # noqa: S108 - the disk is played; only its speed matters
    folder = (memory if memory.is_dir() else Path.cwd()) / f"disk-{os.getpid()}"
    folder.mkdir()
    yield folder
    shutil.rmtree(folder)


def fresh(disk: Disk, folder: Path, script: Script) -> Run:
    shutil.rmtree(folder)
    folder.mkdir()
    disk.unsynced.clear()
    disk.plan = Plan()
    return Run(disk, folder / "gateway.db", script)


def learn(disk: Disk, folder: Path, script: Script) -> Plan:
    """Run it on a sound disk: note every state there is, and how much is called."""
    run = fresh(disk, folder, script)
    run.open()
    script.states = [state_of(run.path)]
    for group in script.groups:
        for statement in group:
            run.say(statement)
        run.acked += 1
        script.states.append(state_of(run.path))
    run.end()
    return disk.plan


def check(run: Run) -> None:
    """What was answered is there, and of the rest all or nothing."""
    state = state_of(run.path)
    allowed = run.script.states[run.acked : run.acked + 2]
    assert state in allowed, f"{run.acked} groups were answered, and the file is another"
    run.acked += allowed.index(state)


def finish(run: Run) -> None:
    """The disk is mended and the next process goes on."""
    run.end()
    run.disk.plan = Plan()
    run.disk.unsynced.clear()
    if run.path.exists():
        check(run)
    run.open()
    run.go_on()
    run.end()
    assert state_of(run.path) == run.script.states[-1]


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "for-good"])
@pytest.mark.parametrize("error", [apsw.IOError, apsw.FullError], ids=["EIO", "ENOSPC"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_nth_call_fails_and_nothing_answered_is_lost(
    script: Script,
    disk: Disk,
    place: Path,
    kind: str,
    error: type[apsw.Error],
    lasting: bool,
) -> None:
    folder = place / "run"
    folder.mkdir()
    learn(disk, folder, script)
    fired = 0
    for nth in itertools.count(1, EVERY if kind == "write" else 1):
        run = fresh(disk, folder, script)
        disk.plan = Plan(kind=kind, nth=nth, error=error, lasting=lasting)
        with contextlib.suppress(apsw.Error):
            run.open()
            run.go_on()
        run.end()
        if not disk.plan.fired:
            break
        fired += 1
        finish(run)
    assert fired >= CALLS_MIN[kind] // (EVERY if kind == "write" else 1)


@pytest.mark.parametrize("part", ["all", "some"])
def test_power_is_cut_after_the_nth_write_and_nothing_answered_is_lost(
    script: Script, disk: Disk, place: Path, part: str
) -> None:
    folder = place / "run"
    folder.mkdir()
    learn(disk, folder, script)
    lost = 0
    for nth in itertools.count(1, EVERY):
        run = fresh(disk, folder, script)
        disk.plan = Plan(kind="write", nth=nth, cuts_power=True)
        with contextlib.suppress(apsw.Error):
            run.open()
            run.go_on()
        is_cut = disk.plan.fired > 0
        disk.plan.is_off = disk.plan.cuts_power  # after the last write too; nothing is tidied up
        run.end()
        lost += disk.cut_power(random.Random(nth) if part == "some" else None)  # noqa: S311
        run.path.with_name("gateway.db-shm").unlink(missing_ok=True)  # that is memory
        finish(run)
        if not is_cut:
            break
    assert lost > 0
