"""What SQLite's result codes mean for us (https://www.sqlite.org/rescode.html)."""

from __future__ import annotations

import sqlite3
from typing import Final

import sqlalchemy as sa

UNTRUSTED: Final = frozenset(
    {
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_READONLY,
    }
)
"""After these nothing the connection says can be trusted. A failed sync is an I/O error: the kernel
may have dropped the pages it could not write, so a second sync that succeeds proves nothing
("fsyncgate"). Read-only in mid-flight means that the disk was remounted or the file was moved."""

HELD: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
"""Another connection is in the way, for longer than the busy timeout."""

_PRIMARY_CODE_MASK: Final = 0xFF  # an extended code carries its primary code in the low byte


def sqlite_error(error: BaseException | None) -> sqlite3.Error | None:
    """Give SQLite's own error, which SQLAlchemy may have wrapped; None if it is no such error."""
    inner = error.orig if isinstance(error, sa.exc.DBAPIError) else error
    return inner if isinstance(inner, sqlite3.Error) else None


def primary_code(error: sqlite3.Error) -> int:
    """Give the primary result code; ``SQLITE_ERROR`` where the driver raised by itself."""
    code: int = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
    return code & _PRIMARY_CODE_MASK
