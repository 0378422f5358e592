"""The server under test, in a process of its own: ``python -m tests.benchmarks.inside WHAT …``.

::

    bare     FOLDER                the shipped webhook endpoint over a recorder that stores nothing
    durable  FOLDER                the same endpoint over the shipped inbox on real SQLite
    slow     FOLDER                the same, on a disk that takes 150 ms longer for each commit
    gateway  FOLDER REMOTES_PORT [URL]   the whole gateway; Kravia and the ledger at that port

Its first line on standard output is a JSON object with its port; it ends with standard input.
The first three tell in a last line the processor time all threads have taken since the
first, and how many operations shared a commit.
"""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import sqlite3
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import uvloop

from gateway.app import system_clock
from gateway.app_serving import serve
from gateway.metrics import Metrics
from gateway.settings import Settings
from gateway.storage import inbox
from gateway.storage.database import Database
from gateway.storage.inbox import NewEvent, Recorded
from gateway.storage.raw_connection import RawConnection
from gateway.storage.seal import PlainSeal
from gateway.telemetry import configure_logging
from gateway.web.edge import Edge
from gateway.web.rate import Rate
from gateway.web.server import Listening, serving
from gateway.web.webhooks import Record, WebhookLimits
from tests.benchmarks.signed_webhooks import SECRET, SECRET_TEXT

STARTS_AT = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
"""The simulated calendar: the rules must let the invoices go on whatever day this runs."""

AHEAD = STARTS_AT - system_clock()
NO_LIMIT = 1_000_000
"""Requests a second: the limiter runs as it always does, and never strikes."""

_PACES = (
    "kravia_calls_per_second",
    "kravia_calls_burst",
    "ledger_calls_per_second",
    "ledger_calls_burst",
)
"""How fast remotes are called at most: else this would measure that politeness."""

SLOW_COMMIT_SECONDS = 0.15

CALLS_AT_ONCE = 16
"""``kravia.concurrency`` here; the shipped 8 is modesty towards a remote of unknown limits."""


def simulated_clock() -> datetime:
    """The machine's time, moved to where the simulated calendar begins."""
    return system_clock() + AHEAD


async def main() -> None:
    """Run what the arguments say until standard input ends."""
    what, folder = sys.argv[1], Path(sys.argv[2])
    configure_logging(as_json=True, level=logging.WARNING)
    if what == "bare":
        _say({"processor_seconds": await _endpoint(_store_nothing)})
    elif what in {"durable", "slow"}:
        if what == "slow":
            _slow_down_commits()
        await _durable(folder)
    else:
        url = sys.argv[4] if len(sys.argv) > 4 else f"sqlite:///{folder / 'gateway.db'}"
        await _gateway(folder, int(sys.argv[3]), url)


def _keep_syncing(connection: sqlite3.Connection) -> None:
    """Let the database's own disk work for as long as a slow one would take."""
    file = Path(connection.execute("PRAGMA database_list").fetchone()[2])
    until = time.perf_counter() + SLOW_COMMIT_SECONDS
    with file.with_suffix(".slow").open("wb", buffering=0) as slow:
        while time.perf_counter() < until:
            slow.write(bytes(4096))
            os.fsync(slow.fileno())


def _slow_down_commits() -> None:
    """Let every COMMIT of a writer take longer, with all its locks held."""
    execute = RawConnection.execute

    def slowed(self: RawConnection, sql: str, /, *parameters: Any) -> sqlite3.Cursor:
        if sql == "COMMIT":
            _keep_syncing(self)
        return execute(self, sql, *parameters)

    vars_of_class: Any = RawConnection
    vars_of_class.execute = slowed


async def _store_nothing(event: NewEvent) -> Recorded:
    return Recorded(event_id=event.event_id, outcome="recorded", problem=None)


async def _durable(folder: Path) -> None:
    groups: list[int] = []
    seal = PlainSeal(b"benchmark-token-key")

    def observe(operations: int, _seconds: float, _sync_seconds: float) -> None:
        groups.append(operations)

    url = f"sqlite:///{folder / 'ingest.db'}"
    async with await Database.open(url, group_observer=observe) as database:

        async def record(event: NewEvent) -> Recorded:
            return await inbox.record(database, seal, event)

        processor_seconds = await _endpoint(record)
    per_commit = sum(groups) / max(len(groups), 1)
    _say({"events_per_commit": per_commit, "processor_seconds": processor_seconds})


async def _endpoint(record: Record) -> float:
    """Serve until the input ends; gives the processor time this took, in seconds."""
    metrics = Metrics()
    edge = Edge(
        secrets={"acme": (SECRET,)},
        record=record,
        now=system_clock,
        call=_no_operation,
        is_known=_is_unknown,
        hint=lambda _creditor_id: None,
        limits=WebhookLimits(rate=Rate(per_second=NO_LIMIT, burst=NO_LIMIT)),
        observe=metrics.webhook_answered,
    )
    async with serving(edge, host="127.0.0.1", port=0) as listening:
        before = _processor_seconds()
        _ready(listening)
        await _input_ends()
        return _processor_seconds() - before


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


async def _gateway(folder: Path, remotes_port: int, url: str) -> None:
    remotes = f"http://127.0.0.1:{remotes_port}"
    document: dict[str, Any] = {
        "server": {"port": 0, "rate_per_second": NO_LIMIT, "rate_burst": NO_LIMIT},
        "database": {"url": url},
        "kravia": {"base_url": remotes, "token": "env:TOKEN", "concurrency": CALLS_AT_ONCE},
        "remotes": dict.fromkeys(_PACES, NO_LIMIT // 10),
        "creditors": {
            "acme": {
                "kravia_creditor_id": 10759,
                "webhook_secrets": ["env:SECRET"],
                "register_max_per_day": NO_LIMIT,
                "ledger": {
                    "kind": "webhook",
                    "url": f"{remotes}/collections",
                    "secret": "env:SECRET",
                },
            }
        },
    }
    settings = Settings.build(document, {"SECRET": SECRET_TEXT, "TOKEN": "t"}, base=folder)
    stop = asyncio.Event()
    ending = asyncio.create_task(_input_ends(stop))
    await serve(settings, clock=simulated_clock, stop=stop, on_ready=_ready)
    await ending


async def _no_operation(
    _name: str, _arguments: Mapping[str, object], _actor: str
) -> Mapping[str, object]:
    return {}


async def _is_unknown(_creditor_id: str, _kravia_invoice_id: str) -> bool:
    return False


def _ready(listening: Listening) -> None:
    _say({"port": listening.port, "ahead_seconds": AHEAD / timedelta(seconds=1)})


def _say(document: dict[str, float]) -> None:
    sys.stdout.write(orjson.dumps(document).decode() + "\n")
    sys.stdout.flush()


async def _input_ends(then: asyncio.Event | None = None) -> None:
    """Wait for the end of standard input: whoever started this has seen enough, or is gone."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def look() -> None:
        if not os.read(sys.stdin.fileno(), 1):
            ended.set()

    loop.add_reader(sys.stdin.fileno(), look)
    await ended.wait()
    loop.remove_reader(sys.stdin.fileno())
    if then is not None:
        then.set()


if __name__ == "__main__":
    uvloop.run(main())
