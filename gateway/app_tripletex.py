"""From settings to Tripletex: who is asked, with which tokens, and whose hints are believed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial

from clients.transport import Timeouts, Transport
from clients.tripletex.client import Tokens, TripletexClient
from clients.tripletex.hints import verify_hint
from gateway.domain.oslo import oslo_date
from gateway.ledgers.tripletex import TripletexLedger, TripletexSource
from gateway.ledgers.tripletex_bookings import TripletexBookings
from gateway.operations.creditor import PayoutModel
from gateway.settings_creditor import TripletexLedgerSettings
from gateway.settings_documents import load_tripletex_assumptions

TRIPLETEX_TIMEOUTS = Timeouts(
    connect_seconds=5.0, write_seconds=5.0, read_seconds=15.0, total_seconds=20.0
)
"""A page of 1,000 invoices with their references is about 0.6 MB."""


def tripletex_client(
    ledger: TripletexLedgerSettings, asked: Transport, today: Callable[[], date]
) -> TripletexClient | None:
    """Speak for one company; None where its tokens were not asked for."""
    consumer, employee = ledger.consumer_token, ledger.employee_token
    if consumer is None or employee is None:
        return None
    return TripletexClient(
        asked,
        load_tripletex_assumptions(ledger),
        lambda: Tokens(consumer=consumer.get_secret_value(), employee=employee.get_secret_value()),
        company_id=ledger.company_id,
        today=today,
        timeouts=TRIPLETEX_TIMEOUTS,
    )


def tripletex_ledger(
    ledger: TripletexLedgerSettings,
    payout_model: PayoutModel,
    asked: Transport,
    clock: Callable[[], datetime],
) -> TripletexLedger | None:
    """Put the ledger together; None where its tokens were not asked for."""
    client = tripletex_client(ledger, asked, lambda: oslo_date(clock()))
    if client is None:
        return None
    source = TripletexSource(
        client,
        payment_type_id=ledger.payment_type_id,
        expects_webhooks=ledger.webhook_secret is not None,
    )
    bookings = None
    if payout_model is PayoutModel.BATCH and ledger.payment_type_id is not None:
        bookings = TripletexBookings(
            client,
            payment_type_id=ledger.payment_type_id,
            on_first_open_day=ledger.closed_period == "first_open_day",
        )
    by_bank = payout_model is PayoutModel.KID
    return TripletexLedger(source, bank_books_pay_outs=by_bank, bookings=bookings)


def tripletex_verifier(
    ledger: TripletexLedgerSettings,
) -> Callable[[Mapping[str, str], bytes], bool | None] | None:
    """Tell whether a webhook is signed and worth a sweep; None where no secret is set."""
    if ledger.webhook_secret is None:
        return None
    return partial(
        verify_hint,
        secret=ledger.webhook_secret.get_secret_value(),
        assumptions=load_tripletex_assumptions(ledger).webhooks,
    )
