"""The first look at a live Tripletex: reads only, a word on every assumption, nobody shown."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from clients.assumptions_document import merge_assumptions
from clients.simulated_transport import DirectTransport
from clients.tripletex.assumptions import parse_assumptions
from clients.tripletex.simulator import TripletexSimulator
from gateway.cli.live import Looked, at_tripletex
from gateway.cli.live_view import document_of
from gateway.settings_creditor import TripletexLedgerSettings
from tests.integration.going_live.test_live_look import keys_of

SHIPPED = tomllib.loads((Path(__file__).parents[3] / "config" / "tripletex.toml").read_text())
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
LEDGER = TripletexLedgerSettings.model_validate(
    {"kind": "tripletex", "company_id": 5050, "consumer_token": "c", "employee_token": "e"}
)


def living(**changes: Any) -> TripletexSimulator:
    """A Tripletex with three invoices, a letter and a payment."""
    assumptions = parse_assumptions(merge_assumptions(SHIPPED, changes))
    simulator = TripletexSimulator(assumptions, now=NOW, tokens=("c", "e"))
    kari = simulator.add_customer("Planted Person", address=("Gate 1", "", "0154", "Oslo", None))
    for _ in range(3):
        made = simulator.issue_invoice(kari, Decimal(2250), invoice_date=date(2026, 8, 3))
    simulator.remind(made, on=date(2026, 9, 6), term_of_payment=date(2026, 9, 22))
    simulator.pay_by_ocr(made, Decimal(100), on=date(2026, 11, 20))
    simulator.subscribe("closeGroup.create", "https://gateway.example/", "s")
    return simulator


async def look(simulator: TripletexSimulator) -> Looked:
    return await at_tripletex("acme", LEDGER, DirectTransport(simulator), NOW)


def verdicts(looked: Looked) -> dict[str, str]:
    return {each.key: each.verdict.value for each in looked.findings}


async def test_tripletex_is_looked_at_key_by_key_with_questions_only() -> None:
    simulator = living()
    looked = await look(simulator)

    found = verdicts(looked)
    assert set(found) == keys_of(SHIPPED) | {"Date header", "company_id"}
    assert looked.is_clean
    for key in (
        "Date header",
        "company_id",
        "session_days",
        "period_end_exclusive",
        "lists.sorting",
        "payments.types",
        "customers.absent_country",
        "webhooks.events",
    ):
        assert found[key] == "holds", key
    assert simulator.calls.keys() == {
        "create_session",
        "who_am_i",
        "invoices",
        "invoice",
        "accounting_periods",
        "subscriptions",
        "vat_types",
    }
    assert "Planted" not in json.dumps(document_of([looked]))


async def test_another_company_and_unknown_payments_are_told() -> None:
    simulator = living()
    simulator.write_off(min(simulator.books.invoices), on=date(2026, 11, 20))
    looked = await look(simulator)
    assert verdicts(looked)["payments.types"] == "cannot tell"
    assert '"none" (1)' in json.dumps(document_of([looked])).replace('\\"', '"')

    simulator.set_conditions(date_skew_seconds=600)
    assert verdicts(await look(simulator))["Date header"] == "does not hold"


async def test_tokens_that_are_refused_are_a_problem_not_a_finding() -> None:
    simulator = living()
    wrong = LEDGER.model_validate({**LEDGER.model_dump(), "employee_token": "another"})

    looked = await at_tripletex("acme", wrong, DirectTransport(simulator), NOW)

    assert looked.problem is not None
    assert looked.findings == ()


@pytest.mark.parametrize("missing", ["consumer_token", "employee_token"])
async def test_missing_tokens_are_said(missing: str) -> None:
    ledger = LEDGER.model_validate({**LEDGER.model_dump(), missing: None})

    looked = await at_tripletex("acme", ledger, DirectTransport(living()), NOW)

    assert looked.problem == "its tokens are not set"
