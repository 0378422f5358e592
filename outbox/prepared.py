"""A statement compiled once and then run on the driver's own connection.

SQLAlchemy takes some 100 µs to run a statement whose compiled form it has at hand; SQLite needs 10.
What runs for every message or claim is therefore compiled once for each dialect, and from then on
only its text and its values go to the driver. Everything else about it is as before: the caller's
transaction, the driver's errors under SQLAlchemy's names, and whoever listens to the connection's
statements hears these too.

Only for columns of whole numbers, text and bytes: the drivers take and give those as they are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

Row = tuple[Any, ...]
RunPrepared = Callable[[str, Any], tuple[list[Row], int]]
"""``run_prepared`` of a driver's connection that has one: takes the values as ``$1`` and so on, and
gives the rows, and how many were changed."""

_NUMBERED: Final = "numbered"

_PLAIN: Final = (sa.Integer, sa.String, sa.LargeBinary, sa.Boolean, sa.types.NullType)
"""Types that need no conversion on the way in; a Boolean is a comparison's, and comes as 0 or 1."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """What goes to the driver: ``order`` names the values by position, None takes them by name."""

    text: str
    order: tuple[str, ...] | None
    fixed: dict[str, Any]  # what the statement itself holds, such as a limit


class Prepared:
    """One statement. Values are named as its parameters, or for an insert or update its columns."""

    def __init__(self, statement: sa.Executable) -> None:
        self._statement = statement
        self._compiled: dict[tuple[str, ...], _Compiled] = {}

    def all(self, connection: sa.Connection, /, **values: object) -> list[Row]:
        """Run it and give its rows, in the order of its columns."""
        if _is_listened_to(connection):
            return [tuple(row) for row in connection.execute(self._statement, values)]
        return self._run(connection, values)[0]

    def first(self, connection: sa.Connection, /, **values: object) -> Row | None:
        """Run it and give its first row, if it has one."""
        # All are fetched: a statement that changes something ends with its last row.
        rows = self.all(connection, **values)
        return rows[0] if rows else None

    def scalar(self, connection: sa.Connection, /, **values: object) -> Any:
        """Run it and give the first column of its first row; None where there is none."""
        row = self.first(connection, **values)
        return None if row is None else row[0]

    def change(self, connection: sa.Connection, /, **values: object) -> int:
        """Run what gives no rows; how many it changed."""
        if _is_listened_to(connection):
            return connection.execute(self._statement, values).rowcount
        return self._run(connection, values)[1]

    def _run(self, connection: sa.Connection, values: dict[str, Any]) -> tuple[list[Row], int]:
        """Run it; gives its rows, and how many it changed."""
        raw: Any = connection.connection.dbapi_connection  # of both dialects the driver's own
        run: RunPrepared | None = getattr(raw, "run_prepared", None)
        key = (connection.dialect.name if run is None else _NUMBERED, *values)
        compiled = self._compiled.get(key) or self._compile(connection.dialect, key)
        named = {**compiled.fixed, **values} if compiled.fixed else values
        order = compiled.order
        given = named if order is None else [named[name] for name in order]
        try:
            if run is not None:
                return run(compiled.text, given)
            cursor = raw.execute(compiled.text, given)
            # psycopg does not like to be asked for rows where there are none.
            return [] if cursor.description is None else cursor.fetchall(), cursor.rowcount
        except Exception as error:
            driver = connection.dialect.loaded_dbapi
            if not isinstance(error, driver.Error):
                raise
            raise sa.exc.DBAPIError.instance(
                compiled.text,
                None,
                error,
                driver.Error,
                hide_parameters=True,  # they are personal data
                dialect=connection.dialect,
            ) from error

    def _compile(self, dialect: sa.Dialect, key: tuple[str, ...]) -> _Compiled:
        if key[0] == _NUMBERED:
            numbered: Any = type(dialect)
            dialect = numbered(paramstyle="numeric_dollar")
        compiled: Any = self._statement.compile(dialect=dialect, column_keys=list(key[1:]))  # type: ignore[attr-defined]  # each statement's own
        for bind in compiled.bind_names:
            if bind.expanding or not isinstance(bind.type, _PLAIN):
                raise TypeError(f"{bind.key} of {compiled} cannot go to the driver as it is")
        fixed = {name: value for name, value in compiled.params.items() if name not in key[1:]}
        order = tuple(compiled.positiontup) if compiled.positional else None
        made = self._compiled[key] = _Compiled(str(compiled), order, fixed)
        return made


def _is_listened_to(connection: sa.Connection) -> bool:
    # SQLAlchemy's own flags: they spare it the same look.
    return bool(connection._has_events or connection.engine._has_events)  # noqa: SLF001 - no public word for it
