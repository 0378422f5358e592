"""Carries requests to a ledger simulator in the same process, with a transport's own errors."""

from __future__ import annotations

from clients.errors import InDoubtError
from clients.exchange import Request, Response
from clients.transport import Timeouts
from clients.webhook.simulator import LedgerSimulator, NoAnswer


class LedgerSimulatorTransport:
    """A ``Transport`` whose other end is the simulator; a silent ledger times out at once."""

    def __init__(self, simulator: LedgerSimulator) -> None:
        self._simulator = simulator

    async def send(
        self,
        request: Request,
        *,
        timeouts: Timeouts,  # noqa: ARG002  nobody waits here
    ) -> Response:
        """Return the simulator's answer, or raise as for a call that timed out."""
        try:
            return self._simulator.handle(request)
        except NoAnswer:
            raise InDoubtError("sent, but not answered in time (simulated)") from None
