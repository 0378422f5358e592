"""The simulated Kravia on a real socket, sending its webhook hints."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from clients import simulated_server
from clients.errors import ClientError
from clients.exchange import Request
from clients.kravia.simulator import KraviaSimulator
from clients.kravia.simulator_control import SWITCHES
from clients.kravia.simulator_life import WebhookCall
from clients.transport import Timeouts, Transport

WEBHOOK_TIMEOUTS = Timeouts(connect_seconds=2, read_seconds=5, total_seconds=10)
"""A hint nobody takes is lost, as it may be in life; the feed is the safety net."""


def build_app(
    simulator: KraviaSimulator,
    *,
    transport: Transport | None = None,
    clock: Callable[[], datetime] | None = None,
) -> web.Application:
    """Return the application. ``transport`` sends the hints; without it they are dropped."""
    tasks: set[asyncio.Task[None]] = set()

    def send_hints() -> None:
        for call in simulator.take_webhooks():
            if transport is not None:
                task = asyncio.create_task(_send_hint(transport, call))
                tasks.add(task)
                task.add_done_callback(tasks.discard)

    async def settle_tasks(_: web.Application) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    app = simulated_server.build_app(simulator, SWITCHES, clock=clock, afterwards=send_hints)
    app.on_cleanup.append(settle_tasks)
    return app


async def _send_hint(transport: Transport, call: WebhookCall) -> None:
    request = Request(
        method="POST",
        path=call.url,
        headers={"content-type": "application/json"},
        body=call.body,
    )
    with contextlib.suppress(ClientError):
        await transport.send(request, timeouts=WEBHOOK_TIMEOUTS)
