"""Kravia's feed, as bad as it may be, ends in the same mirror (design §7, mirror)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from clients.errors import ProtocolError
from clients.simulated_faults import FaultKind
from gateway.operations import agency_news
from gateway.storage.mirror import get_feed, newest_stamp
from gateway.storage.tables import mirror

BOTH = pytest.mark.parametrize("assumptions_file", ["shipped", "other"], indirect=True)


async def mirrored(world: Any) -> int:
    """How many cases the mirror holds."""
    count: int = await world.gateway.database.read(
        lambda connection: connection.execute(
            sa.select(sa.func.count()).select_from(mirror)
        ).scalar_one()
    )
    return count


def small_pages(world: Any, rows: int) -> None:
    """Ask for few rows at a time."""
    object.__setattr__(world.gateway.assumptions.search, "page_size_rows", rows)


@BOTH
@pytest.mark.parametrize("one_timestamp", [True, False])
async def test_every_row_comes_through_small_pages(world: Any, one_timestamp: bool) -> None:
    small_pages(world, 3)
    world.kravia.set_conditions(one_timestamp=one_timestamp)
    for number in range(20):
        world.already_there(f"5{number:04}")

    await world.poll()

    assert await mirrored(world) == 20
    assert "feed" not in await world.alerts()


@BOTH
async def test_a_lagging_and_reordered_feed_tells_everything_in_the_end(world: Any) -> None:
    small_pages(world, 4)
    world.kravia.set_conditions(feed_lag_seconds=90, feed_reordered=True)
    for number in range(12):
        world.already_there(f"5{number:04}")
        world.pass_time(seconds=10)
        await world.poll()
    world.pass_time(seconds=100)
    await world.poll()

    assert await mirrored(world) == 12
    watermark, newest = await world.gateway.database.read(
        lambda connection: (
            get_feed(connection, "acme").watermark,
            newest_stamp(connection, "acme"),
        )
    )
    assert watermark == newest


@BOTH
async def test_the_hour_that_comes_twice_in_autumn_hides_nothing(world: Any) -> None:
    """2026-10-25: Oslo's clocks show 02:00 to 03:00 twice, and the stamps carry no zone."""
    world.set_time(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))  # 02:30, the first time
    for number in range(10):
        world.already_there(f"5{number:04}")
        await world.poll()
        world.pass_time(minutes=10)

    await world.poll()

    assert await mirrored(world) == 10


async def test_a_doubt_in_the_hour_that_comes_twice_is_never_doubled(world: Any) -> None:
    world.set_time(datetime(2026, 10, 25, 0, 50, tzinfo=UTC))  # 02:50, the first time
    world.fail("register", FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.overdue()
    await world.poll()
    await world.intake()
    await world.deliver()
    for _ in range(8):
        world.pass_time(minutes=10)
        world.witness()
        await world.settle()

    assert len(world.registers()) == 1
    assert world.books.duplicates == ()
    assert (await world.claim())["state"] == "active"


async def test_a_backfill_that_breaks_off_goes_on_where_it_was(world: Any) -> None:
    small_pages(world, 5)
    for number in range(30):
        world.already_there(f"5{number:04}")
    world.fail("search", FaultKind.STATUS, status=503, after=3, times=3)
    await world.poll()
    assert 0 < await mirrored(world) < 30
    (row,) = await world.items("creditors.list")
    assert row["mirror_complete"] is False

    world.pass_time(minutes=2)
    await world.poll()
    (row,) = await world.items("creditors.list")
    assert (await mirrored(world), row["mirror_complete"]) == (30, True)


async def test_a_row_seen_again_changes_nothing(world: Any) -> None:
    kravia_id = await world.active()
    world.debtor_pays(kravia_id, "100.00")
    await world.settle()
    before = world.kravia.calls["details"]
    for _ in range(3):
        world.pass_time(minutes=1)
        await world.poll()

    assert world.kravia.calls["details"] == before
    assert len(world.told("payment.collected")) == 1


async def test_an_unknown_status_word_is_kept_shown_alerted_and_ends_nothing(world: Any) -> None:
    kravia_id = await world.active()
    world.kravia.close(kravia_id, "Sendt til namsmannen")
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["kravia_status"]) == ("active", "Sendt til namsmannen")
    assert "Sendt til namsmannen" in claim["problem"]
    assert await world.alerts() == ["unknown_status"]
    (told,) = [
        t
        for t in world.told("claim.status_changed")
        if t.data["kravia_status"] == "Sendt til namsmannen"
    ]
    assert told.data["status"] == "active"


async def test_a_word_that_is_given_a_meaning_takes_effect_without_a_change_at_kravia(
    world: Any,
) -> None:
    kravia_id = await world.active()
    world.kravia.close(kravia_id, "Innfridd")
    await world.settle()
    words = {**world.gateway.assumptions.status_words, "innfridd": "paid"}
    object.__setattr__(world.gateway.assumptions, "status_words", words)
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["close_reason"]) == ("closed", "paid")
    assert await world.alerts() == []


async def test_details_that_cannot_be_read_do_not_stop_the_feed(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await world.active("30001"), await world.active("30002")
    real = world.gateway.kravia.details

    async def unreadable(kravia_id: str) -> Any:
        if kravia_id == first:
            raise ProtocolError("no amount")
        return await real(kravia_id)

    monkeypatch.setattr(world.gateway.kravia, "details", unreadable)
    world.debtor_pays(first, "4800.00")
    world.debtor_pays(second, "4800.00")
    await world.settle()
    assert (await world.claim("30001"))["state"] == "active"
    assert (await world.claim("30002"))["state"] == "closed"
    assert await world.alerts() == ["details"]

    monkeypatch.undo()
    await world.settle()
    assert (await world.claim("30001"))["state"] == "closed"
    assert await world.alerts() == []


async def test_a_fault_of_ours_in_one_case_does_not_stop_the_feed(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = await world.active("30001"), await world.active("30002")
    real = agency_news._take_payments

    def fails(connection: Any, gateway: Any, claim: Any, *rest: Any) -> None:
        if claim.kravia_invoice_id == first:
            raise ZeroDivisionError
        real(connection, gateway, claim, *rest)

    monkeypatch.setattr(agency_news, "_take_payments", fails)
    world.debtor_pays(first, "100.00")
    world.debtor_pays(second, "200.00")
    await world.settle()
    assert [t.data["amount"] for t in world.told("payment.collected")] == ["200.00"]

    monkeypatch.undo()
    await world.settle()
    assert {t.data["amount"] for t in world.told("payment.collected")} == {"100.00", "200.00"}


async def test_rows_of_other_creditors_are_not_ours(world: Any) -> None:
    world.already_there("30001", creditor_id=777, accounting_invoice_id="inv-30001")
    await world.overdue()
    await world.settle()

    assert len(world.registers()) == 1


async def test_rows_that_do_not_say_whose_they_are_are_asked_about(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = world.gateway.kravia.search

    async def silent(**asked: Any) -> Any:
        page = await search(**asked)
        return replace(page, rows=tuple(replace(row, creditorId=None) for row in page.rows))

    monkeypatch.setattr(world.gateway.kravia, "search", silent)
    world.already_there("30001", creditor_id=777)
    ours = world.already_there("30002")
    await world.overdue("30001")
    await world.overdue("30002")
    await world.settle()

    assert len(world.registers("30001")) == 1
    assert (await world.claim("30002"))["kravia_invoice_id"] == ours


async def test_a_clock_that_is_off_is_alerted_until_it_is_mended(world: Any) -> None:
    world.kravia.set_conditions(date_skew_seconds=600)
    await world.settle()
    assert await world.alerts() == ["clock"]

    world.kravia.set_conditions(date_skew_seconds=0)
    await world.settle()
    assert await world.alerts() == []


async def test_a_case_that_was_adopted_is_read_at_the_next_poll(world: Any) -> None:
    kravia_id = world.already_there()
    world.kravia.debtor_pays(kravia_id, Decimal("100.00"), world.now[0].date())
    world.pass_time(days=2)
    await world.poll()
    await world.overdue()
    await world.settle()

    assert [t.data["amount"] for t in world.told("payment.collected")] == ["100.00"]


async def test_the_witness_is_never_our_own_clock(world: Any) -> None:
    """A day passes at our end and none at Kravia's: nothing is proved."""
    world.fail("register", FaultKind.HANG)
    await world.overdue()
    await world.poll()
    await world.intake()
    await world.deliver()
    world.now[0] += timedelta(hours=20)
    world.witness()
    await world.resolve_doubts()

    assert world.kravia.calls["register"] == 1
