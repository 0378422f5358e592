"""Search from every page, and personal data that is masked until one field of it is looked at."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from gateway.operations import access
from gateway.operations.errors import OperationError
from gateway.operations.rights import Caller, Scope
from gateway.storage import claim_search
from gateway.storage.claim_search import FoundBy

ON_SQLITE = pytest.mark.parametrize("world_url", ["sqlite"], indirect=True)

DEBTOR = {
    "number": "50001",
    "name": "Planted Debtorsen",
    "organization_number": "974760673",
    "email": "planted@example.com",
    "phone": "+4799999999",
    "address": {"line1": "Plantveien 7", "postal_code": "0150", "city": "Oslo", "country": "NO"},
}
KID = "4400018"


async def three(world: Any) -> str:
    """Three claims, of which the first is at Kravia; gives its id there."""
    await world.overdue("30001", debtor=DEBTOR, kid=KID)
    await world.overdue("30002", debtor={"number": "50002", "organization_number": None}, kid=None)
    await world.overdue("3", debtor={"number": "50003", "organization_number": None}, kid=None)
    await world.settle()
    return str((await world.claim("30001"))["kravia_invoice_id"])


async def numbers(world: Any, text: str) -> list[str]:
    """Invoice numbers that a search finds, in its order."""
    return [row["invoice_number"] for row in (await world.call("search", text=text))["items"]]


async def test_a_claim_is_found_by_each_thing_people_have_at_hand(world: Any) -> None:
    kravia_id = await three(world)
    claim = await world.claim("30001")

    for text in (
        "30001",
        " 30001 ",
        "50001",
        KID,
        "4400 018",
        kravia_id,
        "974760673",
        "974 760 673",
        claim["claim_id"],
        claim["claim_id"][:12],
        claim["case_id"],
    ):
        assert "30001" in await numbers(world, text), text
    assert await numbers(world, "3") == ["3", "30002", "30001"]  # whole first, then the newest
    assert await numbers(world, "Planted Debtorsen") == []
    assert await numbers(world, KID[:-1]) == []
    assert await numbers(world, "%") == []


async def test_a_search_shows_as_many_as_one_looks_through_and_says_so(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.operations.search.FOUND_MAX", 2)
    await three(world)

    found = await world.call("search", text="3")

    assert len(found["items"]) == 2
    assert found["items"][0]["invoice_number"] == "3"
    assert found["more"]


@ON_SQLITE
async def test_every_step_of_a_search_has_its_index(world: Any) -> None:
    await three(world)
    seen: list[Any] = []

    def plans(connection: Any) -> None:
        def note(_c: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
            seen.append((statement, tuple(parameters)))

        sa.event.listen(sa.Engine, "before_cursor_execute", note)
        try:
            for by in FoundBy:
                claim_search.begun(connection, "acme", by, "30001", 51)
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)

    await world.gateway.database.read(plans)

    def explained(connection: Any) -> list[str]:
        raw = connection.connection.driver_connection
        return [
            row[3]
            for statement, parameters in seen
            for row in raw.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
        ]

    steps = await world.gateway.database.read(explained)
    assert len(seen) == len(FoundBy)
    assert all(step.startswith("SEARCH claim USING INDEX") for step in steps), steps


async def test_a_search_finds_nothing_of_a_foreign_creditor(desk: Any, world: Any) -> None:
    kravia_id = await three(world)
    claim = await world.claim("30001")
    browser = await desk.person("admin", creditors=["nordlys"])
    caller = Caller(name="user:eve", scopes=frozenset(Scope), creditors=frozenset({"nordlys"}))

    for text in ("30001", "50001", KID, kravia_id, "974760673", claim["claim_id"], "clm_", "3"):
        found = await access.call_as(world.gateway, "search", {"text": text}, caller)
        assert found == {"items": [], "more": False}, text
        page = (await browser.post("/search", {"text": text})).text
        assert claim["claim_id"] not in page.replace(f'value="{text}"', "")
        assert "Nothing was found." in page


@ON_SQLITE
async def test_the_search_in_the_header_leads_to_the_claim_and_stays_out_of_addresses(
    desk: Any, world: Any
) -> None:
    await three(world)
    claim = await world.claim("30001")
    browser = await desk.person("viewer")

    header = (await browser.get("/cases")).text
    one = await browser.post("/search", {"text": KID})
    many = await browser.post("/search", {"text": "3"})
    none = await browser.post("/search", {"text": "99<b>"})
    empty = await browser.post("/search", {"text": " "})

    assert '<form class="search" role="search" method="post" action="/console/search">' in header
    assert one.headers["Location"] == f"/console/claims/{claim['claim_id']}"
    assert all(f">{number}</a>" in many.text for number in ("3", "30001", "30002"))
    assert "Nothing was found." in none.text
    assert "99&lt;b&gt;" in none.raw
    assert empty.status == 422


@ON_SQLITE
async def test_personal_data_is_masked_and_looked_at_one_field_at_a_time(
    desk: Any, world: Any
) -> None:
    await three(world)
    claim = await world.claim("30001")
    operator, viewer = await desk.person(), await desk.person("viewer")
    planted = ("Planted", "Plantveien", "planted@example.com", "+4799999999")

    for path in (f"/claims/{claim['claim_id']}", f"/cases/{claim['case_id']}"):
        for browser in (operator, viewer):
            page = (await browser.get(path)).text
            assert not [each for each in planted if each in page], path
        without = await operator.post(f"{path}/debtor", {"field": "email"})
        shown = await operator.post(f"{path}/debtor", {"field": "email", "why": "to ask them"})
        refused = await viewer.post(f"{path}/debtor", {"field": "email", "why": "curious"})

        assert without.status == 422
        assert "reason is missing" in without.text
        assert [each for each in planted if each in shown.text] == ["planted@example.com"]
        assert refused.status == 403
        assert "planted@" not in refused.text
        assert "Show E-mail" not in (await viewer.get(path)).text
        audit = (await world.items("audit.list"))[0]
        assert (audit["actor"], audit["action"], audit["reason"]) == (
            "user:operator-all",
            "claims.reveal",
            "email: to ask them",
        )
    assert len([r for r in await world.items("audit.list") if r["action"] == "claims.reveal"]) == 2
    timeline = (await viewer.get(f"/cases/{claim['case_id']}")).text
    assert "user:operator-all: looked at personal data. email: to ask them" in timeline


@ON_SQLITE
async def test_every_field_is_told_as_it_is_known(world: Any) -> None:
    await three(world)
    claim_id = (await world.claim("30001"))["claim_id"]

    async def told(field: str) -> Any:
        found = await world.call("claims.reveal", claim_id=claim_id, field=field, reason="a test")
        return found["value"]

    assert await told("name") == "Planted Debtorsen"
    assert await told("address") == "Plantveien 7, 0150 Oslo, NO"
    assert await told("phone") == "+4799999999"
    assert await told("organization_number") == "974760673"
    assert await told("kid") == KID
    assert await told("birth_date") is None
    with pytest.raises(OperationError, match="field must be one of name, address"):
        await told("national_id")


@ON_SQLITE
async def test_a_protected_address_is_shown_to_nobody(world: Any) -> None:
    await world.overdue("30001", debtor={**DEBTOR, "protected_address": True})
    await world.settle()
    claim_id = (await world.claim("30001"))["claim_id"]

    with pytest.raises(OperationError, match="protected"):
        await world.call("claims.reveal", claim_id=claim_id, field="address", reason="a test")
