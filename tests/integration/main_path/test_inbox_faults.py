"""A fault in one event, debtor or setting never stops the others, and loses nothing."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from clients.webhook import ledger_events
from gateway.operations import intake
from gateway.operations.errors import OperationError
from gateway.workers import clock


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
