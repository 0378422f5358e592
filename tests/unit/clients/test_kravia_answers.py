"""Whatever Kravia answers, a client error is the worst that leaves the protocol."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clients.answers import read_json, server_date
from clients.errors import ClientError, InDoubtError, ProtocolError
from clients.exchange import Response
from clients.kravia import protocol_answers, verdict
from clients.kravia.answers import Record, unwrap
from clients.kravia.assumptions import Assumptions
from clients.kravia.feed_time import feed_from_ticks, instant_from_feed, ticks_from_instant

OSLO = ZoneInfo("Europe/Oslo")

# Words of both assumption files, so that random documents come near to real answers.
NAMES = st.sampled_from(
    [
        "value",
        "data",
        "result",
        "items",
        "payload",
        "error",
        "invoiceId",
        "id",
        "invoice",
        "number",
        "case",
        "keys",
        "claim",
        "audit",
        "changedAt",
        "lastUpdatedTime",
        "payments",
        "ledger",
        "transactions",
        "key",
        "date",
        "bookedOn",
        "amount",
        "gross",
        "lines",
        "transfer",
        "settlementId",
        "document",
        "issued",
        "total",
        "originalAmount",
        "invoiceDate",
    ]
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True),
    st.text(max_size=12),
    st.sampled_from(
        ["2026-11-24", "2026-11-24T10:00:00.1234567", "1e999999", "12.345", "-0.0", "\ud800", "\0"]
    ),
)
DOCUMENTS = st.recursive(
    VALUES,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=25,
)


def decipher_all(response: Response, assumptions: Assumptions) -> None:
    for read in (
        lambda: protocol_answers.decipher_register(response, assumptions),
        lambda: protocol_answers.decipher_write(response, assumptions),
        lambda: protocol_answers.decipher_search(response, assumptions),
        lambda: protocol_answers.decipher_details(response, assumptions, invoice_id="1"),
        lambda: protocol_answers.decipher_settlements(response, assumptions),
        lambda: verdict.check_read(response),
        lambda: verdict.check_write(response),
    ):
        with contextlib.suppress(ClientError):
            read()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(document=DOCUMENTS)
def test_any_json_is_read_or_is_a_client_error(assumptions: Assumptions, document: object) -> None:
    decipher_all(Response(status=200, body=json.dumps(document).encode()), assumptions)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    status=st.integers(100, 599),
    body=st.binary(max_size=60),
    date_header=st.text(max_size=30),
    retry_after=st.text(max_size=12),
)
@example(status=200, body=b"[" * 200_000, date_header="", retry_after="")
@example(status=200, body=b'{"id":' * 100_000, date_header="", retry_after="")
@example(status=200, body=b'{"id":' + b"9" * 10_000 + b"}", date_header="", retry_after="")
@example(status=200, body=b'{"amount":1e99999999999999999999}', date_header="", retry_after="")
@example(status=429, body=b"", date_header="Tue, 24 Nov 99999 09:00:00 GMT", retry_after="-5")
def test_any_bytes_are_read_or_are_a_client_error(
    assumptions: Assumptions, status: int, body: bytes, date_header: str, retry_after: str
) -> None:
    headers = {"date": date_header, "retry-after": retry_after}
    decipher_all(Response(status=status, headers=headers, body=body), assumptions)
    date = server_date(Response(status=status, headers=headers, body=body))
    assert date is None or date.tzinfo is UTC


def record(value: object) -> Record:
    return Record({"x": value}, "row", OSLO)


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        (b"2250", "2250.00"),
        (b"2500.5", "2500.50"),
        (b'"2250.00"', "2250.00"),
        (b"2250.0000000000", "2250.00"),
        (b"0.1", "0.10"),
        (b"-0.30", "-0.30"),
        (b"1e3", "1000.00"),
        (b"9999999999999.99", "9999999999999.99"),
    ],
)
def test_money_is_read_exactly(written: bytes, amount: str) -> None:
    assert str(record(read_json(written)).amount("x", ("x",))) == amount


@pytest.mark.parametrize(
    "written",
    [b"2250.005", b"1e30", b'"2 250,00"', b"true", b'"NaN"', b"[1]", b'"\xd9\xa1"', b"1e-400"],
)
def test_what_is_not_quite_money_is_refused(written: bytes) -> None:
    with pytest.raises(ProtocolError, match=r"row: x \(x\)"):
        record(read_json(written)).amount("x", ("x",))


@pytest.mark.parametrize("written", [b"NaN", b"Infinity", b"{", b"", b"\xff\xfe\x00", b"nul"])
def test_what_is_not_json_is_refused(written: bytes) -> None:
    with pytest.raises(ProtocolError):
        read_json(written)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-08-01", date(2026, 8, 1)),
        ("2026-08-01T00:00:00", date(2026, 8, 1)),
        ("2026-08-01T23:59:59.9999999", date(2026, 8, 1)),
        ("2026-07-31T22:00:00Z", date(2026, 8, 1)),
        ("2026-08-01T00:00:00+02:00", date(2026, 8, 1)),
        ("0001-01-01T00:00:00", date(1, 1, 1)),
    ],
)
def test_a_date_is_the_local_day(written: str, day: date) -> None:
    assert record(written).day("x", ("x",)) == day


@pytest.mark.parametrize("written", ["01.08.2026", "2026-13-01", 20260801, "2026-08-01T", "soon"])
def test_what_is_no_date_is_refused(written: object) -> None:
    with pytest.raises(ProtocolError, match="is not a date"):
        record(written).day("x", ("x",))


def test_texts_that_no_database_stores_are_mended() -> None:
    assert record("a\0b\ud83d").text("x", ("x",)) == "a\ufffdb?"
    assert record(20003).text("x", ("x",)) == "20003"
    assert record("").text("x", ("x",)) is None
    with pytest.raises(ProtocolError, match="too long"):
        record("x" * 5000).text("x", ("x",))


@pytest.mark.parametrize("value", ["", None, "a\nb", "\x1b[2J", -1, True, 1.5, {}, "x" * 500])
def test_what_is_no_id_is_refused(value: object) -> None:
    with pytest.raises(ProtocolError, match=r"row: x \(x\)"):
        record(value).identifier("x", ("x",))


def test_the_first_path_that_leads_somewhere_counts() -> None:
    row = Record({"a": {"b": None}, "c": {"d": 7}}, "row", OSLO)
    assert row.find(("a.b", "a.b.c", "c.d", "c")) == 7
    assert row.find(("nowhere",)) is None


def test_envelopes_are_taken_off_only_for_what_they_hold() -> None:
    envelopes = ("value", "data")
    assert unwrap({"value": {"a": 1}}, envelopes, dict) == {"a": 1}
    assert unwrap({"data": [1]}, envelopes, list) == [1]
    assert unwrap([1], envelopes, list) == [1]
    bare = {"value": 12.5, "data": [1]}
    assert unwrap(bare, envelopes, dict) == bare
    assert unwrap({"value": {"a": 1}, "data": [1]}, envelopes, list) == [1]


def test_a_details_answer_about_another_invoice_is_refused(shipped: Assumptions) -> None:
    response = Response(status=200, body=b'{"value":{"invoice":{"id":2}}}')
    with pytest.raises(ProtocolError, match="not the one asked for"):
        protocol_answers.decipher_details(response, shipped, invoice_id="1")


def test_details_without_payments_assumed_say_none_and_not_empty(shipped: Assumptions) -> None:
    response = Response(status=200, body=b'{"invoice":{"id":1}}')
    found = protocol_answers.decipher_details(response, shipped, invoice_id="1")
    assert found.payments == ()
    assert found.lastUpdatedTime is None


def test_a_success_that_names_an_error_is_in_doubt(shipped: Assumptions) -> None:
    with pytest.raises(InDoubtError):
        protocol_answers.decipher_write(Response(status=200, body=b'{"errors":["x"]}'), shipped)
    for body in (b"", b"OK", b"null", b'{"errors":[]}', b'{"error":null}', b"true"):
        protocol_answers.decipher_write(Response(status=200, body=body), shipped)


@given(
    st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, UTC)),
    st.sampled_from([OSLO, ZoneInfo("UTC"), ZoneInfo("America/St_Johns")]),
)
def test_feed_times_are_read_back_never_later_than_they_were(
    instant: datetime, zone: ZoneInfo
) -> None:
    written = feed_from_ticks(ticks_from_instant(instant) + 3, zone)
    assert len(written) == len("2021-06-01T15:13:14.4044853")
    read = instant_from_feed(written, zone)
    assert read in {instant, instant - timedelta(hours=1)}  # the hour that repeats in autumn


def test_the_repeated_autumn_hour_is_read_as_the_earlier_one() -> None:
    assert instant_from_feed("2026-10-25T02:30:00.0000000", OSLO) == datetime(
        2026, 10, 25, 0, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    "text",
    ["", "2026-11-24", "yesterday", "2026-11-24T25:00:00", "9999-12-31T23:59:59-14:00", "x" * 99],
)
def test_what_is_no_feed_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        instant_from_feed(text, OSLO)
