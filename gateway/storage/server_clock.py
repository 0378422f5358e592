"""The clock of a PostgreSQL server: one for all replicas, whatever their own clocks say."""

from __future__ import annotations

from datetime import datetime
from typing import Final, LiteralString

import sqlalchemy as sa

from outbox.instants import from_ms

NOW_MS: Final[LiteralString] = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"
"""Its instant in milliseconds since 1970; it runs on inside a transaction."""

_NOW: Final = sa.text(f"SELECT {NOW_MS}".replace("::", r"\:\:"))


def server_now(connection: sa.Connection) -> datetime:
    """The server's instant."""
    return from_ms(connection.execute(_NOW).scalar_one())
