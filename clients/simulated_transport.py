"""A simulated remote as a transport inside the process: no sockets, no waiting."""

from __future__ import annotations

import asyncio
from typing import Protocol

from clients.errors import InDoubtError, NotSentError
from clients.exchange import Request, Response
from clients.simulated_faults import FaultKind, SimulatedFault
from clients.transport import RESPONSE_MAX_BYTES, Timeouts


class Answering(Protocol):
    """Any simulator."""

    def handle(self, request: Request) -> Response:
        """Answer, or raise ``SimulatedFault`` where no whole answer comes."""
        ...


class DirectTransport:
    """A ``Transport`` onto a simulator; raises what ``HttpTransport`` raises for the same faults.

    A slow answer arrives at once if it is within ``read_seconds``, else it is in doubt.
    """

    def __init__(
        self, simulator: Answering, *, response_max_bytes: int = RESPONSE_MAX_BYTES
    ) -> None:
        self._simulator = simulator
        self._response_max_bytes = response_max_bytes

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        """Answer from the simulator, after giving other tasks a turn as a socket would."""
        await asyncio.sleep(0)
        return self.exchange(request, timeouts)

    def exchange(self, request: Request, timeouts: Timeouts) -> Response:
        """Answer at once, or raise what a socket would."""
        try:
            response = self._simulator.handle(request)
        except SimulatedFault as struck:
            fault = struck.fault
            if fault.kind is FaultKind.REFUSE:
                raise NotSentError("not sent: connection refused") from struck
            is_in_time = fault.seconds <= timeouts.read_seconds
            if fault.kind is not FaultKind.SLOW or struck.response is None or not is_in_time:
                raise InDoubtError(f"sent, but not answered: {fault.kind}") from struck
            response = struck.response
        if len(response.body) > self._response_max_bytes:
            raise InDoubtError(
                f"the answer is larger than {self._response_max_bytes} bytes",
                status=response.status,
            )
        return response
