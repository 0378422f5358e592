"""The simulated Conta's own switches under ``/_sim/``: pure, the shell only carries them.

======  =====================  ==========================================================
GET     /_sim/state            the books
PUT     /_sim/clock            ``{"now": "2026-11-24T10:00:00+01:00"}``
POST    /_sim/faults           ``{"faults": [{"kind": …}], "conditions": {…}}``, added to the rest
DELETE  /_sim/faults           no more trouble
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
POST    /_sim/lock-year        ``{"year"}``
POST    /_sim/maintenance      ``{"until": null or an instant}``, likewise ``/_sim/read-only``
======  =====================  ==========================================================

Ids and years are numbers, amounts are strings, dates ISO 8601. What is wrong answers 400, an
unknown id 404.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from clients.conta.simulator import ContaSimulator
from clients.conta.simulator_faults import FaultPlan, faults_from_document

PREFIX = "/_sim/"
"""Where the switches are; Conta has no such path."""

Document = Mapping[str, object]


class ControlError(Exception):
    """The switch cannot be thrown so; ``status`` is for HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def control(
    simulator: ContaSimulator, method: str, path: str, document: object
) -> dict[str, object]:
    """Throw one switch and return what it did."""
    if not isinstance(document, Mapping):
        raise ControlError(400, "the body must be an object")
    switch = _SWITCHES.get((method, path.removeprefix(PREFIX)))
    if switch is None:
        raise ControlError(404, "no such switch")
    try:
        return switch(simulator, document)
    except LookupError as error:
        raise ControlError(404, f"missing or unknown: {error}") from error
    except (ValueError, TypeError, InvalidOperation) as error:
        raise ControlError(400, str(error) or type(error).__name__) from error


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


def _clock(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    now = _instant(document, "now")
    simulator.set_now(now)
    return {"now": now}


def _plant(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    plan = faults_from_document(document)
    simulator.faults.plant(*plan.faults)
    if "conditions" in document:
        simulator.faults.conditions = replace(plan.conditions)
    return {"faults": asdict(simulator.faults)}


def _clear(simulator: ContaSimulator, _: Document) -> dict[str, object]:
    simulator.faults = FaultPlan()
    return {"faults": asdict(simulator.faults)}


def _customer(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    customer_id = simulator.add_customer(
        _text(document, "name"),
        customer_type=_text(document, "customer_type", "INDIVIDUAL"),
        org_no=_text(document, "org_no", "") or None,
    )
    return {"customer_id": customer_id}


def _invoice(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    invoice_id = simulator.issue_invoice(
        _number(document, "customer_id"),
        _amount(document, "total"),
        invoice_date=_day(document, "invoice_date"),
        due_date=_day(document, "due_date") if "due_date" in document else None,
        description=_text(document, "description", "Consulting"),
    )
    return {"invoice_id": invoice_id}


def _letter(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    letter_id = simulator.send_letter(
        _number(document, "invoice_id"),
        on=_day(document, "on"),
        due_date=_day(document, "due_date"),
        is_notice=document.get("is_notice", True) is True,
        delivery_method=_text(document, "delivery_method", "MAIL"),
        fee=_amount(document, "fee") if "fee" in document else Decimal(0),
    )
    return {"letter_id": letter_id}


def _pay(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    invoice_id, amount = _number(document, "invoice_id"), _amount(document, "amount")
    on = _day(document, "on")
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
    invoice_id, on = _number(document, "invoice_id"), _day(document, "on")
    return {"credit_note_id": simulator.credit(invoice_id, on=on)}


def _object(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    simulator.object_to(_number(document, "invoice_id"))
    return {}


def _postpone(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    simulator.postpone(_number(document, "invoice_id"), _day(document, "until"))
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


def _maintenance(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    until = None if document["until"] is None else _instant(document, "until")
    simulator.maintain_until(until)
    return {"maintenance_until": until}


def _read_only(simulator: ContaSimulator, document: Document) -> dict[str, object]:
    until = None if document["until"] is None else _instant(document, "until")
    simulator.read_only_until(until)
    return {"read_only_until": until}


def _text(document: Document, key: str, otherwise: str | None = None) -> str:
    value = document[key] if otherwise is None else document.get(key, otherwise)
    if not isinstance(value, str):
        raise TypeError(f"{key}: must be a text")
    return value


def _number(document: Document, key: str) -> int:
    value = document[key]
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{key}: must be a whole number")
    return value


def _amount(document: Document, key: str) -> Decimal:
    amount = Decimal(_text(document, key))
    if not amount.is_finite() or amount <= 0:
        raise ValueError(f"{key}: must be a positive amount")
    return amount


def _day(document: Document, key: str) -> date:
    return date.fromisoformat(_text(document, key))


def _instant(document: Document, key: str) -> datetime:
    instant = datetime.fromisoformat(_text(document, key))
    if instant.tzinfo is None:
        raise ValueError(f"{key}: needs an offset")
    return instant


_SWITCHES: dict[tuple[str, str], Callable[[ContaSimulator, Document], dict[str, object]]] = {
    ("GET", "state"): state,
    ("PUT", "clock"): _clock,
    ("POST", "faults"): _plant,
    ("DELETE", "faults"): _clear,
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
    ("POST", "lock-year"): _lock_year,
    ("POST", "maintenance"): _maintenance,
    ("POST", "read-only"): _read_only,
}
