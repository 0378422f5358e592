"""Whatever happens, in whatever order: one case per claim, no krone too much, nothing unwanted."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.exchange import Request, Response
from clients.simulated_faults import FaultKind
from gateway.storage.tables import message as table
from outbox import store

from .conftest import MEMORY, World, make_world

NUMBERS = ("30001", "30002", "30003")
DEBTORS = {"30001": "1", "30002": "1", "30003": "2"}
AMOUNTS = ("100.00", "1500.00", "4800.00", "6000.00")
FAULTS: tuple[tuple[FaultKind, dict[str, Any]], ...] = (
    (FaultKind.ACCEPT_THEN_TIMEOUT, {}),
    (FaultKind.HANG, {}),
    (FaultKind.RESET, {"applied": True}),
    (FaultKind.HTML, {"applied": False}),
    (FaultKind.REFUSE, {}),
    (FaultKind.STATUS, {"status": 429}),
    (FaultKind.STATUS, {"status": 400}),
    (FaultKind.STATUS, {"status": 502, "applied": True}),
)
number = st.sampled_from(NUMBERS)
amount = st.sampled_from(AMOUNTS)
identity = st.sampled_from(("a", "b", "c"))
STEPS = st.one_of(
    st.tuples(st.just("overdue"), number),
    st.tuples(st.just("updated"), number, amount),
    st.tuples(st.just("paid"), number, identity, amount),
    st.tuples(st.just("reversed"), number, identity),
    st.tuples(st.just("credited"), number, identity, amount),
    st.tuples(st.just("disputed"), number),
    st.tuples(st.just("dispute_ended"), number, st.sampled_from(("withdrawn", "answered"))),
    st.tuples(st.just("withdrawn"), number),
    st.tuples(
        st.just("fault"),
        st.sampled_from(("register", "payment", "credit_note", "search", "details")),
        st.sampled_from(FAULTS),
    ),
    st.tuples(st.just("debtor_pays"), number, amount),
    st.tuples(st.just("kravia_ends"), number),
    st.tuples(st.just("pay_out")),
    st.tuples(st.just("time"), st.sampled_from((10, 200, 7200))),
    st.tuples(st.just("settle")),
    st.tuples(st.just("intake")),
    st.tuples(st.just("deliver")),
    st.tuples(st.just("poll")),
    st.tuples(st.just("crash"), st.booleans()),
    st.tuples(st.just("pause"), st.booleans()),
)


class Play:
    """Plays steps on a world, and watches every register as Kravia gets it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.unwanted: list[str] = []
        handle = world.kravia.handle

        def watch(request: Request) -> Response:
            if request.path.endswith("/register"):
                self._check_wanted()
            return handle(request)

        world.kravia.handle = watch  # type: ignore[method-assign]  # looks on, then does the same

    def _check_wanted(self) -> None:
        path = self.world.gateway.database.path
        with sqlite3.connect(path) as connection:
            self.unwanted += connection.execute(
                "SELECT claim.claim_id FROM claim JOIN message ON message.subject = claim_id"
                " WHERE message.kind = 'kravia.register' AND message.state = 'leased'"
                " AND message.sent_fence = message.fence AND (withdrawn_at IS NOT NULL"
                " OR frozen_on IS NOT NULL OR claim.state != 'sending')"
            ).fetchall()

    async def step(self, name: str, *arguments: Any) -> None:
        await getattr(self, name)(*arguments)
        self.check()

    async def overdue(self, number: str) -> None:
        await self.world.overdue(number, debtor={"number": DEBTORS[number]})

    async def updated(self, number: str, amount: str) -> None:
        outstanding = min(amount, "4800.00")
        await self.world.updated(
            number, outstanding=outstanding, debtor={"number": DEBTORS[number]}
        )

    async def paid(self, number: str, identity: str, amount: str) -> None:
        await self.world.paid(amount, payment_id=identity, number=number)

    async def reversed(self, number: str, identity: str) -> None:
        await self.world.payment_reversed(identity, number)

    async def credited(self, number: str, identity: str, amount: str) -> None:
        await self.world.credited(amount, credit_note_id=identity, number=number)

    async def disputed(self, number: str) -> None:
        await self.world.disputed(number)

    async def dispute_ended(self, number: str, outcome: str) -> None:
        await self.world.dispute_ended(outcome, number)

    async def withdrawn(self, number: str) -> None:
        await self.world.withdrawn(number)

    async def fault(self, operation: str, fault: tuple[FaultKind, dict[str, Any]]) -> None:
        kind, more = fault
        self.world.fail(operation, kind, **more)

    async def debtor_pays(self, number: str, amount: str) -> None:
        for case in self.world.registers(number):
            self.world.debtor_pays(case.invoice_id, amount)

    async def kravia_ends(self, number: str) -> None:
        for case in self.world.registers(number):
            self.world.kravia.withdraw(case.invoice_id)

    async def pay_out(self) -> None:
        self.world.kravia.pay_out(10759, self.world.now[0].date())

    async def time(self, seconds: int) -> None:
        self.world.pass_time(seconds=seconds)
        self.world.witness()

    async def settle(self) -> None:
        await self.world.settle()

    async def intake(self) -> None:
        await self.world.intake()

    async def deliver(self) -> None:
        await self.world.deliver()

    async def poll(self) -> None:
        await self.world.poll()

    async def pause(self, on: bool) -> None:
        await self.world.call("pause" if on else "resume", reason="a test")

    async def crash(self, sending: bool) -> None:
        now = self.world.now[0]

        def lose(connection: sa.Connection) -> None:
            until = now + timedelta(seconds=60)
            for leased in store.lease(connection, table, now=now, until=until, limit=100):
                if sending:
                    store.sending(
                        connection, table, leased.message_id, leased.fence, now=now, theirs=now
                    )

        await self.world.gateway.database.write(lose)
        await self.world.restart()

    def check(self) -> None:
        books = self.world.books
        assert self.unwanted == []
        assert books.duplicates == ()
        assert [c for c in (*books.payments, *books.credit_notes) if c.duplicate] == []
        for case in books.invoices.values():
            ours = [p.amount for p in case.payments if p.accounting_payment_id]
            assert sum(ours, Decimal(0)) <= case.original_amount
        assert self.world.ledger.conflicts == 0

    async def check_end(self) -> None:
        """Everything is mended: all comes to rest, and nothing of ours broke."""
        world = self.world
        world.mend()
        await world.call("resume", reason="the end")
        for _ in range(8):
            world.pass_time(hours=2)
            world.witness()
            await world.settle()
            self.check()
        own_faults = {"event_failed", "decision_failed", "details"}
        assert own_faults.isdisjoint(await world.alerts())
        messages = await world.items("outbox.list")
        assert {m["state"] for m in messages} <= {"delivered", "cancelled", "parked", "pending"}
        for message in messages:
            assert "unexpectedly" not in (message["last_error"] or "")
            assert "could not be recorded" not in (message["last_error"] or "")
        for claim in await world.items("claims.list"):
            at_kravia = len(world.registers(claim["invoice_id"].removeprefix("inv-")))
            assert at_kravia == (claim["kravia_invoice_id"] is not None)


async def play(steps: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        world = make_world(Path(name))
        await world.start()
        try:
            playing = Play(world)
            for step in steps:
                await playing.step(*step)
            await playing.check_end()
        finally:
            await world.stack.aclose()


@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(number, max_size=2), st.lists(STEPS, min_size=8, max_size=40))
def test_no_order_of_events_and_faults_doubles_or_overpays(
    known: list[str], steps: list[tuple[Any, ...]]
) -> None:
    asyncio.run(play([*(("overdue", each) for each in known), *steps]))
