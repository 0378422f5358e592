"""What every call to a remote tells those who watch: how long, how it ended, whether it answers.

It stands around a transport, on sockets or simulated, and changes nothing of what passes but one
header: a webhook of ours carries the ``traceparent`` of its span, so that its receiver may go on
with the trace. Kravia and ledgers that are asked get none: they document no such header.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Final

from clients.errors import ClientError, NotSentError
from clients.exchange import Request, Response
from clients.transport import Timeouts, Transport
from gateway.metrics import Metrics
from gateway.operations.reach import Reach, Remote
from gateway.tracing import Tracing

OTHER: Final = "other"
"""An operation whose path has no word that is known."""

_CLASSES: Final[Mapping[int, str]] = {
    HTTPStatus.UNAUTHORIZED: "authentication",
    HTTPStatus.FORBIDDEN: "authentication",
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.REQUEST_TIMEOUT: "temporary",
    HTTPStatus.TOO_EARLY: "temporary",
    HTTPStatus.GONE: "gone",
    HTTPStatus.TOO_MANY_REQUESTS: "rate_limited",
}

ERROR_CLASSES: Final = frozenset(
    {*_CLASSES.values(), "not_sent", "no_answer", "temporary", "rejected", "failing"}
)
"""How a call may end that did not succeed."""


def error_class(status: int) -> str | None:
    """The class of an answer; None for success."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return None
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "failing"
    return _CLASSES.get(status, "rejected")


def operation_of(request: Request, words: frozenset[str]) -> str:
    """Name what is called by its method and the last word of its path that is in ``words``.

    Ids in a path are many and never told; its words are few.
    """
    path = request.path.partition("?")[0]
    known = [part for part in path.split("/") if part in words]
    return f"{request.method} {known[-1]}" if known else OTHER


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Who is told of calls to remotes."""

    metrics: Metrics
    tracing: Tracing
    reach: Reach
    clock: Callable[[], datetime]

    def around(
        self,
        transport: Transport,
        remote: Remote,
        *,
        words: frozenset[str] = frozenset(),
    ) -> Transport:
        """Watch what passes to ``remote``; without ``words`` of its paths it gets webhooks."""
        return WatchedTransport(transport, remote, words, self)


class WatchedTransport:
    """A transport that is watched."""

    def __init__(
        self, inner: Transport, remote: Remote, words: frozenset[str], watching: Watching
    ) -> None:
        self._inner = inner
        self._remote = remote
        self._words = words
        self._watching = watching

    async def send(self, request: Request, *, timeouts: Timeouts) -> Response:
        """Send as the transport within does, and say what came of it."""
        watching, system = self._watching, self._remote.system
        takes_webhooks = not self._words
        operation = "webhook" if takes_webhooks else operation_of(request, self._words)
        started = time.perf_counter()
        error: str | None = "failing"
        status = "none"
        with watching.tracing.span(
            "remote.call",
            as_="client",
            system=system,
            operation=operation,
            creditor_id=self._remote.creditor_id,
        ) as span:
            if takes_webhooks and span.traceparent is not None:
                headers = {**request.headers, "traceparent": span.traceparent}
                request = replace(request, headers=headers)
            try:
                response = await self._inner.send(request, timeouts=timeouts)
                status, error = str(response.status), error_class(response.status)
            except ClientError as failure:
                error = "not_sent" if isinstance(failure, NotSentError) else "no_answer"
                raise
            else:
                return response
            finally:
                span.tell(status=status, error=error)
                watching.metrics.remote_called(
                    system, operation, status, error, time.perf_counter() - started
                )
                self._note(error)

    def _note(self, error: str | None) -> None:
        reach = self._watching.reach
        if error in {"not_sent", "no_answer", "failing"}:
            reach.failed(self._remote, self._watching.clock())
        else:
            reach.answered(self._remote)
