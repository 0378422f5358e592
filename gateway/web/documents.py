"""``/metrics`` and ``/openapi.json``: texts about the gateway itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from aiohttp import web

from gateway.web.problem import SERVER_NAME

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The Prometheus text format that every scraper reads."""


class Documents:
    """Both handlers; the OpenAPI document is made when first asked for, the metrics each time."""

    def __init__(
        self, *, render_metrics: Callable[[], bytes], render_openapi: Callable[[], bytes]
    ) -> None:
        self._render_metrics = render_metrics
        self._openapi = cache(render_openapi)  # takes some 80 ms, which no start should wait for

    async def metrics(self, _request: web.Request) -> web.Response:
        """Answer with the Prometheus text."""
        headers = {"Content-Type": METRICS_TYPE, "Server": SERVER_NAME}
        return web.Response(body=self._render_metrics(), headers=headers)

    async def openapi(self, _request: web.Request) -> web.Response:
        """Answer with the OpenAPI 3.1 document."""
        headers = {"Content-Type": "application/json", "Server": SERVER_NAME}
        return web.Response(body=self._openapi(), headers=headers)
