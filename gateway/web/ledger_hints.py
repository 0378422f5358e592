"""``POST /ledger/webhooks/{creditor_id}``: a ledger that is asked says that it is worth asking now.

Some ledgers push events in their own form and with their own signature. They are hints: what they
say is never taken from them, the ledger is swept sooner and says it again. So nothing is recorded,
a repeated or reordered one is harmless, and a lost one costs the time to the next sweep.

A wrong signature, a creditor without a secret and an unknown one get the same 401.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

import structlog
from aiohttp import web

from gateway.web.body import BodyRefused, read_body
from gateway.web.problem import json_answer, problem
from gateway.web.rate import Rate, TokenBucket

_log: Final = structlog.get_logger()

BODY_BYTES_MAX = 1024 * 1024
"""A hint may carry the object that changed; none of it is read but its kind."""

BODY_SECONDS_MAX = 10.0

RATE = Rate(per_second=1 / 30, burst=3)
"""Sweeps asked for per creditor. A bank's file settles hundreds of invoices at once, and one sweep
finds them all; what comes beyond this is found by the next one, which comes by itself."""

LedgerVerifier = Callable[[Mapping[str, str], bytes], bool | None]
"""``(headers, raw body)``: None if it is not signed, else whether it is worth a sweep."""


class LedgerHints:
    """The handler; ``hint(creditor_id)`` asks for a sweep soon, any number of times."""

    def __init__(
        self,
        *,
        verifiers: Mapping[str, LedgerVerifier],
        hint: Callable[[str], None],
        rate: Rate = RATE,
    ) -> None:
        self._verifiers = verifiers
        self._hint = hint
        # A stranger's costs the same work as a creditor's own.
        self._anybodys = next(iter(verifiers.values()), _nobodys)
        self._buckets = {creditor_id: TokenBucket(rate) for creditor_id in verifiers}

    async def handle(self, request: web.Request) -> web.Response:
        """Answer 202 to what is signed, whether or not it asks for a sweep."""
        body = await read_body(request, bytes_max=BODY_BYTES_MAX, seconds_max=BODY_SECONDS_MAX)
        if isinstance(body, BodyRefused):
            return problem(body.status, body.title, body.detail, close=True)
        creditor_id = request.match_info["creditor_id"]
        verify = self._verifiers.get(creditor_id, self._anybodys)
        is_hint = verify(request.headers, body)
        if is_hint is None or creditor_id not in self._verifiers:
            return problem(
                401,
                "Signature not accepted",
                "The request is not signed by a known creditor's ledger.",
            )
        if is_hint and not self._buckets[creditor_id].take(asyncio.get_running_loop().time()):
            _log.info("ledger.hinted", creditor_id=creditor_id)
            self._hint(creditor_id)
        return json_answer({"outcome": "accepted"}, status=202)


def _nobodys(_headers: Mapping[str, str], _body: bytes) -> bool | None:
    return None
