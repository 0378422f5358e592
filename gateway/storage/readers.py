"""The readers: a few connections, each running whole functions on one snapshot."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import LifoQueue
from typing import Final, Protocol, TypeVar

import sqlalchemy as sa

from gateway.storage.errors import DatabaseBusy, DatabaseUnavailable

T = TypeVar("T")

READERS: Final = 3
"""Read functions at a time. Reads are short and two cores are the smallest machine: more would only
take turns."""

READS_WAITING_MAX: Final = 200
"""Reads that may wait for a reader. A read takes a millisecond or so; beyond this they pile up."""


class Reader(Protocol):
    """One connection to read by, used by any one thread at a time."""

    @property
    def connection(self) -> sa.Connection:
        """The connection, for those who look at what goes over it."""

    def run(self, op: Callable[[sa.Connection], T]) -> T:
        """Run ``op`` inside one read transaction; ``DatabaseUnavailable`` if nothing can be read.

        Blocks.
        """

    def close(self) -> None:
        """Let go of the connection."""


class Readers:
    """``READERS`` of them and as many threads, any of which uses any reader."""

    def __init__(self, make: Callable[[], Reader]) -> None:
        self._idle: LifoQueue[Reader] = LifoQueue()
        self._executor = ThreadPoolExecutor(READERS, thread_name_prefix="database-reader")
        self._counting = threading.Lock()
        self._unfinished = 0
        self._closed = False
        try:
            for _ in range(READERS):
                self._idle.put(make())
            self.all = tuple(self._idle.queue)
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
            return reader.run(op)
        finally:
            self._idle.put(reader)

    def close(self) -> None:
        """Wait for the reads that run, then close the connections; blocks for as long."""
        self._closed = True
        self._executor.shutdown()
        while not self._idle.empty():
            self._idle.get().close()
