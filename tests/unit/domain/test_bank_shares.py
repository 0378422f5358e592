"""A sum is shared whole, to claims that are open, or not at all; accounts have two spellings."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.bank_account import plain_account
from gateway.domain.bank_shares import Owed, shares

AMOUNTS = st.integers(0, 20).map(Decimal)
OWED = st.lists(AMOUNTS, min_size=1, max_size=4).map(
    lambda amounts: [Owed(claim_id=str(at), outstanding=each) for at, each in enumerate(amounts)]
)


@given(AMOUNTS.filter(bool), OWED)
def test_what_is_shared_is_the_whole_sum_and_no_claim_gets_it_twice(
    amount: Decimal, owed: list[Owed]
) -> None:
    found = shares(amount, owed)

    if found is not None:
        assert sum(part for _, part in found) == amount
        assert len({claim_id for claim_id, _ in found}) == len(found)
        assert all(part > 0 for _, part in found)


@pytest.mark.parametrize(
    ("amount", "outstanding", "expected"),
    [
        (5, [9], {"0": 5}),
        (5, [0], {"0": 5}),
        (9, [4, 5], {"0": 4, "1": 5}),
        (5, [4, 5], {"1": 5}),
        (7, [0, 5], {"1": 7}),
        (5, [5, 5], None),
        (3, [4, 5], None),
        (3, [0, 0], None),
    ],
)
def test_only_an_amount_that_fits_one_way_is_shared(
    amount: int, outstanding: list[int], expected: dict[str, int] | None
) -> None:
    owed = [
        Owed(claim_id=str(at), outstanding=Decimal(each)) for at, each in enumerate(outstanding)
    ]
    found = shares(Decimal(amount), owed)

    assert (None if found is None else dict(found)) == expected


@pytest.mark.parametrize("text", ["8601.11.17947", "NO93 8601 1117 947", "no9386011117947"])
def test_one_account_in_all_its_spellings_is_the_same(text: str) -> None:
    assert plain_account(text) == "86011117947"
    assert plain_account("SE45 5000 0000 0583 9825 7466") == "SE4550000000058398257466"
