"""Reading a database on a PostgreSQL server, on snapshots."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

import sqlalchemy as sa

from gateway.storage.postgres_connection import Session
from gateway.storage.raw_connection import mend

T = TypeVar("T")


class PostgresReader:
    """A connection to read by; a read that loses it is read again."""

    def __init__(self, engine: sa.Engine, stopping: threading.Event) -> None:
        self._session = Session(engine, stopping)

    @property
    def connection(self) -> sa.Connection:
        """The connection as it is now: after a loss it is another one."""
        return self._session.connection

    def run(self, op: Callable[[sa.Connection], T]) -> T:
        """Run ``op`` on one snapshot."""
        return self._session.retried(lambda: self._on_snapshot(op))

    def _on_snapshot(self, op: Callable[[sa.Connection], T]) -> T:
        session = self._session
        session.raw.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", prepare=False)
        try:
            return op(session.connection)
        finally:
            if not session.raw.closed:
                mend(session.connection)
                session.raw.execute("ROLLBACK", prepare=False)

    def close(self) -> None:
        """Let go of the connection."""
        self._session.close()
