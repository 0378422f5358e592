"""SIGKILL at the worst moments: nothing that was answered is lost, nothing at Kravia is doubled."""

from __future__ import annotations

import asyncio
import signal

from tests.acceptance.conftest import House
from tests.acceptance.programs import Document, Program

LEASE_SECONDS = 6
"""As short as may be with calls of one second."""


async def a_case_stands_at_kravia(house: House, server: Program) -> Document:
    async def look() -> Document | None:
        return next(iter((await house.books())["invoices"]), None)

    return await server.until(look, "a case at Kravia")


async def test_killed_between_kravias_yes_and_our_note_of_it_there_is_one_case(
    house: House,
) -> None:
    await house.kravia_fails("register", "accept_then_timeout")
    async with house.serve() as server:
        assert (await house.overdue()).status == 202
        case = await a_case_stands_at_kravia(house, server)
        server.kill()
        assert await server.ended() == -signal.SIGKILL

    async with house.serve() as server:
        claim = await house.claim_is(server, "active")

    books = await house.books()
    assert claim["kravia_invoice_id"] == case["invoice_id"]
    assert len(books["invoices"]) == len(books["registers"]) == 1
    assert books["duplicates"] == []
    assert len(await house.told("claim.registered")) <= 1  # the ledger may be told after the end


async def test_killed_before_kravia_acted_it_is_sent_again_only_after_a_witness(
    house: House,
) -> None:
    await house.kravia_fails("register", "hang")
    async with house.serve() as server:
        await house.overdue()
        await server.until(lambda: register_has_come(house), "the register at Kravia")
        server.kill()
        await server.ended()

    await house.set_clocks()
    async with house.serve() as server:
        # Several looks at a mirror that shows nothing: absence alone proves nothing.
        await server.until(lambda: polls(server, 5), "five polls")
        assert (await house.books())["registers"] == [], server.lines
        (doubt,) = (await house.call("doubts.list"))["items"]
        assert doubt["candidates"] == []

        await house.at_kravia(
            "preload",
            creditor_id=str(house.creditor),
            invoice_no="90001",
            invoice_date="2026-01-01",
            original_amount="1.00",
            debtor_number="another",
        )
        await house.claim_is(server, "active")

    books = await house.books()
    assert len(books["registers"]) == 1
    assert books["duplicates"] == []


async def test_killed_right_after_202_every_event_is_still_there(house: House) -> None:
    async with house.serve() as server:
        answers = await asyncio.gather(*(house.overdue(str(n)) for n in range(30_001, 30_031)))
        server.kill()
        assert {answer.status for answer in answers} == {202}
        await server.ended()

    recorded = {answer.document["event_id"] for answer in answers}
    listed = (await house.type("events", "list", "--limit", "100", "--json")).document
    assert {row["event_id"] for row in listed["items"]} == recorded


async def test_killed_again_and_again_while_handing_over_no_claim_is_lost_or_doubled(
    house: House,
) -> None:
    numbers = [str(n) for n in range(30_001, 30_025)]
    async with house.serve() as server:
        for answer in await asyncio.gather(*(house.overdue(number) for number in numbers)):
            assert answer.status == 202
        await server.until(lambda: settled(server, 3), "three settled messages")
        server.kill()
        await server.ended()
    for at_least in (1, 5, 9):
        await house.set_clocks()
        async with house.serve() as server:
            await server.until(lambda n=at_least: settled(server, n), "settled messages")  # type: ignore[misc]  # mypy cannot infer a lambda's default
            server.kill()
            await server.ended()

    await house.set_clocks()
    async with house.serve() as server:
        await house.at_kravia(  # a witness for whatever is in doubt at the end
            "preload",
            creditor_id=str(house.creditor),
            invoice_no="90001",
            invoice_date="2026-01-01",
            original_amount="1.00",
            debtor_number="another",
        )
        for number in numbers:
            await house.claim_is(server, "active", number)

    books = await house.books()
    cases = [row["invoice_no"] for row in books["invoices"] if not row["preloaded"]]
    assert sorted(cases) == numbers
    assert books["duplicates"] == []


async def register_has_come(house: House) -> bool:
    return not (await house.at_kravia("state", "GET"))["faults"]["faults"]


async def polls(server: Program, count: int) -> bool:
    return len(server.logged("feed.polled")) >= count


async def settled(server: Program, count: int) -> bool:
    return len(server.logged("message.settled")) >= count


async def test_a_message_that_kills_the_process_is_parked_after_three_and_others_go_on(
    house: House,
) -> None:
    deadly = ("--dies-sending", "30001")
    async with house.serve(*deadly) as server:
        assert (await house.overdue("30001")).status == 202
        assert await server.ended() == -signal.SIGKILL
    for _ in range(2):
        async with house.starting(options=deadly) as server:
            assert await server.ended() == -signal.SIGKILL

    async with house.serve(*deadly) as server:
        await house.overdue("30002")
        await house.claim_is(server, "active", "30002")

        async def the_other_is_told() -> bool:
            return bool(await house.told("claim.registered"))

        await server.until(the_other_is_told, "claim.registered of 30002 at the ledger")
        rows = (await house.call("outbox.list"))["items"]
        parked = [row for row in rows if row["state"] == "parked"]
        assert [row["kind"].partition(".")[0] for row in parked] == ["ledger"]
        assert "3 times in a row" in parked[0]["last_error"]
    assert (await house.books())["duplicates"] == []


async def test_stopped_past_its_lease_and_continued_it_doubles_nothing(house: House) -> None:
    house.settings()
    file = house.folder / "gateway.toml"
    brief = (
        "connect_timeout_seconds = 1\nwrite_timeout_seconds = 1\nread_timeout_seconds = 1\n"
        "total_timeout_seconds = 1"
    )
    text = file.read_text().replace("read_timeout_seconds = 8\ntotal_timeout_seconds = 10", brief)
    file.write_text(text.replace("lease_seconds = 20", f"lease_seconds = {LEASE_SECONDS}"))
    await house.kravia_fails("register", "slow", seconds=0.5)
    async with house.serve() as server:
        await house.overdue()
        await a_case_stands_at_kravia(house, server)
        hand = await asyncio.create_subprocess_shell(
            f"kill -STOP {server.pid}; sleep {LEASE_SECONDS + 1}; kill -CONT {server.pid}"
        )
        assert await hand.wait() == 0
        await house.claim_is(server, "active")
    books = await house.books()
    assert len(books["registers"]) == 1
    assert books["duplicates"] == []
