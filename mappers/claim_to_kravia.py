"""An invoice to hand over, in Kravia's words (``POST /api/v2/invoice/register``)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from clients.kravia.wire import PostalAddress, RegisterRequest
from gateway.domain.invoice import DebtorKind, Invoice


def claim_to_kravia(
    invoice: Invoice,
    *,
    kravia_creditor_id: int,
    amount: Decimal,
    due_date: date,
    with_national_id: bool = False,
) -> RegisterRequest:
    """The register call; ``amount`` is principal only, ``due_date`` the original one.

    The national id is sent only ``with_national_id``, and only a person's: Kravia does not require
    it (``ssn`` is null in its samples).
    """
    debtor = invoice.debtor
    address = debtor.address
    is_person = debtor.kind is DebtorKind.PERSON
    return RegisterRequest(
        claimType="CollectionCase",
        creditorId=kravia_creditor_id,
        accountingInvoiceId=invoice.id,
        debtorName=debtor.name,
        debtorNumber=debtor.number,
        email=debtor.email,
        ssn=debtor.national_id if with_national_id and is_person else None,
        organizationNumber=debtor.organization_number,
        isPrivateIndividual=is_person,
        postalAddress=PostalAddress(
            addressAddressLine1=address.line1 if address else None,
            addressPostalCode=address.postal_code if address else None,
            addressCity=address.city if address else None,
            addressCountryCode=address.country if address else None,
        ),
        invoiceNo=invoice.number,
        invoiceDate=invoice.issue_date,
        dueDate=due_date,
        originalAmount=amount,
        currencyCode=invoice.currency,
        description=invoice.description or f"Invoice {invoice.number}",
        extra={},
    )
