"""``/console/live``: tells open pages that something was written, so that they look again.

The stream carries no data: a page fetches itself, with its reader's own rights.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import web

from gateway.web.console import cookies
from gateway.web.console.door import Door
from gateway.web.console.visit import Visit

STREAMS_MAX: Final = 200
"""Open pages that are told; each costs a socket. Others stay right at their next click."""

QUIET_LOOKS_MAX: Final = 15
"""Looks after which a page is told anyway: another process may have written to the database, and a
line that is gone shows only when something is sent."""


class Live:
    """Every open stream."""

    def __init__(self, door: Door, is_draining: Callable[[], bool]) -> None:
        self._door = door
        self._is_draining = is_draining
        self._open = 0

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Stream until the reader leaves, is signed out, or we stop."""
        if self._open >= STREAMS_MAX:
            return web.Response(status=204)  # a browser does not try again after this
        answer = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"}
        )
        self._open += 1
        try:
            await answer.prepare(visit.request)
            await answer.write(b"retry: 5000\n\n")
            await self._follow(visit, answer)
        except ConnectionError:
            pass  # the reader left
        finally:
            self._open -= 1
        return answer

    async def _follow(self, visit: Visit, answer: web.StreamResponse) -> None:
        token = cookies.read(visit.request, self._door, cookies.SESSION) or ""
        seen, quiet = self._door.commits(), 0
        while not self._is_draining():
            await asyncio.sleep(self._door.live_seconds)
            if await self._door.sessions.find(token) is None:
                return
            quiet += 1
            commits = self._door.commits()
            if commits != seen or quiet >= QUIET_LOOKS_MAX:
                seen, quiet = commits, 0
                await answer.write(b"event: change\ndata:\n\n")
