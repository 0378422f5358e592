"""Polls creditors in turn, and watches Kravia's clock while at it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial

import structlog

from clients.errors import ClientError
from gateway.operations.gateway import Gateway
from gateway.operations.tell import alert
from gateway.storage.desk import NewAlert, clear_alert
from gateway.workers.feed import PollReport, read_feed
from gateway.workers.turn import is_turn

CLOCK_OFF_SECONDS = 120
"""Far beyond what a synchronised clock and a slow answer make; below what shifts a decision."""

logger = structlog.get_logger(__name__)


class Poller:
    """Polls creditors, each by one task at a time; whoever comes second waits for the first."""

    def __init__(self, gateway: Gateway, every_seconds: float) -> None:
        self._gateway = gateway
        self._every = timedelta(seconds=every_seconds)
        self._locks = {creditor_id: asyncio.Lock() for creditor_id in gateway.creditors}
        self._last: dict[str, datetime] = {}
        self._clock_is_off = True  # unknown after a start: an alert of the last run may stand

    async def poll(self, creditor_id: str, now: datetime) -> PollReport:
        """Read what changed since the last poll; raises ``clients.errors.ClientError``."""
        async with self._locks[creditor_id]:
            report = await read_feed(self._gateway, self._gateway.creditors[creditor_id], now)
        logger.info("feed.polled", creditor_id=creditor_id, count=report.changed, size=report.rows)
        return report

    async def run_once(self, now: datetime) -> tuple[PollReport, ...]:
        """Poll every creditor that was hinted at or whose turn it is; a failure waits its turn."""
        gateway = self._gateway
        hinted = set(gateway.wake.hinted)
        gateway.wake.hinted.clear()
        due = [
            creditor_id
            for creditor_id in gateway.creditors
            if creditor_id in hinted or is_turn(self._last.get(creditor_id), now, self._every)
        ]
        reports = []
        for creditor_id in due:
            self._last[creditor_id] = now
            try:
                reports.append(await self.poll(creditor_id, now))
            except ClientError as error:
                await self._say(creditor_id, error, now)
            else:
                await gateway.database.write(
                    partial(clear_alert, creditor_id=creditor_id, kind="feed", about="unreachable")
                )
        await self._check_clock(now)
        return tuple(reports)

    async def _say(self, creditor_id: str, error: ClientError, now: datetime) -> None:
        logger.warning("feed.failed", creditor_id=creditor_id, error_type=type(error).__name__)
        new = NewAlert(
            creditor_id=creditor_id,
            kind="feed",
            about="unreachable",
            text=f"Kravia's feed cannot be read: {error}",
            command=f"kravia-gateway creditors check {creditor_id}",
        )
        gateway = self._gateway
        await gateway.database.write(partial(alert, gateway=gateway, new=new, now=now))

    async def _check_clock(self, now: datetime) -> None:
        """Decisions count days and doubts count seconds: a clock that is off must be mended."""
        ahead_seconds = self._gateway.remote_clock.ahead / timedelta(seconds=1)
        gateway = self._gateway
        if abs(ahead_seconds) < CLOCK_OFF_SECONDS:
            for creditor_id in gateway.creditors if self._clock_is_off else ():
                await gateway.database.write(
                    partial(clear_alert, creditor_id=creditor_id, kind="clock", about="kravia")
                )
            self._clock_is_off = False
            return
        self._clock_is_off = True
        logger.error("clock.off", skew_seconds=round(ahead_seconds))
        for creditor_id in gateway.creditors:
            new = NewAlert(
                creditor_id=creditor_id,
                kind="clock",
                about="kravia",
                text=f"Kravia's clock is {ahead_seconds:+.0f} s from ours",
                command="timedatectl status",
            )
            await gateway.database.write(partial(alert, gateway=gateway, new=new, now=now))
