"""``/health/live``: the process answers. ``/health/ready``: it can do its work now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog
from aiohttp import web

from gateway.web.problem import json_answer

_log: Final = structlog.get_logger()

Check = Callable[[], Awaitable[str | None]]
"""Returns None when all is well, else a short sentence without secrets: strangers may read it."""

CHECK_SECONDS_MAX = 2.0
"""Orchestrators ask every few seconds and give up soon; a check that hangs has failed."""


class Health:
    """Both health endpoints."""

    def __init__(self, *, checks: Mapping[str, Check], is_draining: Callable[[], bool]) -> None:
        self._checks = checks
        self._is_draining = is_draining

    async def live(self, _request: web.Request) -> web.Response:
        """Answer 200: the loop turns."""
        return json_answer({"status": "live"})

    async def ready(self, _request: web.Request) -> web.Response:
        """Answer 200 or 503 with what each check said."""
        if self._is_draining():
            return json_answer({"status": "draining", "checks": {}}, status=503)
        said = await asyncio.gather(
            *(self._ask(name, check) for name, check in self._checks.items())
        )
        is_ready = all(word is None for word in said)
        checks = {name: word or "ok" for name, word in zip(self._checks, said, strict=True)}
        return json_answer(
            {"status": "ready" if is_ready else "not ready", "checks": checks},
            status=200 if is_ready else 503,
        )

    async def _ask(self, name: str, check: Check) -> str | None:
        try:
            async with asyncio.timeout(CHECK_SECONDS_MAX):
                return await check()
        except TimeoutError:
            return f"no answer within {CHECK_SECONDS_MAX:g} seconds"
        except Exception:  # noqa: BLE001  a check that breaks is a check that failed
            _log.exception("health.check_failed", check=name)
            return "the check itself failed"
