"""Cases that Kravia had before us are adopted or sent to review, never doubled (design §7)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

BOTH = pytest.mark.parametrize("assumptions_file", ["shipped", "other"], indirect=True)


@BOTH
async def test_a_case_with_our_invoice_id_is_adopted(world: Any) -> None:
    kravia_id = world.already_there(accounting_invoice_id="inv-30001")
    await world.overdue()
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["kravia_invoice_id"]) == ("active", kravia_id)
    assert world.books.registers == []
    (told,) = world.told("claim.registered")
    assert told.data["claim"]["kravia_invoice_id"] == kravia_id


@BOTH
async def test_a_case_known_by_number_date_amount_and_debtor_is_adopted(world: Any) -> None:
    kravia_id = world.already_there()
    await world.overdue()
    await world.settle()

    assert (await world.claim())["kravia_invoice_id"] == kravia_id
    assert world.books.registers == []


async def test_an_adopted_case_that_has_ended_ends_the_claim(world: Any) -> None:
    world.already_there(meaning="paid")
    await world.overdue()
    await world.settle()

    assert (await world.claim())["close_reason"] == "paid"


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ({"original_amount": Decimal("4700.00")}, "amount differ"),
        ({"original_amount": Decimal(1), "accounting_invoice_id": "inv-30001"}, "amount differ"),
        ({"accounting_invoice_id": "other-1"}, "under another id"),
        ({"debtor_number": None}, "debtor number"),
    ],
)
async def test_a_case_that_matches_in_part_goes_to_review(
    world: Any, case: dict[str, Any], words: str
) -> None:
    world.already_there(**case)
    await world.overdue()
    await world.settle()

    claim = await world.claim()
    assert claim["state"] == "review"
    assert words in claim["problem"]
    assert world.books.registers == []


async def test_two_cases_that_match_go_to_review(world: Any) -> None:
    world.already_there()
    world.already_there()
    await world.overdue()
    await world.settle()

    assert (await world.claim())["state"] == "review"
    assert world.books.registers == []


@pytest.mark.parametrize("case", [{"invoice_date": date(2025, 7, 15)}, {"debtor_number": "7"}])
async def test_a_number_used_in_another_year_or_for_another_debtor_is_another_claim(
    world: Any, case: dict[str, Any]
) -> None:
    world.already_there(**case)
    await world.overdue()
    await world.settle()

    assert len(world.books.registers) == 1


async def test_a_case_that_comes_between_decision_and_send_is_adopted_at_the_gate(
    world: Any,
) -> None:
    await world.poll()
    await world.overdue()
    await world.intake()
    kravia_id = world.already_there()
    await world.poll()
    await world.settle()

    assert (await world.claim())["kravia_invoice_id"] == kravia_id
    assert world.books.registers == []


@pytest.mark.parametrize("reason", [{"protected_address": True}, {"deceased": True}])
async def test_a_case_that_comes_after_the_claim_was_kept_back_is_adopted(
    world: Any, reason: dict[str, bool]
) -> None:
    await world.poll()
    await world.overdue(debtor=reason)
    await world.settle()
    assert (await world.claim())["state"] != "active"
    kravia_id = world.already_there()
    await world.settle()

    claim = await world.claim()
    assert (claim["state"], claim["kravia_invoice_id"]) == ("active", kravia_id)
    assert world.books.registers == []


async def test_a_person_may_say_that_the_case_there_is_another(world: Any) -> None:
    world.already_there(original_amount=Decimal("4700.00"))
    await world.overdue()
    await world.settle()
    await world.act("approve")
    await world.settle()

    assert (await world.claim())["state"] == "active"
    assert len(world.books.registers) == 1


async def test_an_approval_does_not_cover_a_case_nobody_had_seen(world: Any) -> None:
    """Without this the gate and the decision would turn the register round for ever."""
    await world.overdue(debtor={"protected_address": True})
    await world.settle()
    await world.call("pause", reason="wait")
    await world.act("approve")
    await world.settle()
    world.already_there(original_amount=Decimal("4700.00"))
    await world.call("resume")
    await world.poll()
    await world.settle()

    assert (await world.claim())["state"] == "review"
    assert world.books.registers == []
    assert len(await world.items("outbox.list", kind="kravia.register")) == 1


async def test_the_same_invoice_under_a_second_id_goes_to_review(world: Any) -> None:
    await world.active("30001")
    await world.overdue("30001", id="inv-30002")
    await world.settle()

    claim = await world.claim("30002")
    assert claim["state"] == "review"
    assert "inv-30001" in claim["problem"]
    assert len(world.books.registers) == 1


@pytest.mark.parametrize(
    "debtor",
    [{"name": "Kari Annen"}, {"birth_date": "1980-01-01"}, {"organization_number": "974760673"}],
)
async def test_one_debtor_number_with_another_identity_goes_to_review(
    world: Any, debtor: dict[str, str]
) -> None:
    await world.active("30001")
    await world.overdue("30002", debtor=debtor)
    await world.settle()

    claim = await world.claim("30002")
    assert claim["state"] == "review"
    assert len(world.books.registers) == 1
    assert "Annen" not in str(claim["problem"])


async def test_a_second_identity_stops_the_first_claim_too_if_it_is_not_sent(world: Any) -> None:
    await world.overdue("30001")
    await world.overdue("30002", debtor={"name": "Kari Annen"})
    await world.settle()

    assert (await world.claim("30001"))["state"] == "review"
    assert (await world.claim("30002"))["state"] == "review"
    assert world.books.registers == []


async def test_explain_says_that_a_claim_at_kravia_is_handed_over_already(world: Any) -> None:
    await world.active()

    explained = await world.call("explain", creditor="acme", invoice_id="inv-30001")

    assert "INK-38" in [reason["rule"] for reason in explained["reasons"]]
