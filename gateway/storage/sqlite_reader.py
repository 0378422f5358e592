"""Reading a SQLite file beside its writer."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa

from gateway.storage.errors import DatabaseUnavailable
from gateway.storage.raw_connection import bind, mend
from gateway.storage.result_codes import UNTRUSTED, primary_code, sqlite_error
from gateway.storage.sqlite_file import connect_reader

T = TypeVar("T")


class SqliteReader:
    """A connection that only reads."""

    def __init__(self, path: Path) -> None:
        self._raw = connect_reader(path)
        self.connection: sa.Connection = bind(self._raw)

    def run(self, op: Callable[[sa.Connection], T]) -> T:
        """Run ``op`` on one snapshot."""
        try:
            self._raw.execute("BEGIN")
            try:
                return op(self.connection)
            finally:
                mend(self.connection)
                self._raw.execute("ROLLBACK")
        except (sqlite3.Error, sa.exc.DBAPIError) as error:
            cause = sqlite_error(error)
            if cause is None or primary_code(cause) not in UNTRUSTED or _wrote(cause):
                raise
            raise DatabaseUnavailable(f"the database cannot be read: {cause}") from error

    def close(self) -> None:
        """Let go of the file."""
        self._raw.close()


def _wrote(cause: sqlite3.Error) -> bool:
    """Tell an op that tries to write through a reader, which is its own mistake."""
    return primary_code(cause) == sqlite3.SQLITE_READONLY
