"""The simulated Kravia's own switches under ``/_sim/``, beside those that all remotes have.

======  ==================  ==========================================================
GET     /_sim/state         the books
POST    /_sim/payments      ``{"invoice_id", "amount", "on"}``: the debtor pays Kravia
POST    /_sim/reverse       ``{"invoice_id", "payment_id"}``: a payment is taken back
POST    /_sim/objection     ``{"invoice_id"}``
POST    /_sim/withdraw      ``{"invoice_id"}``
POST    /_sim/close         ``{"invoice_id", "status_word", "closing_reason"?}``
POST    /_sim/payout        ``{"creditor_id", "on"}``: a settlement with the creditor
POST    /_sim/preload       an invoice that was there before: ``{"creditor_id", "invoice_no",
                            "invoice_date", "original_amount", "debtor_number", …}``
======  ==================  ==========================================================

Ids and amounts are strings, dates ISO 8601.
"""

from __future__ import annotations

from dataclasses import asdict

from clients.kravia.simulator import KraviaSimulator
from clients.simulated_control import Document, Switches, amount_of, day_of, text_of


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


def _pay(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    payment = simulator.debtor_pays(
        text_of(document, "invoice_id"), amount_of(document, "amount"), day_of(document, "on")
    )
    return asdict(payment)


def _reverse(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    simulator.reverse_payment(text_of(document, "invoice_id"), text_of(document, "payment_id"))
    return {}


def _object(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    simulator.object_to(text_of(document, "invoice_id"))
    return {}


def _withdraw(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    simulator.withdraw(text_of(document, "invoice_id"))
    return {}


def _close(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    simulator.close(
        text_of(document, "invoice_id"),
        text_of(document, "status_word"),
        _optional_text(document, "closing_reason"),
    )
    return {}


def _pay_out(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    settlement = simulator.pay_out(int(str(document["creditor_id"])), day_of(document, "on"))
    return {"settlement": None if settlement is None else asdict(settlement)}


def _preload(simulator: KraviaSimulator, document: Document) -> dict[str, object]:
    invoice_id = simulator.preload(
        creditor_id=int(str(document["creditor_id"])),
        invoice_no=text_of(document, "invoice_no"),
        invoice_date=day_of(document, "invoice_date"),
        original_amount=amount_of(document, "original_amount"),
        debtor_number=_optional_text(document, "debtor_number"),
        debtor_name=_optional_text(document, "debtor_name"),
        accounting_invoice_id=_optional_text(document, "accounting_invoice_id"),
        meaning=_optional_text(document, "meaning") or "active",
        currency=_optional_text(document, "currency") or "NOK",
    )
    return {"invoice_id": invoice_id}


def _optional_text(document: Document, key: str) -> str | None:
    return None if document.get(key) is None else text_of(document, key)


SWITCHES: Switches[KraviaSimulator] = {
    ("GET", "state"): state,
    ("POST", "payments"): _pay,
    ("POST", "reverse"): _reverse,
    ("POST", "objection"): _object,
    ("POST", "withdraw"): _withdraw,
    ("POST", "close"): _close,
    ("POST", "payout"): _pay_out,
    ("POST", "preload"): _preload,
}
