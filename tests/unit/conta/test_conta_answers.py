"""Whatever comes back, only a ``ClientError`` leaves the client; values prove themselves."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.answers import read_json
from clients.conta import protocol_answers as answers
from clients.conta import verdict
from clients.conta.answers import Record
from clients.conta.assumptions import parse_assumptions
from clients.errors import ClientError, ProtocolError
from clients.exchange import Response

OSLO = ZoneInfo("Europe/Oslo")
ROOT = Path(__file__).parents[3]
SHIPPED = parse_assumptions(tomllib.loads((ROOT / "config" / "conta.toml").read_text()))

FIELDS = [
    *("id", "hits", "hitCount", "pageCount", "type", "status", "invoiceNo", "invoiceDate"),
    *("sumTotal", "sumRemaining", "kid", "createdAt", "invoicePaymentReminder", "invoiceLines"),
    *("partialPayments", "date", "amount", "isFromKravia", "fileUrl", "creditNoteInvoiceId"),
    *("dateOfBirth", "name", "category", "properties", "messages", "errors", "EN", "property"),
    *("path", "lockedAccountingYears", "toDate", "active", "description", "creditedInvoiceId"),
]
NAMES = ["AccountingYearIsLockedException", "InputOpException", "MaintenanceException", "x"]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["2026-11-24", "2026-11-24T10:00:00", "12.50", "NORMAL", *NAMES])
)
documents = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=6), inner, max_size=8)
    ),
    max_leaves=30,
)
bodies = documents.map(lambda document: json.dumps(document).encode()) | st.binary(max_size=60)
READERS: list[Callable[[Record], object]] = [
    answers.organization,
    answers.bank_account,
    answers.department,
    answers.project,
    answers.customer_row,
    answers.customer,
    answers.invoice_row,
    answers.invoice,
    answers.event,
    answers.payment,
    answers.invoice_payment_row,
    answers.file_link,
]
statuses = st.integers(100, 599)


def taken(call: Callable[[], object]) -> None:
    """Make the call; whatever but a short ``ClientError`` comes out of it fails the test."""
    said = "nothing"
    try:
        call()
    except ClientError as error:
        said = str(error)
    assert 0 < len(said) < 1000


@given(bodies, st.sampled_from(READERS))
def test_no_answer_to_a_read_breaks_the_client(
    body: bytes, read: Callable[[Record], object]
) -> None:
    response = Response(status=200, body=body)
    taken(lambda: answers.decipher_page(response, "row", read, OSLO))
    taken(lambda: answers.decipher_list(response, "row", read, OSLO))
    taken(lambda: answers.decipher_one(response, "row", read, OSLO))
    taken(lambda: answers.decipher_one(response, "row", read, OSLO, identifier=7))


@given(bodies, statuses, st.dictionaries(st.sampled_from(["retry-after", "date"]), st.text()))
def test_no_answer_to_a_write_breaks_the_client(
    body: bytes, status: int, headers: dict[str, str]
) -> None:
    response = Response(status=status, body=body, headers=headers)
    taken(lambda: verdict.check_write(response, SHIPPED))
    taken(lambda: verdict.check_read(response, SHIPPED))
    taken(lambda: answers.decipher_written(response, "payment", answers.payment, OSLO))
    taken(lambda: answers.decipher_done(response))


@given(
    st.fixed_dictionaries(
        {"name": st.sampled_from(NAMES), "category": st.just("CUSTOM")},
        optional={"properties": documents, "messages": documents, "errors": documents},
    ),
    st.sampled_from([400, 409, 422, 500, 503]),
)
def test_no_error_object_breaks_the_client(document: dict[str, Any], status: int) -> None:
    response = Response(status=status, body=json.dumps(document).encode())
    with pytest.raises(ClientError):
        verdict.check_write(response, SHIPPED)
    with pytest.raises(ClientError):
        verdict.check_read(response, SHIPPED)


def record(**values: object) -> Record:
    return Record(read_json(json.dumps(values).encode()), "row", OSLO)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(12, "12.00"), (12.5, "12.50"), ("12.50", "12.50"), (-0.0, "0.00"), (1e3, "1000.00")],
)
def test_money_has_two_decimals(value: object, expected: str) -> None:
    assert str(record(a=value).amount("a")) == expected


def test_money_never_passes_through_a_float() -> None:
    body = b'{"a": 99999999999.99}'
    assert Record(read_json(body), "row", OSLO).amount("a") == Decimal("99999999999.99")


@pytest.mark.parametrize("value", [True, "1,5", 0.001, 1e14, 2**63, [], "NaN", 1e-30])
def test_what_is_no_amount_is_refused(value: object) -> None:
    with pytest.raises(ProtocolError, match="row: a "):
        record(a=value).amount("a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-24T10:00:00", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("2026-11-24 10:00:00.5", datetime(2026, 11, 24, 9, 0, 0, 500_000, tzinfo=UTC)),
        ("2026-11-24T10:00:00Z", datetime(2026, 11, 24, 10, tzinfo=UTC)),
        ("2026-11-24T10:00:00+0100", datetime(2026, 11, 24, 9, tzinfo=UTC)),
        ("2026-10-25T02:30:00", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
    ],
)
def test_a_time_without_an_offset_is_local(text: str, expected: datetime) -> None:
    assert record(at=text).instant("at") == expected


@pytest.mark.parametrize("text", ["2026-11-24", "soon", "2026-13-01T00:00:00", 5])
def test_what_is_no_time_is_refused(text: object) -> None:
    with pytest.raises(ProtocolError, match="row: at is not a time"):
        record(at=text).instant("at")


@pytest.mark.parametrize("value", ["2026-02-30", "24.11.2026", "2026-11-24T00:00:00", 20261124])
def test_what_is_no_day_is_refused(value: object) -> None:
    with pytest.raises(ProtocolError, match="row: on is not a date"):
        record(on=value).day("on")
    assert record(on="2026-11-24").day("on") == date(2026, 11, 24)


@pytest.mark.parametrize(("value", "expected"), [(1, True), (0, False), (True, True), (None, None)])
def test_a_flag_may_be_written_as_a_number(value: object, expected: object) -> None:
    assert record(flag=value).flag("flag") is expected


@pytest.mark.parametrize("value", ["true", 2, []])
def test_what_is_no_flag_is_refused(value: object) -> None:
    with pytest.raises(ProtocolError):
        record(flag=value).flag("flag")


@pytest.mark.parametrize("value", [None, "", "x", True, 2**63, 1.5])
def test_an_id_must_be_there_and_be_one(value: object) -> None:
    with pytest.raises(ProtocolError, match="row: id "):
        record(id=value).identifier("id")


def test_a_page_may_be_empty_but_not_silent() -> None:
    def page(body: bytes) -> object:
        response = Response(status=200, body=body)
        return answers.decipher_page(response, "row", answers.department, OSLO).hits

    assert page(b'{"hits": [], "hitCount": 0}') == ()
    assert page(b'{"hits": null, "hitCount": 0}') == ()
    with pytest.raises(ProtocolError, match="hits missing"):
        page(b'{"hits": null}')
