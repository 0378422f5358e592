"""Kravia's webhooks: hints about claims we know, and the same answer to everyone."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

PATH = "/kravia/webhooks/acme"


def hint(claim_id: object = 123443) -> bytes:
    return orjson.dumps(
        {
            "header": {"algorithm": "MD5"},
            "data": {"timestamp": 1663063069, "eventType": "CaseUpdate", "claimId": claim_id},
            "signature": "0" * 32,
        }
    )


@pytest.mark.parametrize("claim_id", [123443, "123443"])
async def test_a_hint_about_a_known_claim_is_passed_on(
    sender: Any, surroundings: Any, claim_id: object
) -> None:
    answer = await sender.request("POST", PATH, data=hint(claim_id))

    assert answer.status == 202
    assert surroundings.hints == ["acme"]
    assert surroundings.asked == [("acme", "123443")]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (PATH, hint(9)),
        ("/kravia/webhooks/nobody", hint()),
        (PATH, b""),
        (PATH, b"\xff"),
        (PATH, b"[]"),
        (PATH, b"[" * 5_000),
        (PATH, b'{"data": null}'),
        (PATH, hint(None)),
        (PATH, hint(claim_id=True)),
        (PATH, hint(1.5)),
        (PATH, hint("1" * 33)),
        (PATH, hint("1\n2")),
        (PATH, hint("")),
    ],
)
async def test_everything_else_gets_the_same_answer_and_does_nothing(
    sender: Any, surroundings: Any, path: str, body: bytes
) -> None:
    known = await sender.request("POST", PATH, data=hint())
    surroundings.hints.clear()

    answer = await sender.request("POST", path, data=body)

    assert (answer.status, answer.body) == (known.status, known.body)
    assert surroundings.hints == []


async def test_beyond_the_rate_hints_are_dropped_without_a_sign(
    sender: Any, surroundings: Any
) -> None:
    answers = [await sender.request("POST", PATH, data=hint()) for _ in range(80)]

    assert {answer.status for answer in answers} == {202}
    assert 50 <= len(surroundings.hints) < 80


async def test_a_verifier_decides_once_it_is_configured(start: Any, surroundings: Any) -> None:
    sender = await start(hint_verifier=lambda _creditor_id, body: b"right" in body)

    await sender.request("POST", PATH, data=hint())
    assert surroundings.hints == []
    await sender.request("POST", PATH, data=hint().replace(b"CaseUpdate", b"right"))
    assert surroundings.hints == ["acme"]


async def test_a_database_that_is_down_is_not_told_to_strangers(
    sender: Any, surroundings: Any
) -> None:
    surroundings.failure = OSError("down")

    assert (await sender.request("POST", PATH, data=hint())).status == 202


async def test_a_hint_is_small(sender: Any) -> None:
    assert (await sender.request("POST", PATH, data=b" " * 9_000)).status == 413
