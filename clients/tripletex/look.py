"""A first look at a live Tripletex: reading calls only, for ``inspection`` to judge by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from clients.answers import server_date
from clients.errors import NotFoundError
from clients.tripletex import protocol, wire
from clients.tripletex.client import TripletexClient

INVOICES_MAX = 10
"""Invoices read whole: enough to meet a payment or a letter, few enough to go unnoticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What Tripletex answered: one page of the list, a few of its invoices whole, the months."""

    server_date: datetime | None
    who: wire.WhoAmI
    rows: wire.Page[wire.InvoiceRow]
    invoices: tuple[wire.Invoice, ...]
    periods: tuple[wire.AccountingPeriod, ...]
    vat_types: tuple[wire.VatType, ...]
    subscriptions: tuple[wire.Subscription, ...]


async def look(client: TripletexClient) -> Look:
    """Ask what ``inspection`` judges by; raises what reads raise (``ClientError``)."""
    raw = await client.answer(protocol.build_who_am_i())
    today = client.today()
    query = wire.InvoiceQuery(
        invoiceDateFrom=today - timedelta(days=client.assumptions.lists.years_back * 366),
        invoiceDateTo=today + timedelta(days=1),
    )
    rows = await client.invoices(query)
    # More than its own posting: something was paid or credited.
    paid_first = sorted(rows.values, key=lambda row: len(row.postingIds) < 2)  # noqa: PLR2004
    invoices = []
    for row in paid_first[:INVOICES_MAX]:
        try:
            invoices.append(await client.invoice(row.id))
        except NotFoundError:
            continue  # deleted since the list told of it
    return Look(
        server_date=server_date(raw),
        who=await client.who_am_i(),
        rows=rows,
        invoices=tuple(invoices),
        periods=await client.accounting_periods(),
        vat_types=await client.vat_types(),
        subscriptions=await client.subscriptions(),
    )
