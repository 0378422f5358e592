"""Copies of a live SQLite database, proven equal; and a copy put in the database's place.

A copy is read through a connection of its own that can neither write nor checkpoint
(``mode=ro``), so the server's stays the only one that does, and is not slowed by more than the
disk. It sees one state from beginning to end, however much is committed meanwhile.

::

    backup    read transaction ── copy ── hash both, table by table ── mark the copy ──> FILE
    restore   FILE ── copy beside the database ── check, mark, migrate ── old one aside ── rename
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from gateway.storage.copy_marks import mark_copy, newest
from gateway.storage.errors import DatabaseUnusable
from gateway.storage.lock import FileLock
from gateway.storage.sqlite_file import (
    APPLICATION_ID,
    connect_writer,
    is_sqlite,
    prepare_writer,
    restoring_path,
)

_OWN_USER_ONLY: Final = 0o600  # a copy holds the same personal data as the database
_ROWS_AT_ONCE: Final = 1_000
_MARK_TABLE: Final = "copy_mark"  # the one table in which a copy may differ


class BackupError(DatabaseUnusable):
    """The copy was not made, or is not equal; nothing of it is left behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """A copy that was compared with its original; ``rows`` by table."""

    path: Path
    size_bytes: int
    rows: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A copy in its place. ``aside`` is where the database that stood there went, if one did.

    ``to_look_up`` counts messages that may have been sent since ``copied_at``.
    """

    path: Path
    aside: Path | None
    copied_at: datetime
    to_look_up: int
    brought_key: bool


def key_path(database: Path) -> Path:
    """Where the key of identity hashes lies beside a database or its copy."""
    return database.with_name(f"{database.name}.key")


def back_up(database: Path, target: Path, now: datetime) -> Copied:
    """Copy a database that may be in use to ``target``, with its key; ``BackupError``.

    ``target`` must not exist. It appears whole and compared, or not at all.
    """
    _check_source(database)
    if not key_path(database).is_file():
        raise BackupError(
            f"{key_path(database)} is missing: without it a copy could not tell debtors apart."
            " Start serve once; it says what to do"
        )
    for path in (target, key_path(target)):
        if path.exists():
            raise BackupError(f"{path} exists: name another file, or remove it")
    partial = target.with_name(f"{target.name}.partial")
    try:
        rows = _copy_and_compare(database, partial)
        _mark(partial, now)
        _copy_private(key_path(database), key_path(target))
        partial.replace(target)
        _sync(target.parent)
    except (sqlite3.Error, OSError) as error:
        raise BackupError(f"{database} could not be copied to {target}: {error}") from error
    finally:
        _remove(partial)
    return Copied(path=target, size_bytes=target.stat().st_size, rows=rows)


def restore(source: Path, database: Path, now: datetime, *, replace: bool) -> Restored:
    """Put the copy ``source`` in the place of ``database``, marked as one nobody served from yet.

    Raises ``DatabaseLocked`` while a process has the database, ``DatabaseTooNew`` for a copy of a
    later release, and ``BackupError`` for anything else, with the old database where it was.
    """
    _check_source(source)
    if source.resolve() == database.resolve():
        raise BackupError(f"{source} is the database itself: name a copy of it")
    database.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(database.with_name(f"{database.name}.lock"))
    try:
        if database.exists() and not replace:
            raise BackupError(f"{database} exists: say --yes to have it put aside and replaced")
        return _replace(source, database, now)
    except (sqlite3.Error, OSError) as error:
        raise BackupError(f"{source} could not be restored to {database}: {error}") from error
    finally:
        lock.release()


def _replace(source: Path, database: Path, now: datetime) -> Restored:
    """Make the new file whole first; from then on a start is refused until it has its name."""
    new = restoring_path(database)
    draft = database.with_name(f"{database.name}.draft")
    try:
        _copy_and_compare(source, draft)
        copied_at, to_look_up = _mark(draft, now)
    except BaseException:
        _remove(draft)
        raise
    draft.replace(new)
    aside = _put_aside(database, now)
    brought_key = key_path(source).is_file()
    if brought_key:
        _remove(key_path(database))
        _copy_private(key_path(source), key_path(database))
    new.replace(database)
    _sync(database.parent)
    return Restored(
        path=database,
        aside=aside,
        copied_at=copied_at,
        to_look_up=to_look_up,
        brought_key=brought_key,
    )


def _put_aside(database: Path, now: datetime) -> Path | None:
    """Give the old database another name, with its log: never may a log meet another's file."""
    aside = database.with_name(f"{database.name}.before-{now:%Y%m%dT%H%M%SZ}")
    for ending in ("", "-wal", "-shm"):
        old = database.with_name(f"{database.name}{ending}")
        if old.exists():
            old.replace(aside.with_name(f"{aside.name}{ending}"))
    if not aside.exists():
        return None
    if key_path(database).is_file():
        _copy_private(key_path(database), key_path(aside))
    return aside


def _check_source(path: Path) -> None:
    if not path.is_file():
        raise BackupError(f"{path}: no such file")
    if not is_sqlite(path):
        raise BackupError(f"{path} is not a SQLite database; nothing was changed")


def _copy_and_compare(source: Path, target: Path) -> dict[str, int]:
    """Copy one state of ``source`` and prove the copy equal; gives its rows by table."""
    _remove(target)
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWN_USER_ONLY))
    with _reading(source) as original:
        (owner,) = original.execute("PRAGMA application_id").fetchone()
        if owner != APPLICATION_ID:
            raise BackupError(f"{source} is a database of another program; nothing was changed")
        with closing(sqlite3.connect(target)) as copy:
            original.backup(copy)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, whole without a log
            told = [line for (line,) in copy.execute("PRAGMA integrity_check")]
            if told != ["ok"]:
                raise BackupError(f"the copy of {source} is damaged ({told[0]}): nothing was kept")
            wanted, found = _contents(original), _contents(copy)
    if wanted != found:
        differing = ", ".join(sorted(t for t in wanted if wanted[t] != found.get(t)))
        raise BackupError(f"the copy of {source} differs in {differing}: nothing was kept")
    _sync(target)
    return {table: rows for table, (rows, _) in found.items()}


@contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """One state of a database that others may write, for as long as the context is open."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        yield connection


def _contents(connection: sqlite3.Connection) -> dict[str, tuple[int, str]]:
    """Rows and a hash of all values, by table."""
    tables = connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_stat%'"
    ).fetchall()
    return {name: _content(connection, name) for (name,) in tables if name != _MARK_TABLE}


def _content(connection: sqlite3.Connection, table: str) -> tuple[int, str]:
    info = connection.execute(f'PRAGMA table_info("{table}")').fetchall()
    columns = [row[1] for row in info if row[5]] or [row[1] for row in info]  # the primary key
    order = ", ".join(f'"{column}"' for column in columns)
    cursor = connection.execute(f'SELECT * FROM "{table}" ORDER BY {order}')  # noqa: S608 - names of our own schema
    digest, count = hashlib.sha256(), 0
    while rows := cursor.fetchmany(_ROWS_AT_ONCE):
        digest.update(repr(rows).encode())
        count += len(rows)
    return count, digest.hexdigest()


def _mark(path: Path, now: datetime) -> tuple[datetime, int]:
    """Say in the file that it is a copy; gives the state it holds, and what it holds as unsent."""
    with closing(connect_writer(path)) as raw:
        connection = prepare_writer(raw, path)
        raw.execute("BEGIN IMMEDIATE")
        mark_copy(connection, now)
        raw.execute("COMMIT")
        mark = newest(connection)
        (to_look_up,) = raw.execute(
            "SELECT count(*) FROM message WHERE settled_at IS NULL AND doubtful = 1"
        ).fetchone()
        raw.execute("PRAGMA journal_mode = DELETE")
    _sync(path)
    return (now if mark is None else mark.copied_at), to_look_up


def _copy_private(source: Path, target: Path) -> None:
    descriptor = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _OWN_USER_ONLY)
    with os.fdopen(descriptor, "wb") as file, source.open("rb") as original:
        shutil.copyfileobj(original, file)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)
