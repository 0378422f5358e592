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
from gateway.domain.wording import Language, Money, Words
from mappers.decision_to_json import decision_to_json

RUNS = Words("a", "The notice runs {days} days.", "Varselet løper i {days} dager.")
LEFT = Words("b", "Left out: {fee}.", "Utelatt: {fee}.")
HELD = Decision(
    outcome=Outcome.HOLD,
    on=date(2026, 10, 29),
    hold_until=date(2026, 11, 2),
    reasons=(
        Reason(
            rule="INK-06",
            effect=Effect.HOLD,
            says=RUNS(days=3),
            source="inkassoloven § 9",
            until=date(2026, 11, 2),
        ),
    ),
    warnings=(
        Reason(
            rule="INK-26",
            effect=Effect.STRIP,
            says=LEFT(fee=Money(amount=Decimal(38), currency="NOK")),
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
                "message": "The notice runs 3 days.",
                "source": "inkassoloven § 9",
                "says": {"key": "a", "values": {"days": 3}},
            }
        ],
        "warnings": [
            {
                "rule": "INK-26",
                "effect": "strip",
                "message": "Left out: 38.00 NOK.",
                "source": "inkassoforskriften § 1-2",
                "says": {"key": "b", "values": {"fee": {"amount": "38.00", "currency": "NOK"}}},
            }
        ],
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


def test_the_messages_are_told_in_the_language_asked_for() -> None:
    document = decision_to_json(HELD, "inv-1001", Language.BOKMAL)

    assert "'message': 'Varselet løper i 3 dager.'" in str(document)
    assert "'message': 'Utelatt: 38,00 NOK.'" in str(document)
