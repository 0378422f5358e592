"""``POST /webhooks/{creditor_id}``: verify, record, answer. A webhook is never acted on here.

What is cheap to refuse is refused first, and nothing is parsed before its signature held::

    draining 503 · size 413, time 408 · signature 401 · content type 415 · rate 429 · full 503
    · JSON 400 · recorded durably, then 202 (or 409 another body, 422 not valid, 503 not stored)

An unknown creditor and a wrong signature cost the same work and get the same answer.
"""

from __future__ import annotations

import asyncio
import math
import secrets as random_secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog
from aiohttp import web

from clients.webhook.signature import ID_HEADER, TOLERANCE_SECONDS, verify
from gateway.schema.webhooks import (
    DEPTH_MAX,
    InvalidEvent,
    NotJsonError,
    ParsedEvent,
    parse_event,
)
from gateway.storage.inbox import NewEvent, Recorded
from gateway.tracing import Tracing, one_traceparent
from gateway.web.body import BodyRefused, read_body
from gateway.web.problem import json_answer, problem
from gateway.web.rate import Rate, TokenBucket

_log: Final = structlog.get_logger()

Record = Callable[[NewEvent], Awaitable[Recorded]]
"""Keeps an event durably; whatever it raises means that the event was not kept."""

_JSON_TYPE: Final = "application/json"

TRACEPARENT: Final = "traceparent"
"""The header of W3C Trace Context that names the sender's span."""


RATE: Final = Rate(per_second=200, burst=1_000)
"""A month-end run of a large creditor is a few thousand invoices: it passes within a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookLimits:
    """What one creditor may send. Rates are per creditor; ``rate=None`` sets no limit."""

    body_bytes_max: int = 256 * 1024  # the standard advises bodies below 20 kB
    body_seconds_max: float = 10.0  # senders give up after 5 to 30 s themselves
    depth_max: int = DEPTH_MAX
    tolerance_seconds: int = TOLERANCE_SECONDS
    rate: Rate | None = RATE
    retry_after_seconds: int = 5  # a restart or a busy disk is over by then


class _Refused(Exception):  # noqa: N818  an answer, not a failure
    """Ends the handling of one request with ``answer``; ``word`` names it in metrics."""

    def __init__(self, word: str, answer: web.Response) -> None:
        super().__init__(word)
        self.word = word
        self.answer = answer


class WebhookEndpoint:
    """The handler and what it needs; ``record`` is all it knows of storage.

    ``secrets`` holds each creditor's active secrets. ``observe`` is told one word per request:
    recorded, duplicate, ignored, rejected, conflict, unauthorized, not_json_type, rate_limited,
    full, draining, not_json, not_stored, failed, too_large, too_slow, broken.
    """

    def __init__(
        self,
        *,
        secrets: Mapping[str, Sequence[bytes]],
        record: Record,
        now: Callable[[], datetime],
        is_draining: Callable[[], bool],
        is_full: Callable[[], bool],
        observe: Callable[[str], None],
        limits: WebhookLimits,
        tracing: Tracing,
    ) -> None:
        self._record = record
        self._now = now
        self._is_draining = is_draining
        self._is_full = is_full
        self._observe = observe
        self._limits = limits
        self._tracing = tracing
        # Padded to one length with secrets nobody has: every request costs the same HMACs, so time
        # tells neither which creditors exist nor how many secrets they have.
        most = max((len(own) for own in secrets.values()), default=1) or 1
        self._nobody = tuple(random_secrets.token_bytes(32) for _ in range(most))
        self._secrets = {
            creditor_id: (*own, *self._nobody[len(own) :]) for creditor_id, own in secrets.items()
        }
        rate = limits.rate
        self._buckets = {} if rate is None else {c: TokenBucket(rate) for c in self._secrets}

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one delivery; never raises, and says nothing of what failed inside."""
        try:
            word, answer = await self._answer(request)
        except _Refused as refused:
            word, answer = refused.word, refused.answer
        except Exception:  # noqa: BLE001  a stranger's bytes must not decide what this process says
            _log.exception("webhook.failed", creditor_id=request.match_info.get("creditor_id"))
            word, answer = "failed", _failed()
        self._observe(word)
        return answer

    async def _answer(self, request: web.Request) -> tuple[str, web.Response]:
        if self._is_draining():
            raise _Refused("draining", self._unavailable("The gateway is shutting down."))
        body = await read_body(
            request,
            bytes_max=self._limits.body_bytes_max,
            seconds_max=self._limits.body_seconds_max,
        )
        if isinstance(body, BodyRefused):
            refused = problem(body.status, body.title, body.detail, close=True)
            raise _Refused(body.word, refused)
        creditor_id = request.match_info["creditor_id"]
        now = self._now()
        self._check_signature(creditor_id, request.headers, body, now)
        if not _is_plain_json(request.headers):
            raise _Refused("not_json_type", _not_json_type())
        self._check_pressure(creditor_id)
        try:
            parsed = parse_event(body, self._limits.depth_max)
        except NotJsonError as error:
            refused = problem(400, "Not JSON", f"{error}. Nothing was kept.")
            raise _Refused("not_json", refused) from error
        webhook_id = request.headers[ID_HEADER]
        parent = one_traceparent(request.headers.getall(TRACEPARENT, []))
        # Only now that it is signed: a stranger must not fill anybody's traces.
        with self._tracing.span(
            "webhook.record", parent=parent, as_="server", creditor_id=creditor_id
        ) as span:
            new = _new_event(parsed, creditor_id, webhook_id, body, now, span.traceparent)
            try:
                recorded = await self._record(new)
            except Exception as error:
                _log.exception("webhook.not_stored", creditor_id=creditor_id)
                refused = self._unavailable("The event could not be stored.")
                raise _Refused("not_stored", refused) from error
            span.tell(event_id=recorded.event_id, outcome=recorded.outcome)
        return recorded.outcome, _tell(recorded, parsed, creditor_id)

    def _check_signature(
        self, creditor_id: str, headers: Mapping[str, str], body: bytes, now: datetime
    ) -> None:
        own = self._secrets.get(creditor_id)
        is_signed = verify(
            headers,
            body,
            own or self._nobody,
            now.timestamp(),
            self._limits.tolerance_seconds,
        )
        if own is None or not is_signed:
            raise _Refused("unauthorized", _unauthorized())

    def _check_pressure(self, creditor_id: str) -> None:
        """Refuse what goes beyond the creditor's rate or the inbox."""
        bucket = self._buckets.get(creditor_id)
        if bucket is not None:
            wait_seconds = bucket.take(asyncio.get_running_loop().time())
            if wait_seconds:
                raise _Refused("rate_limited", _rate_limited(math.ceil(wait_seconds)))
        if self._is_full():
            raise _Refused("full", self._unavailable("The inbox is full."))

    def _unavailable(self, reason: str) -> web.Response:
        return problem(
            503,
            "Not available now",
            f"{reason} Send the request again later.",
            retry_after_seconds=self._limits.retry_after_seconds,
        )


def _is_plain_json(headers: Mapping[str, str]) -> bool:
    """Tell whether the body is declared as JSON, uncompressed (a compressed one may be a bomb)."""
    if headers.get("Content-Encoding", "identity").strip().lower() != "identity":
        return False
    declared = headers.get("Content-Type", "")
    if declared == _JSON_TYPE:
        return True
    kind = declared.partition(";")[0].strip().lower()
    return kind == _JSON_TYPE or (kind.startswith("application/") and kind.endswith("+json"))


def _new_event(
    parsed: ParsedEvent | InvalidEvent,
    creditor_id: str,
    webhook_id: str,
    body: bytes,
    received_at: datetime,
    trace: str | None,
) -> NewEvent:
    if isinstance(parsed, InvalidEvent):
        return NewEvent(
            creditor_id=creditor_id,
            webhook_id=webhook_id,
            type=parsed.type,
            invoice_id=parsed.invoice_id,
            body=body,
            received_at=received_at,
            outcome="rejected",
            problem=parsed.problem,
            trace=trace,
        )
    return NewEvent(
        creditor_id=creditor_id,
        webhook_id=webhook_id,
        type=parsed.type,
        invoice_id=parsed.invoice_id,
        body=body,
        received_at=received_at,
        outcome="ignored" if parsed.event is None else "recorded",
        trace=trace,
    )


def _tell(recorded: Recorded, parsed: ParsedEvent | InvalidEvent, creditor_id: str) -> web.Response:
    """Turn what storage says into the contract's answer."""
    match recorded.outcome:
        case "conflict":
            _log.warning("webhook.conflicted", creditor_id=creditor_id, event_id=recorded.event_id)
            return problem(
                409,
                "Another body under this webhook-id",
                "A different body was received under this webhook-id before; that one stands.",
            )
        case "rejected":
            _log.warning("webhook.rejected", creditor_id=creditor_id, event_id=recorded.event_id)
            return problem(
                422,
                "Not a valid event",
                "The event was kept for an operator to repair; sending it again changes nothing.",
                errors=_errors(recorded, parsed),
            )
        case outcome:
            return json_answer({"event_id": recorded.event_id, "outcome": outcome}, status=202)


def _errors(recorded: Recorded, parsed: ParsedEvent | InvalidEvent) -> list[dict[str, str]]:
    if isinstance(parsed, InvalidEvent):
        return [{"field": fault.field, "message": fault.message} for fault in parsed.faults]
    # Kept as rejected by an earlier release, or refused by intake: what was written down then.
    return [{"field": "", "message": recorded.problem or "was rejected before"}]


def _unauthorized() -> web.Response:
    return problem(
        401,
        "Signature not accepted",
        "The request is not signed by a known creditor within the allowed time.",
    )


def _rate_limited(wait_seconds: int) -> web.Response:
    return problem(
        429,
        "Too many requests",
        "This creditor sends more than its rate allows.",
        retry_after_seconds=wait_seconds,
    )


def _not_json_type() -> web.Response:
    return problem(
        415,
        "Not a JSON content type",
        "Send Content-Type application/json, and no Content-Encoding.",
    )


def _failed() -> web.Response:
    return problem(500, "Failed", "The request could not be handled. Send it again later.")
