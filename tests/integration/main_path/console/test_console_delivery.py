"""Delivery as people use it: messages sent again or cancelled, doubts decided, replays ordered."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from clients.simulated_faults import FaultKind

pytestmark = pytest.mark.parametrize("world_url", ["sqlite"], indirect=True)


async def parked(world: Any) -> dict[str, Any]:
    """A register that Kravia refuses."""
    world.fail("register", FaultKind.STATUS, status=422)
    await world.overdue()
    await world.settle()
    message: dict[str, Any] = await world.message()
    assert message["state"] == "parked"
    world.mend()
    return message


async def in_doubt(world: Any) -> tuple[str, str]:
    """A register in doubt for good, and the case at Kravia that may be it."""
    world.fail("register", FaultKind.HANG)
    await world.overdue()
    await world.poll()
    await world.intake()
    await world.deliver()
    kravia_id = world.already_there(original_amount=Decimal("4700.00"))
    world.pass_time(seconds=31)
    await world.settle()
    world.mend()
    return (await world.message())["message_id"], kravia_id


async def test_a_parked_message_is_seen_and_sent_again(desk: Any, world: Any) -> None:
    message = await parked(world)
    browser = await desk.person()
    path = f"/messages/{message['message_id']}"

    overview = (await browser.get("/delivery?state=parked")).text
    page = (await browser.get(path)).text
    answer = await browser.post(path, {"action": "resend", "reason": "mended"})
    done = (await browser.get(answer.headers["Location"].removeprefix("/console"))).text
    world.pass_time(seconds=1)
    await world.settle()

    assert f'href="/console{path}"' in overview
    assert message["last_error"] in page
    assert "It is sent again." in done
    assert (await world.message())["state"] == "delivered"
    audit = (await world.items("audit.list"))[0]
    assert (audit["action"], audit["reason"]) == ("outbox.resend", "mended")


async def test_a_message_is_cancelled_and_what_is_refused_keeps_the_reason(
    desk: Any, world: Any
) -> None:
    message = await parked(world)
    browser = await desk.person()
    path = f"/messages/{message['message_id']}"

    await browser.post(path, {"action": "cancel", "reason": "they paid"})
    again = await browser.post(path, {"action": "resend", "reason": "on second thoughts"})

    assert (await world.message())["state"] == "cancelled"
    assert again.status == 409
    assert ">on second thoughts</textarea>" in again.text


async def test_a_doubt_stands_beside_what_kravia_shows_and_is_adopted(
    desk: Any, world: Any
) -> None:
    message_id, kravia_id = await in_doubt(world)
    browser = await desk.person(language="nb")

    listed = (await browser.get("/doubts")).text
    page = (await browser.get(f"/doubts/{message_id}")).text
    rows = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    nothing = await browser.post(f"/doubts/{message_id}", {"action": "adopt", "reason": "same"})
    await browser.post(
        f"/doubts/{message_id}",
        {"action": "adopt", "kravia_invoice_id": kravia_id, "reason": "a discount"},
    )

    assert kravia_id in listed
    assert "Beløp 4800.00 4700.00 ulikt" in rows
    assert "Fakturanummer 30001 30001 likt" in rows
    assert nothing.status == 422
    assert ">same</textarea>" in nothing.text
    assert (await world.claim())["kravia_invoice_id"] == kravia_id


async def test_a_doubt_is_sent_again_only_with_a_reason(desk: Any, world: Any) -> None:
    message_id, _ = await in_doubt(world)
    browser = await desk.person()

    without = await browser.post(f"/doubts/{message_id}", {"action": "resend"})
    await browser.post(f"/doubts/{message_id}", {"action": "resend", "reason": "asked Kravia"})

    assert without.status == 422
    assert (await world.message())["standing"] == "retrying"


async def test_kravia_is_asked_for_details_from_the_page(desk: Any, world: Any) -> None:
    world.fail("register", FaultKind.HANG)
    await world.overdue()
    await world.poll()
    await world.intake()
    await world.deliver()
    kravia_id = world.already_there(accounting_invoice_id=None, original_amount=Decimal("4700.00"))
    world.pass_time(seconds=31)
    await world.settle()
    world.mend()
    message_id = (await world.message())["message_id"]

    page = (await (await desk.person()).post(f"/doubts/{message_id}", {"action": "ask"})).text

    assert kravia_id in page
    assert "Told by: Kravia's details" in page


async def test_a_replay_is_tried_first_then_ordered_and_followed(desk: Any, world: Any) -> None:
    await parked(world)
    browser = await desk.person()
    form = {"what": "messages", "state": "parked", "reason": "Kravia mended it"}

    tried = await browser.post("/replays/new", {**form, "action": "plan"})
    before = await world.items("replays.list")
    ordered = await browser.post("/replays/new", {**form, "action": "start"})
    path = ordered.headers["Location"].removeprefix("/console")
    begun = (await browser.get(path)).text
    await world.replayed(path.rpartition("/")[2])
    done = (await browser.get(path)).text

    assert "1 would be run again." in tried.text
    assert "kravia.register" in tried.text
    assert ">Kravia mended it</textarea>" in tried.text
    assert before == []
    assert "End the replay" in begun
    assert "1 of 1 done" in done
    assert "End the replay" not in done
    assert (await world.message())["state"] == "pending"


async def test_a_replay_that_is_not_over_is_ended(desk: Any, world: Any) -> None:
    await parked(world)
    started = await desk.do("replays.start", what="messages", reason="a test")
    path = f"/replays/{started['replay_id']}"

    answer = await (await desk.person()).post(path, {"action": "cancel", "reason": "too early"})

    assert answer.status == 303
    assert (await world.items("replays.list"))[0]["state"] == "cancelled"


async def test_a_wrong_filter_of_a_replay_keeps_what_was_typed(desk: Any) -> None:
    answer = await (await desk.person()).post(
        "/replays/new",
        {"what": "messages", "since": "yesterday", "error": "o<o", "action": "plan"},
    )

    assert answer.status == 422
    assert "since must be a date" in answer.text
    assert 'value="yesterday"' in answer.text
    assert "o&lt;o" in answer.raw


async def test_empty_lists_say_what_comes_here(desk: Any) -> None:
    browser = await desk.person("viewer")

    assert "No message has been queued yet." in (await browser.get("/delivery")).text
    assert "Nothing is in doubt." in (await browser.get("/doubts")).text
    assert "Nothing was replayed yet." in (await browser.get("/replays")).text
    assert "An operator orders replays" in (await browser.get("/replays/new")).text
