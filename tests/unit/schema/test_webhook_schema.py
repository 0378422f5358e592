"""Reading webhook bodies: the contract's fields, limits, and faults in plain words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clients.webhook import ledger_events
from gateway.schema.webhooks import (
    DEPTH_MAX,
    InvalidEvent,
    InvoiceEvent,
    NotJsonError,
    ParsedEvent,
    parse_event,
)

REQUIRED_OF_INVOICE = ("id", "number", "issue_date", "currency", "total", "outstanding")
REQUIRED_OF_DEBTOR = ("number", "name", "kind")


def body(*, debtor: Mapping[str, object] | None = None, **invoice: Any) -> bytes:
    return orjson.dumps(ledger_events.invoice_body(debtor=debtor, **invoice))


def valid(raw: bytes) -> InvoiceEvent:
    parsed = parse_event(raw)
    assert isinstance(parsed, ParsedEvent), parsed
    assert isinstance(parsed.event, InvoiceEvent)
    return parsed.event


def faults(raw: bytes) -> dict[str, str]:
    parsed = parse_event(raw)
    assert isinstance(parsed, InvalidEvent), parsed
    return {fault.field: fault.message for fault in parsed.faults}


def test_the_example_invoice_is_read_whole() -> None:
    parsed = parse_event(body())

    assert isinstance(parsed, ParsedEvent)
    assert (parsed.type, parsed.invoice_id) == ("invoice.overdue", "inv-1")
    assert parsed.timestamp == datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    invoice = valid(body()).data.invoice
    assert invoice.issue_date == date(2026, 7, 15)
    assert [notice.kind for notice in invoice.notices or ()] == ["reminder", "collection_notice"]


def test_only_the_required_fields_are_required() -> None:
    example = ledger_events.invoice_data()
    invoice, debtor = example["invoice"], example["debtor"]
    assert isinstance(invoice, dict)
    assert isinstance(debtor, dict)
    data = {
        "invoice": {name: invoice[name] for name in REQUIRED_OF_INVOICE},
        "debtor": {name: debtor[name] for name in REQUIRED_OF_DEBTOR},
    }

    parsed = parse_event(orjson.dumps({"type": "invoice.overdue", "data": data}))

    assert isinstance(parsed, ParsedEvent)
    assert parsed.timestamp is None


def test_every_other_field_may_be_null() -> None:
    example = ledger_events.invoice_data()
    invoice, debtor = example["invoice"], example["debtor"]
    assert isinstance(invoice, dict)
    assert isinstance(debtor, dict)
    nulls = {name: None for name in invoice if name not in REQUIRED_OF_INVOICE}
    debtor_nulls = {name: None for name in debtor if name not in REQUIRED_OF_DEBTOR}

    event = valid(body(debtor=debtor_nulls, **nulls))

    assert event.data.invoice.notices is None
    assert event.data.debtor.deceased is None


@pytest.mark.parametrize("name", REQUIRED_OF_INVOICE)
def test_a_missing_required_field_of_the_invoice_is_named(name: str) -> None:
    document = json.loads(body())
    del document["data"]["invoice"][name]

    assert faults(orjson.dumps(document)) == {f"data.invoice.{name}": "is required"}


@pytest.mark.parametrize("name", REQUIRED_OF_DEBTOR)
def test_a_missing_or_null_required_field_of_the_debtor_is_named(name: str) -> None:
    document = json.loads(body())
    del document["data"]["debtor"][name]

    assert faults(orjson.dumps(document)) == {f"data.debtor.{name}": "is required"}
    assert list(faults(body(debtor={name: None}))) == [f"data.debtor.{name}"]


@pytest.mark.parametrize(
    "amount",
    [
        "2250.005",
        "2 250,00",
        "2250,00",
        "1e9",
        "-1.00",
        "+1.00",
        "1.",
        ".5",
        "",
        "NaN",
        "Infinity",
        "٣.00",
        "1_000",
        "1" * 13,
        "1.00\n",
        1000000000,
        1e9,
        2250.0,
        True,
        None,
        [],
        {},
    ],
)
def test_an_amount_that_is_no_plain_decimal_string_is_refused(amount: object) -> None:
    found = faults(body(total=amount))

    assert list(found) == ["data.invoice.total"]
    assert found["data.invoice.total"].startswith('must be a decimal string such as "2250.00"')


@pytest.mark.parametrize("amount", ["0", "0.00", "2250", "2250.5", "999999999999.99"])
def test_plain_decimal_strings_are_accepted(amount: str) -> None:
    assert valid(body(total=amount)).data.invoice.total == amount


@pytest.mark.parametrize(
    "day",
    [
        "0001-01-01",
        "2026-02-30",
        "2026-08-17T00:00:00",
        "2026-08-17T00:00:00+02:00",
        "17.08.2026",
        "2026-8-17",
        "20260817",
        "2200-01-01",
        "",
        1786917600,
        False,
    ],
)
def test_a_day_that_is_no_iso_date_of_our_time_is_refused(day: object) -> None:
    found = faults(body(due_date=day))

    assert list(found) == ["data.invoice.due_date"]
    assert found["data.invoice.due_date"].startswith('must be a date such as "2026-08-17"')


@pytest.mark.parametrize(
    "timestamp",
    ["2026-11-24T10:00:00", "2026-11-24", "now", 1795510800, "2026-11-24 10:00:00+01:00", ""],
)
def test_a_timestamp_without_offset_is_refused(timestamp: object) -> None:
    document = json.loads(body()) | {"timestamp": timestamp}

    found = faults(orjson.dumps(document))

    assert list(found) == ["timestamp"]
    assert "with its offset" in found["timestamp"]


def test_a_long_name_with_emoji_passes() -> None:
    name = ("Åse 👩‍👩‍👧‍👦 Ødegård " * 30)[:300]

    assert valid(body(debtor={"name": name})).data.debtor.name == name


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\x00b", "\x1b[31mred", "x" * 501])
def test_a_name_that_is_empty_endless_or_controls_a_terminal_is_refused(name: str) -> None:
    assert list(faults(body(debtor={"name": name}))) == ["data.debtor.name"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("id", "a\nb"),
        ("id", 1001),
        ("id", "x" * 201),
        ("number", "x" * 65),
        ("number", 20003),
        ("currency", "nok"),
        ("currency", "KRONER"),
        ("version", "3"),
        ("version", 1.5),
        ("version", -1),
        ("version", True),
        ("version", 2**63),
        ("notices", {}),
        ("notices", [{"kind": "reminder"}] * 101),
        ("objection", "yes"),
        ("kid", 2345676),
        ("description", "x" * 10_001),
        ("description", "a\x00"),
    ],
)
def test_other_values_of_the_wrong_kind_are_refused_under_their_name(
    field: str, value: Any
) -> None:
    assert list(faults(body(**{field: value}))) == [f"data.invoice.{field}"]


def test_text_over_several_lines_is_text() -> None:
    assert valid(body(description="July\n\tconsulting\r\n")).data.invoice.description


def test_closed_lists_of_words_are_told() -> None:
    notices = [{"kind": "letter", "sent_on": "2026-09-01", "channel": "pigeon"}]

    assert faults(body(debtor={"kind": "robot"}, notices=notices)) == {
        "data.invoice.notices[0].kind": "must be one of: reminder, collection_notice, "
        "payment_demand",
        "data.invoice.notices[0].channel": "must be one of: post, digital_mailbox, portal, "
        "efaktura, email_recently_used, email, sms",
        "data.debtor.kind": "must be one of: person, organization, public",
    }


def test_all_faults_are_told_at_once_and_on_one_line_for_lists() -> None:
    parsed = parse_event(body(total=1, outstanding=2))

    assert isinstance(parsed, InvalidEvent)
    assert [fault.field for fault in parsed.faults] == [
        "data.invoice.total",
        "data.invoice.outstanding",
    ]
    assert parsed.problem.startswith("data.invoice.total: must be")
    assert parsed.invoice_id == "inv-1"


def test_no_answer_quotes_what_was_sent() -> None:
    marker = "Kari-01019012345"
    debtor = dict.fromkeys(("kind", "birth_date", "deceased", "address", "insolvency"), marker)
    raw = body(debtor=debtor, total=marker, notices=[{"kind": marker, "fee": marker}])

    parsed = parse_event(raw)

    assert isinstance(parsed, InvalidEvent)
    assert len(parsed.faults) == 8
    assert marker not in parsed.problem


def test_unknown_fields_are_ignored_everywhere() -> None:
    document = json.loads(body())
    document["data"]["debtor"]["shoe_size"] = document["data"]["new"] = document["x"] = {"a": [1]}

    assert valid(orjson.dumps(document)).data.invoice.id == "inv-1"


def test_the_last_of_duplicate_keys_counts() -> None:
    raw = body().replace(b'"total":"4800.00"', b'"total":12,"total":"13.00"')

    assert valid(raw).data.invoice.total == "13.00"


@pytest.mark.parametrize(
    "raw",
    [b'{"type":"customer.created","data":{"x":1}}', b'{"type":"ping"}', b'{"data":[],"type":"a"}'],
)
def test_another_type_is_an_event_without_a_model(raw: bytes) -> None:
    parsed = parse_event(raw)

    assert isinstance(parsed, ParsedEvent)
    assert parsed.event is None
    assert parsed.type == orjson.loads(raw)["type"]


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b'{"type":null}',
        b'{"type":5}',
        b'{"type":""}',
        b'{"type":"a\\nb"}',
        b'{"type":"' + b"x" * 101 + b'"}',
    ],
)
def test_a_type_that_is_no_short_word_is_a_fault(raw: bytes) -> None:
    parsed = parse_event(raw)

    assert isinstance(parsed, InvalidEvent)
    assert [fault.field for fault in parsed.faults] == ["type"]
    assert parsed.type == "unknown"


@pytest.mark.parametrize("raw", [b"[]", b"3", b'"x"', b"null", b"true"])
def test_json_that_is_no_object_is_a_fault(raw: bytes) -> None:
    assert list(faults(raw).values()) == ["the body must be a JSON object"]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff\xfe{}",
        b'\xef\xbb\xbf{"type":"ping"}',
        b'{"type":"ping"} x',
        b'{"type":"ping","x":NaN}',
        b'{"type":"ping","x":01}',
        b'{"type":"\\ud800"}',
        b"{'type':'ping'}",
        b"kind=invoice",
    ],
)
def test_what_is_not_json_is_told_apart_from_what_is_not_valid(raw: bytes) -> None:
    with pytest.raises(NotJsonError, match="not JSON"):
        parse_event(raw)


def test_numbers_json_does_not_have_are_not_json_in_a_valid_event_either() -> None:
    for word in (b"NaN", b"Infinity", b"-Infinity"):
        with pytest.raises(NotJsonError):
            parse_event(body().replace(b'"type"', b'"x":' + word + b',"type"'))
    assert valid(body(description="NaN and Infinity")).data.invoice.id == "inv-1"


def test_ten_thousand_brackets_are_refused_before_parsing() -> None:
    with pytest.raises(NotJsonError, match=f"deeper than {DEPTH_MAX}"):
        parse_event(b'{"type":"ping","data":' + b"[" * 10_000 + b"]" * 10_000 + b"}")


@pytest.mark.parametrize(
    ("type_", "data", "missing"),
    [
        ("payment.received", ledger_events.payment_data(), "payment"),
        ("payment.reversed", ledger_events.payment_reversed_data(), "payment_id"),
        ("payment.reversed", ledger_events.payment_reversed_data(), "reversed_on"),
        ("credit_note.issued", ledger_events.credit_note_data(), "credit_note"),
        ("objection.raised", ledger_events.objection_data(), "objection"),
        ("objection.resolved", ledger_events.objection_resolved_data(), "resolved_on"),
        ("objection.resolved", ledger_events.objection_resolved_data(), "outcome"),
        ("collection.withdrawn", ledger_events.withdrawn_data(), "reason"),
        ("collection.withdrawn", ledger_events.withdrawn_data(), "invoice_id"),
    ],
)
def test_each_event_type_needs_its_own_data(
    type_: str, data: dict[str, object], missing: str
) -> None:
    parsed = parse_event(orjson.dumps(ledger_events.event_body(type_, data)))
    assert isinstance(parsed, ParsedEvent)
    assert parsed.invoice_id == "inv-1"

    less = {name: value for name, value in data.items() if name != missing}
    raw = orjson.dumps(ledger_events.event_body(type_, less))

    assert faults(raw) == {f"data.{missing}": "is required"}


def test_faults_are_bounded_in_number() -> None:
    payments = [{"id": ""}] * 1_000

    parsed = parse_event(body(payments=payments))

    assert isinstance(parsed, InvalidEvent)
    assert len(parsed.faults) == 100


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=300)
@given(
    st.sampled_from(["type", "timestamp", "data", "invoice", "debtor", "notices", "total", "id"]),
    json_values,
)
def test_any_json_anywhere_is_parsed_or_refused_with_reasons(key: str, value: object) -> None:
    document = json.loads(body())
    data = document["data"]
    for part in (document, data, data["invoice"], data["debtor"]):
        if key in part:
            part[key] = value
            break
    try:
        parsed = parse_event(json.dumps(document).encode("utf-8", "surrogatepass"))
    except NotJsonError:
        return  # a lone surrogate or a number beyond all bounds

    assert isinstance(parsed, ParsedEvent) or parsed.faults


@settings(max_examples=300)
@given(st.binary())
def test_any_bytes_are_refused_in_an_orderly_way(raw: bytes) -> None:
    try:
        parsed = parse_event(raw)
    except NotJsonError:
        return
    assert isinstance(parsed, InvalidEvent)
