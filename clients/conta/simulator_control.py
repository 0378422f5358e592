"""The simulated Conta's own switches under ``/_sim/``, beside those that all remotes have.

======  =====================  ==========================================================
GET     /_sim/state            the books
POST    /_sim/customers        ``{"name", "customer_type"?, "org_no"?}``
POST    /_sim/invoices         ``{"customer_id", "total", "invoice_date", "due_date"?}``
POST    /_sim/letters          ``{"invoice_id", "on", "due_date", "is_notice"?, "fee"?}``
POST    /_sim/payments         ``{"invoice_id", "amount", "on", "by_ocr"?, "from_kravia"?}``
DELETE  /_sim/payments         ``{"payment_id"}``
POST    /_sim/credit           ``{"invoice_id", "on"}``
POST    /_sim/objection        ``{"invoice_id"}``
POST    /_sim/postpone         ``{"invoice_id", "until"}``
POST    /_sim/write-off        ``{"invoice_id"}``
POST    /_sim/send-to-kravia   ``{"invoice_id"}``: someone uses Conta's own link
POST    /_sim/bank-accounts    ``{"account_no"}``
POST    /_sim/lock-year        ``{"year"}``
POST    /_sim/settle-vat       ``{"from", "to"}``: the VAT of these days is settled
POST    /_sim/reconcile        ``{"bank_account_id", "until"}``: reconciled up to that day
POST    /_sim/maintenance      ``{"until": null or an instant}``, likewise ``/_sim/read-only``
======  =====================  ==========================================================

Ids and years are numbers, amounts are strings, dates ISO 8601.
"""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal

from clients.conta.simulator import ContaSimulator
from clients.simulated_control import Document, Switches, amount_of, day_of, instant_of, text_of


def state(simulator: ContaSimulator, _: Document) -> dict[str, object]:
    """Return the books as a JSON document; amounts and dates become strings there."""
    books = simulator.books
    periods = books.periods
    return {
        "now": simulator.now,
        "organization_id": simulator.organization_id,
        "customers": [asdict(customer) for customer in books.customers.values()],
        "invoices": [asdict(invoice) for invoice in books.invoices.values()],
        "payments": [asdict(payment) for payment in books.payments.values()],
        "doubled": list(books.doubled),
        "locked_years": sorted(periods.locked_years),
        "vat_settled": [list(period) for period in periods.vat_settled],
        "maintenance_until": books.maintenance_until,
        "read_only_until": books.read_only_until,
        "calls": dict(simulator.calls),
        "faults": asdict(simulator.faults),
    }


def _customer(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    customer_id = simulator.add_customer(
        text_of(document, "name"),
        customer_type=text_of(document, "customer_type", "INDIVIDUAL"),
        org_no=text_of(document, "org_no", "") or None,
    )
    return {"customer_id": customer_id}


def _invoice(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    invoice_id = simulator.issue_invoice(
        _number(document, "customer_id"),
        amount_of(document, "total"),
        invoice_date=day_of(document, "invoice_date"),
        due_date=day_of(document, "due_date") if "due_date" in document else None,
        description=text_of(document, "description", "Consulting"),
    )
    return {"invoice_id": invoice_id}


def _letter(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    letter_id = simulator.send_letter(
        _number(document, "invoice_id"),
        on=day_of(document, "on"),
        due_date=day_of(document, "due_date"),
        is_notice=document.get("is_notice", True) is True,
        delivery_method=text_of(document, "delivery_method", "MAIL"),
        fee=amount_of(document, "fee") if "fee" in document else Decimal(0),
    )
    return {"letter_id": letter_id}


def _pay(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    invoice_id, amount = _number(document, "invoice_id"), amount_of(document, "amount")
    on = day_of(document, "on")
    if document.get("from_kravia") is True:
        payment_id = simulator.kravia_pays(invoice_id, amount, on=on)
    elif document.get("by_ocr") is True:
        payment_id = simulator.pay_by_ocr(invoice_id, amount, on=on)
    else:
        payment_id = simulator.pay_by_hand({invoice_id: amount}, on=on)
    return {"payment_id": payment_id}


def _unpay(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    simulator.delete_payment(_number(document, "payment_id"))
    return {}


def _credit(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    invoice_id, on = _number(document, "invoice_id"), day_of(document, "on")
    return {"credit_note_id": simulator.credit(invoice_id, on=on)}


def _object(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    simulator.object_to(_number(document, "invoice_id"))
    return {}


def _postpone(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    simulator.postpone(_number(document, "invoice_id"), day_of(document, "until"))
    return {}


def _write_off(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    simulator.write_off(_number(document, "invoice_id"))
    return {}


def _send_to_kravia(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    invoice_id = _number(document, "invoice_id")
    simulator.click_send_to_kravia(invoice_id)
    simulator.kravia_confirms(invoice_id)
    return {}


def _lock_year(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    simulator.lock_year(_number(document, "year"))
    return {"locked_years": sorted(simulator.books.periods.locked_years)}


def _bank_account(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    return {"bank_account_id": simulator.add_bank_account(text_of(document, "account_no"))}


def _settle_vat(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    simulator.books.periods.vat_settled.append((day_of(document, "from"), day_of(document, "to")))
    return {}


def _reconcile(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    account, until = _number(document, "bank_account_id"), day_of(document, "until")
    simulator.books.periods.reconciled[account] = until
    return {}


def _maintenance(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    until = None if document["until"] is None else instant_of(document, "until")
    simulator.maintain_until(until)
    return {"maintenance_until": until}


def _read_only(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    until = None if document["until"] is None else instant_of(document, "until")
    simulator.read_only_until(until)
    return {"read_only_until": until}


def _number(document: Document, key: str) -> int:
    value = document[key]
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{key}: must be a whole number")
    return value


SWITCHES: Switches[ContaSimulator] = {
    ("GET", "state"): state,
    ("POST", "customers"): _customer,
    ("POST", "invoices"): _invoice,
    ("POST", "letters"): _letter,
    ("POST", "payments"): _pay,
    ("DELETE", "payments"): _unpay,
    ("POST", "credit"): _credit,
    ("POST", "objection"): _object,
    ("POST", "postpone"): _postpone,
    ("POST", "write-off"): _write_off,
    ("POST", "send-to-kravia"): _send_to_kravia,
    ("POST", "bank-accounts"): _bank_account,
    ("POST", "lock-year"): _lock_year,
    ("POST", "settle-vat"): _settle_vat,
    ("POST", "reconcile"): _reconcile,
    ("POST", "maintenance"): _maintenance,
    ("POST", "read-only"): _read_only,
}
