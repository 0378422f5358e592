"""The first days: what the mirror found, decisions beside people's, and one creditor walked."""

from __future__ import annotations

from typing import Any

import pytest

from clients.simulated_faults import FaultKind
from clients.webhook.simulator import LedgerFault, LedgerFaultKind
from gateway.domain.creditor_identity import Identity
from gateway.operations.creditor_identity import faults, take_note

Document = dict[str, Any]

OBSERVE = pytest.mark.parametrize("creditor", [{"mode": "observe"}])
ACME = {"acme": Identity(kravia_creditor_id=10759, ledger_kind="webhook")}


def step(found: Document, name: str) -> Document:
    """One step of ``creditors check``."""
    row: Document = next(each for each in found["steps"] if each["step"] == name)
    return row


async def check(world: Any) -> Document:
    found: Document = await world.call("creditors.check", creditor="acme")
    return found


# What the mirror found.


async def test_the_mirror_is_counted_by_kravias_words_and_by_what_became_of_it(world: Any) -> None:
    world.already_there("30001", accounting_invoice_id="inv-30001")
    world.already_there("30002", original_amount=4700)
    world.already_there("30003", debtor_number="7", meaning="paid")
    await world.poll()
    await world.overdue("30001")
    await world.overdue("30002", debtor={"number": "50001"})
    await world.settle()

    found = await world.call("creditors.mirror", creditor="acme")
    assert (found["complete"], found["cases"]) == (True, 3)
    assert (found["matched"], found["adopted"], found["not_ours"]) == (1, 1, 2)
    assert found["to_review"] == 1
    words = [
        (row["status"], row["meaning"], row["cases"], row["ours"]) for row in found["by_status"]
    ]
    assert words == [("Open", "active", 2, 1), ("Paid", "paid", 1, 0)]


# Decisions beside what people did.


@OBSERVE
async def test_what_people_registered_is_compared_with_what_was_decided(
    world: Any, creditor: Document
) -> None:
    del creditor
    await world.poll()
    await world.overdue("30001", debtor={"number": "1"})
    await world.overdue("30002", debtor={"number": "2", "protected_address": True})
    await world.overdue("30003", debtor={"number": "3"})
    await world.overdue("30004", debtor={"number": "4"}, notices=[])
    await world.settle()
    world.already_there("30001", debtor_number="1")
    world.already_there("30002", debtor_number="2")
    world.already_there("39999", debtor_number="9")
    world.pass_time(minutes=6)
    await world.settle()
    world.pass_time(minutes=6)
    await world.settle()

    found = await world.call("creditors.compare", creditor="acme")
    kinds = {item["invoice_number"]: item["kind"] for item in found["items"]}
    assert kinds == {
        "30001": "agree",
        "30002": "people_only",
        "30003": "gateway_only",
        "39999": "unknown_to_gateway",
    }
    assert found["counts"] == {
        "people_only": 1,
        "gateway_only": 1,
        "unknown_to_gateway": 1,
        "agree": 1,
    }
    assert found["kept_back"] == {"held": 0, "review": 0, "rejected": 1}
    [other] = [item for item in found["items"] if item["kind"] == "people_only"]
    assert other["decision"] == "review"
    assert other["rules"]
    assert other["reason"]
    assert world.books.registers == []
    assert found["items"][0]["kind"] == "people_only"


@OBSERVE
async def test_a_case_from_before_the_gateway_is_judged_by_the_rules_of_the_day_it_was_seen(
    world: Any, creditor: Document
) -> None:
    del creditor
    world.already_there("30001")
    world.already_there("30002", debtor_number="2")
    await world.poll()
    await world.overdue("30001")
    await world.overdue("30002", debtor={"number": "2"}, notices=[])
    await world.settle()

    found = await world.call("creditors.compare", creditor="acme")
    kinds = {item["invoice_number"]: item["kind"] for item in found["items"]}
    assert kinds == {"30001": "agree", "30002": "people_only"}


@OBSERVE
async def test_since_leaves_out_what_is_older(world: Any, creditor: Document) -> None:
    del creditor
    world.already_there("30001")
    world.already_there("39999", debtor_number="9")
    await world.poll()
    await world.overdue("30001")
    await world.settle()

    later = await world.call("creditors.compare", creditor="acme", since="2026-11-25")
    assert later["items"] == []
    with pytest.raises(Exception, match="since must be a date"):
        await world.call("creditors.compare", creditor="acme", since="yesterday")


async def test_what_we_sent_ourselves_is_no_work_of_peoples(world: Any) -> None:
    await world.active()
    found = await world.call("creditors.compare", creditor="acme")
    assert found["items"] == []


@OBSERVE
async def test_what_people_register_meanwhile_is_adopted_in_observe_mode(
    world: Any, creditor: Document
) -> None:
    del creditor
    await world.poll()
    await world.overdue()
    await world.settle()
    kravia_id = world.already_there()
    await world.poll()
    world.pass_time(minutes=6)
    await world.settle()

    assert (await world.claim())["kravia_invoice_id"] == kravia_id
    assert world.books.registers == []


# One creditor walked.


async def test_every_step_is_in_order_once_it_runs(world: Any) -> None:
    await world.active()
    found = await check(world)

    assert {
        each["step"]: each["verdict"]
        for each in found["steps"]
        if each["step"] not in {"notify", "rates"}
    } == dict.fromkeys(
        [
            "webhook secrets",
            "Kravia answers",
            "clocks",
            "Kravia's creditor",
            "mirror",
            "ledger sends",
            "ledger is told",
            "money back",
            "mode",
            "notice",
            "guards",
        ],
        "ok",
    )
    assert "1 of 500 registers today" in step(found, "guards")["found"]
    assert found["reached"]
    assert all(each["do"] for each in found["steps"] if each["verdict"] == "not ok")


async def test_on_the_first_day_it_says_what_is_still_to_come(world: Any) -> None:
    found = await check(world)

    assert step(found, "mirror")["verdict"] == "not ok"
    assert step(found, "Kravia's creditor")["verdict"] == "cannot tell"
    assert "send-test-webhook" in step(found, "ledger sends")["do"]
    assert not found["clean"]


async def test_a_mirror_that_is_no_longer_read_is_told(world: Any) -> None:
    await world.poll()
    world.pass_time(hours=5)
    assert "last read" in step(await check(world), "mirror")["found"]


async def test_a_kravia_that_refuses_the_token_is_told_with_what_to_do(world: Any) -> None:
    world.fail("search", FaultKind.STATUS, status=401)
    found = await check(world)

    assert step(found, "Kravia answers")["verdict"] == "not ok"
    assert "kravia.token" in step(found, "Kravia answers")["do"]
    assert (found["reached"], found["clean"]) == (False, False)


async def test_a_ledger_that_refuses_is_told(world: Any) -> None:
    world.ledger.plant(LedgerFault(kind=LedgerFaultKind.STATUS, status=410))
    await world.active()
    found = step(await check(world), "ledger is told")
    assert found["verdict"] == "not ok"
    assert "outbox list" in found["do"]


async def test_a_pause_is_told(world: Any) -> None:
    await world.call("pause", reason="trial")
    assert step(await check(world), "mode")["found"] == "live, paused: trial"


async def test_rates_that_end_within_sixty_days_are_told(world: Any) -> None:
    found = step(await check(world), "rates")
    assert found["verdict"] == "not ok"
    assert "late interest until 2026-12-31" in found["found"]
    assert "docs/rates.md" in found["do"]


# A creditor that changes under its claims.


async def names_of(world: Any, identities: dict[str, Identity]) -> list[str]:
    found = await world.gateway.database.read(lambda connection: faults(connection, identities))
    return [each.key for each in found]


async def test_a_creditor_without_live_claims_may_change_or_leave(world: Any) -> None:
    note = world.gateway.database.write
    await note(lambda connection: take_note(connection, ACME, world.now[0]))

    assert await names_of(world, {}) == []
    changed = {"acme": Identity(kravia_creditor_id=1, ledger_kind="conta", ledger_account="5")}
    assert await names_of(world, changed) == []


@pytest.mark.parametrize(
    ("identities", "keys"),
    [
        ({}, ["creditors.acme"]),
        (
            {"acme": Identity(kravia_creditor_id=1, ledger_kind="webhook")},
            ["creditors.acme.kravia_creditor_id"],
        ),
        (
            {"acme": Identity(kravia_creditor_id=10759, ledger_kind="conta", ledger_account="5")},
            ["creditors.acme.ledger.kind"],
        ),
        (ACME, []),
    ],
)
async def test_with_live_claims_it_may_not(
    world: Any, identities: dict[str, Identity], keys: list[str]
) -> None:
    await world.gateway.database.write(lambda c: take_note(c, ACME, world.now[0]))
    await world.active()

    assert await names_of(world, identities) == keys
    await world.gateway.database.write(lambda c: take_note(c, identities, world.now[0]))
    assert await names_of(world, ACME) == []


async def test_another_organisation_in_the_same_ledger_is_another_creditor(world: Any) -> None:
    conta = {"acme": Identity(kravia_creditor_id=10759, ledger_kind="conta", ledger_account="5")}
    other = {"acme": Identity(kravia_creditor_id=10759, ledger_kind="conta", ledger_account="6")}
    await world.gateway.database.write(lambda c: take_note(c, conta, world.now[0]))
    await world.overdue()
    await world.settle()
    assert await names_of(world, other) == ["creditors.acme.ledger.organization_id"]


async def test_a_retired_creditor_has_nothing_alive_and_may_leave(world: Any) -> None:
    kravia_id = await world.active("30001")
    await world.overdue("30002", debtor={"number": "2", "protected_address": True})
    await world.call("pause", reason="wait")
    await world.overdue("30003", debtor={"number": "3"})
    await world.settle()
    calls = dict(world.kravia.calls)
    plan = await world.call("creditors.plan_to_retire", creditor="acme")
    assert (plan["open_claims"], plan["at_kravia"]) == (3, 1)

    await world.call("creditors.retire", creditor="acme", reason="left")

    assert await names_of(world, {}) == []
    assert {row["state"] for row in await world.items("claims.list")} == {"closed"}
    [task] = [row for row in await world.items("tasks.list") if row["kind"] == "retired"]
    assert kravia_id in task["text"]
    assert world.kravia.calls == calls


async def test_nobody_is_retired_while_a_message_may_have_been_sent(world: Any) -> None:
    await world.poll()
    world.fail("register", FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.overdue()
    await world.intake()
    await world.deliver()
    with pytest.raises(Exception, match="end the doubt first"):
        await world.call("creditors.retire", creditor="acme", reason="left")


async def test_an_unknown_creditor_cannot_be_retired(world: Any) -> None:
    with pytest.raises(Exception, match="knows no creditor nobody"):
        await world.call("creditors.retire", creditor="nobody", reason="x")
