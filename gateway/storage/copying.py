"""Copies a gateway's SQLite file into an empty PostgreSQL database, and proves that it is the same.

All or nothing: one transaction on the server takes every row, compares, sets the sequences, and is
committed only if each table has as many rows with the same content on both sides. The file is held
under its lock all the while, so no gateway runs on it, and nothing in it is changed.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import sqlalchemy as sa
from psycopg import sql

from gateway.storage.errors import DatabaseUnusable
from gateway.storage.lock import FileLock
from gateway.storage.migration import HEAD
from gateway.storage.postgres_connection import RawConnection, engine_of, open_connection
from gateway.storage.postgres_errors import start_error
from gateway.storage.postgres_server import prepare
from gateway.storage.sqlite_file import connect_reader, path_from_url
from gateway.storage.tables import metadata

OF_ITS_OWN: Final = frozenset({"duty", "writer"})
"""Tables that say who is at work on a database: nobody's are copied."""

FETCH_ROWS: Final = 1_000  # a few MB of bodies at a time


class CopyRefusedError(DatabaseUnusable):
    """The source or the target is not what it must be; nothing was changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CopiedTable:
    """One table on both sides: how many rows, and the SHA-256 of all their content in order."""

    name: str
    rows: int
    content_hash: str


def copy_database(source_url: str, target_url: str, key: tuple[str, bytes]) -> list[CopiedTable]:
    """Copy and prove; ``key`` is the name and the value of the key of hashes.

    Raises ``DatabaseLocked`` while a gateway has the file open, ``CopyRefusedError``,
    ``DatabaseUnusable``. Blocks for as long as it takes.
    """
    path = path_from_url(source_url)
    if not path.is_file():
        raise CopyRefusedError(f"there is no file {path} to copy from")
    lock = FileLock(path.with_name(f"{path.name}.lock"))
    try:
        with closing(connect_reader(path)) as source:
            source.execute("BEGIN")
            _check_source(source, path)
            return _into_server(source, target_url, key)
    finally:
        lock.release()


def _check_source(source: sqlite3.Connection, path: Path) -> None:
    try:
        found = source.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise CopyRefusedError(f"{path} is no database of the gateway's: {error}") from error
    if found != (HEAD,):
        raise CopyRefusedError(
            f"{path} is at revision {found and found[0]}, this release's is {HEAD}: bring it there "
            "with: kravia-gateway migrate"
        )


def _into_server(
    source: sqlite3.Connection, target_url: str, key: tuple[str, bytes]
) -> list[CopiedTable]:
    engine = engine_of(target_url)
    prepare(engine)
    _, target = open_connection(engine)
    try:
        target.execute("BEGIN", prepare=False)
        _check_target(target)
        copied = [_copy(source, target, table) for table in metadata.sorted_tables if _moves(table)]
        target.execute("INSERT INTO token_key (name, key) VALUES (%s, %s)", key)
        for table in metadata.sorted_tables:
            _set_sequence(source, target, table)
        target.execute("COMMIT", prepare=False)
        target.execute("ANALYZE", prepare=False)  # else its first plans know nothing of the sizes
    except psycopg.Error as error:
        raise start_error(error) from error
    finally:
        target.close()  # undoes what was not committed
    return copied


def _moves(table: sa.Table) -> bool:
    return table.name not in OF_ITS_OWN | {"token_key"}


def _check_target(target: RawConnection) -> None:
    """Hold every table for ourselves, and refuse where any has a row: a gateway was here."""
    for table in metadata.sorted_tables:
        name = sql.Identifier(table.name)
        target.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(name))
        # Others' marks go with a clean stop; a new mark means that a gateway has it open.
        if target.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(name)).fetchone():
            raise CopyRefusedError(
                f"the target is not empty: its table {table.name} has rows. Stop what runs on it, "
                "and give a fresh one: createdb --encoding=UTF8 NAME"
            )


def _copy(source: sqlite3.Connection, target: RawConnection, table: sa.Table) -> CopiedTable:
    """Copy one table, then read it back: the hash is of what the server gives."""
    names = [column.name for column in table.c]
    keys = [column.name for column in table.primary_key]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    order = sql.SQL(", ").join(map(sql.Identifier, keys))
    query = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        columns, sql.Identifier(table.name), order
    )
    here = _Content()
    into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    with target.cursor() as cursor, cursor.copy(into) as stream:
        for row in here.of(_rows_of_file(source, query.as_string(target))):
            stream.write_row(row)
    there = _Content()
    with target.cursor(name="copied") as cursor:
        cursor.itersize = FETCH_ROWS
        cursor.execute(query)
        for _ in there.of(cursor):
            pass
    if (here.rows, here.digest) != (there.rows, there.digest):
        raise CopyRefusedError(
            f"table {table.name} is not the same on both sides ({here.rows} rows here, {there.rows}"
            " there): nothing was copied"
        )
    return CopiedTable(name=table.name, rows=here.rows, content_hash=here.digest)


def _rows_of_file(source: sqlite3.Connection, query: str) -> Iterator[Sequence[Any]]:
    cursor = source.execute(query)
    while rows := cursor.fetchmany(FETCH_ROWS):
        yield from rows


class _Content:
    """Counts and hashes rows as they go by."""

    def __init__(self) -> None:
        self.rows = 0
        self._hash = hashlib.sha256()

    def of(self, rows: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
        """Give the rows on."""
        for row in rows:
            self.rows += 1
            self._hash.update(b"\x00".join(map(_value, row)) + b"\n")
            yield row

    @property
    def digest(self) -> str:
        """The SHA-256 of all that went by."""
        return self._hash.hexdigest()


def _value(value: object) -> bytes:
    """A value with its kind and length, so that no two rows read the same."""
    if isinstance(value, bytes | memoryview):
        kind, content = b"b", bytes(value)
    else:
        kind, content = type(value).__name__.encode(), str(value).encode()
    return b"%b%d:%b" % (kind, len(content), content)


def _set_sequence(source: sqlite3.Connection, target: RawConnection, table: sa.Table) -> None:
    """Go on counting where the file stopped, also past rows that are gone."""
    if table.dialect_options["sqlite"]["autoincrement"] is not True:
        return
    last = source.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (table.name,))
    found = last.fetchone()
    if found is not None and found[0] > 0:
        target.execute(
            "SELECT setval(pg_get_serial_sequence(%s, 'seq'), %s)", (table.name, found[0])
        )
