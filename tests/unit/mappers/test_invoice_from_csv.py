"""Rows of a table: amounts and dates that can be read in one way, faults by column."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.schema.webhooks import InvalidEvent, ParsedEvent, parse_event
from mappers.amount_from_text import amount_from_text
from mappers.day_from_text import day_from_text
from mappers.invoice_from_csv import BY_NAME, COLUMNS, column_of, invoice_from_csv

ROW = {
    "invoice_number": "40021",
    "issue_date": "31.08.2026",
    "total": "4 800,00",
    "debtor_number": "5512",
    "debtor_name": "Ola Eksempel",
    "debtor_kind": "person",
}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("2250", "2250"),
        ("2250.5", "2250.5"),
        ("2250,50", "2250.50"),
        ("2 250,50", "2250.50"),
        ("2\u00a0250,50", "2250.50"),
        ("2\u202f250", "2250"),
        ("2.250,50", "2250.50"),
        ("2,250.50", "2250.50"),
        ("1.234.567", "1234567"),
        ("1 234 567,8", "1234567.8"),
        (" 0,00 ", "0.00"),
    ],
)
def test_amounts_as_people_write_them(text: str, amount: str) -> None:
    assert amount_from_text(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        "2.250",
        "2,250",
        "-5",
        "5-",
        "1,2,3",
        "12.34,5",
        "2 25,00",
        "2250,505",
        "1e3",
        "kr 5",
        "\u0665",
    ],
)
def test_amounts_that_are_none_or_two(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|thousands"):
        amount_from_text(text)


@given(st.integers(0, 10**11))
def test_an_amount_is_the_same_in_every_spelling(minor: int) -> None:
    amount = Decimal(minor) / 100
    english = f"{amount:,.2f}"
    spellings = [
        english,
        english.replace(",", " "),
        english.replace(",", " ").replace(".", ","),
        english.translate(str.maketrans(",.", ".,")),
    ]

    assert {Decimal(amount_from_text(each)) for each in spellings} == {amount}


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_day_is_the_same_in_every_spelling(day: date) -> None:
    spellings = [day.isoformat(), f"{day:%d.%m.%Y}", f"{day.day}.{day.month}.{day.year}"]

    assert {day_from_text(each) for each in spellings} == {day.isoformat()}


@pytest.mark.parametrize("text", ["2026-08-17 00:00:00", "17.08.2026 00:00", "2026-08-17T00:00"])
def test_a_spreadsheets_midnight_is_a_day(text: str) -> None:
    assert day_from_text(text) == "2026-08-17"


@pytest.mark.parametrize(
    "text", ["08/09/2026", "17.08.26", "20260817", "31.02.2026", "2026-13-01", "46251", "i går"]
)
def test_days_that_are_none_or_several(text: str) -> None:
    with pytest.raises(ValueError, match=r"date|calendar"):
        day_from_text(text)


def test_a_row_is_an_event_with_its_letters_and_payments() -> None:
    data, faults = invoice_from_csv(
        ROW
        | {
            "collection_notice_sent_on": "05.10.2026",
            "collection_notice_fee": "38,00",
            "payment_date": "12.10.2026",
            "payment_amount": "1 200,00",
            "credit_date_2": "13.10.2026",
            "credit_amount_2": "100",
            "kid": "0400218",
            "debtor_kind": "ENK",
        }
    )

    assert faults == []
    invoice = data["invoice"]
    assert isinstance(invoice, dict)
    assert invoice["outstanding"] == "3500.00"
    assert invoice["kid"] == "0400218"
    assert invoice["notices"] == [
        {"kind": "collection_notice", "sent_on": "2026-10-05", "fee": "38.00"}
    ]
    assert invoice["payments"] == [
        {"id": "40021-2026-08-31-payment-1", "paid_on": "2026-10-12", "amount": "1200.00"}
    ]
    assert data["debtor"]["kind"] == "person"  # type: ignore[index]  # a document
    invoice["id"] = "made-later"
    event = parse_event(orjson.dumps({"type": "invoice.overdue", "data": data}))
    assert isinstance(event, ParsedEvent)


def test_every_fault_of_a_row_is_told_by_its_column() -> None:
    _, faults = invoice_from_csv(
        ROW
        | {
            "total": "2.250",
            "issue_date": "",
            "debtor_kind": "firm",
            "reminder_fee": "35,00",
            "payment_date_2": "2026-10-12",
        }
    )

    assert sorted(name for name, _ in faults) == [
        *("debtor_kind", "issue_date", "payment_amount_2", "reminder_sent_on", "total")
    ]


def test_what_the_schema_refuses_is_named_by_column_too() -> None:
    data, _ = invoice_from_csv(
        ROW
        | {
            "invoice_id": "1",
            "country": "Norge",
            "payment_demand_sent_on": "2026-10-01",
            "payment_demand_channel": "pigeon",
            "credit_date_3": "2026-10-01",
            "credit_amount_3": "1" * 14,
            "outstanding": "1",
        }
    )
    event = parse_event(orjson.dumps({"type": "invoice.overdue", "data": data}))

    assert isinstance(event, InvalidEvent)
    assert {column_of(fault.field, data) for fault in event.faults} == {
        *("country", "payment_demand_channel", "credit_amount_3")
    }


def test_more_paid_than_owed_is_refused_by_the_schema() -> None:
    row = ROW | {"payment_date": "2026-10-12", "payment_amount": "5000"}
    data, faults = invoice_from_csv(row)
    event = parse_event(orjson.dumps({"type": "invoice.overdue", "data": data}))

    assert faults == []
    assert isinstance(event, InvalidEvent)
    assert "outstanding" in {column_of(fault.field, data) for fault in event.faults}


def test_no_two_columns_share_a_name_or_a_place() -> None:
    assert len(BY_NAME) == len(COLUMNS) + sum(c.norwegian is not None for c in COLUMNS.values())
    assert len({column.path for column in COLUMNS.values()}) == len(COLUMNS)


@given(st.dictionaries(st.sampled_from(sorted(COLUMNS)), st.text(max_size=12)))
def test_any_row_is_mapped_or_faulted(row: dict[str, str]) -> None:
    data, faults = invoice_from_csv(row)

    assert bool(data) != bool(faults)
