"""``/metrics`` and ``/openapi.json``: texts about the gateway itself."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from gateway.web.problem import SERVER_NAME

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The Prometheus text format that every scraper reads."""


class Documents:
    """Both handlers; the OpenAPI document is made once, the metrics at every scrape."""

    def __init__(self, *, render_metrics: Callable[[], bytes], openapi: bytes) -> None:
        self._render_metrics = render_metrics
        self._openapi = openapi

    async def metrics(self, _request: web.Request) -> web.Response:
        """Answer with the Prometheus text."""
        headers = {"Content-Type": METRICS_TYPE, "Server": SERVER_NAME}
        return web.Response(body=self._render_metrics(), headers=headers)

    async def openapi(self, _request: web.Request) -> web.Response:
        """Answer with the OpenAPI 3.1 document."""
        headers = {"Content-Type": "application/json", "Server": SERVER_NAME}
        return web.Response(body=self._openapi, headers=headers)
