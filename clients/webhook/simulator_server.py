"""The thin shell that puts a ledger simulator on a socket.

::

    POST /…            a delivery, handed to the simulator
    GET  /_sim/state   its books
    POST /_sim/faults  {"faults": [{"kind": "status", "status": 429, "times": 2}]}; [] clears them
    POST /_sim/clock   {"now": "2026-11-24T10:00:00+01:00"}: from then on its clock stands there
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import orjson
from aiohttp import web

from clients.simulated_faults import SimulatedFault
from clients.simulated_server import misbehave, request_of, web_response
from clients.webhook.simulator import LedgerFault, LedgerFaultKind, LedgerSimulator


def build_ledger_app(
    simulator: LedgerSimulator, *, now: Callable[[], datetime] | None = None
) -> web.Application:
    """Build the application; ``now`` moves the simulator's clock until ``/_sim/clock`` sets it."""
    shell = _Shell(simulator, now)
    app = web.Application()
    app.router.add_get("/_sim/state", shell.state)
    app.router.add_post("/_sim/faults", shell.faults)
    app.router.add_post("/_sim/clock", shell.clock)
    app.router.add_post("/{path:.*}", shell.deliver)
    return app


class _Shell:
    def __init__(self, simulator: LedgerSimulator, now: Callable[[], datetime] | None) -> None:
        self._simulator = simulator
        self._now = now

    async def deliver(self, request: web.Request) -> web.StreamResponse:
        """Hand a delivery to the simulator."""
        if self._now is not None:
            self._simulator.set_now(self._now())
        body = await request.read()
        try:
            return web_response(self._simulator.handle(request_of(request, body)))
        except SimulatedFault as struck:
            return await misbehave(request, struck)

    async def state(self, _request: web.Request) -> web.Response:
        """Show the books."""
        simulator = self._simulator
        told = [
            {
                "webhook_id": told.webhook_id,
                "type": told.type,
                "timestamp": told.timestamp,
                "data": told.data,
                "deliveries": told.deliveries,
            }
            for told in simulator.told
        ]
        return _json(
            {
                "told": told,
                "duplicates": simulator.duplicates,
                "conflicts": simulator.conflicts,
                "refused": simulator.refused,
            }
        )

    async def faults(self, request: web.Request) -> web.Response:
        """Replace the planted faults."""
        try:
            document = orjson.loads(await request.read())
            planted = [
                LedgerFault(**{**row, "kind": LedgerFaultKind(row["kind"])})
                for row in document["faults"]
            ]
        except (KeyError, TypeError, ValueError) as error:
            return _json({"message": f"not a list of faults: {error}"}, status=422)
        self._simulator.clear_faults()
        self._simulator.plant(*planted)
        return _json({"planted": len(planted)})

    async def clock(self, request: web.Request) -> web.Response:
        """Set the clock, and leave it there."""
        try:
            now = datetime.fromisoformat(orjson.loads(await request.read())["now"])
        except (KeyError, TypeError, ValueError) as error:
            return _json({"message": f"not a time: {error}"}, status=422)
        if now.tzinfo is None:
            return _json({"message": "a time needs its offset"}, status=422)
        self._now = None
        self._simulator.set_now(now)
        return _json({"now": now.isoformat()})


def _json(document: object, *, status: int = 200) -> web.Response:
    return web.Response(status=status, body=orjson.dumps(document), content_type="application/json")
