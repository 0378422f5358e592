"""A first look at a live Fiken: reading calls only, for ``inspection`` to judge by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from clients.answers import server_date
from clients.errors import NotFoundError
from clients.fiken import protocol, wire
from clients.fiken.client import FikenClient

INVOICES_MAX = 5
"""Invoices read whole: enough to meet a payment or a credit note, few enough to go unnoticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One invoice with what its sale's own list of payments says, and its credit notes."""

    invoice: wire.Invoice
    payments: tuple[wire.Payment, ...]
    credit_notes: tuple[wire.CreditNote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What Fiken answered. ``unsettled`` is the first page of that list."""

    server_date: datetime | None
    companies: tuple[wire.Company, ...]
    unsettled: wire.Page[wire.Invoice]
    invoices: tuple[Seen, ...]
    contacts: tuple[wire.Contact, ...]


async def look(client: FikenClient) -> Look:
    """Ask what ``inspection`` judges by; raises what reads raise (``ClientError``)."""
    raw = await client.answer(protocol.build_companies(client.assumptions, page=0))
    companies = (await client.companies()).rows
    unsettled = await client.invoices(wire.InvoiceQuery(settled=False))
    newest = unsettled.rows[-INVOICES_MAX:]
    partly_paid = [row for row in unsettled.rows if row.sale and row.sale.salePayments]
    chosen = {row.invoiceId: row for row in (*newest, *partly_paid[-INVOICES_MAX:])}
    seen: list[Seen] = []
    contacts: dict[int, wire.Contact] = {}
    for row in chosen.values():
        try:
            seen.append(await _whole(client, row))
            if row.customerId is not None and row.customerId not in contacts:
                contacts[row.customerId] = await client.contact(row.customerId)
        except NotFoundError:
            continue  # deleted since the list told of it
    return Look(
        server_date=server_date(raw),
        companies=companies,
        unsettled=unsettled,
        invoices=tuple(seen),
        contacts=tuple(contacts.values()),
    )


async def _whole(client: FikenClient, row: wire.Invoice) -> Seen:
    payments = () if row.sale is None else await client.payments(row.sale.saleId)
    notes = [await client.credit_note(number) for number in row.associatedCreditNotes]
    return Seen(invoice=row, payments=payments, credit_notes=tuple(notes))
