"""Histories of money on all sides: whatever their order and repetitions, the books end the same.

``MONEY_EXAMPLES=500 pytest …/test_money_histories.py`` plays as many histories.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clients.webhook import ledger_events as events
from tests.integration.main_path.conftest import MEMORY, SAMPLES, START, World, make_world

EXAMPLES = int(os.environ.get("MONEY_EXAMPLES", "4"))
TOTAL = Decimal("4800.00")
CREDITOR_ID = 10759
INVOICE = "inv-30001"
KRAVIAS_ACCOUNT = "12345678903"
DEBTORS_ACCOUNT = "99998877777"
LITTLE = ("1.00", "250.00", "400.00", "400.00")
MUCH = ("400.00", "2400.00", "4800.00", "6000.00")
BETWEEN = ("nothing", "intake", "deliver", "poll", "settle", "crash")


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """One thing that happens, with all of its names fixed, whenever it comes.

    ``what``: paid, reversed, credited (the ledger's), collected (Kravia's), paid_out (both's).
    """

    what: str
    at: int
    amount: str
    of: int = 0

    @property
    def name(self) -> str:
        """The id under which the ledger tells it."""
        return f"{self.what}-{self.of if self.what == 'reversed' else self.at}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What all sides have in the end, in amounts.

    ``told`` is None where more came in than was claimed: what Kravia can still count of a payment
    depends on what came before it.
    """

    open: Decimal
    paid: Decimal
    credited: Decimal
    remaining: Decimal
    told: Decimal | None
    collected: Decimal
    payouts: tuple[str, ...]


@st.composite
def histories(draw: st.DrawFn) -> list[Happening]:
    """Up to eight things; where something is taken back, too little to end the case."""
    takes_back = draw(st.booleans())
    amounts = st.sampled_from(LITTLE if takes_back else MUCH)
    kinds = st.sampled_from(("paid", "paid", "credited", "collected"))
    made = [
        Happening(what=draw(kinds), at=at, amount=draw(amounts))
        for at in range(draw(st.integers(1, 8)))
    ]
    if takes_back:
        made += [
            Happening(what="reversed", at=len(made) + each.at, amount=each.amount, of=each.at)
            for each in made
            if each.what == "paid" and draw(st.booleans())
        ]
    return made


class Player:
    """Plays a history on a world of its own."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.kravia_id = ""

    async def happen(self, each: Happening, *, again: bool = False) -> None:
        """Let it happen; ``again``: the ledger tells it once more, under another webhook-id."""
        at = (START + timedelta(minutes=1 + each.at)).isoformat()
        suffix = "-again" if again else ""
        if each.what == "collected":
            self.world.debtor_pays(self.kravia_id, each.amount)
            return
        data = {
            "paid": lambda: events.payment_data(
                invoice_id=INVOICE,
                payment_id=each.name,
                amount=each.amount,
                payer_account=DEBTORS_ACCOUNT,
            ),
            "paid_out": lambda: events.payment_data(
                invoice_id=INVOICE,
                payment_id=each.name,
                amount=each.amount,
                payer_account=KRAVIAS_ACCOUNT,
            ),
            "credited": lambda: events.credit_note_data(
                invoice_id=INVOICE, credit_note_id=each.name, amount=each.amount
            ),
            "reversed": lambda: events.payment_reversed_data(
                invoice_id=INVOICE, payment_id=f"paid-{each.of}"
            ),
        }[each.what]()
        type_ = {"credited": "credit_note.issued", "reversed": "payment.reversed"}.get(
            each.what, "payment.received"
        )
        webhook_id = f"{each.what}-{each.at}{suffix}"
        await self.world.receive(type_, data, webhook_id=webhook_id, at=at)

    async def between(self, what: str) -> None:
        """What the loops get done meanwhile."""
        match what:
            case "intake":
                await self.world.intake()
            case "deliver":
                await self.world.deliver()
            case "poll":
                await self.world.poll()
            case "settle":
                await self.world.settle()
            case "crash":
                await self.world.restart()
            case _:
                pass

    def ours(self) -> list[Any]:
        """What Kravia has from us on the case."""
        payments = self.world.books.invoices[self.kravia_id].payments
        return [each for each in payments if each.accounting_payment_id]

    async def rest(self) -> None:
        """Let everything come to rest; absence gets its witness."""
        for _ in range(2):
            self.world.pass_time(minutes=5)
            self.world.witness()
            await self.world.settle()

    async def end(self) -> None:
        """Kravia pays out all it has; the bank's payments of it come before and after."""
        await self.rest()
        case = self.world.books.invoices[self.kravia_id]
        due = [p for p in case.payments if p.accounting_payment_id is None]
        outs = [
            Happening(what="paid_out", at=100 + place, amount=str(each.amount))
            for place, each in enumerate(due)
        ]
        for each in outs[::2]:
            await self.happen(each)
        await self.world.intake()
        self.world.kravia.pay_out(CREDITOR_ID, self.world.now[0].date())
        await self.rest()
        for each in outs[1::2]:
            await self.happen(each)
        await self.rest()

    async def books(self) -> Books:
        """Hold the books against each other, and give them."""
        world = self.world
        claim = await world.claim()
        case = world.books.invoices[self.kravia_id]
        receipts = [r for r in claim["receipts"] if r["state"] != "reversed"]
        sums = {
            kind: sum((Decimal(r["amount"]) for r in receipts if r["kind"] == kind), Decimal(0))
            for kind in ("payment", "credit_note")
        }
        ours = self.ours()
        theirs = [p for p in case.payments if not p.accounting_payment_id]
        standing = [p for p in ours if not p.reversed]
        told = sum((p.amount for p in standing), Decimal(0))
        paid, credited = sums["payment"], sums["credit_note"]
        outstanding = Decimal(claim["outstanding"])

        # open + paid + credited = claimed, and what is beyond that is shown to a person.
        assert outstanding == max(Decimal(0), TOTAL - paid - credited)
        # Nothing sent to Kravia exceeds the capital, and nothing is sent twice.
        assert sum((p.amount for p in ours if not p.reversed), Decimal(0)) <= case.original_amount
        assert [c for c in (*world.books.payments, *world.books.credit_notes) if c.duplicate] == []
        assert world.books.duplicates == ()
        # What we say that Kravia was told is what it has, and none of it is its own money.
        reported = [Decimal(r["amount"]) for r in receipts if r["state"] == "reported"]
        assert told <= sum(reported, Decimal(0))
        assert {p.accounting_payment_id for p in ours}.isdisjoint(
            r["receipt_id"] for r in receipts if r["state"] == "payout"
        )
        # What Kravia collected and paid out is told once each, and marked booked once.
        assert len(world.told("payment.collected")) == len(theirs)
        assert len(world.told("settlement.received")) == len(world.books.settlements)
        for settlement in world.books.settlements.values():
            assert settlement.marked_times == 1
        assert case.remaining + sum(p.capital for p in case.payments if not p.reversed) == (
            case.original_amount
        )
        assert "payout_or_direct" not in await world.tasks()
        is_all_counted = paid + credited <= TOTAL
        return Books(
            open=outstanding,
            paid=paid,
            credited=credited,
            remaining=case.remaining,
            told=told if is_all_counted else None,
            collected=sum((p.amount for p in theirs), Decimal(0)),
            payouts=tuple(sorted(r["amount"] for r in receipts if r["state"] == "payout")),
        )


async def play(history: list[Happening], between: list[str], again: set[int]) -> Books:
    """Play a history to its end; ``again`` are the places of what is told once more."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        creditor = {"payout_accounts": [KRAVIAS_ACCOUNT], "payout_model": "kid"}
        world = make_world(Path(name), SAMPLES / "kravia-actions.toml", creditor)
        await world.start()
        try:
            player = Player(world)
            player.kravia_id = await world.active()
            for place, each in enumerate(history):
                await player.happen(each)
                if place in again and each.what != "collected":
                    await player.happen(each, again=True)
                    await player.happen(each)  # and the very same once more
                await player.between(between[place % len(between)])
            await player.end()
            if between == ["settle"]:  # Kravia's news were always known: it counted all it was told
                assert [p for p in player.ours() if p.capital != p.amount] == []
            return await player.books()
        finally:
            await world.stack.aclose()


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 10,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@example(  # more is paid than Kravia still collects
    history=[
        Happening(what="collected", at=0, amount="2400.00"),
        Happening(what="paid", at=1, amount="4800.00"),
    ],
    between=["deliver"],
    seed=1,
)
@given(
    history=histories(),
    between=st.lists(st.sampled_from(BETWEEN), min_size=1, max_size=6),
    seed=st.integers(0, 10_000),
)
def test_any_order_and_repetition_of_a_history_ends_in_the_same_books(
    history: list[Happening], between: list[str], seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a history must repeat
    mixed = chance.sample(history, len(history))
    again = {place for place in range(len(history)) if chance.random() < 0.5}

    straight = asyncio.run(play(history, ["settle"], set()))
    assert asyncio.run(play(mixed, between, again)) == straight
