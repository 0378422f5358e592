"""The simulated Tripletex's own switches under ``/_sim/``, beside those that all remotes have.

======  =====================  ==========================================================
GET     /_sim/state            the books
POST    /_sim/customers        ``{"name", "is_private"?, "organization_number"?}``
POST    /_sim/invoices         ``{"customer_id", "total", "invoice_date", "due_date"?}``
POST    /_sim/letters          ``{"invoice_id", "on", "term_of_payment", "type"?, "charge"?}``
POST    /_sim/payments         ``{"invoice_id", "amount", "on", "by_ocr"?}``
DELETE  /_sim/payments         ``{"posting_id", "on"}``: taken back
POST    /_sim/credit           ``{"invoice_id", "on"}``
POST    /_sim/postpone         ``{"invoice_id", "until"}``
POST    /_sim/factoring        ``{"customer_id"}``
POST    /_sim/write-off        ``{"invoice_id", "on"}``
POST    /_sim/payment-types    ``{"description", "account"}``
POST    /_sim/accounts         ``{"number"}``
POST    /_sim/close-month      ``{"year", "month"}``
POST    /_sim/end-sessions     ``{}``
======  =====================  ==========================================================

Ids, years and months are numbers, amounts are strings, dates ISO 8601. A webhook is subscribed to
as at the real one: ``POST /event/subscription``.
"""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

from clients.simulated_control import Document, Switches, amount_of, day_of, text_of
from clients.tripletex.simulator import TripletexSimulator


def state(simulator: TripletexSimulator, _: Document) -> dict[str, object]:
    """Return the books as a JSON document; amounts and dates become strings there."""
    books = simulator.books
    return {
        "now": simulator.now,
        "company_id": simulator.company_id,
        "customers": [asdict(each) for each in books.customers.values()],
        "invoices": [
            {**asdict(each), "outstanding": books.outstanding(each)}
            for each in books.invoices.values()
        ],
        "postings": [asdict(each) for each in books.postings.values()],
        "doubled": list(books.doubled),
        "vouchers": [asdict(each) for each in books.by_voucher.vouchers.values()],
        "doubled_vouchers": list(books.by_voucher.doubled),
        "closed_months": [list(each) for each in sorted(books.closed_months)],
        "subscriptions": [
            {"id": each.id, "event": each.event, "status": each.status}
            for each in books.subscriptions.values()
        ],
        "calls": dict(simulator.calls),
        "faults": asdict(simulator.faults),
    }


def _customer(simulator: TripletexSimulator, document: Document) -> dict[str, object]:
    customer_id = simulator.add_customer(
        text_of(document, "name"),
        is_private=document.get("is_private", True) is True,
        organization_number=text_of(document, "organization_number", ""),
    )
    return {"customer_id": customer_id}


def _invoice(simulator: TripletexSimulator, document: Document) -> dict[str, object]:
    invoice_id = simulator.issue_invoice(
        _number(document, "customer_id"),
        amount_of(document, "total"),
        invoice_date=day_of(document, "invoice_date"),
        due_date=day_of(document, "due_date") if "due_date" in document else None,
        description=text_of(document, "description", "Consulting"),
    )
    return {"invoice_id": invoice_id}


def _letter(simulator: TripletexSimulator, document: Document) -> dict[str, object]:
    reminder_id = simulator.remind(
        _number(document, "invoice_id"),
        on=day_of(document, "on"),
        term_of_payment=day_of(document, "term_of_payment"),
        reminder_type=text_of(document, "type", "NOTICE_OF_DEBT_COLLECTION"),
        charge=amount_of(document, "charge") if "charge" in document else Decimal(0),
    )
    return {"reminder_id": reminder_id}


def _pay(simulator: TripletexSimulator, document: Document) -> dict[str, object]:
    pay = simulator.pay_by_ocr if document.get("by_ocr") is True else simulator.pay_by_hand
    invoice_id, amount = _number(document, "invoice_id"), amount_of(document, "amount")
    return {"posting_id": pay(invoice_id, amount, on=day_of(document, "on"))}


def _unpay(simulator: TripletexSimulator, document: Document) -> dict[str, object]:
    posting_id = _number(document, "posting_id")
    return {"posting_id": simulator.take_back(posting_id, on=day_of(document, "on"))}


def _credit(simulator: TripletexSimulator, document: Document) -> dict[str, object]:
    invoice_id, on = _number(document, "invoice_id"), day_of(document, "on")
    return {"credit_note_id": simulator.credit(invoice_id, on=on)}


def _postpone(simulator: TripletexSimulator, document: Document) -> dict[str, object]:
    simulator.postpone(_number(document, "invoice_id"), day_of(document, "until"))
    return {}


def _factoring(simulator: TripletexSimulator, document: Document) -> dict[str, object]:
    simulator.send_to_factoring(_number(document, "customer_id"))
    return {}


def _write_off(simulator: TripletexSimulator, document: Document) -> dict[str, object]:
    invoice_id, on = _number(document, "invoice_id"), day_of(document, "on")
    return {"posting_id": simulator.write_off(invoice_id, on=on)}


def _payment_type(simulator: TripletexSimulator, document: Document) -> dict[str, object]:
    description, account = text_of(document, "description"), _number(document, "account")
    return {"payment_type_id": simulator.add_payment_type(description, account)}


def _account(simulator: TripletexSimulator, document: Document) -> dict[str, object]:
    return {"account_id": simulator.add_account(_number(document, "number")).id}


def _close_month(simulator: TripletexSimulator, document: Document) -> dict[str, object]:
    simulator.close_month(_number(document, "year"), _number(document, "month"))
    return {}


def _end_sessions(simulator: TripletexSimulator, _: Document) -> dict[str, object]:
    simulator.end_sessions()
    return {}


def _number(document: Document, key: str) -> int:
    value = document[key]
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{key}: must be a whole number")
    return value


SWITCHES: Switches[TripletexSimulator] = {
    ("GET", "state"): state,
    ("POST", "customers"): _customer,
    ("POST", "invoices"): _invoice,
    ("POST", "letters"): _letter,
    ("POST", "payments"): _pay,
    ("DELETE", "payments"): _unpay,
    ("POST", "credit"): _credit,
    ("POST", "postpone"): _postpone,
    ("POST", "factoring"): _factoring,
    ("POST", "write-off"): _write_off,
    ("POST", "payment-types"): _payment_type,
    ("POST", "accounts"): _account,
    ("POST", "close-month"): _close_month,
    ("POST", "end-sessions"): _end_sessions,
}
