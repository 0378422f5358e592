"""The events a ledger sends us, built from a plain example: for the simulator, the demo and tests.

Every ``…_data`` returns the ``data`` of one event type; ``event_body`` puts type and timestamp
around it; ``signed_request`` and ``signed_raw`` make the request a ledger would send.
The example is an overdue invoice of 2026 on a person, with both letters sent in time.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import orjson

from clients.exchange import Request
from clients.webhook.signature import signed_headers

Document = dict[str, object]

EXAMPLE_TIMESTAMP = "2026-11-24T10:00:00+01:00"
"""When an example event happened: a Tuesday on the simulated calendar."""

_INVOICE: Document = {
    "id": "inv-1",
    "version": None,
    "number": "30001",
    "issue_date": "2026-07-15",
    "due_date": "2026-08-14",
    "currency": "NOK",
    "total": "4800.00",
    "outstanding": "4800.00",
    "kid": None,
    "description": "Membership, autumn 2026",
    "supplied_on": "2026-07-15",
    "demand_sent_on": None,
    "department": None,
    "project": None,
    "pdf_url": None,
    "invoice_url": None,
    "delivery_evidence": None,
    "notices": [
        {
            "kind": "reminder",
            "sent_on": "2026-09-01",
            "deadline": "2026-09-15",
            "channel": "post",
            "fee": "38.00",
        },
        {
            "kind": "collection_notice",
            "sent_on": "2026-09-21",
            "deadline": "2026-10-07",
            "channel": "post",
            "fee": "38.00",
        },
    ],
    "payments": [],
    "credit_notes": [],
    "objection": None,
    "payment_plan": None,
    "compensation_claimed": None,
    "interest_claimed": None,
}

_DEBTOR: Document = {
    "number": "50001",
    "name": "Ola Eksempel",
    "kind": "person",
    "organization_number": None,
    "birth_date": None,
    "national_id": None,
    "contract_on": None,
    "address": {
        "line1": "Prøvegata 2",
        "line2": None,
        "postal_code": "5003",
        "city": "Bergen",
        "country": "NO",
    },
    "email": "ola@example.com",
    "phone": None,
    "protected_address": False,
    "deceased": False,
    "bankrupt": False,
    "insolvency": None,
}


def invoice_data(*, debtor: Mapping[str, object] | None = None, **invoice: object) -> Document:
    """Build ``invoice.overdue`` or ``invoice.updated``: keywords replace fields of the invoice."""
    return {"invoice": _INVOICE | invoice, "debtor": _DEBTOR | dict(debtor or {})}


def payment_data(
    *,
    invoice_id: str = "inv-1",
    payment_id: str = "pay-1",
    amount: str = "1000.00",
    paid_on: str = "2026-11-20",
    **own: object,
) -> Document:
    """Build ``payment.received``: keywords add to the payment (``kid``, ``payer_account`` …)."""
    payment: Document = {"id": payment_id, "paid_on": paid_on, "amount": amount, "currency": "NOK"}
    return {"invoice_id": invoice_id, "payment": payment | own}


def payment_reversed_data(
    *, invoice_id: str = "inv-1", payment_id: str = "pay-1", reversed_on: str = "2026-11-23"
) -> Document:
    """Build ``payment.reversed``."""
    return {"invoice_id": invoice_id, "payment_id": payment_id, "reversed_on": reversed_on}


def credit_note_data(
    *,
    invoice_id: str = "inv-1",
    credit_note_id: str = "cre-1",
    amount: str = "500.00",
    issued_on: str = "2026-11-20",
    **own: object,
) -> Document:
    """Build ``credit_note.issued``: keywords add to the credit note."""
    note: Document = {
        "id": credit_note_id,
        "issued_on": issued_on,
        "amount": amount,
        "currency": "NOK",
    }
    return {"invoice_id": invoice_id, "credit_note": note | own}


def objection_data(
    *, invoice_id: str = "inv-1", raised_on: str = "2026-11-20", **own: object
) -> Document:
    """Build ``objection.raised``: keywords add to the objection (``text``, ``amount``)."""
    return {"invoice_id": invoice_id, "objection": {"raised_on": raised_on, **own}}


def objection_resolved_data(
    *, invoice_id: str = "inv-1", resolved_on: str = "2026-11-24", outcome: str = "answered"
) -> Document:
    """Build ``objection.resolved``."""
    return {"invoice_id": invoice_id, "resolved_on": resolved_on, "outcome": outcome}


def withdrawn_data(
    *, invoice_id: str = "inv-1", reason: str = "settled between the parties"
) -> Document:
    """Build ``collection.withdrawn``."""
    return {"invoice_id": invoice_id, "reason": reason}


def event_body(
    type: str,  # noqa: A002  the body's own word
    data: Mapping[str, object],
    timestamp: str = EXAMPLE_TIMESTAMP,
) -> Document:
    """Put the envelope around an event's data."""
    return {"type": type, "timestamp": timestamp, "data": dict(data)}


def invoice_body(
    *,
    type: str = "invoice.overdue",  # noqa: A002  the body's own word
    timestamp: str = EXAMPLE_TIMESTAMP,
    debtor: Mapping[str, object] | None = None,
    **invoice: object,
) -> Document:
    """Build a whole invoice event: keywords replace fields of the invoice."""
    return event_body(type, invoice_data(debtor=debtor, **invoice), timestamp)


def signed_raw(
    creditor_id: str, secret: bytes, body: bytes, *, webhook_id: str, now: datetime
) -> Request:
    """Sign any bytes as the ledger of ``creditor_id`` would at ``now``."""
    return Request(
        method="POST",
        path=f"/webhooks/{creditor_id}",
        headers=signed_headers([secret], webhook_id, int(now.timestamp()), body),
        body=body,
    )


def signed_request(
    creditor_id: str,
    secret: bytes,
    type: str,  # noqa: A002  the body's own word
    data: Mapping[str, object],
    *,
    webhook_id: str,
    now: datetime,
) -> Request:
    """Build and sign one event that happens ``now`` (an aware instant)."""
    body = orjson.dumps(event_body(type, data, now.isoformat()))
    return signed_raw(creditor_id, secret, body, webhook_id=webhook_id, now=now)
