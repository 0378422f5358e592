"""Asks the ledger, right before a register goes out, for the invoice and the debtor's others.

Only of a ledger that can be asked. A difference is recorded and read before anything is sent: the
claim is then decided again, together with the debtor's other overdue invoices.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from clients.errors import ClientError, NotFoundError, ProtocolError
from gateway.domain.oslo import oslo_date
from gateway.ledgers.ledger import Absent, LedgerSource, Listed, Unusable
from gateway.operations import send_gate
from gateway.operations.creditor import LEDGER_LOOK_SECONDS_MAX
from gateway.operations.gateway import Gateway
from gateway.operations.ledger_news import Look, read_and_record
from gateway.storage import claims, events, ledger_readings
from gateway.storage.claims import Claim
from outbox.message import Message, Retry

SIBLINGS_MAX = 50
"""Of one debtor read at once; what is beyond them the next sweep reads."""


async def refresh(gateway: Gateway, message: Message, now: datetime) -> Retry | None:
    """Return None when the ledger says what we know, else when to ask the gate again.

    A ledger that does not answer lets nothing go: the message waits and loses no attempt.
    """
    ledger = gateway.ledgers.get(message.scope)
    if ledger is None or ledger.source is None:
        return None
    source = ledger.source
    claim = await gateway.database.read(
        lambda connection: (
            claims.get(connection, message.subject or "")
            if send_gate.would_go(connection, gateway, message, now)
            else None
        )
    )
    if claim is None:
        return None  # the gate will say why
    try:
        async with asyncio.timeout(LEDGER_LOOK_SECONDS_MAX):
            why = await _news_of_debtor(gateway, source, claim, now)
    except TimeoutError:
        why = f"the ledger did not answer within {LEDGER_LOOK_SECONDS_MAX:g} s"
        return _later(gateway, now, why)
    except ClientError as error:
        return _later(gateway, now, f"the ledger cannot be asked: {error}")
    if why is None:
        return None
    gateway.wake.intake.set()
    soon = now + timedelta(seconds=send_gate.INTAKE_WAIT_SECONDS)
    return Retry(at=soon, error=why, counted=False)


async def _news_of_debtor(
    gateway: Gateway, source: LedgerSource, claim: Claim, now: datetime
) -> str | None:
    """Read the claim's invoice and record the debtor's news; returns what must be read first.

    An invoice that the ledger never told of was registered from elsewhere: the ledger is asked only
    for others of the debtor, and only where it told of any.
    """
    its_invoice, its_debtor = await gateway.database.read(
        lambda connection: (
            bool(ledger_readings.some(connection, claim.creditor_id, [claim.invoice_id])),
            bool(ledger_readings.of_debtors(connection, claim.creditor_id, [claim.debtor_number])),
        )
    )
    if not its_invoice and not its_debtor:
        return None
    lines = await source.open_invoices_of_debtor(claim.debtor_number)
    if its_invoice and (why := await _news_of_invoice(gateway, source, claim, lines, now)):
        return why
    if await _record_siblings(gateway, source, claim, lines, now):
        return "the ledger has news of the debtor's other invoices, which are read first"
    return None


async def _news_of_invoice(
    gateway: Gateway,
    source: LedgerSource,
    claim: Claim,
    lines: tuple[Listed, ...],
    now: datetime,
) -> str | None:
    """Read the claim's own invoice and record what is new about it."""
    own = next((line for line in lines if line.invoice_id == claim.invoice_id), None)
    fetched, recorded = await read_and_record(
        gateway, claim.creditor_id, source, claim.invoice_id, Look(listed=own), now
    )
    if isinstance(fetched, Absent):
        # One answer is no proof of a deletion; a sweep has the whole list beside it.
        gateway.wake.sweep(claim.creditor_id)
        raise ProtocolError("it does not know the invoice; a sweep will tell whether it is deleted")
    if isinstance(fetched, Unusable):
        raise ProtocolError(f"what it has makes no claim: {fetched.why}")
    return "the ledger says something new about it, which is read first" if recorded else None


async def _record_siblings(
    gateway: Gateway,
    source: LedgerSource,
    claim: Claim,
    lines: tuple[Listed, ...],
    now: datetime,
) -> bool:
    """Record the debtor's other overdue invoices; whether there is news of any to be read."""
    today = oslo_date(now)
    others = [
        line for line in lines if line.invoice_id != claim.invoice_id and line.is_overdue(today)
    ][:SIBLINGS_MAX]
    ids = [line.invoice_id for line in others]
    known = await gateway.database.read(
        lambda connection: ledger_readings.some(connection, claim.creditor_id, ids)
    )
    for line in others:
        before = known.get(line.invoice_id)
        if before is not None and before.row_hash == line.fingerprint:
            continue
        try:
            await read_and_record(
                gateway, claim.creditor_id, source, line.invoice_id, Look(listed=line), now
            )
        except (NotFoundError, ProtocolError):
            continue  # a sibling that cannot be read does not hold this one; the sweep tells of it
    return await gateway.database.read(
        lambda connection: any(
            events.is_awaited(connection, claim.creditor_id, invoice_id) for invoice_id in ids
        )
    )


def _later(gateway: Gateway, now: datetime, why: str) -> Retry:
    wait = timedelta(seconds=gateway.pace.gate_wait_seconds)
    return Retry(at=now + wait, error=why, counted=False)
