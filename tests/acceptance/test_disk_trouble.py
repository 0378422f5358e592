"""A full or failing disk: nothing is answered 202 that is not kept, and it goes on afterwards."""

from __future__ import annotations

import resource

import aiohttp

from tests.acceptance.conftest import Answer, House


async def until_refused(house: House) -> tuple[list[Answer], Answer | None]:
    """Send new invoices until one is not taken; gives the answers before it, and that one.

    ``None`` for a server that had ended by itself, or was ending, before it could answer.
    """
    accepted: list[Answer] = []
    for number in range(30_001, 31_000):
        try:
            answer = await house.overdue(str(number), description="x" * 200)
        except aiohttp.ClientError:
            return accepted, None
        if answer.status != 202:
            return accepted, answer
        accepted.append(answer)
    raise AssertionError("it never ran out of room")


async def test_a_full_disk_sends_webhooks_away_and_keeps_what_it_answered(house: House) -> None:
    async with house.serve("--pages-max", "180") as server:
        accepted, refused = await until_refused(house)
        assert refused is not None
        assert refused.status == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert accepted
        server.terminate()
        assert await server.ended() == 0

    async with house.serve() as server:  # there is room again
        assert (await house.overdue("39999")).status == 202
        await house.claim_is(server, "active", "39999")
        for n in range(len(accepted)):
            await house.claim_is(server, "active", str(30_001 + n))
    assert (await house.books())["duplicates"] == []


async def test_a_disk_that_fails_ends_the_server_with_a_sentence_and_loses_nothing(
    house: House,
) -> None:
    async with house.serve() as server:
        first = await house.overdue("30000")
        await house.claim_is(server, "active", "30000")
        size = (house.folder / "gateway.db-wal").stat().st_size
        # From here on a longer file is an I/O error to it, as on a disk that breaks.
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size + 40_960, size + 40_960))
        accepted, refused = await until_refused(house)
        assert refused is None or refused.status == 503
        assert await server.ended() == 3
        assert any("check the disk" in line for line in server.lines)
        assert not any("Traceback" in line for line in server.lines)

    listed = (await house.type("events", "list", "--limit", "1000", "--json")).document
    kept = {row["event_id"] for row in listed["items"]}
    assert {answer.document["event_id"] for answer in [first, *accepted]} <= kept
