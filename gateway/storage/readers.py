"""The readers: a few read-only connections, each running whole functions on one snapshot."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import LifoQueue
from typing import Final, TypeVar

import sqlalchemy as sa

from gateway.storage.errors import DatabaseBusy, DatabaseUnavailable
from gateway.storage.raw_connection import RawConnection, bind, mend
from gateway.storage.result_codes import UNTRUSTED, primary_code, sqlite_error
from gateway.storage.sqlite_file import connect_reader

T = TypeVar("T")

READERS: Final = 3
"""Read functions at a time. Reads are short and two cores are the smallest machine: more would only
take turns."""

READS_WAITING_MAX: Final = 200
"""Reads that may wait for a reader. A read takes a millisecond or so; beyond this they pile up."""


@dataclass(frozen=True, slots=True)
class _Reader:
    raw: RawConnection
    connection: sa.Connection


class Readers:
    """``READERS`` connections and as many threads, any of which uses any connection."""

    def __init__(self, path: Path) -> None:
        self._idle: LifoQueue[_Reader] = LifoQueue()
        self._executor = ThreadPoolExecutor(READERS, thread_name_prefix="database-reader")
        self._counting = threading.Lock()
        self._unfinished = 0
        self._closed = False
        try:
            for _ in range(READERS):
                raw = connect_reader(path)
                self._idle.put(_Reader(raw, bind(raw)))
        except BaseException:
            self.close()
            raise

    async def read(self, op: Callable[[sa.Connection], T]) -> T:
        """Run ``op`` in a thread, inside one read transaction."""
        if self._closed:
            raise DatabaseUnavailable("the database is closed")
        if self._unfinished >= READERS + READS_WAITING_MAX:
            raise DatabaseBusy(f"{READS_WAITING_MAX} reads wait for their turn; try again soon")
        reading = self._executor.submit(self._read, op)
        with self._counting:
            self._unfinished += 1
        # Told when the thread is done, which a caller that is cancelled does not wait for.
        reading.add_done_callback(self._ended)
        return await asyncio.wrap_future(reading)

    def _ended(self, _reading: Future[T]) -> None:
        with self._counting:
            self._unfinished -= 1

    def _read(self, op: Callable[[sa.Connection], T]) -> T:
        reader = self._idle.get()
        try:
            reader.raw.execute("BEGIN")
            try:
                return op(reader.connection)
            finally:
                mend(reader.connection)
                reader.raw.execute("ROLLBACK")
        except (sqlite3.Error, sa.exc.DBAPIError) as error:
            cause = sqlite_error(error)
            if cause is None or primary_code(cause) not in UNTRUSTED or _wrote(cause):
                raise
            raise DatabaseUnavailable(f"the database cannot be read: {cause}") from error
        finally:
            self._idle.put(reader)

    def close(self) -> None:
        """Wait for the reads that run, then close the connections; blocks for as long."""
        self._closed = True
        self._executor.shutdown()
        while not self._idle.empty():
            self._idle.get().raw.close()


def _wrote(cause: sqlite3.Error) -> bool:
    """Tell an op that tries to write through a reader, which is its own mistake."""
    return primary_code(cause) == sqlite3.SQLITE_READONLY
