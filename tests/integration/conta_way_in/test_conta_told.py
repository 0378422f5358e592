"""What Conta is told: nothing, with the reason; money goes to the bank's file or to a person."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

WITH_NOTIFY = {"notify": {"url": "http://127.0.0.1:3/in", "secret": "env:SECRET"}}


async def collected(world: Any) -> int:
    """A claim of which Kravia collects and pays out a part."""
    made: int = await world.active()
    [case] = world.kravia.books.invoices.values()
    world.kravia.debtor_pays(case.invoice_id, Decimal("1000.00"), date(2026, 11, 24))
    await world.settle()
    return made


async def test_a_status_has_nowhere_to_go_and_says_so(world: Any) -> None:
    await world.active()

    message = await world.message("ledger.claim.registered")
    shown = await world.call("outbox.show", message_id=message["message_id"])

    assert shown["state"] == "delivered"
    assert shown["result"] == "not told: Conta has nowhere to write a status"
    assert set(world.conta.calls) & {"create_payment", "credit_note", "delete_payment"} == set()


async def test_with_an_unknown_pay_out_model_a_person_books_what_kravia_collected(
    world: Any,
) -> None:
    await collected(world)

    [task] = await world.items("tasks.list")
    assert task["kind"] == "book_payment"
    assert "1000.00 NOK" in task["text"]


@pytest.mark.parametrize("creditor", [{"payout_model": "kid"}])
async def test_with_kid_the_banks_file_books_it_and_nobody_is_asked(
    world: Any, creditor: Any
) -> None:
    await collected(world)

    assert (await world.message("ledger.payment.collected"))["state"] == "delivered"
    assert await world.tasks() == []


async def test_a_settlement_is_a_task_once(world: Any) -> None:
    await collected(world)
    world.kravia.pay_out(10759, date(2026, 11, 24))
    await world.settle()

    assert await world.tasks() == ["book_payment", "book_settlement"]


@pytest.mark.parametrize("creditor", [WITH_NOTIFY])
async def test_notify_works_beside_conta(world: Any, creditor: Any) -> None:
    await world.active()

    assert len(world.notify.of_type("claim.registered")) == 1


async def test_creditors_check_says_what_conta_cannot_tell(world: Any) -> None:
    found = await world.call("creditors.check", creditor="acme")

    assert (found["ledger_answers"], found["ledger_name"]) == (True, "Nordlys Konsult AS")
    assert found["ledger_faults"] == []
    told = " ".join(found["ledger_cannot_tell"])
    assert all(word in told for word in ("INK-18", "INK-20", "INK-22", "two letters"))


@pytest.mark.parametrize(
    "creditor",
    [
        {
            "ledger": {
                "kind": "conta",
                "organization_id": 4242,
                "api_key": "env:KEY",
                "bank_account_id": 77,
            }
        }
    ],
)
async def test_creditors_check_misses_the_bank_account(world: Any, creditor: Any) -> None:
    found = await world.call("creditors.check", creditor="acme")

    assert found["ledger_faults"] == ["the organisation has no bank account 77"]


async def test_creditors_check_misses_the_organisation(world: Any) -> None:
    world.conta.organization_id = 5

    found = await world.call("creditors.check", creditor="acme")

    assert found["ledger_faults"] == ["the key does not see organisation 4242"]


async def test_creditors_check_says_when_conta_refuses(world: Any) -> None:
    world.conta._api_key = "another"

    found = await world.call("creditors.check", creditor="acme")

    [step] = [each for each in found["steps"] if each["step"] == "ledger answers"]
    assert (step["verdict"], found["reached"]) == ("not ok", False)
    assert "the ledger did not answer: Conta refuses the key" in step["found"]
    assert "organization_id" in step["do"]
