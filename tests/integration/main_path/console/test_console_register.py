"""An invoice from elsewhere, typed step by step; nothing is kept before the last."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytestmark = pytest.mark.parametrize("world_url", ["sqlite"], indirect=True)

DEBTOR = {
    "creditor": "acme",
    "debtor_kind": "person",
    "debtor_name": "Planted Debtorsen",
    "address_line1": "Plantveien 7",
    "postal_code": "0150",
    "city": "Oslo",
    "country": "NO",
}
CLAIM = {
    "invoice_number": "40021",
    "issue_date": "15.07.2026",
    "due_date": "14.08.2026",
    "total": "4 800,00",
    "kid": "400218",
    "pdf_url": "https://files.example.com/40021.pdf",
    "reminder_sent_on": "28.08.2026",
    "reminder_deadline": "11.09.2026",
    "reminder_channel": "post",
    "reminder_fee": "38,00",
    "collection_notice_sent_on": "21.09.2026",
    "collection_notice_deadline": "05.10.2026",
    "collection_notice_channel": "post",
    "payment_date": "01.10.2026",
    "payment_amount": "800,00",
}


def claim(place: int = 1, **other: str) -> dict[str, str]:
    return {f"{name}-{place}": value for name, value in {**CLAIM, **other}.items()}


def carried(page: str) -> dict[str, str]:
    """What the page's form would send again as it stands."""
    return {
        name: value
        for name, value in re.findall(r'<input[^>]*? name="([^"]+)"[^>]*? value="([^"]*)"', page)
        if name not in {"form_token", "text"}
    }


async def test_an_invoice_is_registered_step_by_step(desk: Any, world: Any) -> None:
    browser = await desk.person(language="nb")

    first = (await browser.get("/register")).text
    second = (await browser.post("/register", {**DEBTOR, "action": "claims"})).text
    before = world.contents()
    third = (
        await browser.post("/register", {**carried(second), **claim(), "action": "summary"})
    ).text
    assert world.contents() == before
    plain = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", third.replace("\N{NO-BREAK SPACE}", " ")))
    done = await browser.post(
        "/register", {**carried(third), "reason": "an old ledger", "action": "start"}
    )
    await world.settle()

    assert "Hvem som skylder" in first
    assert "En ny skyldner" in second
    assert "Planted Debtorsen" in carried(second).values()
    assert "kan gå til Kravia" in plain
    assert "Hovedstol 4 000,00 kr" in plain
    assert "Gebyrer 38,00 kr" in plain
    assert re.search(r"Renter [1-9][0-9,]* kr", plain)
    assert "Faktura 40021: ny" in done.text
    (row,) = await world.items("claims.list")
    assert (row["invoice_number"], row["outstanding"], row["state"]) == (
        "40021",
        "4000.00",
        "active",
    )
    audit = (await world.items("audit.list"))[0]
    assert (audit["action"], audit["reason"]) == ("register", "an old ledger")


async def test_several_claims_on_one_debtor_who_is_found_again(desk: Any, world: Any) -> None:
    browser = await desk.person()
    first = {**DEBTOR, **claim(), "claims": "1", "action": "start"}
    await browser.post("/register", first)
    await world.settle()
    both = {**claim(1, invoice_number="40022"), **claim(2, invoice_number="40023", kid="")}

    found = (await browser.post("/register", {**DEBTOR, "action": "claims"})).text
    more = (await browser.post("/register", {**DEBTOR, **claim(), "action": "add"})).text
    summary = (
        await browser.post("/register", {**DEBTOR, **both, "claims": "2", "action": "summary"})
    ).text
    again = (await browser.post("/register", first)).text

    assert "found by name and postal code, with 1 claims here already" in found
    assert "Make sure that it is the same." in found
    assert 'name="invoice_number-2"' in more
    assert "40021" in carried(more).values()  # what was typed of the first is kept
    assert "Invoice 40022: new" in summary
    assert "Invoice 40023: new" in summary
    assert "Together" in summary
    assert "was registered before" in again
    assert len(await world.items("claims.list")) == 1


async def test_what_is_wrong_is_said_at_its_field_and_keeps_what_was_typed(
    desk: Any, world: Any
) -> None:
    browser = await desk.person()
    sent = {**DEBTOR, **claim(total="2.250", issue_date="31.02.2026", kid="<b>"), "claims": "1"}

    nobody = await browser.post("/register", {"debtor_number": "50<b>", "action": "claims"})
    wrong = await browser.post("/register", {**sent, "action": "summary"})
    nothing = await browser.post("/register", {**DEBTOR, "claims": "1", "action": "summary"})
    refused = await browser.post(
        "/register", {**DEBTOR, "country": "Norge", **claim(), "action": "summary"}
    )

    assert nobody.status == 422
    assert 'value="50&lt;b&gt;"' in nobody.raw
    assert 'id="fault-debtor_name"' in nobody.text
    assert wrong.status == 422
    assert 'value="2.250"' in wrong.text
    assert 'value="Planted Debtorsen"' in wrong.text
    assert "&lt;b&gt;" in wrong.raw
    assert re.search(r'id="fault-total-1">can be read as thousands or as decimals', wrong.text)
    assert re.search(r'id="fault-issue_date-1">is no day of the calendar', wrong.text)
    assert nothing.status == 422
    assert "Fill in at least one claim." in nothing.text
    assert "Invoice 40021: refused" in refused.text
    assert "Country must be" in refused.text
    assert ">Register</button>" not in refused.text
    assert await world.items("events.list") == []


async def test_a_form_that_is_stale_loses_nothing_that_was_typed(desk: Any) -> None:
    browser = await desk.person()

    answer = await browser.ask(
        "POST", "/register", data={**DEBTOR, **claim(), "form_token": "0" * 32}
    )

    assert answer.status == 403
    assert "Planted Debtorsen" in answer.text
    assert "4 800,00" in answer.text


async def test_a_viewer_is_not_led_to_register(desk: Any) -> None:
    viewer = await desk.person("viewer")

    assert "/console/register" not in (await viewer.get("")).text
    assert (await viewer.get("/register")).status == 403
