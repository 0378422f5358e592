"""What every answer of the console tells the browser not to do."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.web.problem import SERVER_NAME

POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""Our own files and nothing else: no inline script or style, no frame around us, no other host."""

_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Server": SERVER_NAME,
}


async def add_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Give every answer the headers, those for errors and files too."""
    response.headers.update(_HEADERS)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
