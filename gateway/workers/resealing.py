"""Seals old values with the key that seals now, while everything else goes on."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

import structlog

from gateway.operations.gateway import Gateway
from gateway.operations.sealing import Place, finish_walk, reseal_some
from gateway.storage.seal import PLAIN_ID

WALK_AGAIN: Final = timedelta(hours=24)
"""Another process may have sealed with another key behind the walk; a look at a million values
takes seconds, once a day."""

logger = structlog.get_logger(__name__)


class Resealer:
    """Walks along all sealed values, from the start of the process on and once a day."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._place: Place | None = Place()
        self._ended_at: datetime | None = None
        self._resealed = 0
        self._left: Counter[str] = Counter()

    async def run_once(self, now: datetime) -> bool:
        """Do one step; True while there is more to walk."""
        if self._gateway.seal.key_id == PLAIN_ID:
            return False
        if self._place is None:
            if self._ended_at is not None and now - self._ended_at < WALK_AGAIN:
                return False
            self._place, self._resealed = Place(), 0
            self._left.clear()
        step = await reseal_some(self._gateway, self._place)
        self._place = step.following
        self._resealed += step.resealed
        self._left.update(step.left)
        if self._place is not None:
            return True
        await finish_walk(self._gateway, self._left)
        self._ended_at = now
        if self._resealed:
            logger.info("database.resealed", count=self._resealed)
        return False
