"""From settings to the remotes the gateway speaks with: Kravia, ledgers, those it notifies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import date, datetime, timedelta
from functools import partial

from pydantic import SecretStr

from clients.conta import path_words as conta
from clients.conta.client import ContaClient
from clients.paced_transport import Hosts, PacedTransport
from clients.pacing import Limits
from clients.transport import HttpTransport, Timeouts, Transport
from clients.tripletex import path_words as tripletex
from clients.tripletex.client import Tokens, TripletexClient
from clients.tripletex.hints import verify_hint
from clients.webhook.client import WebhookClient
from clients.webhook.signature import decode_secret
from gateway.domain.oslo import oslo_date
from gateway.ledgers.conta import ContaLedger, ContaSource
from gateway.ledgers.conta_bookings import ContaBookings
from gateway.ledgers.ledger import Ledger
from gateway.ledgers.tripletex import TripletexLedger, TripletexSource
from gateway.ledgers.tripletex_bookings import TripletexBookings
from gateway.ledgers.webhook import WebhookLedger
from gateway.operations.conditions import Patience
from gateway.operations.creditor import PayoutModel
from gateway.operations.gateway import Pace
from gateway.operations.reach import Remote
from gateway.settings import Settings
from gateway.settings_creditor import (
    AskedLedgerSettings,
    ContaLedgerSettings,
    CreditorSettings,
    TripletexLedgerSettings,
    WebhookLedgerSettings,
)
from gateway.settings_documents import load_conta_assumptions, load_tripletex_assumptions
from gateway.watched_transport import Watching
from gateway.web.ledger_hints import LedgerVerifier
from outbox.retry import RetryPolicy

CONTA_TIMEOUTS = Timeouts(
    connect_seconds=5.0, write_seconds=5.0, read_seconds=15.0, total_seconds=20.0
)
"""A page of 500 invoices is about 0.6 MB; a slower hour is waited out by the next sweep."""

TRIPLETEX_TIMEOUTS = Timeouts(
    connect_seconds=5.0, write_seconds=5.0, read_seconds=15.0, total_seconds=20.0
)
"""A page of 1,000 invoices with their references is about 0.6 MB."""

PATH_WORDS = {"conta": conta.PATH_WORDS, "tripletex": tripletex.PATH_WORDS}
"""By kind of ledger: what its operations are told apart by."""


def kravia_token(settings: Settings) -> str:
    """The bearer token as it is now; raises ``LookupError`` where none is set."""
    if settings.kravia.token is None:
        raise LookupError("kravia.token is not set")
    return settings.kravia.token.get_secret_value()


def kravia_timeouts(settings: Settings) -> Timeouts:
    """How long a call to Kravia may take, by phase."""
    kravia = settings.kravia
    return Timeouts(
        connect_seconds=kravia.connect_timeout_seconds,
        write_seconds=kravia.write_timeout_seconds,
        read_seconds=kravia.read_timeout_seconds,
        total_seconds=kravia.total_timeout_seconds,
    )


def open_hosts(settings: Settings, monotonic: Callable[[], float]) -> Hosts:
    """What is known of every remote; nothing is asked yet."""
    remotes = settings.remotes

    def limits(calls_per_second: float, calls_burst: int) -> Limits:
        return Limits(
            calls_per_second=calls_per_second,
            calls_burst=calls_burst,
            failures_max=remotes.breaker_failures,
            open_seconds=remotes.breaker_open_seconds,
            rest_max_seconds=remotes.retry_after_max_seconds,
            retry_share=remotes.retry_percent / 100,
        )

    hosts = Hosts(limits(remotes.ledger_calls_per_second, remotes.ledger_calls_burst), monotonic)
    kravia = limits(remotes.kravia_calls_per_second, remotes.kravia_calls_burst)
    hosts.own_limits[hosts.name_of(settings.kravia.base_url)] = kravia
    for url in addresses(settings).values():
        hosts.of(url)
    return hosts


def addresses(settings: Settings) -> dict[tuple[str, str], str]:
    """Where each creditor's messages go: (creditor, first word of the kind) -> URL."""
    found: dict[tuple[str, str], str] = {}
    for name, each in settings.creditors.items():
        found[name, "kravia"] = settings.kravia.base_url
        match each.ledger:
            case WebhookLedgerSettings(url=url):
                found[name, "ledger"] = url
            case asked:
                found[name, "ledger"] = asked.base_url
        if each.notify is not None:
            found[name, "notify"] = each.notify.url
    return found


def pace(settings: Settings) -> Pace:
    """How long to wait for what."""
    kravia, queue = settings.kravia, settings.outbox
    return Pace(
        retry=RetryPolicy(
            first_seconds=queue.first_retry_seconds,
            max_seconds=queue.max_retry_seconds,
            attempts_max=queue.attempts_max,
            total_age_max_seconds=queue.total_age_max_hours * 3600,
        ),
        gate_wait_seconds=queue.gate_wait_seconds,
        mirror_max_age_seconds=kravia.mirror_max_age_seconds,
        settle_window_seconds=kravia.settle_window_seconds,
        doubt_recheck_seconds=kravia.doubt_recheck_seconds,
        doubt_quarantine_seconds=kravia.doubt_quarantine_hours * 3600,
        feed_overlap_minutes=kravia.feed_overlap_minutes,
    )


def patience(settings: Settings) -> Patience:
    """How long what may last before a person is told."""
    watch = settings.watch
    return Patience(
        in_doubt=timedelta(minutes=watch.in_doubt_minutes),
        remote_down=timedelta(minutes=watch.remote_down_minutes),
        inbox_old=timedelta(minutes=watch.inbox_old_minutes),
        outbox_old=timedelta(minutes=watch.outbox_old_minutes),
        rates_ahead_days=watch.rates_ahead_days,
    )


def open_ledgers(
    settings: Settings,
    outside: Transport,
    given: Mapping[str, Transport],
    stack: AsyncExitStack,
    watching: Watching,
    hosts: Hosts,
) -> dict[str, Ledger]:
    """Every creditor's ledger; ``given`` replaces the network to those that are asked."""
    ledgers: dict[str, Ledger] = {}
    for name, each in settings.creditors.items():
        asked = given.get(name)
        if asked is None and isinstance(each.ledger, AskedLedgerSettings):
            asked = HttpTransport(base_url=each.ledger.base_url)
            stack.push_async_callback(asked.aclose)
        remote = Remote(system="ledger", creditor_id=name)
        if asked is not None and isinstance(each.ledger, AskedLedgerSettings):
            asked = watching.around(asked, remote, words=PATH_WORDS[each.ledger.kind])
            asked = PacedTransport(asked, hosts, base_url=each.ledger.base_url)
        outward = PacedTransport(watching.around(outside, remote), hosts)
        ledger = _ledger(each, outward, asked, watching.clock)
        if ledger is not None:
            ledgers[name] = ledger
    return ledgers


def _ledger(
    creditor: CreditorSettings,
    outside: Transport,
    asked: Transport | None,
    clock: Callable[[], datetime],
) -> Ledger | None:
    """Put a creditor's ledger together; None where its secret was not asked for."""
    match creditor.ledger:
        case WebhookLedgerSettings(url=url, secret=SecretStr() as secret):
            return WebhookLedger(
                WebhookClient(outside, url, decode_secret(secret.get_secret_value()))
            )
        case ContaLedgerSettings(api_key=SecretStr() as key) if asked is not None:
            client = ContaClient(
                asked,
                load_conta_assumptions(creditor.ledger),
                key.get_secret_value,
                organization_id=creditor.ledger.organization_id,
                timeouts=CONTA_TIMEOUTS,
            )
            source = ContaSource(client, bank_account_id=creditor.ledger.bank_account_id)
            by_bank = creditor.payout_model is PayoutModel.KID
            bookings = _conta_bookings(creditor.payout_model, creditor.ledger, client)
            return ContaLedger(source, bank_books_pay_outs=by_bank, bookings=bookings)
        case TripletexLedgerSettings() as ledger if asked is not None:
            return _tripletex(creditor.payout_model, ledger, asked, clock)
        case _:
            return None


def _conta_bookings(
    payout_model: PayoutModel, ledger: ContaLedgerSettings, client: ContaClient
) -> ContaBookings | None:
    """The booking side, where Kravia pays in batches; the settings see to the account."""
    if payout_model is not PayoutModel.BATCH or ledger.bank_account_id is None:
        return None
    return ContaBookings(
        client,
        bank_account_id=ledger.bank_account_id,
        on_first_open_day=ledger.locked_period == "first_open_day",
    )


def tripletex_client(
    ledger: TripletexLedgerSettings, transport: Transport, today: Callable[[], date]
) -> TripletexClient | None:
    """The client of one company; None where its tokens were not asked for."""
    consumer, employee = ledger.consumer_token, ledger.employee_token
    if consumer is None or employee is None:
        return None
    return TripletexClient(
        transport,
        load_tripletex_assumptions(ledger),
        lambda: Tokens(consumer=consumer.get_secret_value(), employee=employee.get_secret_value()),
        company_id=ledger.company_id,
        today=today,
        timeouts=TRIPLETEX_TIMEOUTS,
    )


def _tripletex(
    payout_model: PayoutModel,
    ledger: TripletexLedgerSettings,
    asked: Transport,
    clock: Callable[[], datetime],
) -> Ledger | None:
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


def ledger_verifiers(settings: Settings) -> dict[str, LedgerVerifier]:
    """Who may say that a ledger is worth asking now, by creditor: each ledger's own signature."""
    found: dict[str, LedgerVerifier] = {}
    for name, each in settings.creditors.items():
        match each.ledger:
            case TripletexLedgerSettings(webhook_secret=SecretStr() as secret) as ledger:
                found[name] = partial(
                    verify_hint,
                    secret=secret.get_secret_value(),
                    assumptions=load_tripletex_assumptions(ledger).webhooks,
                )
    return found


def ledger_pace(settings: Settings) -> dict[str, float]:
    """Seconds between the sweeps of each ledger that is asked, by creditor."""
    return {
        name: each.ledger.poll_seconds
        for name, each in settings.creditors.items()
        if isinstance(each.ledger, AskedLedgerSettings)
    }


def notifiers(
    settings: Settings, transport: Transport, watching: Watching, hosts: Hosts
) -> dict[str, WebhookClient]:
    """Who is told beside the ledger, by creditor."""
    return {
        name: WebhookClient(
            PacedTransport(
                watching.around(transport, Remote(system="notify", creditor_id=name)), hosts
            ),
            each.notify.url,
            decode_secret(each.notify.secret.get_secret_value()),
        )
        for name, each in settings.creditors.items()
        if each.notify is not None and each.notify.secret is not None
    }


def hint_secrets(settings: Settings) -> dict[str, str]:
    """What Kravia signs its own webhooks with, by creditor."""
    return {
        name: each.kravia_webhook_secret.get_secret_value()
        for name, each in settings.creditors.items()
        if each.kravia_webhook_secret is not None
    }
