"""Runs one stored event again, from its bytes as they came; a claim is never turned back in time.

============================== =================================================================
had no effect (rejected,       taken in as if it came now, in its place in time: an older
waiting, ignored, stale,       snapshot is stale, an objection or its end gives way to a later
in conflict)                   one, money is booked once by its id
handled: a snapshot            the one the claim stands on is read anew, else stale
handled: money                 booked if it is not; else unchanged
handled: an objection, its     unchanged: its effect stands, or something later ended it
end, a withdrawal
============================== =================================================================

Then the debtor's claims are decided again, by today's rules and settings. An event that was handled
stays handled, whatever a replay finds.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gateway.operations.decide import decide_debtor
from gateway.operations.gateway import Gateway
from gateway.operations.intake import happened_at, invoice_id_of, take_in, take_money
from gateway.operations.snapshot import snapshot_hash
from gateway.operations.take_invoice import replace_facts
from gateway.schema.webhooks import (
    CreditNoteIssuedEvent,
    InvalidEvent,
    InvoiceEvent,
    KnownEvent,
    ObjectionRaisedEvent,
    ObjectionResolvedEvent,
    ParsedEvent,
    PaymentReceivedEvent,
    PaymentReversedEvent,
    parse_event,
)
from gateway.storage import claims, events
from gateway.storage.claims import Claim
from gateway.storage.desk import clear_alert
from gateway.storage.events import StoredEvent
from mappers.invoice_from_webhook import invoice_from_webhook
from mappers.objection_from_webhook import objection_from_webhook

UNCHANGED = "unchanged"
"""It had its effect before and has none now; the debtor's claims were decided again."""

LEFT_OUT = "left_out"
"""By its turn it was no longer one to be replayed."""


def replay_event(
    connection: sa.Connection, gateway: Gateway, stored: StoredEvent, now: datetime
) -> str:
    """Run one event again; returns what came of it, as the replay counts it."""
    if stored.outcome in {"recorded", "repaired"}:
        return LEFT_OUT
    parsed = parse_event(gateway.seal.open(stored.sealed_body))
    if stored.outcome == "handled":
        return _again(connection, gateway, stored, parsed, now)
    if isinstance(parsed, ParsedEvent) and parsed.event is not None:
        claim = claims.find(connection, stored.creditor_id, invoice_id_of(parsed.event))
        why = None if claim is None else _overtaken_by(gateway, claim, stored, parsed, parsed.event)
        if why is not None:
            return events.mark(connection, stored, "stale", now, problem=why)
    outcome = take_in(connection, gateway, stored, now)
    if outcome != "rejected":
        clear_alert(connection, stored.creditor_id, "event_failed", stored.event_id)
    if outcome != "waiting":
        clear_alert(connection, stored.creditor_id, events.WAITING_ALERT, stored.event_id)
    return outcome


def _again(
    connection: sa.Connection,
    gateway: Gateway,
    stored: StoredEvent,
    parsed: ParsedEvent | InvalidEvent,
    now: datetime,
) -> str:
    """An event that had its effect: what it says is applied only where it is still missing."""
    if isinstance(parsed, InvalidEvent) or parsed.event is None:
        return LEFT_OUT  # today's schema would refuse it; what it did stands
    event = parsed.event
    claim = claims.find(connection, stored.creditor_id, invoice_id_of(event))
    if claim is None or stored.creditor_id not in gateway.creditors:
        return LEFT_OUT
    outcome = _reapply(connection, gateway, stored, parsed, claim, now)
    if outcome == "stale":
        return outcome
    numbers = {claim.debtor_number}
    after = claims.get(connection, claim.claim_id)
    if after is not None:
        numbers.add(after.debtor_number)
    for number in sorted(numbers):
        decide_debtor(connection, gateway, claim.creditor_id, number, now)
    return outcome


def _reapply(
    connection: sa.Connection,
    gateway: Gateway,
    stored: StoredEvent,
    parsed: ParsedEvent,
    claim: Claim,
    now: datetime,
) -> str:
    at = happened_at(stored, parsed.timestamp)
    match parsed.event:
        case InvoiceEvent() as event:
            invoice = invoice_from_webhook(event.data)
            if snapshot_hash(invoice) == claim.snapshot_hash:
                return UNCHANGED
            if invoice.version is None or invoice.version != claim.facts_version:
                return "stale"
            replace_facts(connection, gateway, claim, invoice, at, now)
            return "handled"
        case PaymentReceivedEvent() | CreditNoteIssuedEvent() | PaymentReversedEvent() as event:
            take_money(connection, gateway, claim, event, at, now)
            after = claims.get(connection, claim.claim_id)
            is_same = after is not None and after.facts_hash == claim.facts_hash
            return UNCHANGED if is_same else "handled"
        case _:
            return UNCHANGED


def _overtaken_by(
    gateway: Gateway, claim: Claim, stored: StoredEvent, parsed: ParsedEvent, event: KnownEvent
) -> str | None:
    """What we know that is later than what the event says; live, events come in their order."""
    known = claim.invoice(gateway.seal).objection
    match event:
        case InvoiceEvent():
            invoice = invoice_from_webhook(event.data)
            by_time = invoice.version is None or claim.facts_version is None
            is_same = snapshot_hash(invoice) == claim.snapshot_hash
            if by_time and not is_same and happened_at(stored, parsed.timestamp) == claim.facts_at:
                return "another snapshot of the same moment stands"
        case ObjectionRaisedEvent() if known is not None:
            raised_on = objection_from_webhook(event.data.objection).raised_on
            has_ended = known.raised_on == raised_on and known.outcome is not None
            if has_ended or known.raised_on > raised_on:
                return f"what is known of the objection of {known.raised_on} is later"
        case ObjectionResolvedEvent() if known is not None:
            if known.outcome is not None or known.raised_on > event.data.resolved_on:
                return f"what is known of the objection of {known.raised_on} is later"
        case _:
            pass
    return None
