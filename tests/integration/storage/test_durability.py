"""Answered means kept: a process that is killed without warning has lost nothing it promised."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from gateway.storage.database import Database
from gateway.storage.tables import event

ROOT = Path(__file__).parents[3]

CHILD = """
import asyncio, itertools, sys
from datetime import UTC, datetime
from gateway.storage import inbox
from gateway.storage.database import Database
from gateway.storage.seal import PlainSeal

async def caller(database, numbers):
    for number in numbers:
        recorded = await inbox.record(database, PlainSeal(b"0123456789abcdef"), inbox.NewEvent(
            creditor_id="acme", webhook_id=f"msg-{number}", type="invoice.overdue", invoice_id=None,
            body=b"{}" * 500, received_at=datetime(2026, 11, 24, tzinfo=UTC), outcome="recorded",
        ))
        assert recorded.outcome == "recorded"
        print(f"msg-{number}", flush=True)

async def main():
    database = await Database.open(sys.argv[1])
    numbers = itertools.count(int(sys.argv[2]))
    await asyncio.gather(*(caller(database, numbers) for _ in range(32)))

asyncio.run(main())
"""


def record_until_killed(url: str, first: int, answers: int) -> set[str]:
    """Start a process that records, kill it after so many answers; gives what it answered."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, url, str(first)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(answers)]
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.readlines()
    return {line.strip() for line in lines if line.endswith("\n")}


def webhook_ids(connection: sa.Connection) -> list[str]:
    return list(connection.execute(sa.select(event.c.webhook_id)).scalars())


def integrity(connection: sa.Connection) -> str:
    found: str = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    return found


async def test_what_was_answered_survives_a_kill_and_another_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/gateway.db"
    answered: set[str] = set()
    for round_number in range(2):
        first = round_number * 1_000_000
        answered |= await asyncio.to_thread(record_until_killed, url, first, 500)

    assert len(answered) >= 1_000
    async with await Database.open(url) as database:
        kept = await database.read(webhook_ids)
        assert answered <= set(kept)
        assert len(kept) == len(set(kept))
        assert await database.read(integrity) == "ok"
