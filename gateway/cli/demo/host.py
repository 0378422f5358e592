"""A simulated remote on a port of its own that can go down and come back."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Final

from aiohttp import web

from clients.simulated_server import listening

HOST: Final = "127.0.0.1"


class Host:
    """Serves what ``make`` builds; the port stays the same from the first start on."""

    def __init__(self, make: Callable[[], web.Application]) -> None:
        self._make = make
        self._up = AsyncExitStack()
        self._port = 0

    @property
    def url(self) -> str:
        """Where it listens, or will again."""
        return f"http://{HOST}:{self._port}"

    async def start(self) -> None:
        """Listen."""
        self._port = await self._up.enter_async_context(
            listening(self._make(), host=HOST, port=self._port)
        )

    async def stop(self) -> None:
        """Close the port and every connection."""
        await self._up.aclose()
