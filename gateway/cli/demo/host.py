"""A simulated remote on a port of its own that can go down and come back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aiohttp import web

HOST: Final = "127.0.0.1"

_SHUTDOWN_SECONDS = 0.5
"""A handler that hangs on purpose is cut off; there is nothing to finish."""


class Host:
    """Serves what ``make`` builds; the port stays the same from the first start on."""

    def __init__(self, make: Callable[[], web.Application]) -> None:
        self._make = make
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens, or will again."""
        return f"http://{HOST}:{self._port}"

    async def start(self) -> None:
        """Listen."""
        # A caller that gave up must not leave a hanging handler behind.
        self._runner = web.AppRunner(
            self._make(),
            access_log=None,
            handler_cancellation=True,
            shutdown_timeout=_SHUTDOWN_SECONDS,
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        self._port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
