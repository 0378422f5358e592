"""Reading a request's body within limits of size and time, never holding more than the limit."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from aiohttp import StreamReader, web


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyRefused:
    """Why a body was not read: the answer's status and sentence; ``word`` names it in metrics."""

    word: str
    status: int
    title: str
    detail: str


TOO_SLOW: Final = BodyRefused(
    word="too_slow",
    status=408,
    title="Body too slow",
    detail="The body did not arrive in time. Send the request again.",
)
BROKEN: Final = BodyRefused(
    word="broken",
    status=400,
    title="Body broken",
    detail="The body did not arrive whole. Send the request again.",
)


def _too_large(bytes_max: int) -> BodyRefused:
    return BodyRefused(
        word="too_large",
        status=413,
        title="Body too large",
        detail=f"A body holds at most {bytes_max} bytes.",
    )


async def read_body(
    request: web.Request, *, bytes_max: int, seconds_max: float
) -> bytes | BodyRefused:
    """Return the raw body, or why it was refused; a connection that breaks is a refusal too."""
    declared = request.content_length
    if declared is not None and declared > bytes_max:
        return _too_large(bytes_max)
    content = request.content
    try:
        if content.is_eof():  # it came with the headers: nearly every webhook
            body = content.read_nowait()
            return body if len(body) <= bytes_max else _too_large(bytes_max)
        return await _read_slowly(content, bytes_max, seconds_max)
    except TimeoutError:
        return TOO_SLOW
    except (web.RequestPayloadError, ConnectionError, OSError):
        return BROKEN


async def _read_slowly(
    content: StreamReader, bytes_max: int, seconds_max: float
) -> bytes | BodyRefused:
    body = bytearray()
    async with asyncio.timeout(seconds_max):
        while chunk := await content.readany():
            if len(body) + len(chunk) > bytes_max:
                return _too_large(bytes_max)
            body += chunk
    return bytes(body)
