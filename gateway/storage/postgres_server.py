"""Opening a database on a PostgreSQL server: what must be true of it, and its migrations."""

from __future__ import annotations

from typing import Final

import psycopg
import sqlalchemy as sa

from gateway.storage.errors import DatabaseUnusable
from gateway.storage.migration import is_current, migrate, stored_revision
from gateway.storage.postgres_connection import RawConnection, engine_of, open_connection
from gateway.storage.postgres_errors import postgres_error, start_error
from gateway.storage.server_clock import NOW_MS
from gateway.storage.tables import metadata

_VERSION_MIN: Final = 140_000
"""Version 14: the oldest that the PostgreSQL project still mended when this was written."""

_MIGRATION_LOCK: Final = 0x4B72617601  # one process migrates, the others wait and find it done

_WRITERS_KEPT_MS: Final = 24 * 3_600_000
"""Marks of writers that died are of use while their process might still ask for them: seconds."""


def prepare(engine: sa.Engine) -> None:
    """Check the server and migrate; ``DatabaseUnusable`` or ``DatabaseTooNew`` if it will not do.

    Two releases may run while this does: a migration only adds, and takes its locks or gives up.
    """
    connection, raw = open_connection(engine)
    try:
        _check(raw)
        if not is_current(connection):
            _migrate(raw, connection)
        raw.execute(
            f"DELETE FROM writer WHERE opened_at < {NOW_MS} - %s",  # noqa: S608 - our own words
            (_WRITERS_KEPT_MS,),
        )
    except (psycopg.Error, sa.exc.DBAPIError) as error:
        cause = postgres_error(error)
        raise (DatabaseUnusable(str(error)) if cause is None else start_error(cause)) from error
    finally:
        raw.close()


def revision(url: str) -> str | None:
    """Give the revision of a database as it stands, None for one never used; changes nothing."""
    engine = engine_of(url)
    connection, raw = open_connection(engine)
    try:
        return stored_revision(connection)
    finally:
        raw.close()


def _migrate(raw: RawConnection, connection: sa.Connection) -> None:
    # A lock that something long holds must not make every other statement queue behind us.
    raw.execute(
        f"BEGIN; SET LOCAL lock_timeout = '10s'; SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})",
        prepare=False,
    )
    try:
        if not is_current(connection):  # another process may have done it meanwhile
            _check_owner(connection)
            migrate(connection)
        raw.execute("COMMIT", prepare=False)
    except BaseException:
        if not raw.closed:
            raw.execute("ROLLBACK", prepare=False)
        raise


def _check(raw: RawConnection) -> None:
    """Refuse a server on which what is answered might be lost, mangled or not taken at all."""
    if raw.info.server_version < _VERSION_MIN:
        raise DatabaseUnusable(
            f"the database server is PostgreSQL {raw.info.server_version // 10_000}: "
            "14 or later is needed"
        )
    row = raw.execute(
        "SELECT current_setting('server_encoding'), current_setting('fsync'), pg_is_in_recovery()"
    ).fetchone()
    encoding, fsync, standby = row or ("", "", False)
    if encoding != "UTF8":
        raise DatabaseUnusable(
            f"the database's encoding is {encoding}: create it with "
            "createdb --encoding=UTF8 --template=template0 NAME"
        )
    if fsync != "on":
        raise DatabaseUnusable(
            "the database server runs with fsync off, and would lose what was answered when the "
            "power goes: set fsync = on in postgresql.conf"
        )
    if standby:
        raise DatabaseUnusable(
            "the database server is a standby and takes no writes: give database.url the primary, "
            "or all hosts and target_session_attrs=read-write"
        )


def _check_owner(connection: sa.Connection) -> None:
    """Refuse to migrate where tables of our names are another program's."""
    found = set(sa.inspect(connection).get_table_names())
    taken = sorted(found & set(metadata.tables))
    if taken and "alembic_version" not in found:
        raise DatabaseUnusable(
            f"the database holds tables of another program ({', '.join(taken)}); nothing was "
            "changed. Give database.url a database of its own: createdb --encoding=UTF8 NAME"
        )
