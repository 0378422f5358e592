from dataclasses import replace
from datetime import date
from decimal import Decimal

from gateway.domain.decision import (
    Amounts,
    Decision,
    EarliestForward,
    Effect,
    Outcome,
    Reason,
)
from mappers.decision_to_json import decision_to_json

HELD = Decision(
    outcome=Outcome.HOLD,
    on=date(2026, 10, 29),
    hold_until=date(2026, 11, 2),
    reasons=(
        Reason(
            rule="INK-06",
            effect=Effect.HOLD,
            message="The notice still runs.",
            source="inkassoloven § 9",
            until=date(2026, 11, 2),
        ),
    ),
    warnings=(
        Reason(
            rule="INK-26",
            effect=Effect.STRIP,
            message="Left out: a fee.",
            source="inkassoforskriften § 1-2",
        ),
    ),
    amounts=Amounts(
        currency="NOK",
        principal=Decimal(1250),
        fees=Decimal("76.00"),
        interest=Decimal("0.5"),
        compensation=Decimal("0.00"),
        total=Decimal("1326.50"),
    ),
    limitation_last_day=date(2029, 9, 20),
    earliest_forward=EarliestForward(by_law=date(2026, 10, 30), by_policy=date(2026, 11, 2)),
    merge_key="acme/10001",
)


def test_a_decision_reads_as_the_contract_says() -> None:
    assert decision_to_json(HELD, "inv-1001") == {
        "invoice_id": "inv-1001",
        "on": "2026-10-29",
        "decision": "hold",
        "hold_until": "2026-11-02",
        "merge_key": "acme/10001",
        "reasons": [
            {
                "rule": "INK-06",
                "effect": "hold",
                "message": "The notice still runs.",
                "source": "inkassoloven § 9",
            }
        ],
        "warnings": [{"rule": "INK-26", "message": "Left out: a fee."}],
        "amounts": {
            "currency": "NOK",
            "principal": "1250.00",
            "fees": "76.00",
            "interest": "0.50",
            "compensation": "0.00",
            "total": "1326.50",
        },
        "limitation_last_day": "2029-09-20",
        "earliest_forward": {"by_law": "2026-10-30", "by_policy": "2026-11-02"},
    }


def test_what_is_unknown_is_null() -> None:
    unknown = replace(
        HELD,
        hold_until=None,
        reasons=(),
        warnings=(),
        amounts=replace(HELD.amounts, fees=None, interest=None, compensation=None, total=None),
        limitation_last_day=None,
        earliest_forward=None,
    )

    document = decision_to_json(unknown, "inv-1001")

    assert document["hold_until"] is None
    assert document["limitation_last_day"] is None
    assert document["earliest_forward"] is None
    assert document["amounts"] == {
        "currency": "NOK",
        "principal": "1250.00",
        "fees": None,
        "interest": None,
        "compensation": None,
        "total": None,
    }
