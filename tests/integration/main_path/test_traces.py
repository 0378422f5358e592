"""One trace from the sender's span to the settled message; it survives a crash."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import sqlalchemy as sa
from aiohttp.test_utils import TestClient, TestServer
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from clients.exchange import Request
from clients.simulated_faults import FaultKind
from clients.webhook import ledger_events as events
from clients.webhook.signature import decode_secret, signed_headers
from gateway.app_edge import build_edge
from gateway.metrics import Metrics
from gateway.otel_tracing import OpenTelemetry
from gateway.storage.tables import event, message
from gateway.tracing import SPAN_KEYS
from gateway.web.server import build_app
from gateway.workers import intake

SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
TRACEPARENT = f"00-{TRACE}-{PARENT}-01"


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def traced(world: Any, exporter: InMemorySpanExporter) -> AsyncIterator[Any]:
    """The world with its gateway drawn, and its edge on a socket."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    world.tracing = OpenTelemetry(provider)
    await world.restart()
    yield world
    provider.shutdown()


async def post(world: Any, number: str = "30001", **headers: str) -> int:
    """Deliver one signed webhook as its sender does."""
    data = events.invoice_data(id=f"inv-{number}", number=number)
    body = orjson.dumps(
        events.event_body("invoice.overdue", data, timestamp=world.now[0].isoformat())
    )
    signed = signed_headers(
        [decode_secret(SECRET)], f"wh-{number}", int(world.now[0].timestamp()), body
    )
    signed |= {"content-type": "application/json", **headers}
    edge = build_edge(world.settings, world.gateway, Metrics(), lambda: False)
    async with TestClient(TestServer(build_app(edge))) as client:
        answer = await client.post("/webhooks/acme", data=body, headers=signed)
        return answer.status


def by_name(exporter: InMemorySpanExporter) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for span in exporter.get_finished_spans():
        found.setdefault(span.name, []).append(span)
    return found


def parent_of(span: Any) -> int | None:
    return None if span.parent is None else int(span.parent.span_id)


def id_of(span: Any) -> int:
    return int(span.get_span_context().span_id)


async def test_one_trace_leads_from_the_senders_span_to_the_settled_messages(
    traced: Any, exporter: InMemorySpanExporter
) -> None:
    assert await post(traced, traceparent=TRACEPARENT) == 202
    await traced.settle(poll=False)
    await traced.poll()
    await traced.settle(poll=False)

    spans = by_name(exporter)
    [recorded], [decided] = spans["webhook.record"], spans["event.decide"]
    [*_, register] = [  # the first met a gate that was shut
        s for s in spans["message.send"] if s.attributes["gateway.kind"] == "kravia.register"
    ]
    told = next(s for s in spans["message.send"] if "ledger." in s.attributes["gateway.kind"])
    settled = next(s for s in spans["message.settle"] if parent_of(s) == id_of(register))
    called = [s for s in spans["remote.call"] if parent_of(s) == id_of(register)]

    for span in (recorded, decided, register, told, settled, *called):
        assert f"{span.get_span_context().trace_id:032x}" == TRACE
    assert f"{parent_of(recorded):016x}" == PARENT
    assert parent_of(decided) == id_of(recorded)
    assert parent_of(register) == id_of(decided)
    assert parent_of(told) == id_of(settled)
    assert settled.attributes["gateway.outcome"] == "delivered"
    assert called[-1].attributes["gateway.operation"] == "POST register"
    assert (await traced.claim())["state"] == "active"


async def test_a_trace_goes_on_in_the_process_after_a_crash(
    traced: Any, exporter: InMemorySpanExporter
) -> None:
    await post(traced, traceparent=TRACEPARENT)
    await traced.restart()
    await traced.intake()
    await traced.restart()
    await traced.settle()

    for name in ("event.decide", "message.send", "message.settle"):
        assert any(
            f"{span.get_span_context().trace_id:032x}" == TRACE for span in by_name(exporter)[name]
        ), name


async def test_a_doubt_is_looked_up_in_the_trace_of_its_message(
    traced: Any, exporter: InMemorySpanExporter
) -> None:
    traced.fail("register", FaultKind.ACCEPT_THEN_TIMEOUT)
    await post(traced, traceparent=TRACEPARENT)
    await traced.settle()
    traced.pass_time(minutes=5)
    await traced.settle()

    [*_, looked] = by_name(exporter)["doubt.resolve"]
    assert f"{looked.get_span_context().trace_id:032x}" == TRACE
    assert looked.attributes["gateway.outcome"] == "adopted"


async def test_webhooks_of_ours_carry_the_trace_on_and_kravia_gets_none(
    traced: Any, exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    def heard(simulator: Any) -> list[Request]:
        requests: list[Request] = []
        handle = simulator.handle

        def listen(request: Request) -> Any:
            requests.append(request)
            return handle(request)

        monkeypatch.setattr(simulator, "handle", listen)
        return requests

    to_ledger, to_kravia = heard(traced.ledger), heard(traced.kravia)

    await post(traced, traceparent=TRACEPARENT)
    await traced.settle()

    sent = {
        request.headers["traceparent"].split("-")[2]
        for request in to_ledger
        if b"claim.registered" in request.body
    }
    drawn = {
        f"{id_of(span):016x}": f"{span.get_span_context().trace_id:032x}"
        for span in by_name(exporter)["remote.call"]
    }
    assert [drawn[each] for each in sent] == [TRACE]
    assert to_kravia
    assert all("traceparent" not in request.headers for request in to_kravia)


@pytest.mark.parametrize(
    "given",
    ["rubbish", f"00-{'0' * 32}-{PARENT}-01", f"ff-{TRACE}-{PARENT}-01", "0" * 600],
)
async def test_a_malformed_traceparent_begins_a_trace_of_its_own(
    traced: Any, exporter: InMemorySpanExporter, given: str
) -> None:
    assert await post(traced, traceparent=given) == 202

    [recorded] = by_name(exporter)["webhook.record"]
    assert recorded.parent is None


async def test_what_the_sender_does_not_sample_is_not_drawn_here_either(
    traced: Any, exporter: InMemorySpanExporter
) -> None:
    await post(traced, traceparent=f"00-{TRACE}-{PARENT}-00")
    await intake.run_once(traced.gateway, traced.now[0])

    assert by_name(exporter) == {}


async def test_an_unsigned_request_draws_nothing(
    traced: Any, exporter: InMemorySpanExporter
) -> None:
    status = await post(traced, **{"traceparent": TRACEPARENT, "webhook-signature": "v1,AAAA"})

    assert status == 401
    assert exporter.get_finished_spans() == ()


async def test_an_exception_is_told_by_its_type_and_ids_by_closed_names(
    traced: Any, exporter: InMemorySpanExporter
) -> None:
    def fail() -> None:
        told = {"claim_id": "clm_1", "debtor": "Kari", "address": "Karl Johans gate 1"}
        with traced.gateway.tracing.span("event.decide", **told) as span:
            span.tell(email="kari@example.com", outcome="x" * 500)
            raise ValueError("Kari Nordmann")

    with pytest.raises(ValueError, match="Kari"):
        fail()

    [drawn] = exporter.get_finished_spans()
    assert drawn.status.description == "ValueError"
    assert drawn.events == ()
    assert set(drawn.attributes or ()) == {"gateway.claim_id", "gateway.outcome"}
    assert "Kari" not in drawn.to_json()
    assert len(str((drawn.attributes or {})["gateway.outcome"])) == 200
    assert not SPAN_KEYS & {"name", "debtor_number", "text", "reason", "body"}


async def test_without_tracing_nothing_is_stored_or_sent_on(world: Any) -> None:
    assert await post(world, traceparent=TRACEPARENT) == 202
    await world.settle()

    def stored(connection: Any) -> list[Any]:
        tables = (sa.select(event.c.trace), sa.select(message.c.trace))
        return [row.trace for query in tables for row in connection.execute(query)]

    traces = await world.gateway.database.read(stored)
    assert len(traces) >= 3
    assert set(traces) == {None}


def test_without_the_setting_opentelemetry_is_not_even_imported() -> None:
    code = "import gateway.app, gateway.cli.main, sys; print('opentelemetry' in sys.modules)"

    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "False"


def test_asked_for_without_the_extra_the_start_says_what_to_install(tmp_path: Path) -> None:
    code = """
import asyncio, sys
for name in ("opentelemetry", "opentelemetry.context"):
    sys.modules[name] = None
from pathlib import Path
from gateway.app_serving import traced
from gateway.settings import Settings, SettingsError
settings = Settings.build({"trace": {"enabled": True}}, {}, base=Path("."))
async def main():
    async with traced(settings):
        pass
try:
    asyncio.run(main())
except SettingsError as error:
    print(error)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert "trace.enabled: needs OpenTelemetry: install kravia-gateway[otel]" in ran.stdout
