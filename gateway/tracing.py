"""What of the work can be followed as a trace, whoever draws it; without a drawer nothing happens.

::

    the sender's span
    └─ webhook.record          event.trace is this span
       └─ event.decide         its messages' trace is this span
          └─ message.send      one attempt
             ├─ remote.call    the HTTP exchange; a webhook carries its ``traceparent`` on
             └─ message.settle what it caused goes on under this span

A span is handed on as a W3C ``traceparent``, stored beside the event or message it caused, so that
a trace outlives a crash. Spans carry ids and words, never what a person is called or owes.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Final, Literal, Protocol

SpanKind = Literal["server", "consumer", "producer", "client", "internal"]
"""Where a span stands between us and others, in OpenTelemetry's words."""

Id = str | int | None

SPAN_KEYS: Final = frozenset(
    {
        *("creditor_id", "event_id", "claim_id", "message_id"),
        *("type", "kind", "outcome", "attempts", "count"),
        *("system", "operation", "status", "error"),
    }
)
"""What a span may be told: ids of ours and words of closed lists, as in logs."""


class Span(Protocol):
    """One piece of work that was begun."""

    @property
    def traceparent(self) -> str | None:
        """What the work it causes names as its parent; None where nothing is traced."""
        ...

    def tell(self, **ids: Id) -> None:
        """Add ids and words; keys that are not in ``SPAN_KEYS`` are left out."""
        ...

    def end(self) -> None:
        """Say that it is over."""
        ...


class Tracing(Protocol):
    """Draws spans."""

    def begin(
        self, name: str, *, parent: str | None = None, as_: SpanKind = "internal", **ids: Id
    ) -> Span:
        """Begin a span that its caller ends.

        ``parent`` is a ``traceparent``, ignored if it is malformed; without one the span belongs to
        the span that is open around it, or begins a trace.
        """
        ...

    def span(
        self, name: str, *, parent: str | None = None, as_: SpanKind = "internal", **ids: Id
    ) -> AbstractContextManager[Span]:
        """Open a span around what the context does; an exception is told by its type alone."""
        ...

    def close(self) -> None:
        """Send what was drawn; blocks for a few seconds at most."""
        ...


class Untraced:
    """The span that is none."""

    traceparent = None

    def tell(self, **_ids: Id) -> None:
        """Draw nothing."""

    def end(self) -> None:
        """Draw nothing."""


_UNTRACED: Final = Untraced()
_NOTHING: Final = nullcontext(_UNTRACED)


class NoTracing:
    """Draws nothing and costs next to nothing: what runs without the extra."""

    def begin(
        self,
        name: str,  # noqa: ARG002 - the protocol's
        *,
        parent: str | None = None,  # noqa: ARG002 - the protocol's
        as_: SpanKind = "internal",  # noqa: ARG002 - the protocol's
        **_ids: Id,
    ) -> Span:
        """Begin nothing."""
        return _UNTRACED

    def span(
        self,
        name: str,  # noqa: ARG002 - the protocol's
        *,
        parent: str | None = None,  # noqa: ARG002 - the protocol's
        as_: SpanKind = "internal",  # noqa: ARG002 - the protocol's
        **_ids: Id,
    ) -> AbstractContextManager[Span]:
        """Open nothing."""
        return _NOTHING

    def close(self) -> None:
        """Send nothing."""


TRACEPARENT_LENGTH_MAX: Final = 512
"""Version 00 has 55 characters; a later one may have more, and what is longer is none."""


def one_traceparent(given: list[str]) -> str | None:
    """The header's value where there is exactly one of a credible length; W3C ignores several."""
    if len(given) != 1 or len(given[0]) > TRACEPARENT_LENGTH_MAX:
        return None
    return given[0]
