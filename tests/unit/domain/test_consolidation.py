"""Which claims on a debtor go together, which stay apart, and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from gateway.domain.claim import ClaimState
from gateway.domain.consolidation import Consolidation, Member, consolidate
from gateway.domain.decision import Outcome
from gateway.domain.wording import Language

ON = date(2026, 11, 24)
READY = Member(
    invoice_id="inv-1",
    invoice_number="1",
    outstanding=Decimal("400.00"),
    currency="NOK",
    state=ClaimState.HELD,
    outcome=Outcome.FORWARD,
)


def picture(*members: Member) -> Consolidation:
    return consolidate(members, merge_key="acme/10001", on=ON)


def test_what_may_go_that_day_goes_together_with_what_is_on_its_way() -> None:
    sending = replace(READY, invoice_number="2", state=ClaimState.SENDING, outcome=None)

    found = picture(READY, sending)

    assert [member.invoice_number for member in found.together] == ["1", "2"]
    assert str(found.principal) == "800.00"
    assert (found.live, found.apart) == ((), ())


def test_a_claim_at_the_agency_is_the_case_the_others_are_attached_to() -> None:
    active = replace(READY, invoice_number="2", state=ClaimState.ACTIVE, outcome=None)
    closed = replace(active, invoice_number="3", state=ClaimState.CLOSED)

    found = picture(active, closed, READY)

    assert [member.invoice_number for member in found.live] == ["2"]
    assert [member.invoice_number for member in found.together] == ["1"]
    assert found.apart == ()


@pytest.mark.parametrize(
    ("member", "english", "bokmal"),
    [
        (replace(READY, frozen=True), "disputed", "bestridt"),
        (replace(READY, held_by_person=True), "held by a person", "holdt tilbake av et menneske"),
        (
            replace(READY, outcome=Outcome.HOLD, hold_until=date(2026, 12, 1)),
            "held until 2026-12-01",
            "venter til 01.12.2026",
        ),
        (
            replace(READY, outcome=Outcome.HOLD),
            "held, no day is known",
            "venter, ingen dag er kjent",
        ),
        (
            replace(READY, outcome=Outcome.REVIEW),
            "waits for a person's word",
            "venter på et menneskes ord",
        ),
        (replace(READY, outcome=Outcome.REJECT), "may not be collected", "kan ikke kreves inn"),
        (replace(READY, currency="EUR"), "another currency, EUR", "en annen valuta, EUR"),
    ],
)
def test_what_does_not_go_stays_apart_and_undoes_nothing(
    member: Member, english: str, bokmal: str
) -> None:
    found = picture(READY, READY, member)

    assert len(found.together) == 2
    [apart] = found.apart
    assert apart.member == member
    assert apart.why.in_language(Language.ENGLISH) == english
    assert apart.why.in_language(Language.BOKMAL) == bokmal
