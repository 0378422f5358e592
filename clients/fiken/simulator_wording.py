"""The simulated Fiken's books in Fiken's words, as its OpenAPI writes them; no nulls."""

from __future__ import annotations

from collections.abc import Mapping

from clients.fiken.assumptions import Assumptions
from clients.fiken.simulator_books import (
    Books,
    SimulatedContact,
    SimulatedCreditNote,
    SimulatedEntry,
    SimulatedInvoice,
    SimulatedPayment,
)

Document = dict[str, object]


def contact(one: SimulatedContact) -> Document:
    """A contact; its telephone number is documented as never answered."""
    street, second, postcode, city, country = one.address
    return _present(
        {
            "contactId": one.id,
            "createdDate": one.modified_on.isoformat(),
            "lastModifiedDate": one.modified_on.isoformat(),
            "name": one.name,
            "email": one.email,
            "organizationNumber": one.organization_number,
            "customerNumber": one.id - 500_000,
            "customerAccountCode": f"1500:{one.id - 490_000}",
            "customer": True,
            "supplier": False,
            "inactive": False,
            "address": _present(
                {
                    "streetAddress": street,
                    "streetAddressLine2": second,
                    "city": city,
                    "postCode": postcode,
                    "country": country,
                }
            ),
        }
    )


def bank_account(identifier: int, name: str, account_code: str) -> Document:
    """A bank account."""
    return {
        "bankAccountId": identifier,
        "name": name,
        "accountCode": account_code,
        "type": "normal",
        "inactive": False,
    }


def payment(one: SimulatedPayment, currency: str) -> Document:
    """A payment of a sale."""
    facts: Document = {
        "paymentId": one.id,
        "date": one.on.isoformat(),
        "account": one.account,
        "amount": one.amount,
    }
    return facts if currency == "NOK" else {**facts, "currency": currency}


def invoice(
    books: Books, one: SimulatedInvoice, assumptions: Assumptions, *, with_payments: bool
) -> Document:
    """An invoice with its sale, customer and attachments, of a list or alone."""
    return _present(
        {
            "invoiceId": one.id,
            "createdDate": one.created_on.isoformat(),
            "lastModifiedDate": one.modified_on.isoformat(),
            "invoiceNumber": one.number,
            "kid": one.kid,
            "issueDate": one.issue_date.isoformat(),
            "dueDate": one.due_date.isoformat(),
            "originalDueDate": one.original_due_date and one.original_due_date.isoformat(),
            "net": one.gross,
            "vat": 0,
            "gross": one.gross,
            "netInNok": one.gross,
            "vatInNok": 0,
            "grossInNok": one.gross,
            "cash": one.cash,
            "currency": one.currency,
            "lines": [{"description": one.description, "gross": one.gross, "quantity": 1}],
            "address": {"country": "Norway"},
            "invoicePdf": _attachment(one.id, "invoice"),
            "attachments": [_attachment(one.id, "reminder") for _ in range(one.reminders)],
            "dispatches": [
                {"date": day.isoformat(), "dispatchType": kind} for day, kind in one.sent
            ],
            "associatedCreditNotes": list(one.credit_notes),
            "customer": contact(books.contacts[one.contact_id]),
            "project": _project(books, one.project_id),
            "sale": _sale(one, assumptions, with_payments=with_payments),
        }
    )


def credit_note(books: Books, one: SimulatedCreditNote) -> Document:
    """A credit note; amounts are written without a sign."""
    invoice_ = books.invoices[one.invoice_id]
    amounts = {"net": one.gross, "vat": 0, "gross": one.gross}
    in_nok = {f"{name}InNok": amount for name, amount in amounts.items()}
    customer = contact(books.contacts[invoice_.contact_id])
    return {
        "creditNoteId": one.id,
        "creditNoteNumber": one.number,
        **amounts,
        **in_nok,
        "customer": customer,
        "address": customer["address"],
        "currency": invoice_.currency,
        "issueDate": one.on.isoformat(),
        "settled": True,
        "associatedInvoiceId": one.invoice_id,
    }


def company(slug: str, name: str) -> Document:
    """The company."""
    return {"name": name, "slug": slug, "hasApiAccess": True, "testCompany": False}


def _sale(one: SimulatedInvoice, assumptions: Assumptions, *, with_payments: bool) -> Document:
    owed = one.outstanding * assumptions.owed_sign
    payments = [payment(each, one.currency) for each in one.payments] if with_payments else None
    return _present(
        {
            "saleId": one.sale_id,
            "lastModifiedDate": one.modified_on.isoformat(),
            "date": one.issue_date.isoformat(),
            "kind": "invoice",
            "netAmount": one.gross,
            "vatAmount": 0,
            "settled": one.is_settled,
            "writeOff": one.write_off is not None,
            "totalPaid": one.paid,
            "totalPaidInCurrency": one.paid,
            "outstandingBalance": owed,
            "outstandingBalanceInCurrency": owed,
            "currency": one.currency,
            "dueDate": one.due_date.isoformat(),
            "salePayments": payments,
            "deleted": one.deleted,
        }
    )


def _project(books: Books, project_id: int | None) -> Document | None:
    if project_id is None:
        return None
    return {"projectId": project_id, "number": str(project_id), "name": books.projects[project_id]}


def _attachment(identifier: int, kind: str) -> Document:
    link = f"https://fiken.test/filer/{kind}-{identifier}.pdf"
    return {
        "identifier": f"{kind}-{identifier}",
        "downloadUrl": f"{link}?api",
        "downloadUrlWithFikenNormalUserCredentials": link,
        "type": kind,
    }


def _present(facts: Mapping[str, object]) -> Document:
    return {name: value for name, value in facts.items() if value is not None}


def entry(made: SimulatedEntry) -> Document:
    """Word an entry of the books."""
    return {
        "journalEntryId": made.id,
        "transactionId": made.transaction_id,
        "journalEntryNumber": made.id % 10_000,
        "createdDate": made.created_on.isoformat(),
        "lastModifiedDate": made.created_on.isoformat(),
        "description": made.description,
        "date": made.on.isoformat(),
        "lines": [{"account": account, "amount": amount} for account, amount in made.lines],
        "attachments": [],
    }
