"""Replays in real processes: killed, cancelled, ordered twice, with the server and without."""

from __future__ import annotations

import asyncio
import signal
from collections import Counter

from tests.acceptance.conftest import House
from tests.acceptance.programs import Document, Program

NUMBERS = [str(number) for number in range(30_001, 30_013)]
WEBHOOKS = {"what": "messages", "state": "delivered", "type": "ledger.claim.registered"}


async def told_of_all(house: House, server: Program) -> None:
    """All claims stand at Kravia, and the ledger has been told so."""
    answers = await asyncio.gather(*(house.overdue(number) for number in NUMBERS))
    assert {answer.status for answer in answers} == {202}

    async def look() -> bool:
        return len(await house.told("claim.registered")) >= len(NUMBERS)

    await server.until(look, "the ledger knows of all")


async def told_again(house: House) -> dict[str, set[str]]:
    """For each webhook that was told again, the ids under which that was done."""
    found: dict[str, set[str]] = {}
    for row in await house.told("claim.registered"):
        if first := row["data"].get("replay_of"):
            found.setdefault(first, set()).add(row["webhook_id"])
    return found


async def replay_is(house: House, replay_id: str, *, done: int) -> Document | None:
    found = await house.call("replays.show", replay_id=replay_id)
    return found if found["done"] >= done else None


async def test_a_replay_killed_midway_ends_by_itself_with_each_item_once(house: House) -> None:
    async with house.serve() as server:
        await told_of_all(house, server)
        replay_id = (await house.call("replays.start", **WEBHOOKS, rate=10))["replay_id"]
        await server.until(lambda: replay_is(house, replay_id, done=5), "five items done")
        server.kill()
        assert await server.ended() == -signal.SIGKILL
    left = (await house.type("replay", "show", replay_id, "--json")).document
    assert left["state"] == "running"
    assert left["done"] < len(NUMBERS)

    async with house.serve() as server:
        await server.says("replay.done")
        ended = await house.call("replays.show", replay_id=replay_id)
        assert ended["state"] == "done"
        assert ended["outcomes"] == {"told_again": len(NUMBERS)}

        async def all_told() -> bool:
            return len(await told_again(house)) == len(NUMBERS)

        await server.until(all_told, "all told again")

    assert Counter(len(ids) for ids in (await told_again(house)).values()) == {1: len(NUMBERS)}
    books = await house.books()
    assert len(books["registers"]) == len(NUMBERS)
    assert books["duplicates"] == []


async def test_events_replayed_and_killed_again_and_again_leave_kravias_books_alone(
    house: House,
) -> None:
    async with house.serve() as server:
        await told_of_all(house, server)
        before = {number: row["state"] for number, row in (await house.claims()).items()}
        replay_id = (await house.call("replays.start", what="events", rate=8))["replay_id"]
        await server.until(lambda: replay_is(house, replay_id, done=1), "the first item")
        server.kill()
        await server.ended()
    async with house.serve() as server:
        await server.until(lambda: replay_is(house, replay_id, done=9), "nine items")
        server.kill()
        await server.ended()

    # Without a server the command line does what is left.
    ended = await house.type("replay", "resume", replay_id, "--json")

    assert ended.code == 0, ended.said
    assert ended.document["state"] == "done"
    assert ended.document["outcomes"] == {"unchanged": len(NUMBERS)}
    async with house.serve():
        assert {n: row["state"] for n, row in (await house.claims()).items()} == before
    books = await house.books()
    assert len(books["registers"]) == len(NUMBERS)
    assert books["duplicates"] == []


async def test_a_second_replay_of_the_same_set_really_runs(house: House) -> None:
    line = ("replay", "messages", "--state", "delivered", "--type", "ledger.claim.registered")
    async with house.serve() as server:
        await told_of_all(house, server)
        day = ("--until", "2026-11-24", "--creditor", "acme")
        first = await house.type(*line, *day, "--rate", "500", "--yes", "--json")
        second = await house.type(*line, *day, "--error", "", "--dry-run")
        assert first.code == 0, first.said
        assert first.document["outcomes"] == {"told_again": len(NUMBERS)}
        assert second.code == 2
        assert "error must be a part" in second.said

        again = await house.type(*line, *day, "--yes", "--json")
        assert again.document["outcomes"] == {"told_again": 2 * len(NUMBERS)}

        async def all_told() -> bool:
            return all(len(ids) == 3 for ids in (await told_again(house)).values())

        await server.until(all_told, "each told again by both replays")
    assert len(await told_again(house)) == len(NUMBERS)


async def test_cancelled_midway_it_stops(house: House) -> None:
    async with house.serve() as server:
        await told_of_all(house, server)
        replay_id = (await house.call("replays.start", **WEBHOOKS, rate=1))["replay_id"]
        await server.until(lambda: replay_is(house, replay_id, done=2), "two items done")
        cancelled = await house.call("replays.cancel", replay_id=replay_id, reason="a test")
        await house.overdue("30099")  # life goes on
        await house.claim_is(server, "active", "30099")
        ended = await house.call("replays.show", replay_id=replay_id)

    assert ended["state"] == "cancelled"
    assert ended["done"] == cancelled["done"] < len(NUMBERS)
    assert len(await told_again(house)) <= ended["done"]


async def test_without_a_server_messages_are_frozen_and_sent_by_the_next(house: House) -> None:
    async with house.serve() as server:
        await told_of_all(house, server)
        server.terminate()
        await server.ended()
    line = ("replay", "messages", "--state", "delivered", "--type", "ledger.claim.registered")
    dry = await house.type(*line, "--dry-run", "--json")
    started = await house.type(*line, "--yes")

    assert dry.document["count"] == len(NUMBERS)
    assert started.code == 0, started.said
    assert "sent when serve runs" in started.said
    assert await told_again(house) == {}
    async with house.serve() as server:

        async def all_told() -> bool:
            return len(await told_again(house)) == len(NUMBERS)

        await server.until(all_told, "all told again")
