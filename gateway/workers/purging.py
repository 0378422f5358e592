"""Every night removes what is past its time."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, time
from typing import Final

import structlog

from gateway.domain.oslo import OSLO, oslo_date
from gateway.operations.gateway import Gateway
from gateway.operations.purging import Place, note, purge_some, told
from gateway.storage.retained import Whose

NIGHT_BEGINS: Final = time(3)
"""Oslo time: after the day's last work and before the bank's files of the next."""

ACTOR: Final = "kravia-gateway"
"""Who did it, in the audit."""

logger = structlog.get_logger(__name__)


class Purger:
    """One purge a night, in steps; a process that starts later in the day makes up for it."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._place: Place | None = None
        self._day: date | None = None  # of the last purge begun
        self._removed: Counter[str] = Counter()

    async def run_once(self, now: datetime) -> bool:
        """Do one step; True while there is more to remove."""
        today = oslo_date(now)
        if self._place is None:
            if self._day == today or now.astimezone(OSLO).time() < NIGHT_BEGINS:
                return False
            self._place, self._day = Place(), today
            self._removed.clear()
        step = await purge_some(self._gateway, self._place, self._day or today, Whose(), now)
        if step.row is not None and step.removed:
            self._removed[told(step.row)] += step.removed
        self._place = step.following
        if self._place is not None:
            return True
        if self._removed:
            reason = ", ".join(f"{count} {what}" for what, count in sorted(self._removed.items()))
            await note(self._gateway, ACTOR, "past its time", reason, now)
            logger.info("database.purged", count=self._removed.total())
        return False
