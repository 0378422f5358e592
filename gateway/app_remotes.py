"""From settings to the remotes the gateway speaks with: Kravia, ledgers, those it notifies."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta

from pydantic import SecretStr

from clients.conta import path_words as conta
from clients.conta.client import ContaClient
from clients.fiken import path_words as fiken
from clients.paced_transport import Hosts, PacedTransport
from clients.pacing import Limits
from clients.transport import HttpTransport, Timeouts, Transport
from clients.tripletex import path_words as tripletex
from clients.webhook.client import WebhookClient
from clients.webhook.signature import decode_secret
from gateway.app_fiken import fiken_ledger, fiken_limits
from gateway.app_tripletex import tripletex_ledger, tripletex_verifier
from gateway.ledgers.conta import ContaLedger, ContaSource
from gateway.ledgers.conta_bookings import ContaBookings
from gateway.ledgers.ledger import Ledger
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
    FikenLedgerSettings,
    TripletexLedgerSettings,
    WebhookLedgerSettings,
)
from gateway.settings_documents import load_conta_assumptions
from gateway.watched_transport import Watching
from gateway.web.ledger_hints import LedgerVerifier
from outbox.retry import RetryPolicy

CONTA_TIMEOUTS = Timeouts(
    connect_seconds=5.0, write_seconds=5.0, read_seconds=15.0, total_seconds=20.0
)
"""A page of 500 invoices is about 0.6 MB; a slower hour is waited out by the next sweep."""

_PATH_WORDS = conta.PATH_WORDS | fiken.PATH_WORDS | tripletex.PATH_WORDS
"""By which the operations of all ledgers that are asked are told apart."""


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
    for each in settings.creditors.values():
        if isinstance(each.ledger, FikenLedgerSettings):
            hosts.own_limits[hosts.name_of(each.ledger.base_url)] = fiken_limits(hosts.limits)
    for url in addresses(settings).values():
        hosts.of(url)
    return hosts


def addresses(settings: Settings) -> dict[tuple[str, str], str]:
    """Where each creditor's messages go: (creditor, first word of the kind) -> URL."""
    found: dict[tuple[str, str], str] = {}
    for name, each in settings.creditors.items():
        found[name, "kravia"] = settings.kravia.base_url
        match each.ledger:
            case WebhookLedgerSettings(url=url) | ContaLedgerSettings(base_url=url):
                found[name, "ledger"] = url
            case FikenLedgerSettings(base_url=url) | TripletexLedgerSettings(base_url=url):
                found[name, "ledger"] = url
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
        payout_days=settings.reconcile.payout_days,
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
        bank_lines=timedelta(days=watch.bank_lines_days),
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
        if asked is not None:
            asked = watching.around(asked, remote, words=_PATH_WORDS)
            if isinstance(each.ledger, AskedLedgerSettings):
                asked = PacedTransport(asked, hosts, base_url=each.ledger.base_url)
        is_asked = isinstance(each.ledger, AskedLedgerSettings)
        words = _PATH_WORDS if is_asked else frozenset[str]()
        told = PacedTransport(watching.around(outside, remote, words=words), hosts)
        ledger = _ledger(each, told, asked, watching.clock)
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
        case FikenLedgerSettings() if asked is not None:
            return fiken_ledger(creditor.ledger, creditor.payout_model, asked, outside)
        case TripletexLedgerSettings() if asked is not None:
            return tripletex_ledger(creditor.ledger, creditor.payout_model, asked, clock)
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


def ledger_verifiers(settings: Settings) -> dict[str, LedgerVerifier]:
    """Who may say that a ledger is worth asking now, by creditor: each ledger's own signature."""
    found: dict[str, LedgerVerifier] = {}
    for name, each in settings.creditors.items():
        if isinstance(each.ledger, TripletexLedgerSettings):
            verifier = tripletex_verifier(each.ledger)
            if verifier is not None:
                found[name] = verifier
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
