"""The gateway as one process of the matrix: real database, real HTTP both ways, a clock it is told.

It does what ``serve`` does, but turns the loops when it is told to, so that the boundaries of a run
are the same ones every time. It is told by lines of JSON on a socket, and answers each.
"""

from __future__ import annotations

import asyncio
import json
import logging
import random
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import structlog

from gateway.app import open_gateway
from gateway.app_edge import build_edge
from gateway.app_loops import Workers, workers
from gateway.metrics import Metrics
from gateway.operations.gateway import Gateway
from gateway.settings import Settings
from gateway.storage.tables import claim, event, task
from gateway.storage.tables import message as table
from gateway.web.server import serving
from gateway.workers import clock, doubts, intake
from tests.crash.boundaries import Boundaries

Document = dict[str, Any]

structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))

_TURNS_MAX = 60
"""A gateway that is not at rest by then never will be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How to start: settings and their environment, the time, where to listen for words."""

    settings: Document
    environ: dict[str, str]
    folder: str
    now: str
    socket: str
    kill_at: int | None


def run(order: Order, boundaries: Boundaries) -> None:
    """Be the process."""
    boundaries.begin(order.kill_at)
    asyncio.run(_serve(order, boundaries))


async def _serve(order: Order, boundaries: Boundaries) -> None:
    reader, writer = await asyncio.open_unix_connection(order.socket)
    settings = Settings.build(order.settings, order.environ, base=Path(order.folder))
    now = [datetime.fromisoformat(order.now)]
    metrics = Metrics()

    async def say(**words: Any) -> None:
        words["passed"] = len(boundaries.passed)
        writer.write(json.dumps(words).encode() + b"\n")
        await writer.drain()

    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(
            open_gateway(settings, clock=lambda: now[0], metrics=metrics)
        )
        gateway.kravia._sleep = _no_time
        edge = build_edge(settings, gateway, metrics, is_full=lambda: False)
        listening = await stack.enter_async_context(serving(edge, host="127.0.0.1", port=0))
        parts = workers(settings, gateway, metrics, random.Random(1))  # noqa: S311 - must repeat
        if gateway.database.is_shared:
            _judge_leases_by_what_is_told(parts)
        await parts.dispatcher.recover(now[0])
        await say(port=listening.port)
        async for line in reader:
            word = json.loads(line)
            if word["do"] == "end":
                break
            if word["do"] == "look":
                await say(seen=await gateway.database.read(_look))
                continue
            now[0] = datetime.fromisoformat(word["now"])
            await _turn(gateway, parts, now[0])
            await say()
    await say(labels=boundaries.passed)
    writer.close()


def _judge_leases_by_what_is_told(parts: Workers) -> None:
    """A server's clock cannot be told; and looking for lapsed leases is paced by the machine's."""
    parts.dispatcher._lease_clock = lambda _connection, now: now
    parts.dispatcher._poll_seconds = 0.0


async def _turn(gateway: Gateway, parts: Workers, now: datetime) -> None:
    """Let every loop do all that can be done at this instant."""
    for _ in range(_TURNS_MAX):
        moved = (await intake.run_once(gateway, now)).total()
        moved += await clock.run_once(gateway, now)
        moved += (await parts.dispatcher.run_once(now)).leased
        if moved:
            continue
        for creditor_id in gateway.creditors:
            gateway.wake.poll(creditor_id)
        moved = sum(r.changed + r.settlements for r in await parts.poller.run_once(now))
        ends = await doubts.run_once(gateway, parts.poller, now)
        moved += ends["adopted"] + ends["absent"]
        if not moved:
            return
    raise RuntimeError(f"the gateway does not come to rest at {now}")


def _look(connection: sa.Connection) -> Document:
    """What the gateway's own books say: all that must be the same however often it was killed."""
    claims = connection.execute(
        sa.select(
            claim.c.invoice_id,
            claim.c.state,
            claim.c.close_reason,
            claim.c.outstanding_minor,
            claim.c.kravia_status,
        ).order_by(claim.c.invoice_id)
    )
    messages = connection.execute(
        sa.select(table.c.kind, table.c.state, sa.func.count())
        .group_by(table.c.kind, table.c.state)
        .order_by(table.c.kind, table.c.state)
    )
    events = connection.execute(
        sa.select(event.c.webhook_id, event.c.outcome).order_by(event.c.webhook_id)
    )
    tasks = connection.execute(sa.select(task.c.kind).order_by(task.c.kind))
    return {
        "claims": [list(row) for row in claims],
        "messages": [list(row) for row in messages],
        "events": [list(row) for row in events],
        "tasks": [row.kind for row in tasks],
    }


async def _no_time(_seconds: float) -> None:
    """Between two tries of a read no simulated time passes."""
