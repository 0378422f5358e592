"""A doubt as people see it: ours beside theirs, the witness, what comes next, and a reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from clients.simulated_faults import FaultKind
from gateway.operations.errors import OperationError
from gateway.storage.tables import mirror


async def _in_doubt(world: Any, kind: FaultKind = FaultKind.HANG) -> str:
    """One register in doubt; returns its message id."""
    world.fail("register", kind)
    await world.overdue()
    await world.poll()
    await world.intake()
    await world.deliver()
    return str((await world.message())["message_id"])


def _verdicts(candidate: dict[str, Any]) -> dict[str, str]:
    return {row["field"]: row["verdict"] for row in candidate["comparison"]}


async def test_what_we_sent_stands_beside_each_candidate_field_by_field(world: Any) -> None:
    message_id = await _in_doubt(world)
    kravia_id = world.already_there(original_amount=Decimal("4700.00"))
    world.pass_time(seconds=31)
    await world.settle()

    shown = await world.call("doubts.show", message_id=message_id)

    [candidate] = shown["candidates"]
    assert candidate["kravia_invoice_id"] == kravia_id
    assert _verdicts(candidate)["invoice_number"] == "same"
    [differing] = [row for row in candidate["comparison"] if row["verdict"] == "differs"]
    assert differing == {
        "field": "amount",
        "ours": "4800.00",
        "theirs": "4700.00",
        "verdict": "differs",
    }
    assert shown["next"]["at"] is None
    assert "amount" in shown["next"]["does"]
    assert any(f"doubts adopt {message_id}" in each for each in shown["next"]["commands"])


async def test_the_likest_candidate_comes_first(world: Any) -> None:
    message_id = await _in_doubt(world)
    world.already_there(original_amount=Decimal("4700.00"), accounting_invoice_id=None)
    likest = world.already_there(accounting_invoice_id=None)
    world.pass_time(seconds=31)
    await world.settle()

    shown = await world.call("doubts.show", message_id=message_id)

    assert len(shown["candidates"]) == 2
    assert shown["candidates"][0]["kravia_invoice_id"] == likest


async def test_the_witness_is_shown_with_both_times(world: Any) -> None:
    message_id = await _in_doubt(world)
    sent_at = world.now[0]
    world.pass_time(seconds=31)
    world.already_there("70001", debtor_number="99999")
    await world.poll()
    early = (await world.call("doubts.show", message_id=message_id))["witness_row"]
    world.pass_time(minutes=5)
    world.witness()
    await world.poll()
    late = await world.call("doubts.show", message_id=message_id)

    assert early["proves_absence"] is False
    after = datetime.fromisoformat(early["must_be_after"]) - sent_at
    assert timedelta(seconds=120) <= after < timedelta(seconds=125)  # a Date has whole seconds
    assert late["witness_row"]["proves_absence"] is True
    assert late["witness_row"]["stamped_at"] > late["witness_row"]["must_be_after"]
    assert late["witness"] == late["witness_row"]["stamp"]
    assert "sent again" in late["next"]["does"]


async def test_the_next_look_and_the_end_of_looking_are_dated(world: Any) -> None:
    message_id = await _in_doubt(world)
    sent_at = world.now[0]

    shown = await world.call("doubts.show", message_id=message_id)

    message = await world.message()
    assert shown["next"]["at"] == message["due_at"]
    assert shown["next"]["left_to_a_person_at"] == (sent_at + timedelta(hours=24)).isoformat()
    assert shown["candidates"] == []


async def test_a_case_seen_is_told_to_be_adopted(world: Any) -> None:
    message_id = await _in_doubt(world, FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.poll()

    shown = await world.call("doubts.show", message_id=message_id)

    [case] = world.registers()
    assert shown["next"]["does"] == f"case {case.invoice_id} is taken for it: nothing is sent"


async def test_a_payment_is_compared_with_what_kravia_tells_when_it_is_asked(world: Any) -> None:
    kravia_id = await world.active()
    world.fail("payment", FaultKind.ACCEPT_THEN_TIMEOUT)
    await world.paid("500.00")
    await world.intake()
    await world.deliver()
    message_id = (await world.message("kravia.payment"))["message_id"]

    before = await world.call("doubts.show", message_id=message_id)
    asked = await world.call("doubts.ask", message_id=message_id)

    assert before["candidates"] == []
    assert before["more_to_ask"] is True
    assert asked["asked"] == [kravia_id]
    assert asked["more_to_ask"] is False
    [payment] = asked["candidates"]
    assert set(_verdicts(payment).values()) == {"same"}
    assert world.kravia.calls["payment"] == 1


async def test_where_kravia_does_not_answer_the_mirror_speaks_and_that_is_said(world: Any) -> None:
    message_id = await _in_doubt(world)
    kravia_id = world.already_there(original_amount=Decimal("4700.00"))
    world.pass_time(seconds=31)
    await world.settle()
    world.fail("details", FaultKind.HANG, times=None)

    asked = await world.call("doubts.ask", message_id=message_id)

    assert [c["told_by"] for c in asked["candidates"]] == ["mirror"]
    [said] = asked["not_answered"]
    assert said.startswith(f"Kravia did not tell of {kravia_id}: ")
    assert world.kravia.calls["details"] > 1  # a read is tried again


async def test_details_tell_what_the_list_does_not(world: Any) -> None:
    message_id = await _in_doubt(world)
    world.already_there()
    await world.poll()
    silent = sa.update(mirror).values(amount_minor=None, debtor_number=None)
    await world.gateway.database.write(lambda connection: connection.execute(silent) and None)

    before = await world.call("doubts.show", message_id=message_id)
    asked = await world.call("doubts.ask", message_id=message_id)

    assert before["more_to_ask"] is True
    assert _verdicts(before["candidates"][0])["amount"] == "not told"
    [candidate] = asked["candidates"]
    assert candidate["told_by"] == "details"
    assert [_verdicts(candidate)[name] for name in ("amount", "debtor_number")] == ["same"] * 2


@pytest.mark.parametrize("reason", [None, "", "   "])
@pytest.mark.parametrize("name", ["doubts.adopt", "doubts.resend"])
async def test_a_doubt_is_not_decided_without_a_reason(
    world: Any, name: str, reason: str | None
) -> None:
    message_id = await _in_doubt(world)
    kravia_id = world.already_there(original_amount=Decimal("4700.00"))
    world.pass_time(seconds=31)
    await world.settle()

    with pytest.raises(OperationError, match="reason is missing"):
        await world.call(name, message_id=message_id, kravia_invoice_id=kravia_id, reason=reason)

    assert (await world.message())["state"] == "parked"


async def test_what_may_be_sent_twice_is_never_in_doubt(world: Any) -> None:
    await world.active()
    message = await world.message("ledger.claim.registered")

    with pytest.raises(OperationError, match="never in doubt"):
        await world.call("doubts.show", message_id=message["message_id"])


async def test_the_beginning_of_an_id_is_enough_where_only_one_begins_so(world: Any) -> None:
    await world.overdue("30001", debtor={"number": "1"})
    await world.overdue("30002", debtor={"number": "2"})
    await world.settle()
    [one, other] = [row["claim_id"] for row in await world.items("claims.list")]
    common = next(at for at in range(len(one)) if one[at] != other[at])

    found = await world.call("claims.show", claim_id=one[: common + 1])

    assert found["claim_id"] == one
    with pytest.raises(OperationError, match="several ids begin with clm_"):
        await world.call("claims.show", claim_id="clm_")
    with pytest.raises(OperationError, match="there is no claim clm_xx; list them with"):
        await world.call("claims.hold", claim_id="clm_xx", reason="none")
