"""Sweeps ledgers that push nothing, each at its own pace; what a sweep is: ``ledger_sweep``."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import structlog

from clients.errors import ClientError, TemporaryError
from gateway.ledgers.ledger import LedgerSource
from gateway.operations.gateway import Gateway
from gateway.operations.reach import Remote, Streak
from gateway.operations.tell import alert
from gateway.storage.desk import NewAlert, clear_alert
from gateway.storage.errors import StorageError
from gateway.workers.ledger_sweep import SweepReport, sweep
from gateway.workers.turn import is_turn

UNREACHABLE = "ledger"
"""The kind of alert about a ledger that cannot be asked."""

logger = structlog.get_logger(__name__)


class LedgerPoller:
    """Sweeps the ledgers that can be asked, each at its own pace: ``every_seconds`` by creditor."""

    def __init__(
        self,
        gateway: Gateway,
        every_seconds: dict[str, float],
        *,
        patience: timedelta = timedelta(0),
    ) -> None:
        self._gateway = gateway
        self._every = {name: timedelta(seconds=each) for name, each in every_seconds.items()}
        self._last: dict[str, datetime] = {}
        self._failing = Streak(patience)

    async def run_once(self, now: datetime) -> tuple[SweepReport, ...]:
        """Sweep every ledger whose turn it is or that was asked for; a failure waits its turn."""
        gateway = self._gateway
        asked = set(gateway.wake.to_sweep)
        gateway.wake.to_sweep.clear()
        reports = []
        for creditor_id, ledger in gateway.ledgers.items():
            if ledger.source is None:
                continue
            every = self._every.get(creditor_id, timedelta(0))
            if creditor_id not in asked and not is_turn(self._last.get(creditor_id), now, every):
                continue
            self._last[creditor_id] = now
            report = await self._sweep(creditor_id, ledger.source, now)
            if report is not None:
                reports.append(report)
                if report.left:
                    del self._last[creditor_id]
        return tuple(reports)

    async def _sweep(
        self, creditor_id: str, source: LedgerSource, now: datetime
    ) -> SweepReport | None:
        """Sweep one ledger; whatever goes wrong with it is told and stops no other."""
        gateway = self._gateway
        try:
            report = await sweep(gateway, creditor_id, source, now)
        except StorageError:
            raise
        except TemporaryError as error:
            # A ledger that is silent altogether is told as such, and once.
            lasts = self._failing.failed(creditor_id, now)
            remote = Remote(system="ledger", creditor_id=creditor_id)
            if lasts and not gateway.reach.is_silent(remote, self._failing.patience):
                await self._say(creditor_id, f"the ledger cannot be asked: {error}", now)
            else:
                logger.warning("ledger.failed", creditor_id=creditor_id)
            return None
        except ClientError as error:
            await self._say(creditor_id, f"the ledger cannot be asked: {error}", now)
            return None
        except Exception as error:
            logger.exception("ledger.failed", creditor_id=creditor_id)
            text = f"the ledger's answer could not be handled ({type(error).__name__})"
            await self._say(creditor_id, f"{text}: a fault of the gateway's", now)
            return None
        self._failing.succeeded(creditor_id)
        await gateway.database.write(
            partial(clear_alert, creditor_id=creditor_id, kind=UNREACHABLE, about="unreachable"),
            scope=creditor_id,
        )
        logger.info(
            "ledger.swept",
            creditor_id=creditor_id,
            size=report.listed,
            count=sum(report.recorded.values()),
        )
        return report

    async def _say(self, creditor_id: str, text: str, now: datetime) -> None:
        logger.warning("ledger.failed", creditor_id=creditor_id)
        new = NewAlert(
            creditor_id=creditor_id,
            kind=UNREACHABLE,
            about="unreachable",
            text=text,
            command=f"kravia-gateway creditors check {creditor_id}",
        )
        gateway = self._gateway
        await gateway.database.write(
            partial(alert, gateway=gateway, new=new, now=now), scope=creditor_id
        )
