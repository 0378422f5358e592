from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from gateway.domain.dated_rows import row_on
from mappers.rules_from_toml import rules_from_toml

NORWAY = Path(__file__).parents[3] / "config" / "rules" / "norway.toml"
D = date.fromisoformat
NO_HOLIDAYS: frozenset[date] = frozenset()


@pytest.fixture
def norway() -> dict[str, Any]:
    return tomllib.loads(NORWAY.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("day", "interest", "compensation", "rate"),
    [
        ("2020-01-01", "9.5", "400", "700"),
        ("2020-12-31", "8.0", "430", "700"),
        ("2021-03-01", "8.0", "400", "700"),
        ("2022-06-30", "8.5", "390", "700"),
        ("2022-07-01", "9.25", "400", "700"),
        ("2023-01-01", "10.75", "410", "700"),
        ("2023-07-01", "11.75", "460", "700"),
        ("2024-01-01", "12.5", "470", "700"),
        ("2024-07-01", "12.5", "460", "700"),
        ("2025-01-01", "12.5", "470", "700"),
        ("2025-12-31", "12.25", "460", "700"),
        ("2026-06-30", "12.0", "460", "750"),
        ("2026-12-31", "12.25", "430", "750"),
    ],
)
def test_the_shipped_file_holds_the_published_figures(
    day: str, interest: str, compensation: str, rate: str, norway: dict[str, Any]
) -> None:
    rules = rules_from_toml([norway], NO_HOLIDAYS)

    found = [
        row_on(rows, D(day))
        for rows in (rules.late_interest, rules.compensation, rules.collection_rate)
    ]

    assert [row.value if row else None for row in found] == [
        Decimal(interest),
        Decimal(compensation),
        Decimal(rate),
    ]
    assert all(row.source for row in found if row)


def test_the_shipped_rates_end_with_2026_and_begin_with_2020(norway: dict[str, Any]) -> None:
    rules = rules_from_toml([norway], NO_HOLIDAYS)

    for rows in (rules.late_interest, rules.compensation):
        assert row_on(rows, D("2019-12-31")) is None
        assert row_on(rows, D("2027-01-01")) is None


def test_the_shipped_file_holds_the_terms_of_law(norway: dict[str, Any]) -> None:
    rules = rules_from_toml([norway], frozenset({D("2026-05-01")}))

    assert rules.letter_fees.reminder == rules.letter_fees.collection_notice == Fraction(1, 20)
    assert rules.letter_fees.payment_demand == Fraction(3, 20)
    assert rules.notice_min_deadline_days == rules.letter_fees.min_days_after_due == 14
    assert (rules.limitation_years, rules.interest_demand_days) == (3, 30)
    assert rules.holidays == {D("2026-05-01")}
    assert [(regime.id, regime.since) for regime in rules.regimes] == [
        ("act-1988", D("1989-10-01")),
        ("act-2026", None),
    ]


def test_extra_documents_add_rows_and_replace_those_of_the_same_day(
    norway: dict[str, Any],
) -> None:
    extra = tomllib.loads(
        """
        [[late_interest]]
        from = 2027-01-01
        to = "2027-06-30"
        pct = "11.90"

        [[late_interest]]
        from = 2026-07-01
        pct = 12.30

        [notice]
        min_deadline_days = 15

        [[regimes]]
        id = "act-2026"
        law = "LOV-2026-05-22-19"
        from = 2027-01-01
        to = 2099-12-31
        creditor_may_send_notice = false
        """
    )

    rules = rules_from_toml([norway, extra], NO_HOLIDAYS)

    assert [(str(row.since), row.value, row.until) for row in rules.late_interest[-2:]] == [
        ("2026-07-01", Decimal("12.3"), None),
        ("2027-01-01", Decimal("11.90"), D("2027-06-30")),
    ]
    assert rules.notice_min_deadline_days == 15
    assert rules.limitation_years == 3
    assert [regime.since for regime in rules.regimes] == [D("1989-10-01"), D("2027-01-01")]


@pytest.mark.parametrize(
    ("extra", "named"),
    [
        ("late_intrest = []", "late_intrest: unknown"),
        ("late_interest = 3", r"late_interest: must be written as \[\[late_interest\]\] rows"),
        ("late_interest = [1]", "late_interest: must be written"),
        ("[[late_interest]]\npct = 1", r"late_interest\[1\].from: must be a date"),
        ("[[late_interest]]\nfrom = 'soon'\npct = 1", r"late_interest\[1\].from: .*'soon'"),
        ("[[late_interest]]\nfrom = 2027-01-01T00:00:00\npct = 1", r"\.from: must be a date"),
        ("[[late_interest]]\nfrom = 2027-01-01", r"late_interest\[1\].pct: must be a figure"),
        ("[[late_interest]]\nfrom = 2027-01-01\npct = '12,5'", r"\.pct: .*'12,5'"),
        ("[[late_interest]]\nfrom = 2027-01-01\npct = -1", r"\.pct: must be a figure of 0"),
        ("[[late_interest]]\nfrom = 2027-01-01\npct = nan", r"\.pct: must be a figure"),
        ("[[late_interest]]\nfrom = 2027-01-01\npct = true", r"\.pct: must be a figure"),
        ("[[late_interest]]\nfrom = 2027-01-01\nnok = 1", r"late_interest\[1\].nok: unknown"),
        (
            "[[inkassosats]]\nfrom = 2027-01-01\nto = 2026-12-31\nnok = 1",
            r"inkassosats\[1\].to: 2026-12-31 is before from 2027-01-01",
        ),
        (
            "[[inkassosats]]\nfrom = 2027-01-01\nnok = 1\nref = 5",
            r"inkassosats\[1\].ref: must be a text",
        ),
        ("letter_fee = 1", "letter_fee: must be a table"),
        ("[letter_fee]\nreminder = 0.05", "letter_fee.reminder: must be a share"),
        ("[letter_fee]\nreminder = 'x'", "letter_fee.reminder: must be a share"),
        ("[letter_fee]\nreminder = '1/0'", "letter_fee.reminder: must be a share"),
        ("[letter_fee]\nreminder = '3/2'", "letter_fee.reminder: must be a share"),
        ("[letter_fee]\nreset_month = 6", "letter_fee.reset_month: unknown"),
        ("[limitation]\nyears = -3", "limitation.years: must be a whole number"),
        ("[limitation]\nyears = true", "limitation.years: must be a whole number"),
        ("[[regimes]]\nname = 'x'", r"regimes\[1\].name: unknown"),
        ("[[regimes]]\nid = 'x'", r"regimes x.law: must be a text"),
        ("[[regimes]]\nid = 'x'\nlaw = 'y'", r"regimes x.creditor_may_send_notice: must be true"),
        ("[[licences]]\nagency = 'x'", r"licences\[1\].from: must be a date"),
        ("[[licences]]\nname = 'x'", r"licences\[1\].name: unknown"),
        ("[agency_fees]\nbands = []", "agency_fees.bands: must ascend"),
        ("[agency_fees]\nbands = [{ up_to = 5 }]", r"bands\[1\].factor: must be a share"),
        ("[agency_fees]\nbands = [{ to = 5 }]", r"bands\[1\]: must be such as"),
        (
            "[agency_fees]\nbands = [{ up_to = 5, factor = '1' }, { up_to = 4, factor = '1' }]",
            "agency_fees.bands: must ascend",
        ),
        ("[interest]\ndue_date_bears_interest = 1", "due_date_bears_interest: must be true or"),
        ("[[regimes]]\ncreditor_may_send_notice = true", r"regimes\[1\].id: must be a text"),
    ],
)
def test_a_bad_row_is_refused_by_name(extra: str, named: str, norway: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=named):
        rules_from_toml([norway, tomllib.loads(extra)], NO_HOLIDAYS)


def test_a_missing_table_is_refused_by_name(norway: dict[str, Any]) -> None:
    del norway["limitation"]

    with pytest.raises(ValueError, match=r"limitation.years: must be a whole number"):
        rules_from_toml([norway], NO_HOLIDAYS)
