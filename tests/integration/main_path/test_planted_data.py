"""A planted person is in no log, metric, trace, error or default output, whatever goes wrong."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import traceback
from base64 import b64decode
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import typer.main
from aiohttp.test_utils import TestClient, TestServer
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from typer.testing import CliRunner

from clients.exchange import Response
from clients.simulated_faults import FaultKind
from clients.webhook import ledger_events as events
from clients.webhook.signature import decode_secret, signed_headers
from clients.webhook.simulator import LedgerFault, LedgerFaultKind
from gateway.app_edge import build_edge
from gateway.cli.main import app
from gateway.operations.errors import OperationError
from gateway.operations.registry import OPERATIONS, call
from gateway.otel_tracing import OpenTelemetry
from gateway.telemetry import configure_logging
from gateway.web.server import build_app

from .conftest import SQLITE_ONLY

SECRET = "whsec_" + "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
PERSON = {
    "name": "Qvigstadine Zumbelberg",
    "national_id": "01019012481",
    "birth_date": "1990-01-01",
    "address": {
        "line1": "Xylofonveien 7713",
        "line2": "c/o Pfefferkorn",
        "postal_code": "0154",
        "city": "Trollhulebyen",
        "country": "NO",
    },
    "email": "zq.berg@planted.example",
    "phone": "+47 98765409",
}
KID = "70010000034567"
MARKERS = (
    *("Qvigstadine", "Zumbelberg", "01019012481", "1990-01-01"),
    *("Xylofonveien", "Pfefferkorn", "Trollhulebyen"),
    *("zq.berg", "planted.example", "98765409", KID),
)
NOTIFY = {"notify": {"url": "http://127.0.0.1:3/in", "secret": "env:SECRET"}}
ECHO = json.dumps({"error": "refused", "debtor": PERSON, "kid": KID}, ensure_ascii=False).encode()

pytestmark = pytest.mark.parametrize("creditor", [NOTIFY])


def found_in(text: str) -> list[str]:
    return [marker for marker in MARKERS if marker.lower() in text.lower()]


@pytest.fixture(params=[True, False], ids=["json", "console"])
def log(request: pytest.FixtureRequest) -> io.StringIO:
    """Everything that is logged, the libraries' chatter at DEBUG included."""
    stream = io.StringIO()
    configure_logging(as_json=request.param, level=logging.DEBUG, stream=stream)
    logging.getLogger().setLevel(logging.DEBUG)
    return stream


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
async def traced(world: Any, exporter: InMemorySpanExporter) -> AsyncIterator[Any]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    world.tracing = OpenTelemetry(provider)
    await world.restart()
    yield world
    provider.shutdown()


def echoing(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every refusal of Kravia's and of the ledger's repeats the person."""
    for simulator in (world.kravia, world.ledger):
        handle = simulator.handle

        def echo(request: Any, handle: Any = handle) -> Any:
            response = handle(request)
            if response.status < 400:
                return response
            return Response(status=response.status, headers=response.headers, body=ECHO)

        monkeypatch.setattr(simulator, "handle", echo)


async def bad_webhooks(world: Any) -> str:
    """Webhooks that are wrong in every way, each with the person in it; returns the answers."""
    good = events.event_body(
        "invoice.overdue",
        events.invoice_data(debtor=PERSON, id="inv-9", number="9", kid=KID),
        timestamp=world.now[0].isoformat(),
    )
    wrong_types = orjson.dumps(
        {
            "type": "invoice.overdue",
            "data": {
                "invoice": {"id": PERSON["name"], "total": PERSON["email"], "kid": [KID]},
                "debtor": {**PERSON, "kind": PERSON["name"], "number": {"x": KID}},
            },
        }
    )
    bodies = [
        orjson.dumps(good),
        orjson.dumps(good) + b"  ",  # another body under the same id
        wrong_types,
        orjson.dumps({"type": PERSON["name"], "data": PERSON}),
        b'{"type": "invoice.overdue", "data": "' + str(PERSON["name"]).encode(),
    ]
    answers = []
    edge = build_edge(world.settings, world.gateway, world.metrics, lambda: False)
    async with TestClient(TestServer(build_app(edge))) as client:
        for number, body in enumerate(bodies):
            webhook_id = f"bad-{max(number, 1)}"
            signed = signed_headers(
                [decode_secret(SECRET)], webhook_id, int(world.now[0].timestamp()), body
            )
            for headers in (signed, {**signed, "webhook-signature": "v1,AAAA"}):
                answer = await client.post(
                    "/webhooks/acme",
                    data=body,
                    headers={**headers, "content-type": "application/json"},
                )
                answers.append(await answer.text())
        answer = await client.get("/metrics")
        answers.append(await answer.text())
    return "\n".join(answers)


async def everything_happens(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way for some claims, with each kind of failure on it."""
    echoing(world, monkeypatch)
    person = {**PERSON, "number": "1"}
    kravia_id = await world.active("30001", debtor=person, kid=KID)
    world.fail("payment", FaultKind.STATUS, status=400)
    await world.paid(number="30001", text=PERSON["name"], payer_account="12345678903", kid=KID)
    await world.disputed("30001", text=f"{PERSON['name']} disagrees")
    world.ledger.plant(LedgerFault(kind=LedgerFaultKind.STATUS, status=422, times=2))
    world.debtor_pays(kravia_id, "100.00")
    await world.settle()
    world.fail("register", FaultKind.STATUS, status=400)
    await world.overdue("30002", debtor={**PERSON, "number": "2"}, kid=KID)
    await world.settle()
    world.fail("register", FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.overdue("30003", debtor={**PERSON, "number": "3"}, kid=KID)
    await world.intake()
    await world.deliver()
    await world.overdue("30004", debtor={**PERSON, "number": "4", "deceased": True}, kid=KID)
    await world.overdue("30005", debtor={**PERSON, "number": "5", "protected_address": True})
    await world.intake()
    world.fail("search", FaultKind.STATUS, status=400, times=None)
    await world.poll()
    world.pass_time(hours=2)
    await world.watch()
    await world.workers.watch.run_once(world.now[0])
    with monkeypatch.context() as broken:  # a fault of ours, its text full of the person
        broken.setattr("gateway.workers.intake.take_in", _fails)
        await world.overdue("30006", debtor={**PERSON, "number": "6"})
        await world.intake()
    await world.watch()


def _fails(*_arguments: Any) -> str:
    raise ValueError(f"{PERSON['name']} {KID} {PERSON['email']}")


async def test_no_log_metric_trace_or_answer_has_it(
    traced: Any, log: io.StringIO, exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = await bad_webhooks(traced)
    await everything_happens(traced, monkeypatch)
    loop = asyncio.get_running_loop()
    loop.call_exception_handler({"message": "it failed", "exception": ValueError(PERSON["name"])})
    spans = [span.to_json() for span in exporter.get_finished_spans()]

    assert found_in(log.getvalue()) == []
    assert found_in(answers) == []
    assert found_in(traced.metrics.render().decode()) == []
    assert found_in("\n".join(spans)) == []
    assert len(spans) > 30
    assert "event.failed" in log.getvalue()
    assert sorted({row["outcome"] for row in await traced.items("events.list")}) == [
        "handled",
        "ignored",
        "rejected",
    ]


async def results_of_every_operation(world: Any) -> dict[str, str]:
    """What every operation answers, errors included, with ids of things that are there."""
    some = {
        "claim_id": [row["claim_id"] for row in await world.items("claims.list")],
        "case_id": [row["case_id"] for row in await world.items("cases.list")],
        "event_id": [row["event_id"] for row in await world.items("events.list")],
        "message_id": [row["message_id"] for row in await world.items("outbox.list")],
        "task_id": [row["task_id"] for row in await world.items("tasks.list")] or ["tsk_0"],
    }
    said: dict[str, str] = {}
    for name in OPERATIONS:
        tried = [{key: ids[at % len(ids)] for key, ids in some.items()} for at in range(8)]
        for arguments in tried:
            more: dict[str, Any] = {
                "creditor_id": "acme",
                "creditor": "acme",
                "invoice_id": "inv-30001",
            }
            more |= {"reason": "r", "note": "n", "email": "o@x.no", "name": "O", "limit": 50}
            more |= {"kravia_invoice_id": "1", "url": "http://x", "body": json.dumps(PERSON)}
            given = {**more, **arguments}
            if name.endswith(".list"):
                given = {"limit": 1000}
            try:
                answer = await call(world.gateway, name, given, "tester")
                result = json.dumps(answer, ensure_ascii=False)
            except OperationError as error:
                result = f"{error}\n{''.join(traceback.format_exception_only(error))}"
            said[name] = said.get(name, "") + result
    return said


async def test_no_operation_answers_it_but_the_one_that_is_asked_for_it(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bad_webhooks(world)
    await everything_happens(world, monkeypatch)

    said = await results_of_every_operation(world)

    assert [name for name, text in said.items() if found_in(text)] == []
    # Asked for by name and audited it is there, as base64 since it need not be text.
    body = json.loads(said["events.body"].partition("}")[0] + "}")["body_base64"]
    assert found_in(b64decode(body).decode()) != []
    assert set(said) == set(OPERATIONS)


def _leaves(command: Any, name: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    children = getattr(command, "commands", None)
    if children is None:
        yield name, command
        return
    for part, child in children.items():
        yield from _leaves(child, (*name, part))


LONG = {"serve", "demo", "simulate"}
"""Commands that go on: their logs and answers are looked at above and in the acceptance tests."""


@SQLITE_ONLY
async def test_no_command_prints_it_by_default(
    world: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await bad_webhooks(world)
    await everything_happens(world, monkeypatch)
    config = tmp_path / "gateway.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{world.gateway.database.path}"\n')
    ids = {
        "claim_id": (await world.items("claims.list"))[0]["claim_id"],
        "case_id": (await world.items("cases.list"))[0]["case_id"],
        "event_id": (await world.items("events.list", outcome="rejected"))[0]["event_id"],
        "message_id": (await world.message())["message_id"],
        "task_id": "tsk_0",
        "creditor_id": "acme",
        "what": "inv-30001",
    }
    file = tmp_path / "person.json"
    file.write_text(json.dumps({"type": "invoice.overdue", "data": {"debtor": PERSON}}))
    await world.stack.aclose()

    said: dict[str, str] = {}
    for name, command in _leaves(typer.main.get_command(app)):
        if name[0] in LONG:
            continue
        places = [each for each in command.params if each.param_type_name == "argument"]
        words = [ids.get(each.name, str(file)) for each in places]
        for options in ([], ["--json"]):
            ran = await asyncio.to_thread(
                CliRunner().invoke,
                app,
                ["--config", str(config), *name, *words, *options],
                env={"COLUMNS": "80"},
                input="n\n",
            )
            shown = "".join(traceback.format_exception_only(ran.exception) if ran.exception else ())
            said[" ".join(name)] = said.get(" ".join(name), "") + ran.output + ran.stderr + shown

    assert {name: found_in(text) for name, text in said.items() if found_in(text)} == {}
    assert len(said) > 25
    assert "parked" in said["alerts list"]
    assert "inv-30001" in said["claims list"] or "30001" in said["claims list"]
