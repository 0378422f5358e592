"""Polls creditors in turn, and watches Kravia's clock while at it."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from functools import partial

import structlog

from clients.errors import ClientError, TemporaryError
from gateway.operations.alert_kinds import CLOCK
from gateway.operations.conditions import apply, compare
from gateway.operations.discretion import own_words
from gateway.operations.gateway import Gateway
from gateway.operations.reach import KRAVIA, Streak
from gateway.operations.tell import alert
from gateway.storage.desk import ALL_CREDITORS, NewAlert, clear_alert
from gateway.workers.feed import PollReport, read_feed
from gateway.workers.turn import is_turn

CLOCK_OFF_SECONDS = 120
"""Far beyond what a synchronised clock and a slow answer make; below what shifts a decision."""

logger = structlog.get_logger(__name__)


class Poller:
    """Polls creditors, each by one task at a time; whoever comes second waits for the first."""

    def __init__(
        self, gateway: Gateway, every_seconds: float, *, patience: timedelta = timedelta(0)
    ) -> None:
        self._gateway = gateway
        self._every = timedelta(seconds=every_seconds)
        self._locks = {creditor_id: asyncio.Lock() for creditor_id in gateway.creditors}
        self._last: dict[str, datetime] = {}
        self._failing = Streak(patience)

    async def poll(self, creditor_id: str, now: datetime) -> PollReport:
        """Read what changed since the last poll; raises ``clients.errors.ClientError``."""
        async with self._locks[creditor_id]:
            with self._gateway.tracing.span("feed.poll", creditor_id=creditor_id) as span:
                gateway = self._gateway.under(span.traceparent)
                report = await read_feed(gateway, gateway.creditors[creditor_id], now)
                span.tell(count=report.changed)
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
            except TemporaryError as error:
                logger.warning(
                    "feed.failed", creditor_id=creditor_id, error_type=type(error).__name__
                )
                # A remote that is silent altogether is told as such, and once.
                lasts = self._failing.failed(creditor_id, now)
                if lasts and not gateway.reach.is_silent(KRAVIA, self._failing.patience):
                    await self._say(creditor_id, error, now)
            except ClientError as error:
                logger.warning(
                    "feed.failed", creditor_id=creditor_id, error_type=type(error).__name__
                )
                await self._say(creditor_id, error, now)
            else:
                self._failing.succeeded(creditor_id)
                await gateway.database.write(
                    partial(clear_alert, creditor_id=creditor_id, kind="feed", about="unreachable"),
                    scope=creditor_id,
                )
        await self._check_clock(now)
        return tuple(reports)

    async def _say(self, creditor_id: str, error: ClientError, now: datetime) -> None:
        new = NewAlert(
            creditor_id=creditor_id,
            kind="feed",
            about="unreachable",
            text=f"Kravia's feed cannot be read: {own_words(error)}",
            command=f"kravia-gateway creditors check {creditor_id}",
        )
        gateway = self._gateway
        await gateway.database.write(
            partial(alert, gateway=gateway, new=new, now=now), scope=creditor_id
        )

    async def _check_clock(self, now: datetime) -> None:
        """Decisions count days and doubts count seconds: a clock that is off must be mended."""
        gateway = self._gateway
        if not gateway.remote_clock.is_known:
            return  # no answer since the start: an alert of the last run stands
        ahead_seconds = gateway.remote_clock.ahead / timedelta(seconds=1)
        wanted = []
        if abs(ahead_seconds) >= CLOCK_OFF_SECONDS:
            logger.error("clock.off", skew_seconds=round(ahead_seconds))
            wanted.append(
                NewAlert(
                    creditor_id=ALL_CREDITORS,
                    kind=CLOCK,
                    about="kravia",
                    text=f"Kravia's clock is {ahead_seconds:+.0f} s from ours",
                    command="timedatectl status",
                )
            )
        change = await gateway.database.read(
            lambda connection: compare(connection, frozenset({CLOCK}), wanted)
        )
        if change:
            await gateway.database.write(partial(apply, gateway=gateway, change=change, now=now))
