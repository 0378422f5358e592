"""A prepared statement on a PostgreSQL server, through libpq itself.

psycopg's cursors take two thirds of the time of a small statement for what is the same each time:
finding its form, and types for its values. A statement of ours has one form, and the server knows
the types. What comes back is read by psycopg's own loaders, and errors are its own.

Only for connections whose transactions are begun by SQL (``autocommit``) and whose
``prepare_threshold`` is None: where psycopg prepares by itself, a ROLLBACK makes it drop all that
is prepared, ours too.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any, Final

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ExecStatus, Format

_NUMBERS: Final = count()
_ANSWERED: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class Statements:
    """What one connection has prepared; ends with it."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self.names: dict[str, bytes] = {}
        self.transformer = Transformer(raw)


def run(
    raw: psycopg.Connection[Any], session: Statements, text: str, values: Sequence[object]
) -> tuple[list[tuple[Any, ...]], int]:
    """Run ``text`` (its values as ``$1`` …); gives its rows, and how many it changed.

    In the transaction that is open, by the one thread that uses the connection. Raises
    ``psycopg.Error``.
    """
    name = session.names.get(text) or _prepare(raw, session, text)
    result = raw.pgconn.exec_prepared(
        name,
        [_dumped(value) for value in values],  # type: ignore[misc]  # None is NULL
        [Format.BINARY if isinstance(value, bytes) else Format.TEXT for value in values],
    )
    if result.status not in _ANSWERED:
        raise psycopg.errors.error_from_result(result)
    rows: list[tuple[Any, ...]] = []
    if result.ntuples:
        session.transformer.set_pgresult(result)
        rows = session.transformer.load_rows(0, result.ntuples, tuple)
    return rows, result.command_tuples or 0


def _prepare(raw: psycopg.Connection[Any], session: Statements, text: str) -> bytes:
    name = b"gateway_%d" % next(_NUMBERS)
    result = raw.pgconn.prepare(name, text.encode())
    if result.status not in _ANSWERED:
        raise psycopg.errors.error_from_result(result)
    session.names[text] = name
    return name


def _dumped(value: object) -> bytes | None:
    match value:
        case None | bytes():
            return value
        case str():
            return value.encode()
        case int():
            return b"%d" % value
        case _:
            raise TypeError(f"{type(value).__name__} cannot go to the driver as it is")
