"""What a lease costs with a million messages unsettled, beside the same with nothing but its own.

Run from the project's folder as ``python -m tests.benchmarks.lease_cost ROWS FILE``. ``FILE`` is a
gateway's database that nobody else uses, or is made. Half of ``ROWS`` are heads that are due
tomorrow, in the line that is leased from; half wait behind heads. Then a batch is leased here, and
one of the same size from a small database, in turns; each is settled before the next. A lease is
timed from its first statement to its last, so without the commit, by the wall and by the thread's
own time: every lease waits for the same sync, which would hide the rest.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from gateway.storage.database import Database
from gateway.storage.sqlite_file import connect_writer, prepare_writer
from gateway.storage.tables import message as table
from outbox import store
from outbox.instants import to_ms
from outbox.message import Delivered
from tests.benchmarks.under_test import percentile

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=1)
BATCH = 8
"""As many as the shipped limit of calls at once lets be leased together."""

LEASES = 2_000
WARM_UP = 100
PAYLOAD = b"\x00" + b"x" * 1_400

COLUMNS = "message_id, scope, key, lane, kind, payload, doubtful, state, head, due_at, created_at"


def fill(file: Path, rows: int) -> None:
    """Write the backlog, and in front of it what is leased."""
    now_ms, tomorrow_ms = to_ms(NOW), to_ms(NOW + timedelta(days=1))
    heads = rows // 2

    def every() -> Iterator[tuple[object, ...]]:
        for number in range(BATCH * (LEASES + WARM_UP)):
            yield _message(f"due-{number}", f"due-{number}", head=1, due_ms=now_ms - 1)
        for number in range(heads):
            yield _message(f"head-{number}", f"head-{number}", head=1, due_ms=tomorrow_ms)
        for number in range(rows - heads):
            yield _message(f"behind-{number}", f"head-{number}", head=0, due_ms=now_ms - 1)

    connection = sqlite3.connect(file, isolation_level=None)
    for statement in ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -400000", "BEGIN"):
        connection.execute(statement)
    marks = ", ".join("?" for _ in COLUMNS.split(", "))
    connection.executemany(
        f"INSERT INTO message ({COLUMNS}) VALUES ({marks})",  # noqa: S608 - our own names
        every(),
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _message(name: str, key: str, *, head: int, due_ms: int) -> tuple[object, ...]:
    kind = "kravia.register"
    at = to_ms(NOW)
    lane = f"lane-{key}"
    return (f"lc-{name}", "acme", key, lane, kind, PAYLOAD, 1, "pending", head, due_ms, at)


@contextmanager
def _opened(file: Path) -> Iterator[tuple[sqlite3.Connection, sa.Connection]]:
    """A writer's own connection, with the pragmas that it runs with."""
    raw = connect_writer(file)
    try:
        connection = prepare_writer(raw, file)
        raw.execute("PRAGMA synchronous = OFF")  # commits are not timed, only waited for
        yield raw, connection
    finally:
        raw.close()


def _lease(raw: sqlite3.Connection, connection: sa.Connection) -> tuple[float, float]:
    """Lease a batch and settle it; µs by the wall and of the thread that the lease took."""
    raw.execute("BEGIN IMMEDIATE")
    wall, own = time.perf_counter(), time.thread_time()
    leased = store.lease(connection, table, now=NOW, until=UNTIL, limit=BATCH)
    taken = (time.perf_counter() - wall, time.thread_time() - own)
    raw.execute("COMMIT")
    if len(leased) != BATCH:
        raise RuntimeError(f"{len(leased)} were leased")
    raw.execute("BEGIN IMMEDIATE")
    for each in leased:
        store.settle(connection, table, each.message_id, each.fence, Delivered(), now=NOW)
    raw.execute("COMMIT")
    return 1e6 * taken[0], 1e6 * taken[1]


def measure(rows: int, file: Path) -> dict[str, float]:
    """Lease in turns from both; microseconds a lease, and their ratios."""
    found: list[list[tuple[float, float]]] = [[], []]
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        small = Path(folder) / "small.db"
        for each, count in ((small, 0), (file, rows)):
            asyncio.run(_make(each))
            fill(each, count)
        with _opened(small) as few, _opened(file) as many:
            for number in range(WARM_UP + LEASES):
                for place, connections in enumerate((few, many)):
                    taken = _lease(*connections)
                    if number >= WARM_UP:
                        found[place].append(taken)
    figures = {}
    for word, share in (("p50", 0.5), ("p99", 0.99)):
        for clock, name in enumerate(("wall", "own")):
            few_us, many_us = (
                percentile([taken[clock] for taken in each], share) for each in found
            )
            figures[f"{name}_{word}_us_empty"] = few_us
            figures[f"{name}_{word}_us_full"] = many_us
            figures[f"{name}_{word}_ratio"] = many_us / few_us
    return figures


async def _make(file: Path) -> None:
    async with await Database.open(f"sqlite:///{file}"):
        pass


def main() -> None:
    """Print the figures as one line of ``name=value`` pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    figures = measure(arguments.rows, arguments.file)
    text = " ".join(f"{name}={value:,.3f}" for name, value in figures.items())
    sys.stdout.write(f"lease_cost {text}\n")


if __name__ == "__main__":
    main()
