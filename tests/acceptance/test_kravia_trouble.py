"""Kravia away, refusing or babbling: said plainly, kept waiting, handed over once in the end."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.acceptance.conftest import House
from tests.acceptance.programs import AHEAD, Document, Program


async def alert_about(house: House, server: Program, kind: str) -> Document:
    async def look() -> Document | None:
        alerts = (await house.call("alerts.list"))["items"]
        return next((row for row in alerts if row["kind"] == kind), None)

    return await server.until(look, f"an alert about {kind}")


async def test_an_unreachable_kravia_is_alerted_and_the_claim_waits_for_it(house: House) -> None:
    house.settings(kravia="http://127.0.0.1:9")
    async with house.serve() as server:
        assert (await house.overdue()).status == 202
        alert = await alert_about(house, server, "remote_down")
        assert "has not answered" in alert["message"]
        await house.claim_is(server, "sending")
        ended = await house.type("creditors", "check", "acme")
        assert ended.code == 3, ended
        assert "Traceback" not in ended.said
        server.terminate()
        assert await server.ended() == 0

    house.settings()
    async with house.serve() as server:
        await house.claim_is(server, "active")
    assert len((await house.books())["registers"]) == 1


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, "refused", "401"),
        (404, "refused", "404"),
    ],
)
async def test_a_refused_register_is_alerted_and_goes_once_when_the_setting_is_mended(
    house: House, status: int, kind: str, words: str
) -> None:
    await house.kravia_fails("register", "status", status=status, times=0)
    async with house.serve() as server:
        await house.overdue()
        alert = await alert_about(house, server, kind)
        assert words in alert["message"]
        assert alert["command"]
        await house.at_kravia("faults", "DELETE")
        message = next(
            row
            for row in (await house.call("outbox.list"))["items"]
            if row["kind"] == "kravia.register"
        )
        await house.call(
            "outbox.resend", message_id=message["message_id"], reason="the token is right now"
        )
        await house.claim_is(server, "active")
    books = await house.books()
    assert len(books["registers"]) == 1


async def test_html_in_place_of_json_is_told_as_such_and_nothing_is_sent_meanwhile(
    house: House,
) -> None:
    await house.kravia_fails("search", "html", times=0)
    async with house.serve() as server:
        await house.overdue()
        alert = await alert_about(house, server, "feed")
        assert "<" not in alert["message"]
        assert (await house.books())["registers"] == []
        await house.at_kravia("faults", "DELETE")
        await house.claim_is(server, "active")


async def test_a_clock_ten_minutes_off_is_alerted_with_what_to_type(house: House) -> None:
    async with house.serve(ahead=AHEAD + timedelta(minutes=10)) as server:
        alert = await alert_about(house, server, "clock")
    seconds = int(alert["message"].split(" s from ours")[0].rsplit(" ", 1)[1])
    assert -630 <= seconds <= -570
    assert alert["command"] == "timedatectl status"


async def test_a_paused_gateway_registers_nothing_until_it_is_resumed(house: House) -> None:
    async with house.serve() as server:
        paused = await house.type("pause", "--reason", "wrong amounts today", "--yes")
        assert paused.code == 0, paused.said
        assert (await house.overdue()).status == 202
        await house.claim_is(server, "sending")

        async def it_was_asked_and_waits() -> bool:
            rows = (await house.call("outbox.list"))["items"]
            return any("paused" in (row["last_error"] or "") for row in rows)

        await server.until(it_was_asked_and_waits, "a register held back by the pause")
        assert (await house.books())["registers"] == []
        resumed = await house.type("resume", "--reason", "right again", "--yes")
        assert resumed.code == 0, resumed.said
        await house.claim_is(server, "active")
    assert len((await house.books())["registers"]) == 1


async def test_lists_say_the_same_through_the_server_and_without_it(house: House) -> None:
    commands = [("claims", "list"), ("events", "list"), ("outbox", "list")]
    async with house.serve() as server:
        await house.overdue("30001")
        await house.overdue("30002", outstanding="0.00")
        await house.claim_is(server, "active", "30001")

        async def all_told() -> bool:
            rows = (await house.call("outbox.list"))["items"]
            return all(row["state"] == "delivered" for row in rows)

        await server.until(all_told, "everything delivered")
        through = await asyncio.gather(*(house.type(*each, "--json") for each in commands))
        server.terminate()
        assert await server.ended() == 0
    without = [await house.type(*command, "--json") for command in commands]
    assert [ended.code for ended in through] == [0] * len(commands)
    assert [ended.document for ended in without] == [ended.document for ended in through]
