"""A disk that fails on purpose, or loses its power, under SQLite: a VFS written in Python.

It counts writes, syncs and opens, fails the Nth of a kind once or from then on, and can undo what
was written since the last sync, all of it or all but a drawn part, as a power cut does. The binding
(apsw) links a newer SQLite of its own: what runs on it proves our pragmas, schema and statements,
not the ``sqlite3`` module that the gateway runs on; ``tests/acceptance/test_disk_trouble.py`` and
``tests/crash`` are about that one.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import apsw

KINDS = ("write", "sync", "open")


@dataclass
class Plan:
    """Which call fails, and how; by default none does. ``counts`` says what was called."""

    kind: str = ""
    nth: int = 0
    error: type[apsw.Error] = apsw.IOError
    lasting: bool = False
    cuts_power: bool = False  # from the call that fails on, nothing works
    is_off: bool = False
    fired: int = 0
    counts: Counter[str] = field(default_factory=Counter)

    def meet(self, kind: str) -> None:
        """Count a call, and raise if it is the one to fail."""
        self.counts[kind] += 1
        count = self.counts[kind]
        fails = count == self.nth or (self.lasting and count > self.nth)
        if self.is_off or (kind == self.kind and fails):
            self.fired += 1
            self.is_off = self.cuts_power
            raise self.error


@dataclass
class Unsynced:
    """What a file was before each write since its last sync, the oldest first."""

    path: Path
    writes: list[tuple[int, bytes, bytes, int]] = field(default_factory=list)

    def undo(self, keep: Callable[[], bool]) -> None:
        """Take back every write that is not kept; a write that is kept lands whole."""
        with self.path.open("r+b") as file:
            for offset, before, _after, size in reversed(self.writes):
                file.seek(offset)
                file.write(before)
                file.truncate(size)
            for offset, _before, after, _size in self.writes:
                if keep():
                    file.seek(offset)
                    file.write(after)
        self.writes.clear()


class Disk(apsw.VFS):
    """Registers itself under ``name``; ``unregister`` when done."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.plan = Plan()
        self.unsynced: dict[Path, Unsynced] = {}
        super().__init__(name, "")

    def xOpen(self, name: Any, flags: list[int]) -> DiskFile:  # noqa: N802 - SQLite's own name
        """Open a file, or fail to."""
        self.plan.meet("open")
        return DiskFile(self, name, flags)

    def cut_power(self, draw: random.Random | None = None) -> int:
        """Undo what was not synced, or keep some of it as ``draw`` says; gives how many writes."""
        lost = 0
        for each in self.unsynced.values():
            lost += len(each.writes)
            if each.path.exists():
                each.undo(lambda: draw is not None and draw.random() < 0.5)
        self.unsynced.clear()
        return lost


class DiskFile(apsw.VFSFile):
    """One open file of a ``Disk``."""

    def __init__(self, disk: Disk, name: Any, flags: list[int]) -> None:
        self._disk = disk
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._unsynced = (
            None if path is None else disk.unsynced.setdefault(Path(path), Unsynced(Path(path)))
        )
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802 - SQLite's own name
        """Write, or fail to; remembers what stood there."""
        self._disk.plan.meet("write")
        if self._unsynced is not None:
            size = self.xFileSize()
            before = super().xRead(min(len(data), max(0, size - offset)), offset)
            self._unsynced.writes.append((offset, before, bytes(data), size))
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802 - SQLite's own name
        """Sync, or fail to."""
        self._disk.plan.meet("sync")
        super().xSync(flags)
        if self._unsynced is not None:
            self._unsynced.writes.clear()
