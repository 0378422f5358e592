"""The simulated Kravia's own switches under ``/_sim/``: pure, the shell only carries them.

======  ==================  ==========================================================
GET     /_sim/state         the books
PUT     /_sim/clock         ``{"now": "2026-11-24T10:00:00+01:00"}``
POST    /_sim/faults        ``{"faults": [{"kind": …}], "conditions": {…}}``, added to those there
DELETE  /_sim/faults        no more trouble
POST    /_sim/payments      ``{"invoice_id", "amount", "on"}``: the debtor pays Kravia
POST    /_sim/reverse       ``{"invoice_id", "payment_id"}``: a payment is taken back
POST    /_sim/objection     ``{"invoice_id"}``
POST    /_sim/withdraw      ``{"invoice_id"}``
POST    /_sim/close         ``{"invoice_id", "status_word", "closing_reason"?}``
POST    /_sim/payout        ``{"creditor_id", "on"}``: a settlement with the creditor
POST    /_sim/preload       an invoice that was there before: ``{"creditor_id", "invoice_no",
                            "invoice_date", "original_amount", "debtor_number", …}``
======  ==================  ==========================================================

Ids and amounts are strings, dates ISO 8601. What is wrong answers 400, an unknown id 404.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from clients.kravia.simulator import KraviaSimulator
from clients.kravia.simulator_faults import FaultPlan, faults_from_document

PREFIX = "/_sim/"
"""Where the switches are; Kravia has no such path."""

Document = Mapping[str, object]


class ControlError(Exception):
    """The switch cannot be thrown so; ``status`` is for HTTP."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def control(
    simulator: KraviaSimulator, method: str, path: str, document: object
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


def state(simulator: KraviaSimulator, _: Document) -> dict[str, object]:
    """Return the books as a JSON document; amounts and dates become strings there."""
    books = simulator.books
    return {
        "now": simulator.now,
        "invoices": [asdict(invoice) for invoice in books.invoices.values()],
        "registers": [asdict(call) for call in books.registers],
        "duplicates": list(books.duplicates),
        "payments": [asdict(call) for call in books.payments],
        "credit_notes": [asdict(call) for call in books.credit_notes],
        "settlements": [asdict(settlement) for settlement in books.settlements.values()],
        "invites": list(books.invites),
        "webhooks": {str(key): asdict(config) for key, config in simulator.webhooks.items()},
        "calls": dict(simulator.calls),
        "faults": asdict(simulator.faults),
    }


def _clock(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    now = datetime.fromisoformat(_text(document, "now"))
    if now.tzinfo is None:
        raise ValueError("now: needs an offset")
    simulator.set_now(now)
    return {"now": now}


def _plant(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    plan = faults_from_document(document)
    simulator.faults.plant(*plan.faults)
    if "conditions" in document:
        simulator.faults.conditions = replace(plan.conditions)
    return {"faults": asdict(simulator.faults)}


def _clear(simulator: KraviaSimulator, _: Document) -> dict[str, object]:
    simulator.faults = FaultPlan()
    return {"faults": asdict(simulator.faults)}


def _pay(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    payment = simulator.debtor_pays(
        _text(document, "invoice_id"), _amount(document, "amount"), _day(document, "on")
    )
    return asdict(payment)


def _reverse(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    simulator.reverse_payment(_text(document, "invoice_id"), _text(document, "payment_id"))
    return {}


def _object(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    simulator.object_to(_text(document, "invoice_id"))
    return {}


def _withdraw(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    simulator.withdraw(_text(document, "invoice_id"))
    return {}


def _close(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    simulator.close(
        _text(document, "invoice_id"),
        _text(document, "status_word"),
        _optional_text(document, "closing_reason"),
    )
    return {}


def _pay_out(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    settlement = simulator.pay_out(int(str(document["creditor_id"])), _day(document, "on"))
    return {"settlement": None if settlement is None else asdict(settlement)}


def _preload(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    invoice_id = simulator.preload(
        creditor_id=int(str(document["creditor_id"])),
        invoice_no=_text(document, "invoice_no"),
        invoice_date=_day(document, "invoice_date"),
        original_amount=_amount(document, "original_amount"),
        debtor_number=_optional_text(document, "debtor_number"),
        debtor_name=_optional_text(document, "debtor_name"),
        accounting_invoice_id=_optional_text(document, "accounting_invoice_id"),
        meaning=_optional_text(document, "meaning") or "active",
        currency=_optional_text(document, "currency") or "NOK",
    )
    return {"invoice_id": invoice_id}


def _text(document: Document, key: str) -> str:
    value = document[key]
    if not isinstance(value, str):
        raise TypeError(f"{key}: must be a text")
    return value


def _optional_text(document: Document, key: str) -> str | None:
    return None if document.get(key) is None else _text(document, key)


def _amount(document: Document, key: str) -> Decimal:
    amount = Decimal(_text(document, key))
    if not amount.is_finite() or amount <= 0:
        raise ValueError(f"{key}: must be a positive amount")
    return amount


def _day(document: Document, key: str) -> date:
    return date.fromisoformat(_text(document, key))


_SWITCHES: dict[tuple[str, str], Callable[[KraviaSimulator, Document], dict[str, object]]] = {
    ("GET", "state"): state,
    ("PUT", "clock"): _clock,
    ("POST", "faults"): _plant,
    ("DELETE", "faults"): _clear,
    ("POST", "payments"): _pay,
    ("POST", "reverse"): _reverse,
    ("POST", "objection"): _object,
    ("POST", "withdraw"): _withdraw,
    ("POST", "close"): _close,
    ("POST", "payout"): _pay_out,
    ("POST", "preload"): _preload,
}
