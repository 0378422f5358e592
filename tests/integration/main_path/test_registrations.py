"""Invoices from elsewhere: tried out without a trace, recorded once, decided as any other."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import sqlalchemy as sa

from clients.webhook import ledger_events
from gateway.operations.errors import OperationError
from gateway.storage.tables import claim

NUMBER = "02013299997"


def draft(number: str = "40021", debtor: dict[str, Any] | None = None, **invoice: Any) -> Any:
    """An overdue invoice with its notice; without an id, and without a debtor number."""
    fields = {"id": None, "number": number, **invoice}
    own = {"number": None, **(debtor or {})}
    return {"data": deepcopy(ledger_events.invoice_data(debtor=own, **fields))}


async def plan(world: Any, *drafts: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (
        await world.call("registrations.plan", creditor="acme", drafts=list(drafts))
    )["items"]
    return items


async def start(world: Any, *drafts: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (
        await world.call(
            "registrations.start", creditor="acme", drafts=list(drafts), reason="a test"
        )
    )["items"]
    return items


async def test_a_plan_says_what_would_become_of_it_and_leaves_no_trace(world: Any) -> None:
    await world.settle()
    before = world.contents()

    (item,) = await plan(world, draft())

    assert item["outcome"] == "new"
    assert item["decision"]["decision"] == "forward"
    assert item["decision"]["amounts"]["principal"] == "4800.00"
    assert world.contents() == before


async def test_what_is_started_is_what_was_planned(world: Any) -> None:
    (planned,) = await plan(world, draft())
    (started,) = await start(world, draft())
    await world.settle()

    (claim,) = await world.items("claims.list")
    assert started["event_id"]
    assert claim["state"] == "active"
    assert claim["debtor_number"] == planned["debtor_number"]
    assert claim["invoice_id"] == planned["invoice_id"] == "40021/2026-07-15"
    assert len(world.books.registers) == 1
    (audited,) = await world.items("audit.list")
    assert (audited["action"], audited["subject"]) == ("register", started["event_id"])


async def test_the_same_again_changes_nothing_whatever_happened_since(world: Any) -> None:
    (first,) = await start(world, draft())
    await world.settle()
    before = world.contents()

    (again,) = await start(world, draft())
    (planned,) = await plan(world, draft())

    assert [each["outcome"] for each in (again, planned)] == ["registered_before"] * 2
    assert again["event_id"] == first["event_id"]
    assert world.contents() == before


async def test_a_changed_row_changes_the_claim(world: Any) -> None:
    late = draft(notices=[])
    await start(world, late)
    await world.settle()
    assert [each["state"] for each in await world.items("claims.list")] == ["rejected"]

    (planned,) = await plan(world, draft())
    await start(world, draft())
    await world.settle()

    assert planned["outcome"] == "changes"
    assert [each["state"] for each in await world.items("claims.list")] == ["active"]


async def test_several_claims_on_one_debtor_are_decided_and_gathered_together(world: Any) -> None:
    items = await plan(world, draft("1"), draft("2"))
    await start(world, draft("1"), draft("2"))
    await world.settle()

    assert len({item["debtor_number"] for item in items}) == 1
    claims = await world.items("claims.list")
    assert len({claim["case_id"] for claim in claims}) == 1
    assert len(world.books.registers) == 2


@pytest.mark.parametrize(
    ("stated", "by"),
    [
        ({"number": "50001"}, "number"),
        ({"organization_number": "974 760 673"}, "organization_number"),
        ({"organization_number": "NO974760673MVA", "name": "Another"}, "organization_number"),
        ({"name": "EKSEMPEL,  Ola", "organization_number": None}, "name_and_postal_code"),
        ({"name": "Ola Eksempel", "birth_date": "1980-02-01"}, "name_and_postal_code"),
    ],
)
async def test_a_known_debtor_is_found(world: Any, stated: dict[str, Any], by: str) -> None:
    known = {"organization_number": "974760673", "birth_date": "1980-02-01"}
    await world.overdue("30001", debtor=known)
    await world.intake()

    (item,) = await plan(world, draft(debtor=stated))

    assert (item["debtor_number"], item["debtor_found_by"]) == ("50001", by)


@pytest.mark.parametrize(
    ("stated", "number"),
    [
        ({"organization_number": "923609016"}, "923609016"),
        ({"name": "Kari Eksempel"}, "R-"),
        ({"birth_date": "2001-05-05"}, "R-"),
        ({"address": {"postal_code": "0154"}}, "R-"),
        ({"number": "77"}, "77"),
    ],
)
async def test_who_is_not_found_is_new_and_has_a_number(
    world: Any, stated: dict[str, Any], number: str
) -> None:
    await world.overdue("30001", debtor={"birth_date": "1980-02-01"})
    await world.intake()

    (item,) = await plan(world, draft(debtor=stated))
    (again,) = await plan(world, draft("40022", debtor=stated))

    assert item["debtor_found_by"] == "new"
    assert item["debtor_number"].startswith(number)
    assert item["debtor_number"] == again["debtor_number"]


async def test_where_several_fit_a_person_must_say_which(world: Any) -> None:
    for number, debtor in (("30001", "50001"), ("30002", "50002")):
        await world.overdue(number, debtor={"number": debtor})
    await world.intake()

    (item,) = await plan(world, draft())

    assert item["outcome"] == "refused"
    assert item["faults"][0]["field"] == "data.debtor.number"
    assert "50001, 50002" in item["faults"][0]["message"]


async def test_who_cannot_be_looked_up_needs_a_number(world: Any) -> None:
    (item,) = await plan(world, draft(debtor={"address": None}))

    assert item["faults"][0]["field"] == "data.debtor.number"


async def test_a_debtor_of_an_older_release_is_found_too(world: Any) -> None:
    await world.overdue("30001")
    await world.intake()
    tokens = sa.update(claim).values(name_token=None, organization_token=None, kid_token=None)
    await world.gateway.database.write(lambda connection: connection.execute(tokens))

    (item,) = await plan(world, draft())

    assert item["debtor_found_by"] == "name_and_postal_code"


async def test_a_faulty_draft_costs_no_other(world: Any) -> None:
    bad = draft("40022", total="many", debtor={"kind": "firm"})

    items = await start(world, bad, draft())
    await world.settle()

    assert [item["outcome"] for item in items] == ["refused", "new"]
    assert {fault["field"] for fault in items[0]["faults"]} == {
        *("data.invoice.total", "data.debtor.kind")
    }
    assert len(await world.items("events.list")) == 1


async def test_a_national_number_is_nowhere_and_its_loss_is_told(world: Any) -> None:
    with_one = draft(debtor={"national_id": NUMBER})
    (item,) = await start(world, with_one)
    await world.settle()

    assert any("national identity number" in each for each in item["warnings"])
    assert NUMBER not in world.contents()
    events = await world.items("events.list")
    body = await world.call("events.body", event_id=events[0]["event_id"], reason="a test")
    assert NUMBER not in str(body)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"kid": "Snippet1"}, "KID"),
        ({"debtor": {"number": NUMBER}}, "debtor number"),
        ({"debtor": {"address": {"postal_code": "154", "country": "NO"}}}, "postal code"),
    ],
)
async def test_doubtful_figures_are_warned_of_and_kept(
    world: Any, changes: dict[str, Any], word: str
) -> None:
    (item,) = await plan(world, draft(**changes))

    assert item["outcome"] == "new"
    assert any(word in each for each in item["warnings"])


@pytest.mark.parametrize("kid", ["602243", "602248", "6-", None])
async def test_a_kid_that_holds_is_not_mentioned(world: Any, kid: str | None) -> None:
    (item,) = await plan(world, draft(kid=kid))

    assert item["warnings"] == []


REMINDER = {
    "reminder_of": "30001",
    "notice": {"kind": "reminder", "sent_on": "2026-08-20", "deadline": "2026-09-03"},
}


async def test_a_reminder_is_added_to_the_claim_it_reminds_of_once(world: Any) -> None:
    await world.overdue("30001", version=7)
    await world.settle()

    (item,) = await start(world, REMINDER)
    (again,) = await start(world, REMINDER)
    await world.intake()

    assert (item["outcome"], again["outcome"]) == ("changes", "registered_before")
    event = await world.event(item["event_id"])
    assert event["outcome"] == "handled"
    assert await world.alerts() == []


async def test_a_reminder_of_an_unknown_invoice_says_what_to_do(world: Any) -> None:
    (item,) = await plan(world, REMINDER)

    assert item["outcome"] == "refused"
    assert "reminder of invoice 30001" in item["faults"][0]["message"]


@pytest.mark.parametrize("drafts", [None, [], "x", [1], [{}] * 201])
async def test_arguments_that_are_none_are_refused(world: Any, drafts: object) -> None:
    with pytest.raises(OperationError, match="drafts must"):
        await world.call("registrations.plan", creditor="acme", drafts=drafts)


@pytest.mark.parametrize("empty", [{}, {"data": None}, {"data": {"invoice": 1, "debtor": []}}])
async def test_an_empty_draft_is_refused_and_no_defect(world: Any, empty: Any) -> None:
    (item,) = await plan(world, empty)

    assert item["outcome"] == "refused"
    assert item["faults"]
