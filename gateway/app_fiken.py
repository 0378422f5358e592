"""From settings to Fiken: who is asked, with which token, and how gently."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from clients.fiken.access import Access, OAuthAccess, PersonalToken
from clients.fiken.client import FikenClient
from clients.fiken.rate import CALLS_AT_ONCE, CALLS_BURST, CALLS_PER_SECOND
from clients.pacing import Limits
from clients.transport import Timeouts, Transport
from gateway.ledgers.fiken import FikenLedger, FikenSource
from gateway.ledgers.fiken_bookings import FikenBookings
from gateway.operations.creditor import PayoutModel
from gateway.settings_creditor import FikenLedgerSettings
from gateway.settings_documents import load_fiken_assumptions

FIKEN_TIMEOUTS = Timeouts(
    connect_seconds=5.0, write_seconds=5.0, read_seconds=15.0, total_seconds=20.0
)
"""A page has 100 invoices at most; a slower hour is waited out by the next sweep."""


def fiken_limits(otherwise: Limits) -> Limits:
    """What Fiken may be asked for: its own rule, the rest as for other ledgers."""
    return replace(
        otherwise,
        calls_per_second=min(otherwise.calls_per_second, CALLS_PER_SECOND),
        calls_burst=CALLS_BURST,
        calls_at_once=CALLS_AT_ONCE,
    )


def fiken_client(
    ledger: FikenLedgerSettings, asked: Transport, outside: Transport
) -> FikenClient | None:
    """Speak for one company; None where its secret was not asked for.

    ``outside`` takes absolute URLs: tokens are given under another address.
    """
    access = _access(ledger, outside)
    if access is None:
        return None
    return FikenClient(
        asked,
        load_fiken_assumptions(ledger),
        access,
        company=ledger.company,
        timeouts=FIKEN_TIMEOUTS,
    )


def fiken_ledger(
    ledger: FikenLedgerSettings, payout_model: PayoutModel, asked: Transport, outside: Transport
) -> FikenLedger | None:
    """Put the ledger together; None where its secret was not asked for."""
    client = fiken_client(ledger, asked, outside)
    if client is None:
        return None
    account = ledger.payment_account
    is_batch = payout_model is PayoutModel.BATCH and account is not None
    return FikenLedger(
        FikenSource(client, payment_account=account),
        bank_books_pay_outs=payout_model is PayoutModel.KID,
        bookings=FikenBookings(client, payment_account=account) if is_batch and account else None,
    )


def _access(ledger: FikenLedgerSettings, outside: Transport) -> Access | None:
    match ledger:
        case FikenLedgerSettings(token=SecretStr() as token):
            return PersonalToken(token.get_secret_value)
        case FikenLedgerSettings(
            client_id=str(client_id),
            client_secret=SecretStr() as secret,
            refresh_token_file=Path() as file,
        ):
            return OAuthAccess(
                outside,
                token_url=ledger.token_url,
                client_id=client_id,
                client_secret_source=secret.get_secret_value,
                read_refresh_token=partial(file.read_text, encoding="ascii"),
                keep_refresh_token=_keeper(file),
                timeouts=FIKEN_TIMEOUTS,
            )
        case _:
            return None


def _keeper(file: Path) -> Callable[[str], None]:
    """Write a secret whole or not at all, for nobody else to read."""

    def keep(secret: str) -> None:
        beside = file.with_name(f"{file.name}.new")
        beside.unlink(missing_ok=True)
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as writing:
            writing.write(secret)
            writing.flush()
            os.fsync(descriptor)
        beside.replace(file)

    return keep
