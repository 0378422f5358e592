"""What is asked of Kravia about a creditor: does it answer, where do hints go, who is invited."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from clients.errors import ClientError
from gateway.ledgers.ledger import LedgerSource
from gateway.operations.arguments import Arguments, creditor_of, needed
from gateway.operations.creditor import Creditor, PayoutModel
from gateway.operations.desk_pages import creditor_row
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage.desk import record_action


async def check(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
    """Read the first page of the creditor's feed: address, token and shape in one call.

    A ledger that can be asked is asked too, and what it cannot tell is listed.
    """
    creditor_id = creditor_of(gateway, arguments)
    creditor = gateway.creditors[creditor_id]
    now = gateway.clock()
    row = await gateway.database.read(
        lambda connection: creditor_row(connection, gateway, creditor_id, now)
    )
    feed = await gateway.kravia.search(
        updated_after=None, creditor_id=creditor.kravia_creditor_id, skip=0, top=1
    )
    skew = None if feed.server_date is None else (feed.server_date - now) / timedelta(seconds=1)
    found = {
        **row,
        "kravia_answers": True,
        "clock_ahead_seconds": skew,
        "money_back": _money_back(gateway, creditor),
    }
    ledger = gateway.ledgers.get(creditor_id)
    if ledger is None or ledger.source is None:
        return found
    return {**found, **await _check_ledger(ledger.source)}


def _money_back(gateway: Gateway, creditor: Creditor) -> str:
    """Say who books what Kravia pays out, as the settings have it."""
    ledger = gateway.ledgers.get(creditor.creditor_id)
    match creditor.payout_model:
        case PayoutModel.KID:
            return "kid: Kravia pays with the invoice's KID, so the bank's file books it; we do not"
        case PayoutModel.UNKNOWN:
            return "unknown: a person books it; each payment and settlement is told, or is a task"
        case PayoutModel.BATCH if ledger is not None and ledger.bookings is not None:
            return f"batch: {ledger.bookings.where}"
        case PayoutModel.BATCH:
            return "batch: the ledger is told of each settlement and books it itself"


async def _check_ledger(source: LedgerSource) -> Document:
    """Ask the ledger about itself; what it cannot tell is said before someone misses it."""
    try:
        checked = await source.check()
    except ClientError as error:
        text = f"the ledger did not answer: {error}. Check base_url and api_key of the ledger"
        raise OperationError(text, kind="unreachable") from error
    return {
        "ledger_answers": True,
        "ledger_name": checked.name,
        "ledger_faults": list(checked.faults),
        "ledger_cannot_tell": list(checked.cannot_tell),
    }


async def configure_webhook(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """Tell Kravia where to send its hints, and the secret to sign them with."""
    creditor_id = creditor_of(gateway, arguments)
    secret = gateway.hint_secrets.get(creditor_id)
    if secret is None:
        raise OperationError(
            f"creditors.{creditor_id}.kravia_webhook_secret is not set: Kravia signs with it",
            kind="invalid",
        )
    url = needed(arguments, "url")
    await gateway.kravia.configure_webhook(
        gateway.creditors[creditor_id].kravia_creditor_id, url=url, secret=secret, enabled=True
    )
    await _audit(gateway, actor, "creditors.configure_webhook", f"{creditor_id} {url}")
    return {"creditor_id": creditor_id, "url": url, "configured": True}


async def invite(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """Have Kravia invite a person to the creditor's workspace."""
    creditor_id = creditor_of(gateway, arguments)
    country = arguments.get("country_code")
    number = arguments.get("organization_number")
    await gateway.kravia.invite(
        gateway.creditors[creditor_id].kravia_creditor_id,
        email=needed(arguments, "email"),
        name=needed(arguments, "name"),
        is_accountant=bool(arguments.get("is_accountant")),
        country_code=None if country is None else str(country),
        organization_number=None if number is None else str(number),
    )
    await _audit(gateway, actor, "creditors.invite", creditor_id)
    return {"creditor_id": creditor_id, "invited": True}


async def _audit(gateway: Gateway, actor: str, action: str, subject: str) -> None:
    await gateway.database.write(
        partial(
            record_action,
            actor=actor,
            action=action,
            subject=subject,
            reason=None,
            now=gateway.clock(),
        )
    )
