"""A remembered decision answers only the very same question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from gateway.domain.claim import ClaimState
from gateway.domain.decision import Decision
from gateway.domain.invoice import Invoice
from gateway.domain.rules import Policy, Rules
from gateway.domain.standing import Sibling, Standing
from gateway.operations.remembered import REMEMBERED_MAX, Asked, Remembered

SIBLING = Sibling(
    invoice_id="2", invoice_number="2", currency="NOK", state=ClaimState.HELD, frozen=False
)


@pytest.fixture
def asked(rules: Rules) -> Asked:
    return Asked(
        facts_hash=b"as told",
        standing=Standing(creditor_id="acme"),
        rules=rules,
        policy=Policy(),
        today=date(2026, 11, 24),
    )


@pytest.fixture
def decision(decided: Callable[..., Decision], an_invoice: Callable[..., Invoice]) -> Decision:
    return decided(an_invoice())


@pytest.mark.parametrize(
    "other",
    [
        {"facts_hash": b"told anew"},
        {"standing": Standing(creditor_id="acme", siblings=(SIBLING,))},
        {"standing": Standing(creditor_id="acme", frozen_on=date(2026, 11, 23))},
        {"policy": Policy(grace_days=4)},
        {"today": date(2026, 11, 25)},
    ],
)
def test_another_question_is_not_answered(
    asked: Asked, decision: Decision, other: dict[str, Any]
) -> None:
    remembered = Remembered()
    remembered.keep("clm_1", asked, decision)

    assert remembered.find("clm_1", replace(asked)) is decision
    assert remembered.find("clm_1", replace(asked, **other)) is None
    assert remembered.find("clm_2", asked) is None


def test_rules_read_anew_are_other_rules(asked: Asked, decision: Decision) -> None:
    remembered = Remembered()
    remembered.keep("clm_1", asked, decision)

    assert remembered.find("clm_1", replace(asked, rules=replace(asked.rules))) is None


def test_no_more_is_remembered_than_said(asked: Asked, decision: Decision) -> None:
    remembered = Remembered()
    for number in range(REMEMBERED_MAX + 1):
        remembered.keep(str(number), asked, decision)

    assert remembered.find("0", asked) is None
    assert remembered.find("1", asked) is decision
    assert len(remembered.decisions) == REMEMBERED_MAX
