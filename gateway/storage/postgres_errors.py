"""What PostgreSQL's codes mean for us (https://www.postgresql.org/docs/current/errcodes-appendix.html)."""

from __future__ import annotations

from typing import Final

import psycopg
import sqlalchemy as sa

from gateway.storage.errors import DatabaseUnreachable, DatabaseUnusable

AGAIN: Final = frozenset({"40001", "40P01"})
"""Serialization failure, deadlock: the transaction was undone and may be run once more."""

FULL: Final = frozenset({"53100"})  # disk_full

BUSY: Final = frozenset({"53200", "53300", "53400", "55P03", "57014"})
"""Out of memory or connections, a lock or a statement that a limit of the server's cut short."""

_LOST: Final = frozenset({"57P01", "57P02", "57P03", "57P05", "25P03"})
"""The server stops, crashed or starts, or ended our session."""

_READ_ONLY: Final = "25006"

_WRONG_PASSWORD: Final = frozenset({"28000", "28P01"})
_NO_DATABASE: Final = "3D000"
_NOT_ALLOWED: Final = "42501"

_CONNECTION_CLASS: Final = "08"

_NO_CONNECTION_FREE: Final = ("too many clients", "connection slots", "too many connections for")
"""How the server words 53300 (https://github.com/postgres/postgres/blob/master/src/backend/utils/init/postinit.c
and storage/lmgr/proc.c); while connecting, the driver has no code to go by."""


def postgres_error(error: BaseException | None) -> psycopg.Error | None:
    """Give the driver's own error, which SQLAlchemy may have wrapped; None if it is no such."""
    inner = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    return inner if isinstance(inner, psycopg.Error) else None


def is_lost(error: BaseException, raw: psycopg.Connection[tuple[object, ...]]) -> bool:
    """Whether the connection is gone, or must be given up for another."""
    cause = postgres_error(error)
    if raw.closed:
        return cause is not None
    state = None if cause is None else cause.sqlstate
    return state is not None and (state in _LOST or state.startswith(_CONNECTION_CLASS))


def is_standby(error: BaseException) -> bool:
    """Whether a writer finds that its server takes no writes any more: another one does now."""
    cause = postgres_error(error)
    return cause is not None and cause.sqlstate == _READ_ONLY


def start_error(error: psycopg.Error) -> DatabaseUnusable | DatabaseUnreachable:
    """Say what a failed start means and what to do about it; never a password."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    text = str(error).lower()
    if error.sqlstate in _WRONG_PASSWORD or "password" in text or "authentication" in text:
        return DatabaseUnusable(
            f"the database server refuses this user: {first}. Check the user in database.url, "
            "database.password (or PGPASSWORD, ~/.pgpass) and the server's pg_hba.conf"
        )
    if error.sqlstate == _NO_DATABASE or ("database" in text and "does not exist" in text):
        return DatabaseUnusable(
            f"{first}. Create it first: createdb --encoding=UTF8 NAME, or name another database in "
            "database.url"
        )
    if error.sqlstate == _NOT_ALLOWED:
        return DatabaseUnusable(
            f"{first}. The user of database.url must own the database or its schema"
        )
    if any(words in text for words in _NO_CONNECTION_FREE):
        return DatabaseUnreachable(
            "the database server has no connection free: a gateway takes 7, a command 1. "
            "Close others, or raise max_connections (or the limit of this role or database)"
        )
    if isinstance(error, psycopg.OperationalError):
        return DatabaseUnreachable(
            f"the database server cannot be reached: {first}. Check that it runs, and host and "
            "port in database.url"
        )
    return DatabaseUnusable(f"the database cannot be used: {first}")
