"""Tracing by OpenTelemetry, with the extra ``otel`` installed; imported only when it is asked for.

Where traces go, how many are kept and what the service is called is set by the standard ``OTEL_*``
variables, which the OpenTelemetry SDK reads itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind as Kind
from opentelemetry.trace import Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from gateway.tracing import SPAN_KEYS, Id, Span, SpanKind

SERVICE_NAME: Final = "kravia-gateway"
"""Unless ``OTEL_SERVICE_NAME`` says otherwise."""

TEXT_LENGTH_MAX: Final = 200
"""Ids and words are shorter, as in logs."""

_KINDS: Final = {
    "server": Kind.SERVER,
    "consumer": Kind.CONSUMER,
    "producer": Kind.PRODUCER,
    "client": Kind.CLIENT,
    "internal": Kind.INTERNAL,
}
_PROPAGATOR: Final = TraceContextTextMapPropagator()


class DrawnSpan:
    """A span of OpenTelemetry's behind our words."""

    def __init__(self, drawn: trace.Span) -> None:
        self.drawn = drawn

    @property
    def traceparent(self) -> str | None:
        """Its W3C form, also where it is not sampled: then it says so to those it is sent to."""
        at = self.drawn.get_span_context()
        if not at.is_valid:
            return None
        return f"00-{at.trace_id:032x}-{at.span_id:016x}-{at.trace_flags:02x}"

    def tell(self, **ids: Id) -> None:
        """Add what is allowed by name and there."""
        for key, value in ids.items():
            if key in SPAN_KEYS and value is not None:
                told = value[:TEXT_LENGTH_MAX] if isinstance(value, str) else value
                self.drawn.set_attribute(f"gateway.{key}", told)

    def end(self) -> None:
        """End it now."""
        self.drawn.end()


class OpenTelemetry:
    """Draws with the tracer of ``provider``, and closes it."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer(SERVICE_NAME)

    def begin(
        self, name: str, *, parent: str | None = None, as_: SpanKind = "internal", **ids: Id
    ) -> DrawnSpan:
        """Begin a span; a malformed ``parent`` begins a trace of its own."""
        above = None
        if parent is not None:
            # An empty context, so that what happens to be open here is not taken for its parent.
            above = _PROPAGATOR.extract({"traceparent": parent}, context=Context())
        span = DrawnSpan(self._tracer.start_span(name, context=above, kind=_KINDS[as_]))
        span.tell(**ids)
        return span

    def span(
        self, name: str, *, parent: str | None = None, as_: SpanKind = "internal", **ids: Id
    ) -> AbstractContextManager[Span]:
        """Open a span as the one that others belong to."""
        return self._around(self.begin(name, parent=parent, as_=as_, **ids))

    @contextmanager
    def _around(self, span: DrawnSpan) -> Iterator[Span]:
        try:
            # An exception's text may quote what it failed on: only its type is told.
            with trace.use_span(span.drawn, record_exception=False, set_status_on_exception=False):
                yield span
        except BaseException as error:
            span.drawn.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
        finally:
            span.end()

    def close(self) -> None:
        """Send what waits."""
        self._provider.shutdown()


def open_telemetry() -> OpenTelemetry:
    """Send spans by OTLP over HTTP, to where ``OTEL_EXPORTER_OTLP_ENDPOINT`` says."""
    named = Resource({"service.name": SERVICE_NAME}).merge(OTELResourceDetector().detect())
    provider = TracerProvider(resource=named, shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return OpenTelemetry(provider)
