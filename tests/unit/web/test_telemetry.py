"""Logs let nothing personal through."""

from __future__ import annotations

import io
import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest
import structlog

from gateway.telemetry import ALLOWED_KEYS, REDACTED, configure_logging

PLANTED = {
    "name": "Kari Nordmann",
    "debtor": {"name": "Kari Nordmann"},
    "email": "kari@example.com",
    "national_id": "01019012345",
    "address": "Karl Johans gate 1",
    "body": b'{"name": "Kari Nordmann"}',
    "error": "debtor Kari Nordmann is unknown",
    "message": "Kari Nordmann",
    "payload": ["Kari Nordmann"],
    "Kari Nordmann": 1,
}


@pytest.fixture
def log() -> io.StringIO:
    stream = io.StringIO()
    configure_logging(as_json=True, stream=stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_has_time_level_name_and_ids(log: io.StringIO) -> None:
    structlog.get_logger().warning("webhook.rejected", event_id="evt_1", count=3)

    (line,) = lines(log)
    assert line["event"] == "webhook.rejected"
    assert (line["level"], line["event_id"], line["count"]) == ("warning", "evt_1", 3)
    assert datetime.fromisoformat(line["timestamp"]).tzinfo == UTC


def test_planted_personal_data_is_left_out_and_named(log: io.StringIO) -> None:
    structlog.get_logger().info("claim.decided", claim_id="clm_1", **PLANTED)

    (line,) = lines(log)
    for marker in ("Kari", "example.com", "01019012345", "Karl Johans"):
        assert marker not in log.getvalue()
    assert line["claim_id"] == "clm_1"
    assert set(line["redacted"]) == (set(PLANTED) - {"Kari Nordmann"}) | {REDACTED}


def test_personal_data_bound_to_the_context_is_left_out_too(log: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(name="Kari Nordmann"):
        structlog.get_logger().info("claim.decided")

    assert "Kari" not in log.getvalue()


def test_an_event_name_that_is_a_sentence_is_replaced(log: io.StringIO) -> None:
    structlog.get_logger().info("Kari Nordmann owes money")

    (line,) = lines(log)
    assert line["event"] == REDACTED


def test_an_object_under_an_allowed_key_is_not_printed(log: io.StringIO) -> None:
    structlog.get_logger().info(
        "claim.decided", rules=("INK-06", {"name": "Kari"}), outcome={"name": "Kari"}
    )

    (line,) = lines(log)
    assert line["rules"] == ["INK-06", REDACTED]
    assert line["outcome"] == REDACTED


def test_values_cannot_steer_a_terminal_or_flood_the_log(log: io.StringIO) -> None:
    structlog.get_logger().info(
        "claim.decided",
        webhook_id="\x1b[31m\nred",
        claim_id="x" * 10_000,
        count=10**30,
        kind="\ud800",
    )

    (line,) = lines(log)
    assert line["webhook_id"] == " [31m red"
    assert len(line["claim_id"]) == 201
    assert (line["count"], line["kind"]) == (REDACTED, " ")


def test_an_exception_is_told_by_types_and_places_not_by_message(log: io.StringIO) -> None:
    def inner() -> None:
        raise KeyError("Kari Nordmann")

    try:
        try:
            inner()
        except KeyError as error:
            raise ValueError("debtor Kari Nordmann") from error
    except ValueError:
        structlog.get_logger().exception("claim.failed")

    (line,) = lines(log)
    assert line["error_type"] == "ValueError < KeyError"
    assert line["error_at"][-1].startswith("test_telemetry.py:")
    assert "Kari" not in log.getvalue()


def test_libraries_are_heard_without_their_arguments(log: io.StringIO) -> None:
    library = logging.getLogger("aiohttp.server")

    library.error("Error handling request from %s", "Kari Nordmann")
    library.warning(f"Kari {'Nordmann'}")
    library.info("chatter")

    first, second = lines(log)
    assert (first["logger"], first["template"]) == (
        "aiohttp.server",
        "Error handling request from %s",
    )
    assert second["template"] is None
    assert "Kari" not in log.getvalue()


def test_for_people_the_same_rules_hold() -> None:
    stream = io.StringIO()
    configure_logging(as_json=False, stream=stream)

    structlog.get_logger().info("claim.decided", claim_id="clm_1", name="Kari Nordmann")

    assert "claim.decided" in stream.getvalue()
    assert "clm_1" in stream.getvalue()
    assert "Kari" not in stream.getvalue()


def test_lines_below_the_level_are_not_written() -> None:
    stream = io.StringIO()
    configure_logging(as_json=True, level=logging.WARNING, stream=stream)

    structlog.get_logger().info("claim.decided")

    assert stream.getvalue() == ""


def test_no_key_with_a_persons_data_is_on_the_list() -> None:
    personal = {"name", "debtor", "debtor_number", "email", "phone", "address", "national_id"}
    free_text = {"text", "reason", "message", "body", "payload", "error", "detail", "description"}

    assert not ALLOWED_KEYS & (personal | free_text)
