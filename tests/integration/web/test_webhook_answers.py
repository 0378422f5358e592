"""Every answer of the webhook contract, over real HTTP."""

from __future__ import annotations

import gzip
from datetime import timedelta
from typing import Any

import orjson
import pytest

from clients.webhook import ledger_events
from gateway.storage.inbox import NewEvent
from gateway.web.rate import Rate
from gateway.web.webhooks import WebhookLimits

BODY = orjson.dumps(ledger_events.invoice_body())
INVALID = orjson.dumps(ledger_events.invoice_body(total="2250.005"))
ROTATED = bytes(range(32, 64))


async def test_a_valid_event_is_recorded_before_it_is_answered(
    sender: Any, surroundings: Any
) -> None:
    answer = await sender.post(BODY)

    (event,) = surroundings.inbox.events
    assert answer.status == 202
    assert answer.json == {"event_id": event.event_id, "outcome": "recorded"}
    assert (event.creditor_id, event.webhook_id) == ("acme", "msg-1")
    assert (event.type, event.invoice_id, event.body) == ("invoice.overdue", "inv-1", BODY)
    assert (event.received_at, event.outcome, event.problem) == (
        surroundings.now,
        "recorded",
        None,
    )
    assert surroundings.words == ["recorded"]


async def test_the_same_again_is_a_duplicate_of_the_first(sender: Any, surroundings: Any) -> None:
    first = await sender.post(BODY)

    again = await sender.post(BODY)

    assert again.status == 202
    assert again.json == {"event_id": first.json["event_id"], "outcome": "duplicate"}
    assert len(surroundings.inbox.events) == 1


async def test_another_body_under_the_same_id_is_a_conflict(sender: Any, surroundings: Any) -> None:
    await sender.post(BODY)

    answer = await sender.post(orjson.dumps(ledger_events.invoice_body(total="1.00")))

    assert answer.status == 409
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [event.body for event in surroundings.inbox.events] == [BODY]


async def test_the_same_id_at_another_creditor_is_another_event(
    sender: Any, surroundings: Any
) -> None:
    await sender.post(BODY)

    answer = await sender.post(BODY, creditor="nordlys", secret=bytes(24))

    assert answer.json["outcome"] == "recorded"
    assert len(surroundings.inbox.events) == 2


async def test_a_second_secret_is_accepted_during_rotation(sender: Any) -> None:
    assert (await sender.post(BODY, secret=ROTATED)).status == 202


async def test_an_event_of_another_type_is_kept_and_ignored(sender: Any, surroundings: Any) -> None:
    answer = await sender.post(b'{"type": "customer.created", "data": {"any": ["thing"]}}')

    assert answer.status == 202
    assert answer.json["outcome"] == "ignored"
    assert [event.type for event in surroundings.inbox.events] == ["customer.created"]


async def test_a_signed_but_invalid_event_is_kept_once_and_told_in_plain_words(
    sender: Any, surroundings: Any
) -> None:
    first = await sender.post(INVALID)
    again = await sender.post(INVALID)

    assert first.status == 422
    assert first.headers["Content-Type"] == "application/problem+json"
    (error,) = first.json["errors"]
    assert error["field"] == "data.invoice.total"
    assert error["message"].startswith('must be a decimal string such as "2250.00"')
    (event,) = surroundings.inbox.events
    assert (event.outcome, event.invoice_id) == ("rejected", "inv-1")
    assert event.problem == f"data.invoice.total: {error['message']}"
    assert (again.status, again.json) == (first.status, first.json)


async def test_an_unknown_creditor_and_a_wrong_signature_get_the_same_answer(sender: Any) -> None:
    wrong = await sender.post(BODY, secret=b"x" * 32)
    unknown = await sender.post(BODY, creditor="nobody")

    assert wrong.status == unknown.status == 401
    assert wrong.body == unknown.body
    assert {k: v for k, v in wrong.headers.items() if k != "Date"} == {
        k: v for k, v in unknown.headers.items() if k != "Date"
    }


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
@pytest.mark.parametrize("value", ["", "x", "v1,", "1,2 3", "\udcff", "é"])
async def test_malformed_signature_headers_are_just_not_accepted(
    sender: Any, surroundings: Any, name: str, value: str
) -> None:
    answer = await sender.post(BODY, headers={name: value})

    assert answer.status == 401
    assert surroundings.inbox.events == []


@pytest.mark.parametrize("skew", [timedelta(minutes=-10), timedelta(minutes=10)])
async def test_a_signature_ten_minutes_off_is_stale(sender: Any, skew: timedelta) -> None:
    assert (await sender.post(BODY, skew=skew)).status == 401


async def test_the_signature_is_judged_before_type_and_body(sender: Any) -> None:
    answer = await sender.post(
        b"\xff not json", secret=b"x" * 32, headers={"Content-Type": "text/plain"}
    )

    assert answer.status == 401


async def test_a_body_that_is_not_utf8_but_signed_is_not_json(
    sender: Any, surroundings: Any
) -> None:
    answer = await sender.post(b'{"type": "\xff\xfe"}')

    assert answer.status == 400
    assert surroundings.inbox.events == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "", "application/x-www-form-urlencoded", "text/json", "application/xml"]
)
async def test_another_content_type_is_refused(sender: Any, surroundings: Any, kind: str) -> None:
    answer = await sender.post(BODY, headers={"Content-Type": kind})

    assert answer.status == 415
    assert surroundings.inbox.events == []


@pytest.mark.parametrize(
    "kind",
    [
        "application/json; charset=utf-8",
        "Application/JSON",
        "application/cloudevents+json",
        "application/json;",
    ],
)
async def test_json_content_types_are_accepted(sender: Any, kind: str) -> None:
    assert (await sender.post(BODY, headers={"Content-Type": kind})).status == 202


async def test_a_compressed_body_is_refused_unopened(sender: Any, surroundings: Any) -> None:
    packed = gzip.compress(b" " * 10_000_000 + BODY)

    answer = await sender.post(packed, headers={"Content-Encoding": "gzip"})

    assert answer.status == 415
    assert surroundings.inbox.events == []


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 10_000 + b"]" * 10_000, b"NaN"])
async def test_what_is_not_json_or_too_deep_is_not_kept(
    sender: Any, surroundings: Any, body: bytes
) -> None:
    answer = await sender.post(body)

    assert answer.status == 400
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert surroundings.inbox.events == []


async def test_beyond_its_rate_a_creditor_waits_and_others_do_not(start: Any) -> None:
    sender = await start(limits=WebhookLimits(rate=Rate(per_second=0.1, burst=2)))
    answers = [await sender.post(BODY, webhook_id=f"msg-{n}") for n in range(3)]

    other = await sender.post(BODY, creditor="nordlys", secret=bytes(24))

    assert [answer.status for answer in answers] == [202, 202, 429]
    assert answers[2].headers["Retry-After"] == "10"
    assert other.status == 202


async def test_strangers_cannot_use_up_a_creditors_rate(start: Any) -> None:
    sender = await start(limits=WebhookLimits(rate=Rate(per_second=0.1, burst=1)))
    for _ in range(5):
        assert (await sender.post(BODY, secret=b"x" * 32)).status == 401

    assert (await sender.post(BODY)).status == 202


async def test_a_full_inbox_asks_to_come_back(sender: Any, surroundings: Any) -> None:
    surroundings.is_full = True

    answer = await sender.post(BODY)

    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert surroundings.inbox.events == []


async def test_a_storage_that_fails_asks_to_come_back_and_says_no_more(
    sender: Any, surroundings: Any
) -> None:
    surroundings.inbox.failure = OSError("disk full at /var/secret/place")

    answer = await sender.post(BODY)

    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert b"secret" not in answer.body
    assert surroundings.words == ["not_stored"]


async def test_while_draining_everything_is_asked_to_come_back(
    sender: Any, surroundings: Any
) -> None:
    sender.edge.drain.begin()

    answer = await sender.post(BODY)

    assert answer.status == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert surroundings.inbox.events == []


async def test_a_fault_of_ours_is_a_500_without_detail(start: Any, surroundings: Any) -> None:
    def broken_clock() -> Any:
        raise RuntimeError("Kari Nordmann")

    sender = await start(now=broken_clock)

    answer = await sender.request("POST", "/webhooks/acme", data=BODY)

    assert answer.status == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert b"Kari" not in answer.body
    assert b"RuntimeError" not in answer.body


async def test_no_answer_names_the_software_below(sender: Any) -> None:
    for answer in (await sender.post(BODY), await sender.post(b"")):
        assert answer.headers["Server"] == "kravia-gateway"


async def test_what_was_rejected_once_stays_rejected_though_it_reads_as_valid_now(
    sender: Any, surroundings: Any
) -> None:
    kept = NewEvent(
        creditor_id="acme",
        webhook_id="msg-1",
        type="invoice.overdue",
        invoice_id="inv-1",
        body=BODY,
        received_at=surroundings.now,
        outcome="rejected",
        problem="refused by an earlier release",
    )
    surroundings.inbox.kept["acme", "msg-1"] = kept

    answer = await sender.post(BODY)

    assert answer.status == 422
    assert answer.json["errors"] == [{"field": "", "message": "refused by an earlier release"}]
