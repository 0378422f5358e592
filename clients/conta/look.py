"""A first look at a live Conta: reading calls only, for ``inspection`` to judge by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from clients.answers import json_of, server_date
from clients.conta import protocol, wire
from clients.conta.client import ContaClient
from clients.errors import NotFoundError

INVOICES_MAX = 5
"""Invoices read whole: enough to meet a letter or a payment, few enough to go unnoticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What Conta answered. ``created_at`` are the list's times as they are written."""

    server_date: datetime | None
    created_at: tuple[str, ...]
    invoices: wire.Page[wire.InvoiceRow]
    customers: tuple[wire.Customer, ...]
    events: tuple[wire.InvoiceEvent, ...]
    payments: tuple[wire.Payment, ...]
    payment_rows: wire.Page[wire.InvoicePaymentRow]


async def look(client: ContaClient) -> Look:
    """Ask what ``inspection`` judges by; raises what reads raise (``ClientError``)."""
    query = wire.InvoiceQuery()
    request = protocol.build_invoices(client.organization_id, client.assumptions, query, page=0)
    raw = await client.answer(request)
    invoices = await client.invoices(query)
    customers: dict[int, wire.Customer] = {}
    events: list[wire.InvoiceEvent] = []
    payments: list[wire.Payment] = []
    for row in invoices.hits[-INVOICES_MAX:]:
        try:
            events += await client.events(row.id)
            payments += await client.payments(row.id)
            if row.customerId is not None and row.customerId not in customers:
                customers[row.customerId] = await client.customer(row.customerId)
        except NotFoundError:
            continue  # deleted since the list told of it
    return Look(
        server_date=server_date(raw),
        created_at=_times(json_of(raw)),
        invoices=invoices,
        customers=tuple(customers.values()),
        events=tuple(events),
        payments=tuple(payments),
        payment_rows=await client.invoice_payments(),
    )


def _times(document: object) -> tuple[str, ...]:
    rows = document.get("hits") if isinstance(document, Mapping) else None
    found = [row.get("createdAt") for row in rows or () if isinstance(row, Mapping)]
    return tuple(text for text in found if isinstance(text, str))
