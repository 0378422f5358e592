"""What money does to an invoice, and what a newer snapshot says beyond the one before."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.invoice import (
    Address,
    CreditNote,
    Debtor,
    DebtorKind,
    Invoice,
    Payment,
)
from gateway.domain.money_events import (
    difference,
    unexplained,
    with_credit_note,
    with_payment,
    without_payment,
)

DAY = date(2026, 11, 20)
INVOICE = Invoice(
    id="inv-1",
    number="30001",
    issue_date=date(2026, 7, 15),
    due_date=date(2026, 8, 14),
    currency="NOK",
    total=Decimal("4800.00"),
    outstanding=Decimal("4800.00"),
    debtor=Debtor(number="50001", name="Ola Eksempel", kind=DebtorKind.PERSON),
)


def payment(amount: str, payment_id: str = "pay-1") -> Payment:
    return Payment(id=payment_id, paid_on=DAY, amount=Decimal(amount))


def credit(amount: str, note_id: str = "cre-1") -> CreditNote:
    return CreditNote(id=note_id, issued_on=DAY, amount=Decimal(amount))


def test_a_payment_reduces_once_and_never_below_zero() -> None:
    after = with_payment(INVOICE, payment("1000.00"))
    assert after.outstanding == Decimal("3800.00")
    assert with_payment(after, payment("1000.00")) == after
    assert with_payment(INVOICE, payment("9000.00")).outstanding == 0


def test_a_credit_note_reduces_once_and_never_below_zero() -> None:
    after = with_credit_note(INVOICE, credit("1000.00"))
    assert after.outstanding == Decimal("3800.00")
    assert with_credit_note(after, credit("1000.00")) == after
    assert with_credit_note(INVOICE, credit("9000.00")).outstanding == 0


def test_money_the_balance_is_net_of_is_only_listed() -> None:
    net = replace(INVOICE, outstanding=Decimal("3800.00"))
    assert with_payment(net, payment("1000.00"), is_inside=True).outstanding == net.outstanding
    assert with_credit_note(net, credit("1000.00"), is_inside=True).outstanding == net.outstanding


def test_a_reversal_undoes_its_payment_and_no_other() -> None:
    after = with_payment(INVOICE, payment("1000.00"))
    assert without_payment(after, "pay-1") == INVOICE
    assert without_payment(after, "pay-2") == after


def test_a_reversal_never_lifts_the_balance_over_the_total() -> None:
    odd = replace(INVOICE, payments=(payment("1000.00"),))
    assert without_payment(odd, "pay-1").outstanding == INVOICE.total


def test_what_nothing_explains_is_named() -> None:
    assert unexplained(INVOICE) == 0
    assert unexplained(replace(INVOICE, outstanding=Decimal("3800.00"))) == Decimal("1000.00")
    paid = with_payment(INVOICE, payment("1000.00"))
    assert unexplained(paid) == 0


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.decimals("0.01", "9000", places=2))))
def test_any_order_of_payments_stays_between_zero_and_the_total(
    booked: list[tuple[str, Decimal]],
) -> None:
    after = INVOICE
    for payment_id, amount in booked:
        after = with_payment(after, Payment(id=payment_id, paid_on=DAY, amount=amount))
        assert 0 <= after.outstanding <= after.total
    for payment_id, _ in booked:
        after = without_payment(after, payment_id)
        assert 0 <= after.outstanding <= after.total


def test_equal_snapshots_differ_in_nothing() -> None:
    change = difference(INVOICE, INVOICE)
    assert (change.payments, change.credit_notes, change.for_a_person) == ((), (), ())
    assert change.unexplained == 0


def test_new_money_explains_a_lower_balance() -> None:
    after = with_credit_note(with_payment(INVOICE, payment("1000.00")), credit("500.00"))
    change = difference(INVOICE, after)
    assert change.payments == (payment("1000.00"),)
    assert change.credit_notes == (credit("500.00"),)
    assert change.unexplained == 0
    assert change.for_a_person == ()


def test_a_drop_beyond_the_new_money_is_unexplained() -> None:
    after = replace(with_payment(INVOICE, payment("1000.00")), outstanding=Decimal("3000.00"))
    assert difference(INVOICE, after).unexplained == Decimal("800.00")


def test_a_balance_higher_than_the_new_money_leaves_is_a_rise() -> None:
    after = replace(INVOICE, payments=(payment("1000.00"),))
    change = difference(INVOICE, after)
    assert change.for_a_person == ("the amount rose from 3800.00 to 4800.00",)


@pytest.mark.parametrize(
    ("debtor", "words"),
    [
        ({"address": Address(line1="Nygata 3")}, "address"),
        ({"name": "Kari"}, "name"),
        ({"number": "7"}, "number"),
        ({"organization_number": "974760673"}, "organisation number"),
    ],
)
def test_a_change_of_the_debtor_is_named_without_saying_what_it_is(
    debtor: dict[str, object], words: str
) -> None:
    after = replace(INVOICE, debtor=replace(INVOICE.debtor, **debtor))  # type: ignore[arg-type]  # one field at a time
    (told,) = difference(INVOICE, after).for_a_person
    assert words in told
    assert "Nygata" not in told
    assert "Kari" not in told
