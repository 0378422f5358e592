"""``POST /kravia/webhooks/{creditor_id}``: Kravia says that something changed, we look sooner.

Kravia's webhooks carry no facts and a signature whose recipe is not documented, so they are hints
to poll and nothing more. Every answer but "too large" is the same 202: a stranger learns neither
which creditors nor which claims exist.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Final

import orjson
import structlog
from aiohttp import web

from gateway.schema.json_depth import is_too_deep
from gateway.web.body import BodyRefused, read_body
from gateway.web.problem import json_answer, problem
from gateway.web.rate import Rate, TokenBucket

_log: Final = structlog.get_logger()

BODY_BYTES_MAX = 8 * 1024
"""The documented body is about 200 bytes."""

BODY_SECONDS_MAX = 5.0
"""So small a body comes in one packet."""

DEPTH_MAX = 8
"""The documented body nests two deep."""

CLAIM_ID_LENGTH_MAX = 32
"""``data.claimId`` is documented as an integer; 32 digits hold any."""

RATE = Rate(per_second=10, burst=50)
"""Per creditor. Hints are coalesced into polls anyway; beyond this they only cost lookups."""

IsKnown = Callable[[str, str], Awaitable[bool]]
"""``(creditor_id, kravia_invoice_id)``: do we know this claim?"""

Verifier = Callable[[str, bytes], bool]
"""``(creditor_id, raw body)``: is the signature right? Configured once Kravia tells the recipe."""


class KraviaHints:
    """The handler; ``hint(creditor_id)`` asks for a poll soon, any number of times."""

    def __init__(
        self,
        *,
        creditor_ids: Collection[str],
        is_known: IsKnown,
        hint: Callable[[str], None],
        verifier: Verifier | None = None,
        rate: Rate = RATE,
    ) -> None:
        self._is_known = is_known
        self._hint = hint
        self._verifier = verifier
        self._buckets = {creditor_id: TokenBucket(rate) for creditor_id in creditor_ids}
        self._strangers = TokenBucket(rate)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer 202 whatever came, and pass on what is a hint about a claim of ours."""
        body = await read_body(request, bytes_max=BODY_BYTES_MAX, seconds_max=BODY_SECONDS_MAX)
        if isinstance(body, BodyRefused):
            return problem(body.status, body.title, body.detail, close=True)
        creditor_id = request.match_info["creditor_id"]
        try:
            if await self._is_hint(creditor_id, body):
                self._hint(creditor_id)
        except Exception:  # noqa: BLE001  a lost hint costs nothing: the poll comes anyway
            _log.exception("kravia_hint.failed", creditor_id=creditor_id)
        return json_answer({"outcome": "accepted"}, status=202)

    async def _is_hint(self, creditor_id: str, body: bytes) -> bool:
        bucket = self._buckets.get(creditor_id, self._strangers)
        if bucket.take(asyncio.get_running_loop().time()):
            return False
        claim_id = _claim_id(body)
        if claim_id is None:
            return False
        if self._verifier is not None and not self._verifier(creditor_id, body):
            return False
        # Asked for strangers too: the answer takes as long as for a creditor we have.
        return await self._is_known(creditor_id, claim_id) and creditor_id in self._buckets


def _claim_id(body: bytes) -> str | None:
    """Read ``data.claimId``, a whole number or a short text; None for everything else."""
    if is_too_deep(body, DEPTH_MAX):
        return None
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    data = document.get("data") if isinstance(document, dict) else None
    value = data.get("claimId") if isinstance(data, dict) else None
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value)
    return text if 0 < len(text) <= CLAIM_ID_LENGTH_MAX and text.isprintable() else None
