"""A fault in one event, debtor or setting never stops the others, and loses nothing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from clients.webhook import ledger_events
from gateway.operations import intake
from gateway.operations.errors import OperationError
from gateway.storage import events, inbox
from gateway.storage.inbox import NewEvent, Recorded
from gateway.workers import clock

from .conftest import SQLITE_ONLY


def poison(monkeypatch: pytest.MonkeyPatch, module: Any, name: str, word: str) -> None:
    """Let ``module.name`` fail whenever ``word`` is among what it is called with."""
    real = getattr(module, name)

    def fails(*arguments: Any, **named: Any) -> Any:
        if any(word in repr(argument) for argument in (*arguments[1:], *named.values())):
            raise ZeroDivisionError
        return real(*arguments, **named)

    monkeypatch.setattr(module, name, fails)


async def test_an_event_that_breaks_us_is_kept_alerted_and_passed_by(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch, intake, "take_invoice", "inv-30001")
    bad = await world.overdue("30001", debtor={"number": "1"})
    await world.overdue("30002", debtor={"number": "2"})
    await world.settle()

    event = await world.event(bad)
    assert event["outcome"] == "rejected"
    assert "ZeroDivisionError" in event["problem"]
    assert await world.alerts() == ["event_failed"]
    assert (await world.claim("30002"))["state"] == "active"

    monkeypatch.undo()
    body = orjson.dumps(
        ledger_events.event_body(
            "invoice.overdue", ledger_events.invoice_data(id="inv-30001", number="30001")
        )
    ).decode()
    await world.call("events.repair", event_id=bad, body=body, reason="the gateway was mended")
    await world.settle()
    assert (await world.claim("30001"))["state"] == "active"
    assert await world.alerts() == []


async def test_a_debtor_that_cannot_be_decided_is_alerted_and_tried_the_next_day(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    notice = {
        "kind": "collection_notice",
        "sent_on": "2026-11-10",
        "deadline": "2026-11-25",
        "channel": "post",
    }
    for number in ("30001", "30002"):
        await world.overdue(number, notices=[notice], debtor={"number": number})
    await world.settle()
    poison(monkeypatch, clock, "decide_debtor", "30001")
    world.pass_time(days=6)
    await world.settle()
    assert (await world.claim("30001"))["state"] == "held"
    assert (await world.claim("30002"))["state"] == "active"
    assert await world.alerts() == ["decision_failed"]

    monkeypatch.undo()
    world.pass_time(days=1)
    await world.settle()
    assert (await world.claim("30001"))["state"] == "active"
    assert await world.alerts() == []


async def test_a_creditor_taken_out_of_the_settings_keeps_what_it_has(world: Any) -> None:
    await world.active("30001", debtor={"number": "1"})
    await world.overdue("30002", debtor={"number": "2"})
    await world.intake()
    await world.paid(number="30001")
    await world.intake()
    creditors = world.gateway.creditors
    object.__setattr__(world.gateway, "creditors", {})
    event = await world.overdue("30003", debtor={"number": "3"})
    await world.intake()
    for _ in range(3):
        world.pass_time(minutes=10)
        await clock.run_once(world.gateway, world.now[0])
        await world.deliver()
        await world.resolve_doubts()
    assert (await world.event(event))["outcome"] == "rejected"
    assert len(world.books.registers) == 1
    assert world.reported() == []

    object.__setattr__(world.gateway, "creditors", creditors)
    world.pass_time(minutes=10)
    await world.settle()
    assert (await world.claim("30002"))["state"] == "active"
    assert len(world.reported()) == 1


async def test_a_wrong_filter_is_answered_with_what_is_allowed(world: Any) -> None:
    for name in ("claims.list", "outbox.list"):
        with pytest.raises(OperationError, match="must be one of") as error:
            await world.call(name, state="sideways")
        assert error.value.kind == "invalid"


@pytest.mark.parametrize(
    ("name", "filter_", "allowed"),
    [
        ("outbox.list", {"kind": "register"}, "kravia.register"),
        ("outbox.list", {"kind": "sideways"}, "ledger.…"),
        ("events.list", {"outcome": "sideways"}, "rejected, repaired"),
        ("claims.list", {"creditor": "nobody"}, "there are: acme"),
        ("tasks.list", {"creditor": "nobody"}, "there are: acme"),
        ("doubts.list", {"creditor": "nobody"}, "there are: acme"),
    ],
)
async def test_a_filter_that_can_match_nothing_is_refused(
    world: Any, name: str, filter_: dict[str, str], allowed: str
) -> None:
    with pytest.raises(OperationError, match=allowed) as error:
        await world.call(name, **filter_)
    assert error.value.kind == "invalid"


async def test_messages_are_listed_newest_first_page_by_page(world: Any) -> None:
    for number in ("30001", "30002", "30003"):
        await world.active(number, debtor={"number": number})
    whole = [m["message_id"] for m in await world.items("outbox.list")]
    claims = {c["claim_id"]: c["invoice_number"] for c in await world.items("claims.list")}
    registers = await world.items("outbox.list", kind="kravia.register")
    assert [claims[m["claim_id"]] for m in registers] == ["30003", "30002", "30001"]

    paged: list[str] = []
    after = None
    while True:
        page = await world.call("outbox.list", limit=2, after=after)
        paged += [m["message_id"] for m in page["items"]]
        after = page["next"]
        if after is None:
            break
    assert paged == whole


async def rejected(world: Any) -> Recorded:
    """Deliver one body that the edge refuses; returns what was answered."""
    new = NewEvent(
        creditor_id="acme",
        webhook_id="wh-bad",
        type="invoice.overdue",
        invoice_id=None,
        body=b'{"type": "invoice.overdue"}',
        received_at=world.now[0],
        outcome="rejected",
        problem="data is missing",
    )
    return await inbox.record(world.gateway.database, world.gateway.seal, new)


def corrected(outstanding: str = "4800.00") -> str:
    """A body as it should have been."""
    data = ledger_events.invoice_data(id="inv-30001", number="30001", outstanding=outstanding)
    return orjson.dumps(ledger_events.event_body("invoice.overdue", data)).decode()


async def test_a_repaired_event_says_so_and_is_repaired_once(world: Any) -> None:
    bad = (await rejected(world)).event_id
    copy = await world.call("events.repair", event_id=bad, body=corrected(), reason="typo")
    event = await world.event(bad)
    assert (event["outcome"], event["repaired_as"]) == ("repaired", copy["event_id"])

    with pytest.raises(OperationError, match=copy["event_id"]) as error:
        await world.call("events.repair", event_id=bad, body=corrected("4700.00"), reason="again")
    assert error.value.kind == "refused"
    await world.settle()
    assert (await world.event(copy["event_id"]))["outcome"] == "handled"


async def test_the_sender_of_a_repaired_event_is_still_told_what_is_wrong_with_it(
    world: Any,
) -> None:
    bad = (await rejected(world)).event_id
    await world.call("events.repair", event_id=bad, body=corrected(), reason="typo")

    again = await rejected(world)
    assert (again.event_id, again.outcome) == (bad, "rejected")
    assert again.problem == "data is missing"


async def test_an_event_that_was_right_but_waited_is_no_fault_of_its_sender(world: Any) -> None:
    waiting = await world.paid(number="30009")
    await world.settle()
    assert (await world.event(waiting))["outcome"] == "waiting"
    await world.call("events.repair", event_id=waiting, body=corrected(), reason="wrong number")

    stored = (await world.items("events.list", outcome="repaired"))[0]
    new = NewEvent(
        creditor_id="acme",
        webhook_id=stored["webhook_id"],
        type="payment.received",
        invoice_id="inv-30009",
        body=await body_of(world, waiting),
        received_at=world.now[0],
        outcome="recorded",
    )
    recorded = await inbox.record(world.gateway.database, world.gateway.seal, new)
    assert recorded.outcome == "duplicate"


async def body_of(world: Any, event_id: str) -> bytes:
    """The bytes an event came with."""
    stored = await world.gateway.database.read(lambda connection: events.get(connection, event_id))
    body: bytes = world.gateway.seal.open(stored.sealed_body)
    return body


@SQLITE_ONLY
async def test_a_lost_key_is_told_where_there_are_claims_hashed_with_it(world: Any) -> None:
    assert await world.alerts() == []  # a first start makes the key
    await world.overdue()
    await world.settle()
    key = world.settings.database_path.with_name("gateway.db.key")
    await world.restart()
    assert await world.alerts() == []

    key.unlink()
    await world.restart()
    assert await world.alerts() == ["key_lost"]
    await world.restart()
    assert await world.alerts() == []


async def test_a_task_names_its_invoice_in_the_ledger_and_at_kravia(world: Any) -> None:
    kravia_id = await world.active()
    await world.disputed()
    await world.settle()

    (task,) = await world.items("tasks.list")
    assert (task["invoice_number"], task["kravia_invoice_id"]) == ("30001", kravia_id)
    assert task["text"].startswith(f"invoice 30001, case {kravia_id} at Kravia: ")
    assert (await world.claim())["tasks"] == [task]


async def test_nothing_shown_told_or_alerted_holds_the_debtors_data(world: Any) -> None:
    """Everything but the sealed columns and Kravia's own wire."""
    person = {
        "name": "Marker Markersen",
        "email": "marker@example.com",
        "phone": "99887766",
        "birth_date": "1971-02-03",
        "address": {
            "line1": "Markerveien 17",
            "postal_code": "0789",
            "city": "Markerby",
            "country": "NO",
        },
    }
    await world.active("30001", debtor=person)
    await world.overdue("30002", debtor={**person, "name": "Annen Markersen"})
    await world.overdue("30003", notices=[], debtor={**person, "number": "3"})
    await world.updated("30001", debtor={**person, "address": None}, due_date="2026-12-01")
    await world.disputed("30001", text="Marker Markersen skylder ikke dette")
    await world.paid("9000.00", text="fra Marker Markersen")
    await world.settle()

    shown = [
        await world.items(name)
        for name in (
            "claims.list",
            "cases.list",
            "events.list",
            "outbox.list",
            "tasks.list",
            "alerts.list",
            "audit.list",
        )
    ]
    shown += [await world.claim(number) for number in ("30001", "30002", "30003")]
    shown += [told.body for told in world.ledger.told]
    text = repr(shown)
    for personal in ("Marker", "marker@", "99887766", "1971-02-03", "Markerveien", "0789"):
        assert personal not in text
