"""A replay beside live traffic: how fast it is, and what the live traffic notices of it.

::

    burst      so many claims at once: what live delivery does, in messages a second
    alone      webhooks at a steady pace: 202 to the register request, p99
    beside     the same pace while all that was told is told again, twice over
    and again, some rounds of it
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp

from tests.benchmarks.outside import Stub, send_all
from tests.benchmarks.signed_webhooks import requests

CLAIMS = 500
"""In a round: told again once, and then twice (with what the first replay told) and more."""

MESSAGES_PER_CLAIM = 2
"""A register, and the news of it."""

LIVE_PER_SECOND = 10
"""Live webhooks beside it: a large creditor's morning, and a tenth of what one core does."""

LIVE_ALONE = 50
ROUNDS = 3
THROUGHPUT_MIN = 0.8
P99_MAX = 2.0
"""What a replay must do and may cost, against live traffic alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """What was measured; latencies in milliseconds."""

    live_per_second: float
    replayed_per_second: float
    alone_ms: tuple[float, ...]
    beside_ms: tuple[float, ...]


async def measure(port: int, ahead: timedelta, stub: Stub, socket: Path, first: int) -> Replayed:
    """Measure on a running gateway; ``first`` numbers the first invoice that is new to it.

    In rounds, for a machine is not the same from one second to the next.
    """
    live_seconds = replay_seconds = 0.0
    alone: tuple[float, ...] = ()
    beside: tuple[float, ...] = ()
    for _ in range(ROUNDS):
        now = datetime.now(UTC) + ahead
        burst = requests(CLAIMS, first=first, now=now)
        started = time.perf_counter()
        await send_all(port, burst, connections=64)
        first += CLAIMS
        await stub.holds(stub.told, first - 1)
        live_seconds += max(stub.told.values()) - started

        alone += await _steady(port, stub, now, first, LIVE_ALONE, asyncio.Event())
        first += LIVE_ALONE
        await stub.holds(stub.told, first - 1)

        over = asyncio.Event()
        running = asyncio.create_task(_steady(port, stub, now, first, 10 * LIVE_ALONE, over))
        for _ in range(2):
            until = (datetime.now(UTC) + ahead).isoformat()
            replay_seconds += await _replayed(socket, stub, since=now.isoformat(), until=until)
        over.set()
        told = await running
        beside += told
        first += len(told)
    return Replayed(
        live_per_second=MESSAGES_PER_CLAIM * CLAIMS * ROUNDS / live_seconds,
        replayed_per_second=len(stub.replayed) / replay_seconds,
        alone_ms=alone,
        beside_ms=beside,
    )


async def _replayed(socket: Path, stub: Stub, **between: str) -> float:
    """Tell again what was told between two instants; gives the seconds until the last was told."""
    plan = await _call(socket, "replays.plan", **_SET, **between)
    started = time.perf_counter()
    replay = await _call(socket, "replays.start", **_SET, **between)
    await stub.holds(stub.replayed, len(stub.replayed) + plan["count"])
    seconds = max(stub.replayed.values()) - started
    while replay["state"] != "done":
        replay = await _call(socket, "replays.show", replay_id=replay["replay_id"])
    return seconds


_SET = {"what": "messages", "state": "delivered", "type": "ledger.claim.registered"}


async def _steady(
    port: int, stub: Stub, now: datetime, first: int, count: int, over: asyncio.Event
) -> tuple[float, ...]:
    """Send webhooks at the live pace until ``over``; gives ms from 202 to the register of each."""
    answered: dict[str, float] = {}
    sending: set[asyncio.Task[None]] = set()

    async def send(number: int, request: bytes) -> None:
        await send_all(port, [request], connections=1)
        answered[f"inv-{number}"] = time.perf_counter()

    stopped = asyncio.create_task(over.wait())
    for number, request in enumerate(requests(count, first=first, now=now), start=first):
        sending.add(asyncio.create_task(send(number, request)))
        await asyncio.wait({stopped}, timeout=1 / LIVE_PER_SECOND)
        if over.is_set():
            break
    stopped.cancel()
    await asyncio.gather(*sending)
    await stub.holds(stub.registered, first - 1 + len(answered))
    return tuple(1000 * (stub.registered[name] - at) for name, at in answered.items())


async def _call(socket: Path, name: str, **arguments: object) -> dict[str, Any]:
    """Run an operation in the gateway, as the command line does."""
    connector = aiohttp.UnixConnector(path=str(socket))
    async with (
        aiohttp.ClientSession(connector=connector) as session,
        session.post(f"http://gateway/admin/operations/{name}", json=arguments) as answer,
    ):
        found: dict[str, Any] = await answer.json(content_type=None)
        if answer.status != 200:
            raise RuntimeError(f"{name}: {found}")
        return found


def verdicts(found: Replayed, p99: Callable[[Sequence[float]], float]) -> list[tuple[str, str]]:
    """The rows of the table: each ratio beside what it must be."""
    webhooks = found.live_per_second / MESSAGES_PER_CLAIM
    speed = found.replayed_per_second / webhooks
    alone, beside = p99(found.alone_ms), p99(found.beside_ms)
    says = ("holds" if speed >= THROUGHPUT_MIN else "BELOW", _cost_says(beside / alone))
    return [
        ("live delivery, a burst: registers and webhooks", f"{found.live_per_second:,.0f}/s"),
        ("of them webhooks", f"{webhooks:,.0f}/s"),
        (
            f"replay of webhooks, beside {LIVE_PER_SECOND} live claims/s",
            f"{found.replayed_per_second:,.0f}/s",
        ),
        (f"replay ÷ live, of webhooks (at least {THROUGHPUT_MIN:.1f}: {says[0]})", f"{speed:.2f}"),
        ("replay ÷ all of a burst", f"{found.replayed_per_second / found.live_per_second:.2f}"),
        ("live alone: 202 to the register request, p99", f"{alone:,.1f} ms"),
        ("live beside a replay, p99", f"{beside:,.1f} ms"),
        (f"ratio of p99 (at most {P99_MAX:.1f}: {says[1]})", f"{beside / alone:.2f}"),
    ]


def _cost_says(ratio: float) -> str:
    return "holds" if ratio <= P99_MAX else "ABOVE"
