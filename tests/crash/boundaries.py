"""Every point at which a process may die with something half done, found by looking on.

The database is watched at each COMMIT (on PostgreSQL also at each statement that changes something
outside of a transaction, which is a commit by itself), the transport at each request and each
answer. What lies between two such points changes nothing outside the process, so that dying there
is dying at the one before. Nothing is listed by hand: a new commit or call is a new boundary by
itself.
"""

from __future__ import annotations

import os
import re
import signal
import threading
from collections.abc import Sequence
from typing import Any

from clients.exchange import Request, Response
from clients.transport import HttpTransport
from gateway.storage import sqlite_groups
from gateway.storage.raw_connection import RawConnection

_HOST = re.compile(r"^https?://[^/]+")
_IDS = re.compile(r"(?<![a-z])\d+")
_ALONE = re.compile(r"(?:INSERT INTO|UPDATE|DELETE FROM) +\w+")


class Boundaries:
    """Counts the boundaries that a process passes, and kills it at the one it is told to."""

    def __init__(self) -> None:
        self._kill_at: int | None = None
        self.passed: list[str] = []
        self._passing = threading.Lock()  # PostgreSQL has several writers, each in its thread
        self._group = threading.local()

    def watch(self, store: str) -> None:
        """Look on at the database and the transport of this process, from now on."""
        if store == "sqlite":
            self._watch_sqlite_groups()
            self._watch_sqlite_commits()
        else:
            self._watch_postgresql_groups()
            self._watch_postgresql_commits()
        self._watch_calls()

    def begin(self, kill_at: int | None) -> None:
        """Count from here; the ``kill_at``th boundary is the last."""
        self.passed.clear()
        self._kill_at = kill_at

    def reach(self, label: str) -> None:
        """Pass a boundary, or die at it."""
        with self._passing:
            self.passed.append(label)
            if len(self.passed) == self._kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    def _begin_group(self, group: Sequence[Any]) -> None:
        self._group.names = " + ".join(sorted({_name(waiting.op) for waiting in group}))

    @property
    def _committing(self) -> str:
        return getattr(self._group, "names", "opening the database")

    def _watch_sqlite_groups(self) -> None:
        run_group = sqlite_groups.run_group

        def watched(raw: Any, connection: Any, group: Sequence[Any]) -> Any:
            self._begin_group(group)
            return run_group(raw, connection, group)

        sqlite_groups.run_group = watched

    def _watch_sqlite_commits(self) -> None:
        boundaries = self

        def execute(raw: RawConnection, statement: str, *parameters: Any) -> Any:
            if statement != "COMMIT":
                return super(RawConnection, raw).execute(statement, *parameters)
            boundaries.reach(f"before commit: {boundaries._committing}")
            result = super(RawConnection, raw).execute(statement)
            boundaries.reach(f"after commit: {boundaries._committing}")
            return result

        RawConnection.execute = execute  # type: ignore[method-assign, assignment]

    def _watch_postgresql_groups(self) -> None:
        from gateway.storage.postgres_groups import PostgresGroups  # noqa: PLC0415 - slow to load

        run = PostgresGroups.run

        def watched(groups: PostgresGroups, group: Sequence[Any]) -> Any:
            self._begin_group(group)
            return run(groups, group)

        PostgresGroups.run = watched  # type: ignore[method-assign, assignment]

    def _watch_postgresql_commits(self) -> None:
        import psycopg  # noqa: PLC0415 - slow to load, and SQLite needs none
        from psycopg.pq import TransactionStatus  # noqa: PLC0415 - as above

        execute = psycopg.Cursor.execute

        def watched(cursor: psycopg.Cursor[Any], query: Any, *rest: Any, **how: Any) -> Any:
            text = query.decode() if isinstance(query, bytes) else str(query)
            if text == "COMMIT":
                what = self._committing
            elif (
                cursor.connection.info.transaction_status is TransactionStatus.IDLE
                and (alone := _ALONE.match(text)) is not None
            ):
                what = alone[0]
            else:
                return execute(cursor, query, *rest, **how)
            self.reach(f"before commit: {what}")
            result = execute(cursor, query, *rest, **how)
            self.reach(f"after commit: {what}")
            return result

        psycopg.Cursor.execute = watched  # type: ignore[method-assign, assignment]

    def _watch_calls(self) -> None:
        send = HttpTransport.send

        async def watched(transport: HttpTransport, request: Request, **how: Any) -> Response:
            what = f"{request.method} {_IDS.sub('…', _HOST.sub('', request.path))}"
            self.reach(f"before the request: {what}")
            response = await send(transport, request, **how)
            self.reach(f"after the answer: {what}")
            return response

        HttpTransport.send = watched  # type: ignore[method-assign, assignment]


def _name(op: Any) -> str:
    """Where an operation is written, e.g. ``dispatcher: Dispatcher._lease.take``."""
    function = getattr(op, "func", op)  # under a partial
    module = function.__module__.rpartition(".")[2]
    return f"{module}: {function.__qualname__.replace('.<locals>', '')}"
