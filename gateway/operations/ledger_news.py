"""What a ledger that is asked says of an invoice becomes events of the inbox, each once.

::

    read whole (no transaction open) ── compare with the last reading ── events + reading ── commit

Reading and events are one commit, and the id of an event is ``ledger kind.invoice.number.hash``,
the number counting what was recorded of the invoice: whoever is killed before the commit reads the
same again and records the same; whoever is killed after it finds nothing new.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import orjson
import sqlalchemy as sa

from gateway.domain.invoice import Invoice
from gateway.domain.oslo import oslo_date
from gateway.ledgers.ledger import Absent, Fetched, LedgerSource, Listed, Snapshot, Unusable
from gateway.operations.gateway import Gateway
from gateway.operations.own_bookings import with_own_bookings
from gateway.operations.tell import alert
from gateway.schema.webhooks import InvalidEvent, parse_event
from gateway.storage import facts, ledger_readings
from gateway.storage.desk import NewAlert, clear_alert
from gateway.storage.inbox import NewEvent, record_in
from gateway.storage.ledger_readings import Reading
from mappers import news_to_webhooks as news

UNUSABLE = "ledger_invoice"
"""The kind of alert about an invoice that the ledger cannot be read of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a reading was for: the invoice's line, and whether it left the list of unpaid ones.

    ``payment_ids`` are those that the list of newly entered payments had.
    """

    listed: Listed | None = None
    has_left_the_list: bool = False
    payment_ids: frozenset[str] = frozenset()


async def read_and_record(
    gateway: Gateway,
    creditor_id: str,
    source: LedgerSource,
    invoice_id: str,
    look: Look,
    now: datetime,
) -> tuple[Fetched, tuple[str, ...]]:
    """Read an invoice whole and record what is new; returns the types recorded.

    An absent invoice is left to ``record_absent``. One reading of an invoice at a time: of two side
    by side the older answer could be recorded last. So where another process recorded one while
    this one asked, it asks again. Raises ``clients.errors.ClientError``.
    """
    async with gateway.reading.of(creditor_id, invoice_id):
        recorded = None
        while recorded is None:
            before = await gateway.database.read(
                lambda connection: ledger_readings.get(connection, creditor_id, invoice_id)
            )
            fetched = await source.fetch_invoice(invoice_id, look.listed)
            if isinstance(fetched, Absent):
                return fetched, ()
            recorded = await gateway.database.write(
                partial(
                    _record,
                    gateway=gateway,
                    creditor_id=creditor_id,
                    invoice_id=invoice_id,
                    before=before,
                    fetched=fetched,
                    look=look,
                    now=now,
                ),
                scope=creditor_id,
            )
    if recorded:
        gateway.wake.intake.set()
    return fetched, recorded


def record_absent(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, invoice_id: str, now: datetime
) -> tuple[str, ...]:
    """The ledger no longer has an invoice: call its collection off, once."""
    before = ledger_readings.get(connection, creditor_id, invoice_id)
    if before is None:
        return ()
    after = replace(before, is_open=False, is_listed=False, row_hash=None, read_at=now)
    was_told = before.sealed_facts is not None and before.is_open
    after = replace(after, version=before.version + was_told)
    ledger_readings.put(connection, after)
    if not was_told:
        return ()
    event = news.withdrawn(invoice_id, "deleted in the ledger", "deleted")
    return (_keep(connection, gateway, after, event, now),)


def opened(gateway: Gateway, reading: Reading) -> Invoice | None:
    """The facts last recorded of an invoice."""
    sealed = reading.sealed_facts
    return None if sealed is None else facts.load(gateway.seal.open(sealed))


def _record(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    invoice_id: str,
    before: Reading | None,
    fetched: Snapshot | Unusable,
    look: Look,
    now: datetime,
) -> tuple[str, ...] | None:
    """Record what is new; None, and nothing is, where ``before`` is no longer the last reading."""
    if ledger_readings.get(connection, creditor_id, invoice_id) != before:
        return None
    reading = before or Reading(creditor_id=creditor_id, invoice_id=invoice_id, read_at=now)
    reading = _looked_at(reading, look, now)
    if isinstance(fetched, Unusable):
        if fetched.is_fault:
            alert_unusable(connection, gateway, creditor_id, invoice_id, fetched.why, now)
        ledger_readings.put(connection, reading)
        return ()
    clear_alert(connection, creditor_id, UNUSABLE, invoice_id)
    ours = with_own_bookings(connection, creditor_id, fetched)
    return _record_snapshot(connection, gateway, reading, ours, now)


def _looked_at(reading: Reading, look: Look, now: datetime) -> Reading:
    if look.listed is not None:
        reading = replace(
            reading,
            row_hash=look.listed.fingerprint,
            is_listed=True,
            debtor_number=look.listed.debtor_number,
        )
    elif look.has_left_the_list:
        reading = replace(reading, is_listed=False)
    return replace(reading, payment_ids=reading.payment_ids | look.payment_ids, read_at=now)


def _record_snapshot(
    connection: sa.Connection,
    gateway: Gateway,
    reading: Reading,
    snapshot: Snapshot,
    now: datetime,
) -> tuple[str, ...]:
    invoice = snapshot.invoice
    known = opened(gateway, reading)
    today = oslo_date(now)
    is_same = known == invoice and reading.is_open == snapshot.is_open
    due_on = invoice.due_date
    events = (
        ()
        if is_same
        else news.news_to_webhooks(
            known,
            invoice,
            version=reading.version + 1,
            is_overdue=snapshot.is_open and due_on is not None and due_on < today,
            written_off=snapshot.written_off,
            today=today,
        )
    )
    reading = replace(
        reading,
        is_open=snapshot.is_open,
        debtor_number=invoice.debtor.number,
        version=reading.version + bool(events),
    )
    if events:
        sealed = gateway.seal.seal(facts.dump(invoice))
        reading = replace(reading, sealed_facts=sealed)
    ledger_readings.put(connection, reading)
    return tuple(_keep(connection, gateway, reading, event, now) for event in events)


def _keep(
    connection: sa.Connection,
    gateway: Gateway,
    reading: Reading,
    new: news.NewEvent,
    now: datetime,
) -> str:
    """Record one event as a webhook would be; one that is not valid is kept rejected."""
    kind = gateway.creditors[reading.creditor_id].ledger_kind
    digest = hashlib.sha256(orjson.dumps({"type": new.type, "data": new.data})).hexdigest()[:16]
    body = orjson.dumps({"type": new.type, "timestamp": now.isoformat(), "data": new.data})
    parsed = parse_event(body)
    problem = parsed.problem if isinstance(parsed, InvalidEvent) else None
    recorded = record_in(
        connection,
        gateway.seal,
        NewEvent(
            creditor_id=reading.creditor_id,
            webhook_id=f"{kind}.{reading.invoice_id}.{reading.version}.{digest}",
            type=new.type,
            invoice_id=reading.invoice_id,
            body=body,
            received_at=now,
            outcome="recorded" if problem is None else "rejected",
            problem=problem,
        ),
    )
    rejected = f"{reading.invoice_id}/rejected"
    if problem is None:
        clear_alert(connection, reading.creditor_id, UNUSABLE, rejected)
        return new.type
    why = f"it was recorded as event {recorded.event_id} and rejected"
    alert_unusable(
        connection, gateway, reading.creditor_id, reading.invoice_id, why, now, about=rejected
    )
    return new.type


def alert_unusable(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    invoice_id: str,
    why: str,
    now: datetime,
    *,
    about: str | None = None,
) -> None:
    """Say once that what the ledger has of an invoice makes no claim."""
    new = NewAlert(
        creditor_id=creditor_id,
        kind=UNUSABLE,
        about=about or invoice_id,
        text=f"invoice {invoice_id} in the ledger cannot be used: {why}",
        command=f"kravia-gateway events list --creditor {creditor_id} --outcome rejected",
    )
    alert(connection, gateway, new, now)
