"""Is this claim at Kravia already? Same, none, or a person must look."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.matching import Candidate, NoMatch, SameCase, Unclear, Wanted, match

WANTED = Wanted(
    invoice_id="inv-1",
    invoice_number="30001",
    invoice_date=date(2026, 7, 15),
    amount=Decimal("4800.00"),
    debtor_number="50001",
)
SAME = Candidate(
    kravia_invoice_id="k1",
    accounting_invoice_id=None,
    invoice_number="30001",
    invoice_date=date(2026, 7, 15),
    amount=Decimal("4800.00"),
    debtor_number="50001",
)


def test_nothing_there_is_no_match() -> None:
    assert match(WANTED, []) == NoMatch()


def test_our_invoice_id_is_enough_if_nothing_told_contradicts() -> None:
    bare = Candidate(
        kravia_invoice_id="k1",
        accounting_invoice_id="inv-1",
        invoice_number=None,
        invoice_date=None,
        amount=None,
        debtor_number=None,
    )
    assert match(WANTED, [bare]) == SameCase(kravia_invoice_id="k1")


def test_number_date_amount_and_debtor_together_are_enough() -> None:
    assert match(WANTED, [SAME]) == SameCase(kravia_invoice_id="k1")


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"amount": Decimal("4799.99")}, "amount differ"),
        ({"amount": None}, "does not tell its amount"),
        ({"debtor_number": None}, "does not tell its debtor number"),
        ({"invoice_date": None}, "does not tell its invoice date"),
        ({"accounting_invoice_id": "inv-2"}, "under another id"),
        ({"accounting_invoice_id": "inv-1", "debtor_number": "7"}, "debtor number differ"),
        ({"accounting_invoice_id": "inv-1", "invoice_number": "7"}, "invoice number differ"),
    ],
)
def test_what_matches_in_part_is_for_a_person(change: dict[str, object], why: str) -> None:
    found = match(WANTED, [replace(SAME, **change)])  # type: ignore[arg-type]  # one field at a time
    assert isinstance(found, Unclear)
    assert why in found.why


@pytest.mark.parametrize(
    "change",
    [{"invoice_date": date(2025, 7, 15)}, {"debtor_number": "7"}, {"invoice_number": "30002"}],
)
def test_another_year_debtor_or_number_is_another_claim(change: dict[str, object]) -> None:
    assert match(WANTED, [replace(SAME, **change)]) == NoMatch()  # type: ignore[arg-type]  # one field at a time


def test_two_that_match_are_for_a_person() -> None:
    twice = [SAME, replace(SAME, kravia_invoice_id="k2")]
    assert isinstance(match(WANTED, twice), Unclear)
    by_id = [replace(each, accounting_invoice_id="inv-1") for each in twice]
    assert isinstance(match(WANTED, by_id), Unclear)


def test_ours_by_id_beside_a_look_alike_is_for_a_person() -> None:
    ours = replace(SAME, accounting_invoice_id="inv-1")
    found = match(WANTED, [ours, replace(SAME, kravia_invoice_id="k2")])
    assert isinstance(found, Unclear)
    assert "second id" in found.why


CANDIDATES = st.builds(
    Candidate,
    kravia_invoice_id=st.sampled_from(["k1", "k2"]),
    accounting_invoice_id=st.sampled_from([None, "inv-1", "inv-2"]),
    invoice_number=st.sampled_from([None, "30001", "30002"]),
    invoice_date=st.sampled_from([None, date(2026, 7, 15), date(2025, 7, 15)]),
    amount=st.sampled_from([None, Decimal("4800.00"), Decimal(1)]),
    debtor_number=st.sampled_from([None, "50001", "7"]),
)


@given(st.lists(CANDIDATES, max_size=4))
def test_a_same_case_never_differs_in_anything_kravia_told(rows: list[Candidate]) -> None:
    found = match(WANTED, rows)
    if isinstance(found, SameCase):
        (row,) = [
            each
            for each in rows
            if each.kravia_invoice_id == found.kravia_invoice_id
            and (each.accounting_invoice_id == "inv-1" or each.invoice_number == "30001")
            and each.invoice_date in (None, WANTED.invoice_date)
            and each.debtor_number in (None, WANTED.debtor_number)
        ]
        assert row.amount in (None, WANTED.amount)
        assert row.invoice_number in (None, WANTED.invoice_number)


@given(st.lists(CANDIDATES, max_size=4))
def test_the_order_of_the_mirror_does_not_matter(rows: list[Candidate]) -> None:
    assert type(match(WANTED, rows)) is type(match(WANTED, rows[::-1]))
