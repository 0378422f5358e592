"""Calls between processes on one PostgreSQL database: one NOTIFY for many, polling if it is lost.

A call says that there is work, never what it is: whoever hears it looks into the database.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from typing import Final

import sqlalchemy as sa

CHANNEL: Final = "kravia_gateway"

CALLS_MAX: Final = 50
"""Calls in one notification: its payload has 8,000 bytes at most, a creditor's id 64."""

RECONNECT_SECONDS: Final = 5.0
"""Between two tries to listen again: meanwhile the loops' own pace finds what there is to do."""

_QUIET_SECONDS: Final = 30.0
"""How long to listen before looking whether anybody is still there."""

Call = tuple[str, str]
"""What to do, and whose it is (a creditor's id, or nothing)."""


def call(connection: sa.Connection, caller: str, calls: Iterable[Call]) -> None:
    """Tell every process that listens; they hear it when this is committed."""
    some = sorted(calls)
    for at in range(0, len(some), CALLS_MAX):
        payload = json.dumps([caller, some[at : at + CALLS_MAX]])
        connection.execute(
            sa.text("SELECT pg_notify(:channel, :payload)"),
            {"channel": CHANNEL, "payload": payload},
        )


async def heard(url: str, caller: str) -> AsyncIterator[Call]:
    """Give the calls of others, for ever; a lost connection is had again."""
    import psycopg  # noqa: PLC0415 - the driver is loaded only where it is used

    from gateway.storage.postgres_connection import conninfo  # noqa: PLC0415 - as above

    while True:
        try:
            connection = await psycopg.AsyncConnection.connect(conninfo(url), autocommit=True)
        except psycopg.Error:
            await asyncio.sleep(RECONNECT_SECONDS)
            continue
        async with connection:
            try:
                await connection.execute(f"LISTEN {CHANNEL}".encode())
                while True:
                    async for notice in connection.notifies(timeout=_QUIET_SECONDS):
                        for each in _calls_of_others(notice.payload, caller):
                            yield each
                    await connection.execute("SELECT 1")
            except psycopg.Error:
                await asyncio.sleep(RECONNECT_SECONDS)


def _calls_of_others(payload: str, caller: str) -> list[Call]:
    try:
        sender, calls = json.loads(payload)
        return [] if sender == caller else [(str(what), str(whose)) for what, whose in calls]
    except (ValueError, TypeError):
        return []  # another program's, or another release's
