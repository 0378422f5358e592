"""The invoice's PDF: a temporary link, fetched for a person who asks and kept nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from clients.simulated_faults import Fault, FaultKind
from gateway.operations.errors import OperationError

FILES = "[files]\nenabled = true\n"


async def test_by_default_conta_gives_none_and_that_is_said(world: Any) -> None:
    claim = await world.claim(await world.active())

    with pytest.raises(OperationError, match=r"files\.enabled = true"):
        await world.call("claims.pdf", claim_id=claim["claim_id"])
    assert "file_link" not in world.conta.calls


@pytest.mark.parametrize("conta_assumptions", [FILES])
async def test_the_link_is_fetched_when_a_person_asks_and_the_audit_says_who(
    world: Any, conta_assumptions: str
) -> None:
    made = await world.active()
    claim = await world.claim(made)
    assert "file_link" not in world.conta.calls  # neither sweeps nor the hand-over ask for it

    found = await world.call("claims.pdf", claim_id=claim["claim_id"])

    file_id = world.conta.books.invoices[made].file_id
    assert found["pdf_url"] == f"https://files.conta.test/invoice-{file_id}.pdf"
    [asked] = [
        row for row in await world.items("audit.list") if row["action"] == "claims.show --pdf"
    ]
    assert (asked["actor"], asked["subject"]) == ("tester", claim["claim_id"])
    assert found["pdf_url"] not in str(await world.claim(made))


@pytest.mark.parametrize("conta_assumptions", [FILES])
async def test_a_link_makes_no_reading_look_new(world: Any, conta_assumptions: str) -> None:
    await world.active()

    assert await world.news() == {}
    world.pass_time(days=1)
    assert await world.news() == {}


@pytest.mark.parametrize("conta_assumptions", [FILES])
async def test_a_ledger_that_does_not_answer_says_what_to_do(
    world: Any, conta_assumptions: str
) -> None:
    claim = await world.claim(await world.active())
    fault = Fault(kind=FaultKind.STATUS, operation="file_link", status=503, times=None)
    world.conta.faults.plant(fault)

    with pytest.raises(OperationError, match=r"the ledger did not answer.*creditors check acme"):
        await world.call("claims.pdf", claim_id=claim["claim_id"])
