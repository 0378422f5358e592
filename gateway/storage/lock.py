"""One process per database: an exclusive lock on a file beside it.

SQLite up to 3.51.2 can damage a file that two connections write and checkpoint; and only because
no other process can hold a lease may a starting process take all leases back. The kernel drops the
lock with the process, however it dies; the lock file stays, for removing it would race with the
next taker.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from gateway.storage.errors import DatabaseLocked, DatabaseUnusable

_PID_BYTES_MAX = 20  # digits of the largest 64-bit number


class FileLock:
    """An exclusive lock on ``path``, held from creation until ``release``."""

    def __init__(self, path: Path) -> None:
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise DatabaseUnusable(
                f"cannot create the lock file {path}: {error.strerror}. "
                f"The folder must be writable for this user."
            ) from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            pid = _read_pid(descriptor)
            os.close(descriptor)
            who = "another process" if pid is None else f"process {pid}"
            raise DatabaseLocked(
                f"{who} has the database open (lock file {path}). Only one may have it: "
                f"stop that one, or let the command speak to it.",
                pid=pid,
            ) from error
        self._descriptor: int | None = descriptor
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)
            self._descriptor = None


def _read_pid(descriptor: int) -> int | None:
    text = os.pread(descriptor, _PID_BYTES_MAX, 0)
    return int(text) if text.isdigit() else None
