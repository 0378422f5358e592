"""Schemathesis holds a real server to its own ``/openapi.json``: every operation, good and bad."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import schemathesis
from schemathesis.engine import Status, events, from_schema

from clients.webhook.signature import decode_secret, signed_headers
from gateway.operations.catalogue import CATALOGUE
from tests.acceptance.conftest import SECRET, House
from tests.acceptance.programs import simulated_now

SIGNATURE = ("webhook-id", "webhook-timestamp", "webhook-signature")
TOKEN = "a-token-for-operators-that-is-long-enough"
SEED = 8
EXAMPLES_MAX = 1
"""Per operation, beside the boundary values that are tried of every field."""

CASES_MIN = 1_000
"""Cases of a whole run, well below what it is: nothing was left out."""

WEBHOOK = "/webhooks/{creditor_id}"
WEBHOOK_EXAMPLES_MAX = 40
"""Its boundary values would be thousands; the schema's own tests walk them without a server."""

REFUSALS = ["2xx", 401, 404, 409, 422, 502]
"""Only the database knows which ids and creditors there are: a well-formed one may be unknown."""


class Signed(requests.auth.AuthBase):
    """Signs what carries a signature's headers, as the invoicing system of creditor acme does."""

    def __init__(self, number: int) -> None:
        self._id = f"fuzz-{number}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if any(name not in request.headers for name in SIGNATURE):
            return request
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        assert isinstance(raw, bytes)
        at = int(simulated_now().timestamp())
        request.headers.update(signed_headers([decode_secret(SECRET)], self._id, at, raw))
        return request


def failures(url: str, facts: dict[str, str]) -> tuple[Counter[str], list[str]]:
    """Run schemathesis; gives how many cases it sent to each path, and what it found."""
    config = schemathesis.Config.from_dict(
        {
            "seed": SEED,
            "base-url": url,
            "auth": {"openapi": {"token": {"bearer": TOKEN}}},
            "generation": {
                "deterministic": True,
                "max-examples": EXAMPLES_MAX,
                "database": "none",
                "no-shrink": True,
            },
            "phases": {
                "stateful": {"enabled": False},
                "coverage": {"unexpected-methods": ["DELETE"]},
            },
            "operations": [
                {
                    "include-path": WEBHOOK,
                    "phases": {"coverage": {"enabled": False}},
                    "generation": {"max-examples": WEBHOOK_EXAMPLES_MAX},
                },
            ],
            "checks": {"positive_data_acceptance": {"expected-statuses": REFUSALS}},
        }
    )
    schema = schemathesis.openapi.from_url(f"{url}/openapi.json", config=config)
    sent: Counter[str] = Counter()

    @schema.hook
    def map_body(_context: object, body: Any) -> Any:
        """Let well-formed ids be those of what is there, now and then."""
        if not isinstance(body, dict):
            return body
        return {
            key: facts[key] if key in facts and is_plain(value) and len(value) % 2 else value
            for key, value in body.items()
        }

    @schemathesis.hook
    def before_call(_context: object, case: Any, kwargs: dict[str, Any]) -> None:
        sent[case.path] += 1
        if case.path == WEBHOOK:
            case.path_parameters = {"creditor_id": "acme"}
            kwargs["auth"] = Signed(sent.total())

    try:
        found = list(faults(schema))
        return sent, found
    finally:
        schemathesis.hooks.unregister(before_call)


def faults(schema: schemathesis.BaseSchema) -> Iterator[str]:
    """Run the engine; what it finds, one line each."""
    for event in from_schema(schema).execute():
        match event:
            case events.NonFatalError() | events.FatalError():
                yield str(event)
            case events.ScenarioFinished() if event.status in (Status.FAILURE, Status.ERROR):
                for case_id, checks in event.recorder.checks.items():
                    for check in checks:
                        if check.failure_info is not None:
                            case = event.recorder.cases[case_id].value
                            failure = check.failure_info.failure
                            yield f"{case.path}: {failure.title}: {failure.message} {case.body!r}"


def is_plain(value: object) -> bool:
    """A text that would do as an id."""
    return isinstance(value, str) and value.isprintable() and 0 < len(value.strip()) <= 20


async def test_a_live_server_does_what_its_description_says(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.settings()
    path = house.folder / "gateway.toml"
    text = path.read_text().replace("[server]", '[server]\nadmin_token = "env:ADMIN"')
    path.write_text(text)
    monkeypatch.setenv("ADMIN", TOKEN)
    async with house.serve() as server:
        await house.overdue()
        claim = await house.claim_is(server, "active")
        facts = {"creditor": "acme", **{key: claim[key] for key in ("claim_id", "case_id")}}
        sent, found = await asyncio.to_thread(failures, f"http://127.0.0.1:{house.port}", facts)
    assert not found, "\n".join(found)
    assert sent.total() > CASES_MIN
    assert {f"/admin/operations/{name}" for name in CATALOGUE} <= set(sent)
