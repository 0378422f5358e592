"""Calls other processes on the same database to what this one was woken for, and hears theirs."""

from __future__ import annotations

from datetime import datetime

from gateway.operations.gateway import Gateway
from gateway.storage import wake_calls
from gateway.storage.group_commit import UNLOCKED


async def tell(gateway: Gateway, caller: str, _now: datetime) -> int:
    """Pass on what was asked for since the last time, all in one; returns how many calls."""
    calls = set(gateway.wake.outward)
    gateway.wake.outward.clear()
    if calls:
        await gateway.database.write(
            lambda connection: wake_calls.call(connection, caller, calls), scope=UNLOCKED
        )
    return 0  # what is new by now sets the event that is waited for


async def hear(gateway: Gateway, url: str, caller: str) -> None:
    """Wake this process's loops by the calls of others; ends only when it is cancelled."""
    async for what, creditor_id in wake_calls.heard(url, caller):
        gateway.wake.heard(what, creditor_id)
