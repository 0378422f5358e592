"""How often somebody may try to sign in.

By name, so that a password cannot be searched for; by address, so that many names cannot.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from gateway.web.rate import Rate, TokenBucket

BY_NAME: Final = Rate(per_second=1 / 60, burst=5)
"""Five tries, then one a minute: 1,500 a day, hopeless against 15 characters."""

BY_ADDRESS: Final = Rate(per_second=1 / 6, burst=30)
"""An office behind one address signs in on a Monday; ten a minute after that."""

KEPT_MAX: Final = 10_000
"""Names and addresses remembered, some MB; who makes up more pushes out the eldest, whose bucket
had hours to fill."""


class Patience:
    """One bucket for each name and address, in this process."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[tuple[str, str], TokenBucket] = OrderedDict()

    def take(self, name: str, address: str, now_seconds: float) -> float:
        """Count one try; 0, or the seconds to wait until the next may be made."""
        spelled = name.strip().casefold()[:128]
        return max(
            self._bucket(("address", address), BY_ADDRESS).take(now_seconds),
            self._bucket(("name", spelled), BY_NAME).take(now_seconds),
        )

    def forgive(self, name: str) -> None:
        """Forget the tries of who has signed in."""
        self._buckets.pop(("name", name.strip().casefold()[:128]), None)

    def _bucket(self, key: tuple[str, str], rate: Rate) -> TokenBucket:
        bucket = self._buckets.pop(key, None) or TokenBucket(rate)
        self._buckets[key] = bucket
        while len(self._buckets) > KEPT_MAX:
            self._buckets.popitem(last=False)
        return bucket
