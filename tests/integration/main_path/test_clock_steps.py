"""Our clock may step: what was sent is judged by Kravia's, and no loop falls silent."""

from __future__ import annotations

from datetime import timedelta

from clients.simulated_faults import FaultKind

from .conftest import World


async def test_a_row_from_before_the_send_is_no_witness_whatever_our_clock_said(
    world: World,
) -> None:
    world.witness()
    world.pass_time(minutes=5)
    world.now[0] -= timedelta(hours=1)  # ours alone is an hour behind
    await world.poll()
    world.fail("register", FaultKind.HANG)
    await world.overdue()
    await world.settle(poll=False)
    assert (await world.message())["state"] == "in_doubt"

    world.now[0] += timedelta(hours=1)  # somebody sets it right
    world.pass_time(minutes=10)
    await world.resolve_doubts()

    assert (await world.message())["state"] == "in_doubt"
    assert len(world.registers()) == 0


async def test_after_the_witness_the_register_is_sent_though_our_clock_was_wrong(
    world: World,
) -> None:
    world.now[0] -= timedelta(hours=1)
    await world.poll()
    world.fail("register", FaultKind.HANG)
    await world.overdue()
    await world.settle(poll=False)
    world.now[0] += timedelta(hours=1)
    world.pass_time(minutes=10)
    world.witness()

    await world.settle()

    assert len(world.registers()) == 1


async def test_a_clock_set_back_an_hour_does_not_silence_the_feed(world: World) -> None:
    await world.workers.poller.run_once(world.now[0])

    reports = await world.workers.poller.run_once(world.now[0] - timedelta(hours=1))

    assert len(reports) == 1
