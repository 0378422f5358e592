"""Connections to a PostgreSQL server: how they are set up, lost, and had again.

The URL is libpq's own, so all that it knows works: several hosts, TLS, a password file, and
``postgresql://user@/name?host=/folder/of/the/socket``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, LiteralString, TypeVar, cast

import psycopg
import sqlalchemy as sa
import structlog
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from sqlalchemy.pool import NullPool

from gateway.storage.errors import DatabaseUnavailable, StorageError
from gateway.storage.postgres_errors import is_lost, postgres_error, start_error
from gateway.storage.postgres_statements import Statements, run

logger = structlog.get_logger(__name__)

T = TypeVar("T")

RECONNECT_SECONDS: Final = 60.0
"""How long a lost server is waited for: a restart or a switch to a standby takes less. After that
the process ends, and whoever supervises it starts it again."""

_PAUSE_SECONDS: Final = 0.25  # between two tries to connect

_DEFAULTS: Final = {
    "connect_timeout": "5",
    # A server that vanished without a word is noticed in some 25 s instead of two hours.
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "application_name": "kravia-gateway",
}
"""What the URL may say otherwise (https://www.postgresql.org/docs/current/libpq-connect.html)."""

_SETTINGS: Final[LiteralString] = """
SET synchronous_commit = on;
SET client_min_messages = warning;
SET enable_seqscan = off;
SET idle_in_transaction_session_timeout = '5s'
"""
"""Answered means kept, whatever the server's default; and a process that is frozen amid a group
holds its locks no longer than 5 s: the server ends its session, and nothing of the group is kept.
Every statement that is run for every claim has its index; a plan to read all of a table, made while
that was small, would be kept when it no longer is.
"""


class RawConnection(psycopg.Connection[tuple[object, ...]]):
    """Begins and ends transactions by SQL alone; an operation that tries to is refused."""

    guarded = False  # while not, these do nothing: SQLAlchemy speaks for itself, not for an op

    statements: Statements | None = None

    def run_prepared(
        self, text: str, values: Sequence[object]
    ) -> tuple[list[tuple[Any, ...]], int]:
        """Run a statement that runs often; gives its rows, and how many it changed."""
        if self.statements is None:
            self.statements = Statements(self)
        return run(self, self.statements, text, values)

    def commit(self) -> None:
        """Refuse: the group commits."""
        self._refuse()

    def rollback(self) -> None:
        """Refuse: the group undoes what an operation did that raises."""
        self._refuse()

    def _refuse(self) -> None:
        if self.guarded:
            raise RuntimeError("an operation neither commits nor rolls back: its group does that")


def conninfo(url: str) -> str:
    """Give the URL with what it leaves open."""
    return make_conninfo("", **(_DEFAULTS | conninfo_to_dict(url)))


def connect(url: str) -> RawConnection:
    """Open one connection; ``DatabaseUnusable`` or ``DatabaseUnreachable`` says what to do."""
    try:
        # What runs often is prepared by postgres_statements; psycopg would undo that.
        raw = RawConnection.connect(conninfo(url), autocommit=True, prepare_threshold=None)
        raw.execute(_SETTINGS, prepare=False)
    except psycopg.Error as error:
        raise start_error(error) from error
    return raw


def engine_of(url: str) -> sa.Engine:
    """Give an engine whose every connection is new, and whose dialect and statements are shared."""
    return sa.create_engine(
        "postgresql+psycopg://",
        creator=lambda: connect(url),
        poolclass=NullPool,
        pool_reset_on_return=None,
        use_native_hstore=False,
    )


def open_connection(engine: sa.Engine) -> tuple[sa.Connection, RawConnection]:
    """Connect, and give a SQLAlchemy connection that believes itself in one endless transaction."""
    connection = engine.connect()
    connection.exec_driver_sql("SELECT 1")
    raw = cast("RawConnection", connection.connection.driver_connection)
    raw.guarded = True
    return connection, raw


def _tell(error: Exception, told: str) -> str:
    """Say why there is no connection, unless that was said last; gives what is said now."""
    cause = postgres_error(error)
    advice = str(error if cause is None else start_error(cause))
    if advice != told:
        logger.warning("database.lost", advice=advice, limit=RECONNECT_SECONDS)
    return advice


class Session:
    """One connection, and another in its place when it is lost; used by one thread at a time."""

    def __init__(self, engine: sa.Engine, stopping: threading.Event) -> None:
        self._engine = engine
        self._stopping = stopping
        self.connection, self.raw = open_connection(engine)

    def again(self, cause: BaseException) -> None:
        """Connect anew after a loss, for as long as that is worth while: blocks.

        Says so where that does not go at once, and when it did. Raises ``DatabaseUnavailable``
        when the server does not come back.
        """
        self.raw.close()
        lost_at = time.monotonic()
        deadline = lost_at + RECONNECT_SECONDS
        told = ""
        while True:
            try:
                self.connection, self.raw = open_connection(self._engine)
            except (StorageError, psycopg.Error, sa.exc.DBAPIError) as error:
                if time.monotonic() >= deadline or self._stopping.wait(_PAUSE_SECONDS):
                    raise DatabaseUnavailable(
                        f"the database server was lost and did not come back: {error}"
                    ) from cause
                told = _tell(error, told)
            else:
                if told:
                    seconds = round(time.monotonic() - lost_at, 1)
                    logger.info("database.regained", seconds=seconds)
                return

    def retried(self, function: Callable[[], T]) -> T:
        """Run a function that may be run again; where the connection is lost, do so."""
        while True:
            try:
                return function()
            except (psycopg.Error, sa.exc.DBAPIError) as error:
                if not is_lost(error, self.raw):
                    raise
                self.again(error)

    def close(self) -> None:
        """Let go of the connection."""
        self.raw.close()
