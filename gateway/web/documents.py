"""``/metrics``, ``/openapi.json`` and ``/docs``: texts about the gateway itself."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files

import orjson
from aiohttp import web

from gateway.web.problem import SERVER_NAME
from gateway.web.reference import CONTENT_POLICY, Node, reference_page

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The Prometheus text format that every scraper reads."""

_PAGE_HEADERS = {
    "Server": SERVER_NAME,
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


class Documents:
    """The handlers; what never changes is made when first asked for, the metrics each time."""

    def __init__(
        self, *, render_metrics: Callable[[], bytes], describe: Callable[[], Node]
    ) -> None:
        self._render_metrics = render_metrics
        # Takes some 0.2 s, which no start should wait for.
        self._described = describe = cache(describe)
        self._page = cache(lambda: reference_page(describe()).encode())
        self._style = cache(
            lambda: files("gateway.web").joinpath("assets/reference.css").read_bytes()
        )

    async def metrics(self, _request: web.Request) -> web.Response:
        """Answer with the Prometheus text."""
        headers = {"Content-Type": METRICS_TYPE, "Server": SERVER_NAME}
        return web.Response(body=self._render_metrics(), headers=headers)

    async def openapi(self, _request: web.Request) -> web.Response:
        """Answer with the OpenAPI 3.1 document."""
        headers = {"Content-Type": "application/json", "Server": SERVER_NAME}
        return web.Response(body=orjson.dumps(self._described()), headers=headers)

    async def page(self, _request: web.Request) -> web.Response:
        """Answer with the same document as a page for people."""
        headers = {"Content-Type": "text/html; charset=utf-8", **_PAGE_HEADERS}
        return web.Response(body=self._page(), headers=headers)

    async def style(self, _request: web.Request) -> web.Response:
        """Answer with the page's style sheet."""
        headers = {"Content-Type": "text/css; charset=utf-8", **_PAGE_HEADERS}
        return web.Response(body=self._style(), headers=headers)
