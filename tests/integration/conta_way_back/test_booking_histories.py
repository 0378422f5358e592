"""Whatever fails and whenever the process ends: each settlement is booked and marked once.

``MONEY_EXAMPLES=500 pytest …/test_booking_histories.py`` plays as many histories.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.simulated_faults import Fault, FaultKind
from tests.integration.conta_way_back.conftest import Back, batch
from tests.integration.conta_way_in import conftest as way_in
from tests.integration.conta_way_in.conftest import ContaWorld

EXAMPLES = int(os.environ.get("MONEY_EXAMPLES", "4"))
FAULTS: tuple[tuple[FaultKind, dict[str, Any]], ...] = (
    (FaultKind.ACCEPT_THEN_TIMEOUT, {}),
    (FaultKind.HANG, {}),
    (FaultKind.RESET, {"applied": True}),
    (FaultKind.STATUS, {"status": 500, "applied": True}),
    (FaultKind.STATUS, {"status": 429}),
    (FaultKind.REFUSE, {}),
)
STEPS = st.one_of(
    st.tuples(st.just("debtor_pays"), st.sampled_from(("1.00", "250.00", "250.00"))),
    st.tuples(st.just("pay_out")),
    st.tuples(
        st.just("fault"), st.sampled_from(("create_payment", "bookkeep")), st.sampled_from(FAULTS)
    ),
    st.tuples(st.just("deliver")),
    st.tuples(st.just("poll")),
    st.tuples(st.just("sweep")),
    st.tuples(st.just("settle")),
    st.tuples(st.just("minutes"), st.sampled_from((1, 5))),
    st.tuples(st.just("crash")),
)


async def step(world: ContaWorld, made: int, name: str, *more: Any) -> None:
    """Let one thing happen."""
    back = Back(world)
    match name:
        case "debtor_pays":
            back.debtor_pays(made, more[0])
        case "pay_out":
            back.settlement()
        case "fault":
            kind, how = more[1]
            remote: Any = world.kravia if more[0] == "bookkeep" else world.conta
            remote.faults.plant(Fault(kind=kind, operation=more[0], **how))
        case "deliver":
            await world.deliver()
        case "poll":
            await world.poll_kravia()
        case "sweep":
            await back.swept()
        case "settle":
            await world.settle()
        case "minutes":
            world.pass_time(minutes=more[0])
        case _:
            await world.restart()


async def play(steps: list[tuple[Any, ...]]) -> None:
    """Play the steps, let all come to rest, and hold Conta's books against Kravia's."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name:
        worlds = way_in.a_world(Path(name), batch(), {}, "", None)
        async with contextlib.aclosing(worlds):  # type: ignore[type-var]  # it is a generator
            world = await anext(worlds)
            world.conta.add_bank_account("12345678903")
            made = await world.active()
            for each in (*steps, ("pay_out",)):
                await step(world, made, *each)
            world.kravia.faults.faults.clear()
            world.conta.faults.faults.clear()
            for _ in range(3):
                world.pass_time(minutes=5)
                await Back(world).swept()
            await check(world)


async def check(world: ContaWorld) -> None:
    """Nothing booked twice, nothing left out, nothing echoed, everything marked once."""
    paid_out = [
        capital for each in world.kravia.books.settlements.values() for _, _, capital in each.lines
    ]
    booked = [amount for _, amount in Back(world).payments()]
    assert Counter(booked) == Counter(paid_out)
    assert world.conta.books.doubled == ()
    assert world.reported() == []
    assert [each.marked_times for each in world.kravia.books.settlements.values()] == [1] * len(
        world.kravia.books.settlements
    )
    [claim] = await world.items("claims.list")
    remaining = [case.remaining for case in world.kravia.books.invoices.values()]
    assert [Decimal(str(claim["outstanding"]))] == remaining
    assert await world.tasks() == []
    assert await world.items("doubts.list") == []


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=EXAMPLES <= 10,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(STEPS, min_size=6, max_size=20))
def test_every_settlement_is_booked_and_marked_once(steps: list[tuple[Any, ...]]) -> None:
    asyncio.run(play([("debtor_pays", "250.00"), *steps]))
