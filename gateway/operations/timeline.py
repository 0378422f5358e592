"""One case from its first event to its end: everything that happened, in one order.

Events in, the decision as it stands, messages with their attempts and answers, what Kravia says,
payments, bookings and what people did. No personal data: bodies and payloads stay closed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

import sqlalchemy as sa

from gateway.domain.oslo import start_of_day
from gateway.operations.claim_pages import case_show
from gateway.operations.gateway import Gateway
from gateway.operations.message_pages import message_row
from gateway.operations.paging import LIMIT_MAX, Document
from gateway.storage import bookings, claims, events, mirror, receipts, settlements
from gateway.storage.claims import Claim
from gateway.storage.desk import actions_on
from gateway.storage.tables import message as table
from mappers.decision_in_language import decision_in_language
from outbox import store
from outbox.message import Message

ENTRIES_MAX = 2_000
"""A case's whole life is some dozens of entries; beyond this the oldest are counted."""


def timeline(connection: sa.Connection, gateway: Gateway, case_id: str) -> Document:
    """The case with its claims, and ``entries``, newest first.

    Each entry has ``at`` (an instant; where ``is_day`` only the day is known, and this is its
    beginning), ``what``, ``claim_id``, ``invoice_number`` and what belongs to its kind.
    """
    shown = case_show(connection, gateway, case_id)
    entries: list[Document] = []
    subjects = {case_id: ""}
    for claim in claims.of_case(connection, case_id):
        subjects[claim.claim_id] = claim.invoice_number
        messages = store.listing(connection, table, subject=claim.claim_id, limit=LIMIT_MAX)
        subjects.update({each.message_id: claim.invoice_number for each in messages})
        entries += _events(connection, claim)
        entries += _decision(gateway, claim)
        entries += _messages(claim, messages)
        entries += _kravia(connection, claim)
        entries += _money(connection, claim)
    entries += _actions(connection, subjects)
    entries.sort(key=_place, reverse=True)
    return {
        **shown,
        "entries": entries[:ENTRIES_MAX],
        "left_out": max(0, len(entries) - ENTRIES_MAX),
    }


_CAUSED: Final = ("event", "decision", "message", "kravia_status")
"""What causes what, for entries of one instant; the rest has its own, or ends the row."""


def _place(entry: Document) -> tuple[str, int]:
    what = str(entry["what"])
    return str(entry["at"]), _CAUSED.index(what) if what in _CAUSED else len(_CAUSED)


def _entry(claim: Claim, at: str, what: str, **own: object) -> Document:
    return {
        "at": at,
        "what": what,
        "claim_id": claim.claim_id,
        "invoice_number": claim.invoice_number,
        "is_day": False,
        **own,
    }


def _events(connection: sa.Connection, claim: Claim) -> Iterator[Document]:
    for event in events.of_invoice(connection, claim.creditor_id, claim.invoice_id, LIMIT_MAX):
        yield _entry(
            claim,
            event.received_at.isoformat(),
            "event",
            event_id=event.event_id,
            type=event.type,
            outcome=event.outcome,
            problem=event.problem,
        )


def _decision(gateway: Gateway, claim: Claim) -> Iterator[Document]:
    """The decision as it stands, on the day it was made."""
    if claim.decision is None or claim.decided_on is None:
        return
    told = decision_in_language(json.loads(claim.decision), gateway.language)
    yield _entry(
        claim,
        start_of_day(claim.decided_on).isoformat(),
        "decision",
        is_day=True,
        decision=told.get("decision"),
        hold_until=told.get("hold_until"),
        reasons=told.get("reasons", []),
        warnings=told.get("warnings", []),
    )


def _messages(claim: Claim, messages: list[Message]) -> Iterator[Document]:
    for message in messages:
        at = message.settled_at or message.last_attempt_at or message.created_at
        yield _entry(
            claim,
            at.isoformat(),
            "message",
            **{
                name: value
                for name, value in message_row(message).items()
                if name not in {"claim_id", "creditor_id"}
            },
            queued_at=message.created_at.isoformat(),
            first_attempt_at=_iso(message.first_attempt_at),
            result=message.result,
        )


def _iso(at: object) -> str | None:
    return at.isoformat() if hasattr(at, "isoformat") else None


def _kravia(connection: sa.Connection, claim: Claim) -> Iterator[Document]:
    """What Kravia's feed last said, when it was seen here."""
    if claim.kravia_invoice_id is None:
        return
    row = mirror.seen(connection, claim.creditor_id, claim.kravia_invoice_id)
    if row is not None:
        status, seen_at = row
        yield _entry(
            claim,
            seen_at.isoformat(),
            "kravia_status",
            kravia_invoice_id=claim.kravia_invoice_id,
            status=status,
        )


def _money(connection: sa.Connection, claim: Claim) -> Iterator[Document]:
    currency = claim.currency
    for receipt in receipts.of_claim(connection, claim.claim_id):
        yield _entry(
            claim,
            start_of_day(receipt.on).isoformat(),
            "receipt",
            is_day=True,
            kind=receipt.kind.value,
            receipt_id=receipt.receipt_id,
            amount=str(receipt.amount),
            currency=currency,
            state=receipt.state.value,
        )
    for payment in settlements.collected_of(connection, claim.claim_id).values():
        yield _entry(
            claim,
            start_of_day(payment.paid_on).isoformat(),
            "collected",
            is_day=True,
            payment_id=payment.payment_id,
            amount=str(payment.amount),
            currency=currency,
            reversed=payment.reversed,
        )
    for booked in bookings.of_invoice(connection, claim.creditor_id, claim.invoice_id):
        yield _entry(
            claim,
            start_of_day(booked.booked_on).isoformat(),
            "booking",
            is_day=True,
            settlement_id=booked.settlement_id,
            amount=str(booked.amount),
            currency=currency,
            payment_id=booked.payment_id,
        )


def _actions(connection: sa.Connection, subjects: dict[str, str]) -> Iterator[Document]:
    """What people did to the case, its claims and its messages."""
    for action in actions_on(connection, subjects, LIMIT_MAX):
        yield {
            "at": action.at.isoformat(),
            "what": "action",
            "claim_id": action.subject,
            "invoice_number": subjects[action.subject],
            "is_day": False,
            "actor": action.actor,
            "action": action.action,
            "reason": action.reason,
        }
