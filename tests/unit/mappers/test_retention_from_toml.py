"""How long what is kept: the shipped rows, an operator's own, and what a row may not say."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.retention import ALLOWED, BOOKKEEPING, Kept, Then
from mappers.retention_from_toml import retention_from_toml

SHIPPED = tomllib.loads(
    (Path(__file__).parents[3] / "config" / "retention.toml").read_text(encoding="utf-8")
)
ROW = {
    "what": "event",
    "state": "handled",
    "then": "forget",
    "months": 3,
    "count_from": "day",
    "source": "the creditor's own policy",
    "reason": "asked for",
}


def test_every_shipped_row_has_its_source_and_reason_and_the_books_keep_five_years() -> None:
    rows = retention_from_toml([SHIPPED])

    assert len(rows) == len(SHIPPED["keep"])
    assert {row.what for row in rows} == {*Kept}
    assert all(row.source and row.reason for row in rows)
    assert {(r.what, r.state, r.then) for r in rows} >= BOOKKEEPING
    assert {(row.what, row.then) for row in rows} == {*ALLOWED}


def test_ones_own_row_takes_the_place_of_the_shipped_one() -> None:
    rows = retention_from_toml([SHIPPED, {"keep": [ROW]}])

    assert len(rows) == len(SHIPPED["keep"])
    (own,) = (r for r in rows if (r.what, r.state, r.then) == ("event", "handled", Then.FORGET))
    assert (own.months, own.source) == (3, ROW["source"])


def test_what_is_deleted_is_not_forgotten_first() -> None:
    thens = [row.then for row in retention_from_toml([SHIPPED])]

    assert thens == sorted(thens)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"what": "audit"}, r"keep\[0\]\.what: must be one of event"),
        ({"then": "keep"}, r"keep\[0\]\.then: must be one of forget, delete"),
        ({"what": "message"}, r'then: what = "message" cannot forget'),
        ({"state": "recorded"}, r"state: must be one of .*handled"),
        ({"months": -1}, "months: must be a whole number"),
        ({"months": True}, "months: must be a whole number"),
        ({"months": "6"}, "months: must be a whole number"),
        ({"count_from": "week"}, "count_from: must be one of day, year_end"),
        ({"source": " "}, "source: missing"),
        ({"reason": None}, "reason: missing"),
        ({"unit": "days"}, "unit: unknown"),
        (
            {"what": "claim", "state": "closed", "then": "delete", "months": 59},
            "bokføringsloven § 13 asks for 60",
        ),
        (
            {"what": "bank_line", "state": "over", "then": "delete", "months": 60},
            "year_end",
        ),
    ],
)
def test_a_row_that_cannot_be_is_refused_and_named(change: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        retention_from_toml([{"keep": [ROW | change]}])


@pytest.mark.parametrize("document", [{"rows": []}, {"keep": {}}, {"keep": ["x"]}])
def test_a_document_of_another_form_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="keep"):
        retention_from_toml([document])


@pytest.mark.parametrize(
    ("months", "count_from", "today", "kept_from"),
    [
        (6, "day", date(2027, 8, 31), date(2027, 2, 28)),
        (0, "day", date(2027, 8, 31), date(2027, 8, 31)),
        (60, "year_end", date(2031, 12, 31), date(2026, 1, 1)),
        (60, "year_end", date(2032, 1, 1), date(2027, 1, 1)),
        (42, "year_end", date(2030, 6, 30), date(2026, 1, 1)),
        (42, "year_end", date(2030, 7, 1), date(2027, 1, 1)),
    ],
)
def test_a_time_ends_on_its_day(months: int, count_from: str, today: date, kept_from: date) -> None:
    (row,) = retention_from_toml([{"keep": [ROW | {"months": months, "count_from": count_from}]}])

    assert row.is_over_before(today) == kept_from
