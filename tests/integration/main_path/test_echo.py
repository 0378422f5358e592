"""The echo: Kravia's pay-outs come back as payments and are never told to it as the debtor's own.

Both pay-out models, parts, amounts that happen to be the same, settlements early and late.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.integration.main_path.conftest import SQLITE_ONLY

pytestmark = SQLITE_ONLY
CREDITOR_ID = 10759
MODELS = pytest.mark.parametrize("creditor", [{"payout_model": m} for m in ("kid", "batch")])
EARLY_AND_LATE = pytest.mark.parametrize("is_early", [True, False], ids=["early", "late"])


async def collected(world: Any, *amounts: str) -> str:
    """A claim of 4800.00 on which Kravia has collected."""
    kravia_id: str = await world.active()
    for amount in amounts:
        world.debtor_pays(kravia_id, amount)
    await world.settle()
    return kravia_id


async def pays_out(world: Any, *payments: Any, is_early: bool) -> None:
    """Kravia pays out; its settlement is read before the payments come, or after them."""
    if is_early:
        world.kravia.pay_out(CREDITOR_ID, world.now[0].date())
        await world.settle()
    for pay in payments:
        await pay
        await world.settle()
    if not is_early:
        await world.restart()
        world.kravia.pay_out(CREDITOR_ID, world.now[0].date())
        await world.settle()


async def states(world: Any) -> list[tuple[str, str]]:
    """What became of what the ledger told, in the order it came."""
    return [(each["amount"], each["state"]) for each in (await world.claim())["receipts"]]


@MODELS
@EARLY_AND_LATE
async def test_a_pay_out_is_recognised_whenever_its_settlement_comes(
    world: Any, is_early: bool, creditor: Any
) -> None:
    await collected(world, "1000.00")
    await pays_out(world, world.paid(), is_early=is_early)

    assert world.reported() == []
    assert await states(world) == [("1000.00", "payout")]
    assert await world.tasks() == []


@MODELS
@EARLY_AND_LATE
async def test_one_pay_out_of_several_payments_is_recognised_by_their_sum(
    world: Any, is_early: bool, creditor: Any
) -> None:
    await collected(world, "600.00", "300.00", "100.00")
    await pays_out(world, world.paid("1000.00"), is_early=is_early)

    assert world.reported() == []
    assert await states(world) == [("1000.00", "payout")]
    assert await world.tasks() == []


@MODELS
@EARLY_AND_LATE
async def test_several_pay_outs_of_one_settlement_take_a_line_each(
    world: Any, is_early: bool, creditor: Any
) -> None:
    await collected(world, "600.00", "400.00")
    first, second = (
        world.paid(amount, payment_id=f"pay-{amount}") for amount in ("400.00", "600.00")
    )
    await pays_out(world, first, second, is_early=is_early)

    assert world.reported() == []
    assert await states(world) == [("400.00", "payout"), ("600.00", "payout")]
    assert await world.tasks() == []


@pytest.mark.parametrize("creditor", [{"payout_model": "kid"}])
async def test_a_part_that_no_line_explains_waits_for_a_person_and_is_never_reported(
    world: Any, creditor: Any
) -> None:
    await collected(world, "1000.00")
    await pays_out(world, world.paid("875.00"), is_early=False)  # costs and VAT taken off

    assert world.reported() == []
    assert await states(world) == [("875.00", "ambiguous")]
    [task] = [t for t in await world.items("tasks.list") if t["kind"] == "payout_or_direct"]
    await world.call("tasks.done", task_id=task["task_id"], answer="payout", note="bank said so")
    await world.settle()
    assert world.reported() == []


@MODELS
@EARLY_AND_LATE
async def test_the_debtors_own_payment_of_the_same_amount_is_told_once(
    world: Any, is_early: bool, creditor: Any
) -> None:
    await collected(world, "1000.00")
    both = (world.paid(payment_id="pay-1"), world.paid(payment_id="pay-2"))
    await pays_out(world, *both, is_early=is_early)

    assert [amount for _, amount in world.reported()] == [Decimal("1000.00")]
    assert await states(world) == [("1000.00", "payout"), ("1000.00", "reported")]
    assert await world.tasks() == []
    assert world.kravia.books.invoices["1553200"].remaining == Decimal("2800.00")


@EARLY_AND_LATE
@pytest.mark.parametrize(
    ("creditor", "sign"),
    [
        ({"payout_texts": ["kravia"]}, {"text": "Utbetaling KRAVIA"}),
        ({"payout_accounts": ["1234.56.78903"]}, {"payer_account": "12345678903"}),
        ({"payout_model": "kid"}, {"from_agency": True}),
    ],
    ids=["text", "account", "ledger"],
)
async def test_a_pay_out_known_by_another_sign_uses_its_line_up(
    world: Any, is_early: bool, creditor: Any, sign: dict[str, Any]
) -> None:
    await collected(world, "1000.00")
    await pays_out(world, world.paid(**sign), is_early=is_early)
    assert await states(world) == [("1000.00", "payout")]

    await world.paid(payment_id="pay-2")  # of the same amount, and without a sign: the debtor's own
    await world.settle()

    assert world.reported() == [("pay-2", Decimal("1000.00"))]
    assert await world.tasks() == []


@pytest.mark.parametrize("creditor", [{"payout_accounts": ["1234.56.78903"]}])
async def test_another_account_is_the_debtors_whatever_line_fits(world: Any, creditor: Any) -> None:
    await collected(world, "1000.00")
    await pays_out(world, world.paid(payer_account="9999.88.77777"), is_early=True)

    assert world.reported() == [("pay-1", Decimal("1000.00"))]


@MODELS
async def test_a_pay_out_that_the_ledger_took_back_and_booked_again_is_recognised_again(
    world: Any, creditor: Any
) -> None:
    await collected(world, "1000.00")
    await pays_out(world, world.paid(), is_early=True)
    await world.payment_reversed()
    await world.settle()
    await world.paid(payment_id="pay-again")
    await world.settle()

    assert world.reported() == []
    assert await states(world) == [("1000.00", "reversed"), ("1000.00", "payout")]
    assert await world.tasks() == []


@MODELS
async def test_one_bank_receipt_of_two_claims_is_a_pay_out_on_each(
    world: Any, creditor: Any
) -> None:
    first, second = await world.active("30001"), await world.active("30002")
    world.debtor_pays(first, "500.00")
    world.debtor_pays(second, "500.00")
    await world.settle()
    both = (
        world.paid("500.00", payment_id="bank-1", number="30001"),
        world.paid("500.00", payment_id="bank-1", number="30002"),
    )
    await pays_out(world, *both, is_early=True)

    assert world.reported() == []
    await world.payment_reversed("bank-1", "30001")
    await world.settle()
    other = await world.claim("30002")
    assert [each["state"] for each in other["receipts"]] == ["payout"]


@pytest.mark.parametrize(
    ("answer", "reported"), [("payout", []), ("direct", [("pay-1", Decimal("1000.00"))])]
)
async def test_a_pay_out_that_comes_before_kravias_news_is_asked_about_and_not_told(
    world: Any, answer: str, reported: list[object]
) -> None:
    kravia_id = await world.active()
    world.debtor_pays(kravia_id, "1000.00")
    await world.paid()
    await world.settle(poll=False)

    assert world.reported() == []
    assert await states(world) == [("1000.00", "ambiguous")]
    [task] = await world.items("tasks.list")
    await world.call("tasks.done", task_id=task["task_id"], answer=answer, note="asked the bank")
    await world.settle()
    assert world.reported() == reported
    assert len(world.told("payment.collected")) == 1
