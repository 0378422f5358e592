"""What goes wrong in one run: drawn from its seed, struck at each call, counted by kind."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field

from clients.kravia.simulator_conditions import Conditions
from clients.simulated_faults import Fault, FaultKind
from clients.webhook.simulator import LedgerFault, LedgerFaultKind

DOUBT_RATES = (0.0, 0.01, 0.1, 0.5, 1.0)
"""How often a call is accepted and then times out, drawn per run and operation."""

DOUBTED = ("register", "payment", "credit_note", "search", "details")
COMMIT_RATES = (*(0.0,) * 5, *(0.01,) * 3, 0.1, 0.5, 1.0)
"""How often a commit fails, or its answer is lost: the process must end and start again each time.
Less often than calls do: while hardly anything is kept, hardly anything happens."""

OTHER_RATES = (0.0, 0.05, 0.2)
OTHERS = (
    Fault(kind=FaultKind.HANG),
    Fault(kind=FaultKind.RESET, applied=True),
    Fault(kind=FaultKind.RESET, applied=False),
    Fault(kind=FaultKind.CLOSE, applied=True),
    Fault(kind=FaultKind.HALF_ANSWER),
    Fault(kind=FaultKind.GARBAGE),
    Fault(kind=FaultKind.HTML, applied=True),
    Fault(kind=FaultKind.HTML, applied=False),
    Fault(kind=FaultKind.REFUSE),
    Fault(kind=FaultKind.STATUS, status=429, retry_after_seconds=20),
    Fault(kind=FaultKind.STATUS, status=503),
    Fault(kind=FaultKind.STATUS, status=502, applied=True),
    Fault(kind=FaultKind.STATUS, status=401),
)
LEDGER_FAULTS = (
    LedgerFault(kind=LedgerFaultKind.ACCEPT_THEN_TIMEOUT),
    LedgerFault(kind=LedgerFaultKind.HANG),
    LedgerFault(kind=LedgerFaultKind.STATUS, status=503),
    LedgerFault(kind=LedgerFaultKind.STATUS, status=429, retry_after_seconds=10),
)

FEED_LAG_MAX_SECONDS = 90
"""Within the settle window (120 s): a remote that lags more is outside the promise."""


CONDITIONS = ("feed_lag_seconds", "feed_reordered", "date_skew_seconds")
"""Not ``one_timestamp``: that a case changed twice under one stamp, no feed can tell."""

DOUBT = "accepted, then timed out"


def _at_kravia(fault: Fault) -> str:
    effect = "after" if fault.happens_after_effect else "before"
    status = f" {fault.status}" if fault.kind is FaultKind.STATUS else ""
    return f"Kravia: {fault.kind}{status} {effect} the effect"


def _at_ledger(fault: LedgerFault) -> str:
    status = f" {fault.status}" if fault.kind is LedgerFaultKind.STATUS else ""
    return f"ledger: {fault.kind}{status}"


KINDS = frozenset(
    [
        *(f"{operation}: {DOUBT}" for operation in DOUBTED),
        *map(_at_kravia, OTHERS),
        *map(_at_ledger, LEDGER_FAULTS),
        *(f"Kravia: {name}" for name in CONDITIONS),
        *(f"commit: failed {moment} it stood" for moment in ("before", "after")),
        *("process: killed", "process: stopped", "clock: skewed", "clock: stepped"),
        *("hint: lost", "hint: sent twice", "webhook: sent twice"),
    ]
)
"""Every kind of fault there is: one that never strikes proves nothing."""


DATE_SKEW_SECONDS = 20
"""How far Kravia's Date header and the stamps of its feed are apart: with the lag within the settle
window, for what their two clocks disagree on cannot be known from here."""


@dataclass(slots=True)
class Weather:
    """The faults of one run. ``calm`` ends them all."""

    draw: random.Random
    fired: Counter[str] = field(default_factory=Counter)
    is_calm: bool = False
    doubt_rates: dict[str, float] = field(init=False)
    commit_rate: float = field(init=False)
    other_rate: float = field(init=False)

    def __post_init__(self) -> None:
        """Draw what kind of day it is."""
        self.doubt_rates = {operation: self.draw.choice(DOUBT_RATES) for operation in DOUBTED}
        self.commit_rate = self.draw.choice(COMMIT_RATES)
        self.other_rate = self.draw.choice(OTHER_RATES)

    def conditions(self) -> Conditions:
        """How Kravia's feed and clock behave while the storm lasts."""
        found = Conditions(
            feed_lag_seconds=self.draw.choice((0, FEED_LAG_MAX_SECONDS, FEED_LAG_MAX_SECONDS)),
            feed_reordered=self.draw.random() < 0.6,
            date_skew_seconds=self.draw.choice((0, 0, -DATE_SKEW_SECONDS, DATE_SKEW_SECONDS)),
        )
        for name in CONDITIONS:
            self.fired[f"Kravia: {name}"] += bool(getattr(found, name))
        return found

    def at_kravia(self, operation: str) -> Fault | None:
        """The fault that strikes a call of Kravia's, if any."""
        if self.is_calm:
            return None
        if self.draw.random() < self.doubt_rates.get(operation, 0.0):
            self.fired[f"{operation}: {DOUBT}"] += 1
            return Fault(kind=FaultKind.ACCEPT_THEN_TIMEOUT)
        if self.draw.random() < self.other_rate:
            fault = self.draw.choice(OTHERS)
            self.fired[_at_kravia(fault)] += 1
            return fault
        return None

    def at_ledger(self) -> LedgerFault | None:
        """The fault that strikes a webhook to the ledger, if any."""
        if self.is_calm or self.draw.random() >= self.other_rate:
            return None
        fault = self.draw.choice(LEDGER_FAULTS)
        self.fired[_at_ledger(fault)] += 1
        return fault

    def at_commit(self, moment: str) -> bool:
        """Whether the file fails before or after a group is written."""
        struck = not self.is_calm and self.draw.random() < self.commit_rate
        self.fired[f"commit: failed {moment} it stood"] += struck
        return struck

    def latency_seconds(self) -> float:
        """How long a call is on its way: mostly little, sometimes long enough to be overtaken."""
        return self.draw.choice((0.01, 0.05, 0.2, 2.0)) * self.draw.random()
