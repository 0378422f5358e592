"""How each line of messages may be worked on now: how many at once, and whether it must rest.

Kravia gets ``kravia.concurrency`` calls at once, ledgers and ``notify`` as many again beside them,
so that neither waits for the other. Of Kravia's, one creditor of several has at most three in four,
and one receiver of the others' half: who is alone loses little, who comes second finds room.
"""

from __future__ import annotations

from dataclasses import dataclass

from clients.pacing import PROBE_WAIT_SECONDS, BreakerState
from gateway.operations.gateway import Gateway
from outbox.turns import Course, Line

KRAVIA = "kravia"
"""The first word of the kinds that go to Kravia."""


@dataclass(frozen=True, slots=True)
class Courses:
    """Gives the course of a line as things stand."""

    gateway: Gateway
    kravia_slots: int

    @property
    def slots(self) -> int:
        """Deliveries at once, all told."""
        return 2 * self.kravia_slots

    def course_of(self, line: Line) -> Course:
        """How many at once, and how long it rests."""
        place = line.kind.partition(".")[0]
        host = self.gateway.host_of(line.scope, line.kind)
        groups = self._groups(line.scope, place)
        if host is None:
            return Course(groups=groups)
        state, rest = host.state, host.rest_seconds()
        if place == KRAVIA and state is not BreakerState.CLOSED:
            # A read of the feed is the probe, never a register: that might end in doubt.
            return Course(groups=groups, rest_seconds=max(rest, PROBE_WAIT_SECONDS))
        if state is BreakerState.HALF_OPEN:
            groups = ((f"probe of {host.name}", 1), *groups)
        return Course(groups=groups, rest_seconds=rest)

    def _groups(self, creditor_id: str, place: str) -> tuple[tuple[str, int], ...]:
        slots = self.kravia_slots
        if place == KRAVIA:
            is_shared = len(self.gateway.creditors) > 1
            own = max(1, slots - slots // 4) if is_shared else slots
            return (KRAVIA, slots), (f"{KRAVIA} {creditor_id}", own)
        return ("outside", slots), (f"{place} {creditor_id}", max(1, slots // 2))
