"""The simulated Tripletex on a real socket, sending its webhooks to whoever subscribed."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from clients import simulated_server
from clients.errors import ClientError
from clients.exchange import Request
from clients.transport import Timeouts, Transport
from clients.tripletex.simulator import TripletexSimulator
from clients.tripletex.simulator_control import SWITCHES

WEBHOOK_TIMEOUTS = Timeouts(connect_seconds=2, read_seconds=5, total_seconds=10)
"""The real one tries for 30 hours; one that nobody takes here is lost, and the sweep finds all."""


def build_app(
    simulator: TripletexSimulator,
    *,
    transport: Transport,
    clock: Callable[[], datetime] | None = None,
) -> web.Application:
    """Return the application; ``transport`` sends the webhooks."""
    tasks: set[asyncio.Task[None]] = set()

    def send_webhooks() -> None:
        for request in simulator.take_webhooks():
            task = asyncio.create_task(_send(transport, request))
            tasks.add(task)
            task.add_done_callback(tasks.discard)

    async def settle_tasks(_: web.Application) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    app = simulated_server.build_app(simulator, SWITCHES, clock=clock, afterwards=send_webhooks)
    app.on_cleanup.append(settle_tasks)
    return app


async def _send(transport: Transport, request: Request) -> None:
    with contextlib.suppress(ClientError):
        await transport.send(request, timeouts=WEBHOOK_TIMEOUTS)
