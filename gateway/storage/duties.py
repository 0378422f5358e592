"""Who, of several processes on one database, does what only one may do at a time.

A duty is held for some seconds and renewed well before they end, all judged by the server's clock.
A process that dies lets its duties lapse; one that stops gives them back.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from gateway.storage.server_clock import NOW_MS

_HOLD = sa.text(
    f"""
INSERT INTO duty AS held (name, holder, until)
SELECT name, :holder, {NOW_MS} + :milliseconds FROM unnest(CAST(:names AS text[])) AS name
ORDER BY name
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
WHERE held.holder = excluded.holder OR held.until < {NOW_MS}
RETURNING name
"""  # noqa: S608 - our own words
)


def hold(
    connection: sa.Connection, names: Sequence[str], holder: str, seconds: float
) -> frozenset[str]:
    """Take or renew what of ``names`` is free or ours; gives those that are now held."""
    values = {"names": list(names), "holder": holder, "milliseconds": round(seconds * 1000)}
    return frozenset(row.name for row in connection.execute(_HOLD, values))


def release(connection: sa.Connection, holder: str) -> None:
    """Let others take at once what ``holder`` held."""
    connection.execute(sa.text("DELETE FROM duty WHERE holder = :holder"), {"holder": holder})
