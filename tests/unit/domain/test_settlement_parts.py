"""The parts of a pay-out add up to it, whatever is said and whatever is not."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.settlement_parts import Part, Share, ToldLine, shares

AMOUNTS = st.integers(-10_000_00, 10_000_00).map(lambda ore: Decimal(ore) / 100)
SAID = st.none() | AMOUNTS
LINES = st.lists(
    st.builds(ToldLine, amount=AMOUNTS, principal=SAID, interest=SAID, fees=SAID), max_size=6
)


@given(amount=AMOUNTS, lines=LINES, costs=SAID, vat=SAID)
def test_the_parts_are_the_whole(
    amount: Decimal, lines: list[ToldLine], costs: Decimal | None, vat: Decimal | None
) -> None:
    found = shares(amount, lines, costs=costs, vat=vat)

    assert sum((share.amount for share in found), Decimal(0)) == amount
    assert all(share.amount != 0 for share in found)


def test_each_part_has_its_sign_and_its_line() -> None:
    line = ToldLine(
        amount=Decimal(1000), principal=Decimal(900), interest=Decimal(60), fees=Decimal(40)
    )

    assert shares(Decimal(875), [line], costs=Decimal(100), vat=Decimal(25)) == (
        Share(part=Part.PRINCIPAL, amount=Decimal(900), line=1),
        Share(part=Part.INTEREST, amount=Decimal(60), line=1),
        Share(part=Part.FEES, amount=Decimal(40), line=1),
        Share(part=Part.COSTS, amount=Decimal(-100)),
        Share(part=Part.VAT, amount=Decimal(-25)),
    )


def test_what_is_not_said_is_unexplained_and_not_guessed() -> None:
    line = ToldLine(amount=Decimal(1000), principal=None)

    assert shares(Decimal(990), [line]) == (
        Share(part=Part.UNEXPLAINED, amount=Decimal(1000), line=1),
        Share(part=Part.UNEXPLAINED, amount=Decimal(-10)),
    )
