"""An invoice of ours as the contract's webhook body states one: what a polled ledger would send."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from gateway.domain.invoice import Address, Debtor, Insolvency, Invoice, Objection

Document = dict[str, object]


def invoice_to_webhook(invoice: Invoice) -> Document:
    """Return the ``data`` of ``invoice.overdue`` or ``invoice.updated``.

    ``invoice_from_webhook`` reads it back unchanged. What was added to the contract's fields is
    left out while it says nothing.
    """
    document: Document = {
        "id": invoice.id,
        "version": invoice.version,
        "number": invoice.number,
        "issue_date": invoice.issue_date.isoformat(),
        "due_date": _day(invoice.due_date),
        "currency": invoice.currency,
        "total": str(invoice.total),
        "outstanding": str(invoice.outstanding),
        "kid": invoice.kid,
        "description": invoice.description,
        "supplied_on": _day(invoice.supplied_on),
        "demand_sent_on": _day(invoice.demand_sent_on),
        "department": invoice.department,
        "project": invoice.project,
        "pdf_url": invoice.pdf_url,
        "invoice_url": invoice.invoice_url,
        "delivery_evidence": invoice.delivery_evidence,
        "notices": [
            {
                "kind": letter.kind.value,
                "sent_on": letter.sent_on.isoformat(),
                "deadline": _day(letter.deadline),
                "channel": letter.channel and letter.channel.value,
                "fee": str(letter.fee),
            }
            for letter in invoice.notices
        ],
        "payments": [
            {
                "id": payment.id,
                "paid_on": payment.paid_on.isoformat(),
                "amount": str(payment.amount),
                **({"from_agency": True} if payment.from_agency else {}),
            }
            for payment in invoice.payments
        ],
        "credit_notes": [
            {"id": note.id, "issued_on": note.issued_on.isoformat(), "amount": str(note.amount)}
            for note in invoice.credit_notes
        ],
        "objection": _objection(invoice.objection),
        "payment_plan": None
        if invoice.payment_plan is None
        else {
            "agreed_on": invoice.payment_plan.agreed_on.isoformat(),
            "new_due_date": _day(invoice.payment_plan.new_due_date),
            "broken_on": _day(invoice.payment_plan.broken_on),
        },
        "compensation_claimed": _amount(invoice.compensation_claimed),
        "interest_claimed": _amount(invoice.interest_claimed),
    }
    if invoice.postponed_until is not None:
        document["postponed_until"] = invoice.postponed_until.isoformat()
    if invoice.elsewhere is not None:
        document["elsewhere"] = {
            "standing": invoice.elsewhere.standing.value,
            "word": invoice.elsewhere.word,
        }
    return {"invoice": document, "debtor": _debtor(invoice.debtor)}


def _debtor(debtor: Debtor) -> Document:
    return {
        "number": debtor.number,
        "name": debtor.name,
        "kind": debtor.kind.value,
        "organization_number": debtor.organization_number,
        "birth_date": _day(debtor.birth_date),
        "national_id": debtor.national_id,
        "contract_on": _day(debtor.contract_on),
        "address": None if debtor.address is None else _address(debtor.address),
        "email": debtor.email,
        "phone": debtor.phone,
        "protected_address": debtor.protected_address,
        "deceased": debtor.deceased,
        "bankrupt": debtor.bankrupt,
        "insolvency": None if debtor.insolvency is None else _insolvency(debtor.insolvency),
    }


def _address(address: Address) -> Document:
    return {
        "line1": address.line1,
        "line2": address.line2,
        "postal_code": address.postal_code,
        "city": address.city,
        "country": address.country,
    }


def _insolvency(insolvency: Insolvency) -> Document:
    return {
        "kind": insolvency.kind.value,
        "opened_on": _day(insolvency.opened_on),
        "ended_on": _day(insolvency.ended_on),
    }


def _objection(objection: Objection | None) -> Document | None:
    if objection is None:
        return None
    return {
        "raised_on": objection.raised_on.isoformat(),
        "text": objection.text,
        "amount": _amount(objection.amount),
        "resolved_on": _day(objection.resolved_on),
        "outcome": objection.outcome and objection.outcome.value,
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _amount(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)
