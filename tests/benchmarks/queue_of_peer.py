"""pgqueuer on the same PostgreSQL server, its jobs sent to the same stub of Kravia.

Run from the project's folder as ``python -m tests.benchmarks.queue_of_peer URL PORT JOBS``, with
the stub at ``PORT``; needs the dependency group ``bench``. First ``JOBS`` are only
enqueued, then, with the queue emptied, as many are enqueued while a worker in the same process
delivers them. Every job is enqueued by itself, as a webhook comes by itself, by 64 callers; its
body is as long as a register's.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import sys
import time
from collections.abc import Iterator
from typing import Any

import aiohttp
import orjson
import uvloop

CALLERS = 64
CONNECTIONS = 8
"""To the database; more only make a server with one core take turns."""

BATCH_JOBS = 50
"""Taken by the worker at once: the fastest of 10, 50 and 200 here."""

ENTRYPOINT = "register"
BODY_BYTES = 700  # a register's body


def is_installed() -> bool:
    """Whether the dependency group ``bench`` is there."""
    return all(importlib.util.find_spec(name) for name in ("pgqueuer", "asyncpg"))


async def measure(url: str, remotes_port: int, jobs: int) -> dict[str, float]:
    """Enqueue, then enqueue and deliver; jobs a second of each."""
    import asyncpg  # noqa: PLC0415 - an optional group
    from pgqueuer import PgQueuer  # noqa: PLC0415
    from pgqueuer.db import AsyncpgPoolDriver  # noqa: PLC0415
    from pgqueuer.queries import Queries  # noqa: PLC0415

    async with (
        asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CALLERS)) as session,
    ):
        driver = AsyncpgPoolDriver(pool)
        queries = Queries(driver)
        await queries.install()
        started = time.perf_counter()
        await _enqueue(queries, jobs)
        enqueued_seconds = time.perf_counter() - started
        await queries.clear_queue()

        peer = PgQueuer(driver)
        delivered, total = 0, CALLERS + jobs
        listening, done = asyncio.Event(), asyncio.Event()

        async def register(job: Any) -> None:
            nonlocal delivered
            address = f"http://127.0.0.1:{remotes_port}/invoice/register"
            async with session.post(address, data=job.payload) as answer:
                await answer.read()
            delivered += 1
            if delivered == CALLERS:
                listening.set()
            if delivered == total:
                done.set()

        peer.entrypoint(ENTRYPOINT)(register)
        working = asyncio.create_task(peer.qm.run(batch_size=BATCH_JOBS))
        await _enqueue(queries, CALLERS)  # until it listens
        await listening.wait()
        started, processor = time.perf_counter(), time.process_time()
        await asyncio.gather(_enqueue(queries, jobs, first=CALLERS), done.wait())
        seconds, processor = time.perf_counter() - started, time.process_time() - processor
        peer.shutdown.set()
        await working
    return {
        "enqueued_per_second": jobs / enqueued_seconds,
        "delivered_per_second": jobs / seconds,
        "delivered_processor_us": 1e6 * processor / jobs,
    }


async def _enqueue(queries: Any, jobs: int, *, first: int = 0) -> None:
    numbers = iter(range(first, first + jobs))
    await asyncio.gather(*(_caller(queries, numbers) for _ in range(CALLERS)))


async def _caller(queries: Any, numbers: Iterator[int]) -> None:
    for number in numbers:
        await queries.enqueue(ENTRYPOINT, _body(number))


def _body(number: int) -> bytes:
    return orjson.dumps({"accountingInvoiceId": f"inv-{number}", "rest": "x" * BODY_BYTES})


def main() -> None:
    """Print the figures as one line of ``name=value`` pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("remotes_port", type=int)
    parser.add_argument("jobs", type=int)
    arguments = parser.parse_args()
    found = uvloop.run(measure(arguments.url, arguments.remotes_port, arguments.jobs))
    text = " ".join(f"{name}={value:,.1f}" for name, value in found.items())
    sys.stdout.write(f"queue_of_peer {text}\n")


if __name__ == "__main__":
    main()
