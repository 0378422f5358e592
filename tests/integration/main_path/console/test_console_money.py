"""Money as people use it: payments given to their invoices, settlements booked, tasks done."""

from __future__ import annotations

import hashlib
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from gateway.domain.bank_line import BankLine
from mappers.bank_line_to_json import bank_line_to_json

pytestmark = pytest.mark.parametrize("world_url", ["sqlite"], indirect=True)

CREDITOR_ID = 10759
TEXT = "faktura fra i fjor, hilsen Planted Payersen"


async def waiting(world: Any) -> str:
    """A payment without a KID, of a known claim's amount: a person must say whose it is."""
    await world.active("30001")
    line = BankLine(
        identity="a" * 64,
        place="entry 1",
        account="15060000000",
        on=date(2026, 11, 24),
        amount=Decimal("1200.00"),
        currency="NOK",
        kids=(),
        payer_account="12345678903",
        text=TEXT,
    )
    await world.call(
        "payments.import",
        creditor="acme",
        source="camt054",
        file=hashlib.sha256(b"file").hexdigest(),
        lines=[bank_line_to_json(line)],
        reason="a test",
    )
    (row,) = await world.items("payments.list")
    assert row["state"] != "matched"
    return str(row["line_id"])


async def test_a_payment_is_given_to_its_invoice(desk: Any, world: Any) -> None:
    path = f"/payments/{await waiting(world)}"
    browser = await desk.person()

    listed = (await browser.get("/payments")).text
    wrong = await browser.post(
        path, {"action": "match", "invoices": "30001=7.00", "reason": "they called"}
    )
    answer = await browser.post(
        path, {"action": "match", "invoices": "30001\n", "reason": "they called"}
    )
    page = (await browser.get(answer.headers["Location"].removeprefix("/console"))).text

    assert path in listed
    assert wrong.status == 422
    assert "30001=7.00</textarea>" in wrong.text
    assert ">they called</textarea>" in wrong.text
    assert "Its invoices are told." in page
    assert ">30001</a>" in page
    assert (await world.claim("30001"))["outstanding"] == "3600.00"


async def test_what_the_bank_tells_is_shown_one_field_at_a_time_and_audited(
    desk: Any, world: Any
) -> None:
    path = f"/payments/{await waiting(world)}"
    operator, viewer = await desk.person(), await desk.person("viewer")

    masked = (await operator.get(path)).text
    shown = (await operator.post(path, {"action": "text", "reason": "whose"})).text
    refused = await viewer.post(path, {"action": "text"})

    assert "Payersen" not in masked
    assert TEXT in shown
    assert "12345678903" not in shown
    assert refused.status == 403
    assert "Show Text" not in (await viewer.get(path)).text
    audit = (await world.items("audit.list"))[0]
    assert (audit["action"], audit["reason"]) == ("payments.details", "text: whose")


async def test_a_payment_of_nobodys_is_dismissed_with_a_reason(desk: Any, world: Any) -> None:
    line_id = await waiting(world)
    browser = await desk.person(language="nb")

    without = await browser.post(f"/payments/{line_id}", {"action": "dismiss"})
    await browser.post(f"/payments/{line_id}", {"action": "dismiss", "reason": "a loan"})

    assert without.status == 422
    assert (await world.call("payments.show", line_id=line_id))["decided_by"] == "user:operator-all"


async def test_a_settlement_is_taken_apart_and_booked(desk: Any, world: Any) -> None:
    kravia_id = await world.active("30001")
    world.debtor_pays(kravia_id, "1000.00")
    world.kravia.pay_out(CREDITOR_ID, world.now[0].date())
    await world.settle()
    (row,) = await world.items("settlements.list")
    path = f"/settlements/acme/{row['settlement_id']}"
    browser = await desk.person()

    listed = (await browser.get("/settlements")).text
    page = (await browser.get(path)).text
    without = await browser.post(path, {"voucher": "", "reason": "by hand"})
    await browser.post(path, {"voucher": "V-17", "reason": "by hand"})
    after = await world.call(
        "settlements.show", creditor="acme", settlement_id=row["settlement_id"]
    )

    assert path in listed
    assert kravia_id in page
    assert "NOK\N{NO-BREAK SPACE}1,000.00" in page
    assert without.status == 422
    assert ">by hand</textarea>" in without.text
    assert after["voucher_id"] == "V-17"


async def test_whose_money_it_was_is_asked_and_answered(desk: Any, world: Any) -> None:
    kravia_id = await world.active("30001")
    world.debtor_pays(kravia_id, "1000.00")
    await world.settle()
    await world.paid("1000.00")
    await world.settle()
    (task,) = await world.items("tasks.list")
    browser = await desk.person()
    path = f"/tasks/{task['task_id']}"

    listed = (await browser.get("/tasks")).text
    without = await browser.post(path, {"note": "looked it up"})
    answer = await browser.post(path, {"note": "looked it up", "answer": "direct"})
    page = (await browser.get(answer.headers["Location"].removeprefix("/console"))).text

    assert path in listed
    assert without.status == 422
    assert ">looked it up</textarea>" in without.text
    assert "direct: looked it up" in page
    assert await world.items("tasks.list") == []
    assert path in (await browser.get("/tasks?all=yes")).text


async def test_empty_lists_of_money_say_what_comes_here(desk: Any) -> None:
    browser = await desk.person("viewer", language="nb")

    assert "Banken har ikke meldt om noen betaling" in (await browser.get("/payments")).text
    assert "Kravia har ikke meldt om noe oppgjør" in (await browser.get("/settlements")).text
    assert "Det er ingenting å gjøre." in (await browser.get("/tasks")).text
