"""Trouble at the simulated Conta: what the client makes of it, and what the books tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from clients.conta.client import ContaClient
from clients.conta.refusals import ContaRefusedError
from clients.conta.simulator import ContaSimulator
from clients.conta.simulator_conditions import Conditions
from clients.conta.simulator_control import SWITCHES
from clients.conta.wire import PaymentInput
from clients.errors import (
    AuthenticationError,
    InDoubtError,
    NotSentError,
    ProtocolError,
    RateLimitedError,
    TemporaryError,
)
from clients.simulated_control import ControlError, control
from clients.simulated_faults import Fault, FaultKind, faults_from_document

PAYMENT = PaymentInput(date=date(2026, 11, 20), amount=Decimal("100.00"))


@pytest.mark.parametrize(
    ("fault", "expected", "booked"),
    [
        (Fault(kind=FaultKind.ACCEPT_THEN_TIMEOUT), InDoubtError, 1),
        (Fault(kind=FaultKind.HANG), InDoubtError, 0),
        (Fault(kind=FaultKind.SLOW), InDoubtError, 1),
        (Fault(kind=FaultKind.RESET), InDoubtError, 0),
        (Fault(kind=FaultKind.RESET, applied=True), InDoubtError, 1),
        (Fault(kind=FaultKind.CLOSE), InDoubtError, 0),
        (Fault(kind=FaultKind.HALF_ANSWER), InDoubtError, 1),
        (Fault(kind=FaultKind.GARBAGE), InDoubtError, 1),
        (Fault(kind=FaultKind.OVERSIZED), InDoubtError, 1),
        (Fault(kind=FaultKind.HTML), InDoubtError, 0),
        (Fault(kind=FaultKind.REFUSE), NotSentError, 0),
        (Fault(kind=FaultKind.STATUS, status=500, name="RestException"), InDoubtError, 0),
        (Fault(kind=FaultKind.STATUS, status=503, applied=True), InDoubtError, 1),
        (Fault(kind=FaultKind.STATUS, status=503, name="MaintenanceException"), NotSentError, 0),
        (Fault(kind=FaultKind.STATUS, status=429, retry_after_seconds=7), RateLimitedError, 0),
        (Fault(kind=FaultKind.STATUS, status=401), AuthenticationError, 0),
        (Fault(kind=FaultKind.STATUS, status=413), ContaRefusedError, 0),
    ],
)
async def test_a_planted_fault_strikes_once_and_the_books_tell_what_really_happened(
    client: ContaClient,
    simulator: ContaSimulator,
    invoice_id: int,
    fault: Fault,
    expected: type[Exception],
    booked: int,
) -> None:
    simulator.faults.plant(replace(fault, operation="create_payment"))
    with pytest.raises(expected) as caught:
        await client.create_payment(invoice_id, PAYMENT)
    assert caught.type is expected
    assert len(simulator.books.api_payments) == booked
    assert simulator.calls == {"create_payment": 1}
    await client.create_payment(invoice_id, PAYMENT)
    assert len(simulator.books.doubled) == booked  # whoever repeats a doubtful POST books twice


async def test_a_doubtful_payment_shows_among_the_ids_of_the_invoice(
    client: ContaClient, simulator: ContaSimulator, invoice_id: int
) -> None:
    before = {payment.id for payment in await client.payments(invoice_id)}
    simulator.faults.plant(
        Fault(kind=FaultKind.ACCEPT_THEN_TIMEOUT, operation="create_payment"),
    )
    with pytest.raises(InDoubtError):
        await client.create_payment(invoice_id, PAYMENT)
    new = [each for each in await client.payments(invoice_id) if each.id not in before]
    assert [part.amount for part in new[0].partialPayments] == [PAYMENT.amount]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (FaultKind.RESET, TemporaryError),
        (FaultKind.OVERSIZED, TemporaryError),
        (FaultKind.REFUSE, TemporaryError),
        (FaultKind.HTML, ProtocolError),
    ],
)
async def test_a_read_that_keeps_failing_says_so(
    client: ContaClient,
    simulator: ContaSimulator,
    invoice_id: int,
    kind: FaultKind,
    expected: type[Exception],
) -> None:
    simulator.faults.plant(Fault(kind=kind, times=None))
    with pytest.raises(expected):
        await client.invoice(invoice_id)


async def test_a_read_gets_over_two_hiccups(
    client: ContaClient, simulator: ContaSimulator, invoice_id: int
) -> None:
    simulator.faults.plant(Fault(kind=FaultKind.RESET, times=2))
    assert (await client.invoice(invoice_id)).id == invoice_id


def test_faults_are_read_from_a_document() -> None:
    plan = faults_from_document(
        {
            "faults": [
                {"kind": "status", "status": 503, "name": "MaintenanceException", "times": 0}
            ],
            "conditions": {"rows_max": 50, "nulls_for_absent": True},
        },
        Conditions,
    )
    assert plan.faults[0].times is None
    assert plan.conditions.rows_max == 50


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ({"fault": []}, "fault"),
        ({"faults": {}}, "faults"),
        ({"faults": [{}]}, r"faults\.0\.kind"),
        ({"faults": [{"kind": "flood"}]}, r"faults\.0\.kind"),
        ({"faults": [{"kind": "hang", "times": "2"}]}, r"faults\.0\.times"),
        ({"faults": [{"kind": "hang", "often": 2}]}, r"faults\.0\.often"),
        ({"conditions": {"rows_max": True}}, r"conditions\.rows_max"),
        ({"conditions": []}, "conditions"),
    ],
)
def test_a_wrong_fault_names_its_key(document: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        faults_from_document(document, Conditions)


def test_every_switch_works(simulator: ContaSimulator) -> None:
    def throw(method: str, switch: str, **document: object) -> dict[str, object]:
        return control(simulator, SWITCHES, method, f"/_sim/{switch}", document)

    customer = throw("POST", "customers", name="Fjellrev AS", customer_type="ORGANIZATION")
    dates = {"invoice_date": "2026-08-03", "due_date": "2026-08-17"}
    number = throw("POST", "invoices", **customer, total="2250.00", **dates)["invoice_id"]
    throw("POST", "letters", invoice_id=number, on="2026-09-17", due_date="2026-10-01", fee="38.00")
    paid = {"invoice_id": number, "amount": "10.00", "on": "2026-09-20"}
    first = throw("POST", "payments", **paid)
    throw("POST", "payments", **paid, by_ocr=True)
    throw("POST", "payments", **paid, from_kravia=True)
    throw("DELETE", "payments", **first)
    throw("POST", "objection", invoice_id=number)
    throw("POST", "postpone", invoice_id=number, until="2026-12-24")
    throw("POST", "send-to-kravia", invoice_id=number)
    other = throw("POST", "invoices", **customer, total="9.00", **dates)["invoice_id"]
    throw("POST", "credit", invoice_id=other, on="2026-11-01")
    third = throw("POST", "invoices", **customer, total="9.00", **dates)["invoice_id"]
    throw("POST", "write-off", invoice_id=third)
    assert throw("POST", "lock-year", year=2025) == {"locked_years": [2025]}
    throw("POST", "maintenance", until="2026-11-24T11:00:00+01:00")
    throw("POST", "maintenance", until=None)
    throw("POST", "read-only", until="2026-11-24T11:00:00+01:00")
    throw("POST", "read-only", until=None)
    throw("PUT", "clock", now="2026-11-25T10:00:00+01:00")
    throw("POST", "faults", faults=[{"kind": "hang"}], conditions={"rows_max": 3})
    throw("DELETE", "faults")

    state = throw("GET", "state")
    assert [row["status"] for row in _rows(state, "invoices")] == [
        "SENT_TO_KRAVIA",
        "CLOSED_BY_CREDIT_NOTE",
        "CLOSED_BY_CREDIT_NOTE",
        "WRITTEN_OFF_AS_LOSS",
    ]
    assert len(_rows(state, "payments")) == 3


def _rows(state: dict[str, object], key: str) -> list[dict[str, object]]:
    rows = state[key]
    assert isinstance(rows, list)
    return rows


@pytest.mark.parametrize(
    ("method", "name", "document", "status"),
    [
        ("POST", "nothing", {}, 404),
        ("POST", "objection", {"invoice_id": 1}, 404),
        ("POST", "objection", {}, 404),
        ("POST", "objection", {"invoice_id": "1"}, 400),
        ("POST", "payments", {"invoice_id": 1, "amount": "-1", "on": "2026-11-24"}, 400),
        ("POST", "payments", {"invoice_id": 1, "amount": "x", "on": "2026-11-24"}, 400),
        ("PUT", "clock", {"now": "2026-11-24T10:00:00"}, 400),
        ("PUT", "clock", {"now": 5}, 400),
        ("PUT", "clock", [], 400),
    ],
)
def test_a_wrong_switch_says_why(
    simulator: ContaSimulator, method: str, name: str, document: object, status: int
) -> None:
    with pytest.raises(ControlError) as caught:
        control(simulator, SWITCHES, method, f"/_sim/{name}", document)
    assert caught.value.status == status
    assert str(caught.value)
