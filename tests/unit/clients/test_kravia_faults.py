"""Trouble at the simulated Kravia: what the client makes of it, and what the books tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from clients.errors import (
    AuthenticationError,
    InDoubtError,
    NotSentError,
    ProtocolError,
    RateLimitedError,
    RejectedError,
    TemporaryError,
)
from clients.kravia.client import KraviaClient
from clients.kravia.simulator import KraviaSimulator
from clients.kravia.simulator_conditions import Conditions
from clients.kravia.wire import RegisterRequest, SearchRow
from clients.simulated_faults import Fault, FaultKind, faults_from_document

CREDITOR = 10759


async def feed(client: KraviaClient) -> tuple[SearchRow, ...]:
    return (await client.search(updated_after=None, creditor_id=CREDITOR)).rows


@pytest.mark.parametrize(
    ("fault", "expected", "registered"),
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
        (Fault(kind=FaultKind.STATUS, status=500), InDoubtError, 0),
        (Fault(kind=FaultKind.STATUS, status=500, applied=True), InDoubtError, 1),
        (Fault(kind=FaultKind.STATUS, status=429), RateLimitedError, 0),
        (Fault(kind=FaultKind.STATUS, status=401), AuthenticationError, 0),
        (Fault(kind=FaultKind.STATUS, status=422), RejectedError, 0),
    ],
)
async def test_a_planted_fault_strikes_once_and_the_books_tell_what_really_happened(
    client: KraviaClient,
    simulator: KraviaSimulator,
    claim: RegisterRequest,
    fault: Fault,
    expected: type[Exception],
    registered: int,
) -> None:
    simulator.faults.plant(replace(fault, operation="register"))
    assert await feed(client) == ()
    with pytest.raises(expected):
        await client.register(claim)
    assert len(simulator.books.registers) == registered
    assert len(await feed(client)) == registered
    await client.register(replace(claim, accountingInvoiceId="b", invoiceNo="2"))
    assert len(simulator.books.registers) == registered + 1


async def test_a_slow_answer_within_patience_arrives(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    simulator.faults.plant(Fault(kind=FaultKind.SLOW, seconds=3))
    assert await client.register(claim) in simulator.books.invoices


async def test_reads_get_over_faults_that_pass_and_report_those_that_stay(
    client: KraviaClient, simulator: KraviaSimulator
) -> None:
    simulator.faults.plant(
        Fault(kind=FaultKind.REFUSE, operation="search"),
        Fault(kind=FaultKind.GARBAGE, operation="search"),
    )
    assert await feed(client) == ()
    simulator.faults.plant(Fault(kind=FaultKind.HANG, operation="search", times=None))
    with pytest.raises(TemporaryError):
        await feed(client)
    simulator.faults.faults.clear()
    simulator.faults.plant(Fault(kind=FaultKind.HTML))
    with pytest.raises(ProtocolError):
        await feed(client)


async def test_retry_after_comes_through(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    simulator.faults.plant(
        Fault(kind=FaultKind.STATUS, status=429, retry_after_seconds=17, times=2)
    )
    with pytest.raises(RateLimitedError) as caught:
        await client.register(claim)
    assert caught.value.retry_after_seconds == 17
    with pytest.raises(TemporaryError) as read:
        await client.details("1")
    assert read.value.retry_after_seconds == 17


async def test_the_date_header_is_the_simulated_time_or_wrong_on_demand(
    client: KraviaClient, simulator: KraviaSimulator
) -> None:
    page = await client.search(updated_after=None, creditor_id=CREDITOR)
    assert page.server_date == simulator.now
    simulator.set_conditions(date_skew_seconds=600)
    page = await client.search(updated_after=None, creditor_id=CREDITOR)
    assert page.server_date == simulator.now + timedelta(minutes=10)


async def test_faults_are_read_from_a_document_and_counted_per_operation(
    client: KraviaClient, simulator: KraviaSimulator, claim: RegisterRequest
) -> None:
    simulator.faults = faults_from_document(
        {
            "faults": [
                {"kind": "status", "operation": "register", "status": 429, "after": 1, "times": 2}
            ],
            "conditions": {"feed_lag_seconds": 5, "one_timestamp": False},
        },
        Conditions,
    )
    assert simulator.faults.conditions.feed_lag_seconds == 5
    outcomes = []
    for n in range(5):
        try:
            await client.register(replace(claim, accountingInvoiceId=f"i{n}", invoiceNo=str(n)))
            outcomes.append("ok")
        except RateLimitedError:
            outcomes.append("429")
    assert outcomes == ["ok", "429", "429", "ok", "ok"]
    assert simulator.calls == {"register": 5}


async def test_a_fault_without_end_lasts_until_it_is_cleared(
    client: KraviaClient, simulator: KraviaSimulator
) -> None:
    document = {"faults": [{"kind": "status", "status": 401, "operation": "search", "times": 0}]}
    simulator.faults = faults_from_document(document, Conditions)
    for _ in range(5):
        with pytest.raises(AuthenticationError):
            await feed(client)
    simulator.faults.faults.clear()
    assert await feed(client) == ()


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"fault": []}, "fault: unknown key"),
        ({"faults": {}}, "faults: must be a list"),
        ({"faults": [{}]}, "faults.0.kind: missing"),
        ({"faults": [{"kind": "explode"}]}, "faults.0.kind: must be one of accept_then_timeout"),
        ({"faults": [{"kind": "slow", "second": 1}]}, "faults.0.second: unknown key"),
        ({"faults": [{"kind": "slow", "seconds": "1"}]}, "faults.0.seconds: must be of type float"),
        ({"faults": [{"kind": "slow", "times": True}]}, "faults.0.times: must be of type int"),
        ({"conditions": {"webhooks_lost": 0.5}}, "conditions.webhooks_lost: must be of type int"),
        ({"conditions": []}, "conditions: must be a table"),
    ],
)
def test_a_wrong_fault_document_names_its_key(document: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        faults_from_document(document, Conditions)
    assert said in str(caught.value)
