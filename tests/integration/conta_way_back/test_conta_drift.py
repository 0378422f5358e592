"""Drift that people and remotes really make, told by ``reconcile`` through the whole gateway."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clients.simulated_faults import Fault, FaultKind

TODAY = date(2026, 11, 24)
THOUSAND = Decimal("1000.00")
UNKNOWN = {"payout_model": "unknown"}


async def reconciled(world: Any) -> set[tuple[str, str]]:
    """(kind, sign) of everything found, when all that was on its way has arrived."""
    world.pass_time(hours=2)
    await world.sweep()
    for case in list(world.kravia.books.invoices):
        world.kravia.touch(case)
    await world.settle()
    world.pass_time(hours=2)
    await world.sweep()
    await world.settle()
    world.pass_time(hours=2)
    found: set[tuple[str, str]] = set()
    page: Any = {"next": ""}
    while page["next"] is not None:
        page = await world.call("reconcile", **({"after": page["next"]} if page["next"] else {}))
        found |= {(each["kind"], each["sign"]) for each in page["differences"]}
    return found


def only_case(world: Any) -> Any:
    """Kravia's only case."""
    [case] = world.kravia.books.invoices.values()
    return case


async def our_booking_is_deleted(world: Any, back: Any) -> None:
    """A bookkeeper deletes in Conta what we booked."""
    await back.booked()
    await back.swept()
    world.conta.delete_payment(world.conta.books.api_payments[0].id)


async def booked_by_conta_too(world: Any, back: Any) -> None:
    """Conta's own link books the pay-out that we have booked."""
    made = await back.booked()
    world.conta.kravia_pays(made, THOUSAND, on=TODAY)


async def day_is_locked(world: Any, back: Any) -> None:
    """Conta refuses the booking."""
    world.conta.lock_year(2026)
    await back.booked()


async def nobody_knows_which(world: Any, back: Any) -> None:
    """The booking's answer is lost, and somebody books the same amount meanwhile."""
    made = await back.paid_out()
    back.fail(FaultKind.RESET, applied=True)
    back.before_post(lambda: world.conta.pay_by_hand({made: THOUSAND}, on=TODAY))
    await world.settle()


async def kravia_refuses_a_payment(world: Any, _back: Any) -> None:
    """What the debtor paid the creditor is not taken by Kravia."""
    made = await world.active()
    world.kravia.faults.plant(Fault(kind=FaultKind.STATUS, operation="payment", status=400))
    world.conta.pay_by_ocr(made, Decimal("500.00"), on=TODAY)


async def deleted_after_it_was_told(world: Any, back: Any) -> None:
    """A payment that Kravia counts is deleted in Conta, and nobody tells Kravia."""
    made = await world.active()
    payment = world.conta.pay_by_ocr(made, Decimal("500.00"), on=TODAY)
    await back.swept()
    world.conta.delete_payment(payment)
    await back.swept()
    world.pass_time(days=1)


async def kravia_counts_otherwise(world: Any, _back: Any) -> None:
    """More is open at Kravia than adds up."""
    await world.active()
    only_case(world).remaining += Decimal(1)


async def written_off_in_conta_only(world: Any, _back: Any) -> None:
    """The claim is given up in Conta, and nobody withdraws it at Kravia."""
    made = await world.active()
    world.conta.write_off(made)
    await world.sweep()
    await world.settle()
    world.pass_time(days=1)


async def paid_out_and_never_settled(world: Any, _back: Any) -> None:
    """Conta's own link books a pay-out of which no settlement tells."""
    made = await world.active()
    world.conta.kravia_pays(made, THOUSAND, on=TODAY)
    await world.sweep()
    await world.settle()
    world.pass_time(days=32)


async def settled_and_never_booked(world: Any, back: Any) -> None:
    """Nobody books what Kravia paid out."""
    await back.paid_out()
    await world.settle()
    world.pass_time(days=32)


DRIFTS = [
    (our_booking_is_deleted, "missing_booking", "booking_missing"),
    (booked_by_conta_too, "doubled_booking", "booking_doubled"),
    (booked_by_conta_too, "doubled_booking", "payout_doubled"),
    (day_is_locked, "missing_booking", "booking_parked"),
    (nobody_knows_which, "missing_booking", "booking_in_doubt"),
    (kravia_refuses_a_payment, "missing_booking", "payment_parked"),
    (deleted_after_it_was_told, "amount", "reversal_missing"),
    (kravia_counts_otherwise, "amount", "amount_open"),
    (written_off_in_conta_only, "status", "withdrawal_not_done"),
    (paid_out_and_never_settled, "payout_without_settlement", "payout_not_settled"),
]


@pytest.mark.parametrize(
    ("drift", "kind", "sign"),
    DRIFTS,
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_drift_beside_a_ledger_that_is_asked_is_told(
    world: Any, back: Any, drift: Any, kind: str, sign: str
) -> None:
    await drift(world, back)

    assert (kind, sign) in await reconciled(world)


@pytest.mark.parametrize("creditor", [UNKNOWN])
async def test_a_settlement_that_nobody_books_is_told(world: Any, back: Any) -> None:
    await settled_and_never_booked(world, back)

    assert await reconciled(world) >= {
        ("settlement_without_payout", "settled_not_paid"),
        ("settlement_without_payout", "settlement_not_booked"),
    }


async def test_where_all_went_well_nothing_is_told(world: Any, back: Any) -> None:
    made = await back.booked()
    await back.swept()
    world.conta.pay_by_ocr(made, Decimal("250.00"), on=TODAY)
    await back.swept()

    assert await reconciled(world) == set()
    page = await world.call("reconcile")
    swept_at = datetime.fromisoformat(page["ledger_as_of"]["acme"])
    assert timedelta(hours=2) <= world.now[0] - swept_at < timedelta(hours=2, minutes=5)
