"""How a simulated Kravia may be out of sorts, beyond single faults."""

from __future__ import annotations

from dataclasses import dataclass

from clients.simulated_faults import Circumstances


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions(Circumstances):
    """Standing circumstances rather than single faults.

    ``feed_lag_seconds``: changes show in the feed that much later (simulated time).
    ``feed_reordered``: each change lags by a random part of that, and pages come unsorted.
    ``one_timestamp``: all changes carry the same time until switched off.
    ``webhooks_lost`` / ``webhooks_duplicated``: that many of the next hints are.
    """

    feed_lag_seconds: float = 0.0
    feed_reordered: bool = False
    one_timestamp: bool = False
    webhooks_lost: int = 0
    webhooks_duplicated: int = 0
