"""The simulated ledger: its books, its faults, and the events it sends itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import orjson
import pytest

from clients.errors import GoneError, RateLimitedError, TemporaryError
from clients.exchange import Request
from clients.simulated_transport import DirectTransport
from clients.webhook import ledger_events
from clients.webhook.client import WebhookClient
from clients.webhook.signature import verify
from clients.webhook.simulator import LedgerFault, LedgerFaultKind, LedgerSimulator
from gateway.schema.webhooks import KNOWN_EVENT, ParsedEvent, parse_event

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
SECRET = bytes(range(32))


@pytest.fixture
def ledger() -> LedgerSimulator:
    return LedgerSimulator(secret=SECRET, now=NOW)


async def tell(
    ledger: LedgerSimulator, webhook_id: str, type_: str = "claim.closed", claim_id: str = "clm_1"
) -> None:
    client = WebhookClient(DirectTransport(ledger), "https://ledger.example", SECRET)
    data = {"creditor_id": "acme", "claim": {"claim_id": claim_id}}
    await client.send(
        webhook_id=webhook_id, type=type_, timestamp=NOW.isoformat(), data=data, now=NOW
    )


async def test_each_webhook_id_is_booked_once_and_repeats_are_counted(
    ledger: LedgerSimulator,
) -> None:
    for webhook_id in ("msg_1", "msg_2", "msg_1", "msg_1"):
        await tell(ledger, webhook_id)

    assert [told.webhook_id for told in ledger.told] == ["msg_1", "msg_2"]
    assert ledger.duplicates == 2


async def test_the_books_are_kept_by_type_and_by_claim(ledger: LedgerSimulator) -> None:
    await tell(ledger, "msg_1", "claim.registered", "clm_1")
    await tell(ledger, "msg_2", "claim.registered", "clm_2")
    await tell(ledger, "msg_3", "claim.closed", "clm_1")

    assert len(ledger.of_type("claim.registered")) == 2
    assert [told.type for told in ledger.of_claim("clm_1")] == ["claim.registered", "claim.closed"]


async def test_another_body_under_a_known_id_is_a_conflict(ledger: LedgerSimulator) -> None:
    await tell(ledger, "msg_1", claim_id="clm_1")

    with pytest.raises(Exception, match="409"):
        await tell(ledger, "msg_1", claim_id="clm_2")

    assert ledger.conflicts == 1
    assert ledger.told[0].claim_id == "clm_1"


def test_an_unsigned_or_shapeless_delivery_is_refused(ledger: LedgerSimulator) -> None:
    unsigned = Request(method="POST", path="/", body=b"{}")
    shapeless = ledger_events.signed_raw("x", SECRET, b"[]", webhook_id="msg_1", now=NOW)

    assert ledger.handle(unsigned).status == 401
    assert ledger.handle(shapeless).status == 422
    assert (ledger.refused, ledger.told) == (2, ())


async def test_signatures_are_judged_by_the_simulated_clock(ledger: LedgerSimulator) -> None:
    ledger.set_now(NOW.replace(hour=12))

    with pytest.raises(Exception, match="401"):
        await tell(ledger, "msg_1")


async def test_a_timeout_after_accepting_leaves_it_booked(ledger: LedgerSimulator) -> None:
    ledger.plant(LedgerFault(kind=LedgerFaultKind.ACCEPT_THEN_TIMEOUT))

    with pytest.raises(TemporaryError):
        await tell(ledger, "msg_1")
    await tell(ledger, "msg_1")

    assert len(ledger.told) == 1
    assert ledger.duplicates == 1


async def test_a_hanging_ledger_books_nothing(ledger: LedgerSimulator) -> None:
    ledger.plant(LedgerFault(kind=LedgerFaultKind.HANG))

    with pytest.raises(TemporaryError):
        await tell(ledger, "msg_1")

    assert ledger.told == ()


async def test_faults_strike_their_type_so_many_times(ledger: LedgerSimulator) -> None:
    ledger.plant(
        LedgerFault(
            kind=LedgerFaultKind.STATUS,
            type="claim.closed",
            times=2,
            status=429,
            retry_after_seconds=3,
        )
    )

    await tell(ledger, "msg_0", "claim.registered")
    for _ in range(2):
        with pytest.raises(RateLimitedError) as raised:
            await tell(ledger, "msg_1")
        assert raised.value.retry_after_seconds == 3
    await tell(ledger, "msg_1")

    assert len(ledger.told) == 2


async def test_a_standing_fault_lasts_until_cleared(ledger: LedgerSimulator) -> None:
    ledger.plant(LedgerFault(kind=LedgerFaultKind.STATUS, status=410, times=None))
    for _ in range(3):
        with pytest.raises(GoneError):
            await tell(ledger, "msg_1")

    ledger.clear_faults()
    await tell(ledger, "msg_1")

    assert len(ledger.told) == 1


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("invoice.overdue", ledger_events.invoice_data()),
        ("invoice.updated", ledger_events.invoice_data(outstanding="1.00", debtor={"name": "X"})),
        ("payment.received", ledger_events.payment_data(kid="2345676", text="KRAVIA")),
        ("payment.reversed", ledger_events.payment_reversed_data()),
        ("credit_note.issued", ledger_events.credit_note_data()),
        ("objection.raised", ledger_events.objection_data(text="no", amount="5.00")),
        ("objection.resolved", ledger_events.objection_resolved_data(outcome="upheld")),
        ("collection.withdrawn", ledger_events.withdrawn_data()),
    ],
)
def test_what_the_ledger_sends_is_signed_and_valid(type_: str, data: Mapping[str, object]) -> None:
    request = ledger_events.signed_request("acme", SECRET, type_, data, webhook_id="evt-1", now=NOW)

    assert request.path == "/webhooks/acme"
    assert verify(request.headers, request.body, [SECRET], NOW.timestamp())
    parsed = parse_event(request.body)
    assert isinstance(parsed, ParsedEvent)
    assert parsed.type == type_
    assert parsed.event is not None


def test_keywords_replace_fields_of_the_example_invoice() -> None:
    body = ledger_events.invoice_body(id="inv-9", total="9.00", debtor={"number": "777"})

    event = KNOWN_EVENT.validate_json(orjson.dumps(body))

    assert event.type == "invoice.overdue"
    assert event.data.invoice.id == "inv-9"
    assert event.data.debtor.number == "777"
    assert event.data.debtor.kind == "person"
