"""Clean histories, each drawn from a seed, and not one false alarm: not even while they are on
their way. ``RECONCILE_HISTORIES=1000 pytest …`` plays as many, which is what ``make soak`` does.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import pytest

from .conftest import SQLITE_ONLY

HISTORIES = int(os.environ.get("RECONCILE_HISTORIES", "100"))
TOGETHER = 100
"""Histories in one gateway at once."""
ROUNDS = 4
TOTAL = 4800
TAKEN_BACK = 0.5
CREDITOR_ID = 10759
KRAVIAS_ACCOUNT, DEBTORS_ACCOUNT = "12345678903", "99998877777"


@dataclass(slots=True)
class History:
    """One claim's life: every amount is one that both sides can count."""

    number: str
    draw: random.Random
    open: int = TOTAL
    money: int = 0
    collected: list[Any] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    is_over: bool = False

    async def happen(self, world: Any, what: str, case: Any) -> str:
        """Let one thing happen; what it was, or ``nothing`` where it cannot be now."""
        amount = self.draw.randint(1, max(1, self.open // 2))
        self.money += 1
        name = f"{what}-{self.number}-{self.money}"
        if case is None or self.is_over:
            return "nothing"
        match what:
            case "paid" | "credited" if self.open > amount:
                await self._tell(world, what, name, amount)
            case "paid_whole" if self.open:
                await self._tell(world, "paid", name, self.open)
            case "credited_whole" if self.open:
                await self._tell(world, "credited", name, self.open)
            case "collected" if self.open > amount:
                self.collected.append(world.debtor_pays(case.invoice_id, f"{amount}.00"))
                self.open -= amount
            case "collected_whole" if self.open:
                self.collected.append(world.debtor_pays(case.invoice_id, f"{self.open}.00"))
                self.open = 0
            case "taken_back" if self.collected and self.open:
                payment = self.collected.pop()
                world.kravia.reverse_payment(case.invoice_id, payment.payment_id)
                self.open += int(payment.amount)
            case "reversed" if self.told and self.open:
                await self._reverse(world, case)
            case "withdrawn" | "objected" if self.open:
                await self._end(world, what, case)
            case _:
                return "nothing"
        self.is_over |= not self.open
        return what

    def next_happening(self) -> str:
        """Draw one; what was collected is paid out soon, and before that half of it falls back."""
        what = self.draw.choice(HAPPENINGS)
        return "taken_back" if self.collected and self.draw.random() < TAKEN_BACK else what

    async def _end(self, world: Any, what: str, case: Any) -> None:
        """The creditor calls it off or the debtor disputes it; a person tells Kravia."""
        if what == "objected":
            await world.disputed(self.number)
            world.kravia.object_to(case.invoice_id)
            return
        await world.withdrawn(self.number)
        await world.intake()
        world.kravia.withdraw(case.invoice_id)
        self.is_over = True

    async def _tell(self, world: Any, what: str, name: str, amount: int) -> None:
        if what == "paid":
            await world.paid(
                f"{amount}.00",
                payment_id=name,
                number=self.number,
                payer_account=DEBTORS_ACCOUNT,
            )
            self.told.append(name)
        else:
            await world.credited(f"{amount}.00", credit_note_id=name, number=self.number)
        self.open -= amount

    async def _reverse(self, world: Any, case: Any) -> None:
        """The ledger takes a payment back, and a person corrects it in Kravia's portal."""
        name = self.told.pop()
        there = [p for p in case.payments if p.accounting_payment_id == name]
        if not there:
            return
        await world.payment_reversed(name, self.number)
        await world.intake()
        world.kravia.reverse_payment(case.invoice_id, there[0].payment_id)
        self.open += int(there[0].amount)


HAPPENINGS = (
    *("paid", "paid", "credited", "collected", "collected", "taken_back", "reversed", "nothing"),
    *("paid_whole", "credited_whole", "collected_whole", "withdrawn", "objected"),
)


async def found(world: Any) -> list[dict[str, Any]]:
    """All that ``reconcile`` finds."""
    items: list[dict[str, Any]] = []
    after: dict[str, object] = {}
    while True:
        page = await world.call("reconcile", **after)
        items += page["differences"]
        if page["next"] is None:
            return items
        after = {"after": page["next"]}


async def pay_out(world: Any, histories: list[History]) -> None:
    """Kravia settles all it has; the bank's payments of it come to the ledger."""
    settlement = world.kravia.pay_out(CREDITOR_ID, world.now[0].date())
    if settlement is None:
        return
    numbers = {
        case.invoice_id: case.invoice_no
        for case in world.books.invoices.values()
        if case.accounting_invoice_id
    }
    for kravia_id, amount, *_ in settlement.lines:
        await world.paid(
            str(amount),
            payment_id=f"out-{settlement.settlement_id}-{kravia_id}",
            number=numbers[kravia_id],
            payer_account=KRAVIAS_ACCOUNT,
        )
    for each in histories:
        each.collected.clear()  # what was paid out is not taken back


@SQLITE_ONLY
@pytest.mark.parametrize("first", range(0, HISTORIES, TOGETHER))
@pytest.mark.parametrize(
    "creditor",
    [
        {
            "payout_accounts": ["1234.56.78903"],
            "payout_model": "kid",
            "register_max_per_day": 100_000,
        }
    ],
)
async def test_clean_histories_raise_no_false_alarm(world: Any, creditor: Any, first: int) -> None:
    del creditor
    histories = [
        History(number=str(40_000 + seed), draw=random.Random(seed))  # noqa: S311 - it must repeat
        for seed in range(first, min(first + TOGETHER, HISTORIES))
    ]
    happened: Counter[str] = Counter()
    for each in histories:
        kept_back: dict[str, Any] = {"notices": []} if each.draw.random() < 0.1 else {}
        debtor = {"number": f"d{each.number}"}
        await world.overdue(each.number, debtor=debtor, **kept_back)
    for turn in range(ROUNDS):
        await settled(world)
        assert await found(world) == []
        cases = {c.invoice_no: c for c in world.books.invoices.values()}
        for each in histories:
            case = cases.get(each.number)
            happened[await each.happen(world, each.next_happening(), case)] += 1
        await world.intake()
        assert await found(world) == []  # all of it is on its way
        await world.deliver()
        assert await found(world) == []
        if turn % 2:
            await settled(world)
            await pay_out(world, histories)
    world.pass_time(hours=3)
    for case in list(world.books.invoices):
        world.kravia.touch(case)
    await settled(world)

    assert await found(world) == []
    assert set(happened) == set(HAPPENINGS)


async def settled(world: Any) -> None:
    """Turn everything to rest, a day later."""
    world.pass_time(minutes=5)
    while await world.deliver():
        pass
    await world.settle()
