"""The simulated Fiken's own switches under ``/_sim/``, beside those that all remotes have.

======  =====================  ==========================================================
GET     /_sim/state            the books
POST    /_sim/contacts         ``{"name", "organization_number"?}``
POST    /_sim/bank-accounts    ``{"name"}``
POST    /_sim/invoices         ``{"contact_id", "gross", "issue_date", "due_date"?}``
POST    /_sim/reminders        ``{"invoice_id"}``
POST    /_sim/payments         ``{"invoice_id", "amount", "on"}``
DELETE  /_sim/payments         ``{"invoice_id", "payment_id"}``
POST    /_sim/credit           ``{"invoice_id", "on", "amount"?}``
POST    /_sim/due-date         ``{"invoice_id", "due_date"}``: the debtor gets more time
POST    /_sim/write-off        ``{"invoice_id"}``
POST    /_sim/settled          ``{"invoice_id"}``: a user calls it settled
POST    /_sim/delete-sale      ``{"invoice_id"}``
POST    /_sim/expire-tokens    ``{}``: access tokens given by OAuth run out
======  =====================  ==========================================================

Ids are numbers, amounts are strings in kroner, dates ISO 8601.
"""

from __future__ import annotations

from dataclasses import asdict

from clients.fiken.simulator import FikenSimulator
from clients.simulated_control import Document, Switches, amount_of, day_of, text_of


def state(simulator: FikenSimulator, _: Document) -> dict[str, object]:
    """Return the books as a JSON document; amounts are whole øre there, as Fiken writes them."""
    books = simulator.books
    return {
        "now": simulator.now,
        "company": simulator.company,
        "contacts": [asdict(contact) for contact in books.contacts.values()],
        "invoices": [asdict(invoice) for invoice in books.invoices.values()],
        "credit_notes": [asdict(note) for note in books.credit_notes.values()],
        "doubled": list(books.doubled),
        "breaches": simulator.breaches,
        "calls": dict(simulator.calls),
        "faults": asdict(simulator.faults),
    }


def _contact(simulator: FikenSimulator, document: Document) -> dict[str, object]:
    number = text_of(document, "organization_number", "") or None
    made = simulator.add_contact(text_of(document, "name"), organization_number=number)
    return {"contact_id": made}


def _bank_account(simulator: FikenSimulator, document: Document) -> dict[str, object]:
    return {"account_code": simulator.add_bank_account(text_of(document, "name"))}


def _invoice(simulator: FikenSimulator, document: Document) -> dict[str, object]:
    made = simulator.issue_invoice(
        _number(document, "contact_id"),
        _ore(document, "gross"),
        issue_date=day_of(document, "issue_date"),
        due_date=day_of(document, "due_date") if "due_date" in document else None,
        description=text_of(document, "description", "Consulting"),
    )
    return {"invoice_id": made}


def _remind(simulator: FikenSimulator, document: Document) -> dict[str, object]:
    simulator.remind(_number(document, "invoice_id"))
    return {}


def _pay(simulator: FikenSimulator, document: Document) -> dict[str, object]:
    invoice_id, amount = _number(document, "invoice_id"), _ore(document, "amount")
    return {"payment_id": simulator.pay(invoice_id, amount, on=day_of(document, "on"))}


def _unpay(simulator: FikenSimulator, document: Document) -> dict[str, object]:
    simulator.delete_payment(_number(document, "invoice_id"), _number(document, "payment_id"))
    return {}


def _credit(simulator: FikenSimulator, document: Document) -> dict[str, object]:
    amount = _ore(document, "amount") if "amount" in document else None
    invoice_id, on = _number(document, "invoice_id"), day_of(document, "on")
    return {"credit_note_id": simulator.credit(invoice_id, on=on, amount=amount)}


def _move_due_date(simulator: FikenSimulator, document: Document) -> dict[str, object]:
    simulator.move_due_date(_number(document, "invoice_id"), day_of(document, "due_date"))
    return {}


def _write_off(simulator: FikenSimulator, document: Document) -> dict[str, object]:
    simulator.write_off(_number(document, "invoice_id"))
    return {}


def _settle(simulator: FikenSimulator, document: Document) -> dict[str, object]:
    simulator.mark_settled(_number(document, "invoice_id"))
    return {}


def _delete_sale(simulator: FikenSimulator, document: Document) -> dict[str, object]:
    simulator.delete_sale(_number(document, "invoice_id"))
    return {}


def _expire(simulator: FikenSimulator, _: Document) -> dict[str, object]:
    simulator.expire_tokens()
    return {}


def _number(document: Document, key: str) -> int:
    value = document[key]
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{key}: must be a whole number")
    return value


def _ore(document: Document, key: str) -> int:
    amount = amount_of(document, key) * 100
    if amount != int(amount):
        raise ValueError(f"{key}: has at most two decimals")
    return int(amount)


SWITCHES: Switches[FikenSimulator] = {
    ("GET", "state"): state,
    ("POST", "contacts"): _contact,
    ("POST", "bank-accounts"): _bank_account,
    ("POST", "invoices"): _invoice,
    ("POST", "reminders"): _remind,
    ("POST", "payments"): _pay,
    ("DELETE", "payments"): _unpay,
    ("POST", "credit"): _credit,
    ("POST", "due-date"): _move_due_date,
    ("POST", "write-off"): _write_off,
    ("POST", "settled"): _settle,
    ("POST", "delete-sale"): _delete_sale,
    ("POST", "expire-tokens"): _expire,
}
