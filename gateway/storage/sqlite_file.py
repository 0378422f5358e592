"""Opening the file: where it may lie, whose it is, how its connections are set up.

Everything that can be wrong with a place is said in plain words before SQLite says it in its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import sqlalchemy as sa

from gateway.storage.errors import DatabaseUnusable, DatabaseUrlError
from gateway.storage.migration import is_current, migrate
from gateway.storage.raw_connection import RawConnection, bind
from gateway.storage.result_codes import HELD, primary_code, sqlite_error

T = TypeVar("T")

APPLICATION_ID: Final = 0x4B726176  # "Krav": tells our file from any other SQLite file
_MAGIC: Final = b"SQLite format 3\0"  # https://www.sqlite.org/fileformat.html §1.3
_SQLITE_VERSION_MIN: Final = (3, 37, 0)  # STRICT tables

_BUSY_TIMEOUT_SECONDS: Final = 5.0
"""A shell or a backup tool may hold the file for a moment; recovery after a crash too."""

_PRAGMAS: Final = (
    "journal_mode = WAL",  # readers never wait for the writer; one sync per commit
    "synchronous = FULL",  # answered means kept when the power goes; NORMAL would lose it
    "foreign_keys = ON",  # off by default in SQLite, for old files' sake
    "wal_autocheckpoint = 1000",  # pages (4 MiB): the writer alone checkpoints, after its commit
    "journal_size_limit = 67108864",  # bytes (64 MiB): what the log shrinks to after a long read
    "mmap_size = 0",  # an I/O error in a mapped file is a signal that kills, not an error code
    "cache_size = -16384",  # KiB: holds the indexes of some 100,000 open rows
    "temp_store = MEMORY",  # sorting must not need another disk
    "secure_delete = FAST",  # what is deleted is overwritten where that costs no more writing
    "trusted_schema = OFF",  # nothing that lies in the file may call functions
)


def path_from_url(url: str) -> Path:
    """Give the absolute path that a database URL names; ``DatabaseUrlError`` if it names none."""
    if url.startswith(("postgresql", "postgres")):
        raise DatabaseUrlError(
            "name a database on a server as postgresql://USER@HOST/NAME, without a driver"
        )
    scheme, separator, rest = url.partition(":///")
    if scheme != "sqlite" or not separator or rest in {"", ":memory:"} or "?" in rest:
        raise DatabaseUrlError(
            f"database.url {url!r} names no file: give sqlite:///relative/path.db or "
            f"sqlite:////absolute/path.db"
        )
    return Path(rest).resolve()  # one name per file, so that one lock guards it


def restoring_path(path: Path) -> Path:
    """Where a restored copy stands until it has the database's name."""
    return path.with_name(f"{path.name}.restoring")


def is_sqlite(path: Path) -> bool:
    """Whether the file begins as SQLite's do."""
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def check_place(path: Path) -> None:
    """Create the folder if need be; ``DatabaseUnusable`` if no database can lie at ``path``."""
    if restoring_path(path).exists():
        raise DatabaseUnusable(
            f"a restore of {path} was cut off half way: run restore with the same file again"
        )
    if path.is_dir():
        raise DatabaseUnusable(f"{path} is a folder: give database.url the name of a file in it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnusable(
            f"cannot create the folder {path.parent} for the database: {error.strerror}"
        ) from error
    try:
        # Opened as SQLite will: it would take a file it cannot write for one to read only.
        with path.open("r+b") as file:
            magic = file.read(len(_MAGIC))
    except FileNotFoundError:
        return
    except OSError as error:
        raise DatabaseUnusable(
            f"cannot open {path} to read and write: {error.strerror}. "
            f"Give this user the right to write the file and its folder."
        ) from error
    if magic not in {b"", _MAGIC}:
        raise DatabaseUnusable(
            f"{path} is not a SQLite database; nothing was changed. "
            f"Give database.url the name of another file."
        )


def connect_writer(path: Path) -> RawConnection:
    """Open the file for writing, in the thread that is to own the connection."""
    if sqlite3.sqlite_version_info < _SQLITE_VERSION_MIN:
        raise DatabaseUnusable(
            f"SQLite {sqlite3.sqlite_version} is too old: Python must link 3.37 or later"
        )
    try:
        # isolation_level None: the driver begins nothing by itself, BEGIN IMMEDIATE is ours.
        return sqlite3.connect(
            path, isolation_level=None, timeout=_BUSY_TIMEOUT_SECONDS, factory=RawConnection
        )
    except sqlite3.Error as error:
        raise DatabaseUnusable(_plain(error, path)) from error


def prepare_writer(raw: RawConnection, path: Path) -> sa.Connection:
    """Check whose file it is, set the connection up, migrate; in the thread that owns it."""
    try:
        is_new = _check_owner(raw, path)
        for pragma in _PRAGMAS:
            raw.execute(f"PRAGMA {pragma}")
        if raw.execute("PRAGMA journal_mode").fetchone() != ("wal",):
            raise DatabaseUnusable(
                f"the file system of {path} cannot carry a write-ahead log: use a local disk"
            )
        connection = bind(raw)
        raw.execute("BEGIN IMMEDIATE")
        if is_new:  # else it would be written at every start, which needs room on the disk
            raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        migrate(connection)
        raw.execute("COMMIT")
    except (sqlite3.Error, sa.exc.DBAPIError) as error:
        raise DatabaseUnusable(_plain(error, path)) from error
    return connection


def rewrite(raw: RawConnection) -> bool:
    """Write the file anew without what was deleted, and empty the log; False if a read held it.

    Needs as much room again as the file takes; nothing else writes meanwhile.
    """
    raw.execute("PRAGMA temp_store = FILE")  # the copy must not have to fit into memory
    try:
        raw.execute("VACUUM")
        busy, *_ = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        raw.execute("PRAGMA temp_store = MEMORY")
    return not busy


def connect_reader(path: Path) -> RawConnection:
    """Open the file for reading only, for any one thread at a time; it is there and migrated."""
    try:
        raw = sqlite3.connect(
            f"{path.as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=_BUSY_TIMEOUT_SECONDS,
            factory=RawConnection,
        )
        raw.execute("PRAGMA query_only = ON")
    except sqlite3.Error as error:
        raise DatabaseUnusable(_plain(error, path)) from error
    return raw


def read_once(path: Path, op: Callable[[sa.Connection], T]) -> T | None:
    """Run ``op`` on one state of a database that a server may have open; it cannot write.

    ``None`` if the file is of another schema than this release's; raises ``DatabaseUnusable``.
    """
    raw = connect_reader(path)
    try:
        connection = bind(raw)
        raw.execute("BEGIN")
        return op(connection) if is_current(connection) else None
    except (sqlite3.Error, sa.exc.DBAPIError) as error:
        raise DatabaseUnusable(_plain(error, path)) from error
    finally:
        raw.close()


def _check_owner(raw: sqlite3.Connection, path: Path) -> bool:
    """Refuse another program's file; True for one that nobody has used."""
    owner: int = raw.execute("PRAGMA application_id").fetchone()[0]
    (objects,) = raw.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if owner != APPLICATION_ID and (owner or objects):
        raise DatabaseUnusable(
            f"{path} is a database of another program; nothing was changed. "
            f"Give database.url the name of another file."
        )
    return owner != APPLICATION_ID


def _plain(error: sqlite3.Error | sa.exc.DBAPIError, path: Path) -> str:
    """Say what a failed start means and what to do about it."""
    cause = sqlite_error(error)
    code = sqlite3.SQLITE_ERROR if cause is None else primary_code(cause)
    if code in {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}:
        return f"cannot write {path}: this user needs the right to write the file and its folder"
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return f"{path} is damaged ({cause}): restore it from a backup"
    if code == sqlite3.SQLITE_FULL:
        return f"the disk of {path} is full: free some space"
    if code in HELD:
        return f"another program holds {path}: close what else has it open (a shell, a backup tool)"
    return f"cannot open {path}: {cause or error}"
