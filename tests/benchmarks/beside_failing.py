"""A creditor whose ledger fails beside a healthy one: what the healthy one notices of it.

``python -m tests.benchmarks.beside_failing`` prints the time from a message being due to its
arrival at the healthy ledger, alone and beside a hot creditor with a long backlog for a ledger that
hangs and then fails. The gateway is whole but for sockets; the breaker is off, so that only the
sharing of slots keeps the two apart.
"""

from __future__ import annotations

import asyncio
import logging
import random
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
import sqlalchemy as sa
import structlog

from clients.errors import InDoubtError
from clients.exchange import Request, Response
from clients.transport import Timeouts
from gateway.app import open_gateway
from gateway.app_loops import workers
from gateway.metrics import Metrics
from gateway.operations.gateway import Gateway
from gateway.settings import Settings
from gateway.storage.tables import message as table
from outbox import store
from outbox.message import NewMessage

BACKLOG = 2_000
HANG_SECONDS = 0.5
SAMPLES = 200
PER_SECOND = 50
RATIO_MAX = 5.0
"""Of the two p99: leasing beside a backlog costs something; waiting for one call of half a second
would be a ratio of fifty."""

SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="


class Ledgers:
    """The hot one hangs and fails, the healthy one notes when it is told."""

    def __init__(self) -> None:
        self.told: dict[str, float] = {}
        self.failed = 0
        self.all_told = asyncio.Event()

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        """Answer as the host does."""
        del timeouts
        if "hot" in request.path:
            self.failed += 1
            await _pass(HANG_SECONDS)
            raise InDoubtError("no answer")
        self.told[request.headers["webhook-id"]] = time.perf_counter()
        if len(self.told) == SAMPLES:
            self.all_told.set()
        return Response(status=204)


async def _pass(seconds: float) -> None:
    """Let real time pass: here it is what is measured."""
    loop = asyncio.get_running_loop()
    over: asyncio.Future[None] = loop.create_future()
    timer = loop.call_later(seconds, over.set_result, None)
    try:
        await over
    finally:
        timer.cancel()


def _settings(folder: Path) -> Settings:
    def creditor(name: str, number: int) -> dict[str, object]:
        url = f"https://{name}.example/hooks"
        return {
            "kravia_creditor_id": number,
            "webhook_secrets": ["env:SECRET"],
            "ledger": {"kind": "webhook", "url": url, "secret": "env:SECRET"},
        }

    document = {
        "database": {"url": f"sqlite:///{folder}/gateway.db"},
        "kravia": {"token": "env:SECRET"},
        "remotes": {"breaker_failures": 1_000_000, "retry_percent": 100},
        "creditors": {"hot": creditor("hot", 1), "healthy": creditor("healthy", 2)},
    }
    return Settings.build(document, {"SECRET": SECRET}, base=folder)


async def _add(gateway: Gateway, creditor_id: str, name: str, count: int) -> None:
    now = datetime.now(UTC)
    payload = gateway.seal.seal(orjson.dumps({"timestamp": now.isoformat(), "data": {}}))

    def add(connection: sa.Connection) -> None:
        for number in range(count):
            message_id = f"msg_{name}{number}"
            new = NewMessage(
                message_id=message_id,
                scope=creditor_id,
                key=message_id,
                kind="ledger.claim.updated",
                payload=payload,
                due_at=now,
                doubtful=False,
            )
            store.add(connection, table, new, now=now)

    await gateway.database.write(add)
    gateway.wake.delivery.set()


async def p99_ms(backlog: int) -> float:
    """Milliseconds from due to told at the healthy ledger, p99, beside so long a backlog."""
    ledgers = Ledgers()
    with tempfile.TemporaryDirectory() as name:
        settings = _settings(Path(name))
        metrics = Metrics()
        async with open_gateway(
            settings, metrics=metrics, kravia_transport=ledgers, outside_transport=ledgers
        ) as gateway:
            parts = workers(settings, gateway, metrics, random.Random(1))  # noqa: S311
            stop = asyncio.Event()
            running = asyncio.create_task(
                parts.dispatcher.run(stop=stop, clock=gateway.clock, wake=gateway.wake.delivery)
            )
            await _add(gateway, "hot", "hot", backlog)
            due: dict[str, float] = {}
            for number in range(SAMPLES):
                await _add(gateway, "healthy", f"{number}.", 1)
                due[f"msg_{number}.0"] = time.perf_counter()
                await _pass(1 / PER_SECOND)
            await ledgers.all_told.wait()
            stop.set()
            await running
    if backlog and not ledgers.failed:
        raise RuntimeError("the hot ledger was never called")
    waits = [1000 * max(0.0, ledgers.told[each] - at) for each, at in due.items()]
    return statistics.quantiles(waits, n=100)[98]


async def _main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    alone, beside = await p99_ms(0), await p99_ms(BACKLOG)
    print(f"healthy creditor alone, p99: {alone:.1f} ms")  # noqa: T201 - what it is for
    print(f"beside {BACKLOG:,} messages for a ledger that hangs, p99: {beside:.1f} ms")  # noqa: T201
    if beside > max(RATIO_MAX * alone, 1000 * HANG_SECONDS / 2):
        raise SystemExit("a failing creditor slows a healthy one")


if __name__ == "__main__":
    asyncio.run(_main())
