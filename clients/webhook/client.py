"""Sends signed webhooks to one URL, and says by its error what the caller should do next.

======  =================================================
answer  outcome
======  =================================================
2xx     delivered
3xx     ``RejectedError``: the configured URL is wrong (nothing is followed)
401/3   ``AuthenticationError``: the receiver has another secret
404     ``NotFoundError``
408/425 ``TemporaryError``
410     ``GoneError``: stop sending
429     ``RateLimitedError``, with Retry-After where it is readable
4xx     ``RejectedError``
5xx     ``TemporaryError``, with Retry-After where it is readable
none    ``TemporaryError``, or ``NotSentError`` where that is certain
======  =================================================

A webhook keeps its ``webhook-id`` on every attempt, so the receiver tells repeats apart and an
unknown outcome is simply tried again: this client never leaves a caller in doubt.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

import orjson

from clients.answers import retry_after_seconds, said
from clients.errors import (
    AuthenticationError,
    ClientError,
    GoneError,
    InDoubtError,
    NotFoundError,
    RateLimitedError,
    RejectedError,
    TemporaryError,
)
from clients.exchange import Request, Response
from clients.transport import Timeouts, Transport
from clients.webhook.signature import signed_headers

TIMEOUTS = Timeouts(connect_seconds=5, write_seconds=10, read_seconds=20, total_seconds=30)
"""The standard suggests that senders wait 15 to 30 s."""

VOUCHER_MAX_CHARS = 64
"""Vouchers are numbers or GUIDs; more is something else."""

_TEMPORARY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY})


class WebhookClient:
    """One receiver: its URL and the secret it knows us by."""

    def __init__(self, transport: Transport, url: str, secret: bytes) -> None:
        self._transport = transport
        self._url = url
        self._secret = secret

    async def send(
        self,
        *,
        webhook_id: str,
        type: str,  # noqa: A002  the body's own word
        timestamp: str,
        data: Mapping[str, object],
        now: datetime,
    ) -> str | None:
        """Send one webhook: ``timestamp`` (ISO 8601) is the event's, ``now`` that of this attempt.

        Returns the ``voucher_id`` of the answer, where it has one.
        Raises ``ClientError`` as the module says; never ``InDoubtError``.
        """
        body = orjson.dumps({"type": type, "timestamp": timestamp, "data": data})
        request = Request(
            method="POST",
            path=self._url,
            headers=signed_headers([self._secret], webhook_id, int(now.timestamp()), body),
            body=body,
        )
        try:
            response = await self._transport.send(request, timeouts=TIMEOUTS)
        except InDoubtError as error:
            raise TemporaryError(f"no answer to the webhook: {error}") from error
        refusal = refusal_of(response, now)
        if refusal is not None:
            raise refusal
        return voucher_of(response)


def voucher_of(response: Response) -> str | None:
    """Read ``{"voucher_id": "…"}`` from an answer; anything else is a plain yes."""
    try:
        document = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return None
    voucher = document.get("voucher_id") if isinstance(document, dict) else None
    if isinstance(voucher, int) and not isinstance(voucher, bool):
        voucher = str(voucher)
    if not isinstance(voucher, str) or not 0 < len(voucher) <= VOUCHER_MAX_CHARS:
        return None
    return voucher if voucher.isprintable() else None


def refusal_of(response: Response, now: datetime) -> ClientError | None:
    """Say what an answer means for the sender; None for success."""
    status = response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    why = said(response)
    message = f"the receiver answered {status}{': ' if why else ''}{why}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = retry_after_seconds(response.headers, now)
        return RateLimitedError(message, status=status, retry_after_seconds=wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in _TEMPORARY:
        wait = retry_after_seconds(response.headers, now)
        return TemporaryError(message, status=status, retry_after_seconds=wait)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        message = f"{message}: redirects are not followed, set the receiver's own URL"
        return RejectedError(message, status=status)
    return _refused(status)(message, status=status)


def _refused(status: int) -> type[RejectedError]:
    match status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.FORBIDDEN:
            return AuthenticationError
        case HTTPStatus.NOT_FOUND:
            return NotFoundError
        case HTTPStatus.GONE:
            return GoneError
        case _:
            return RejectedError
