"""What happens around the gateway while it is killed, and what its neighbours' books say after.

A story is steps: at an instant the ledger sends events, life goes on at Kravia, and the gateway is
given time until it is at rest. It holds every kind of message the gateway sends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from clients.kravia.simulator import KraviaSimulator
from clients.webhook import ledger_events as events
from clients.webhook.simulator import LedgerSimulator

START = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
"""A Tuesday, 11:00 in Oslo: holds are decided, business days follow."""

KRAVIA_CREDITOR_ID = 10_759

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One event of the ledger's; sent again under the same id until it is answered."""

    webhook_id: str
    type: str
    data: Document


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What comes in, and what Kravia's own people and debtors do."""

    sent: tuple[Sent, ...] = ()
    life: Callable[[KraviaSimulator], object] = lambda _kravia: None


def _overdue(number: str, debtor: str) -> Sent:
    data = events.invoice_data(
        id=f"inv-{number}", number=number, debtor={"number": debtor, "name": f"Debtor {debtor}"}
    )
    return Sent(webhook_id=f"overdue-{number}", type="invoice.overdue", data=data)


def _paid(number: str, payment_id: str, amount: str) -> Sent:
    data = events.payment_data(invoice_id=f"inv-{number}", payment_id=payment_id, amount=amount)
    return Sent(webhook_id=payment_id, type="payment.received", data=data)


def _credited(number: str, amount: str) -> Sent:
    data = events.credit_note_data(
        invoice_id=f"inv-{number}", credit_note_id=f"cre-{number}", amount=amount
    )
    return Sent(webhook_id=f"cre-{number}", type="credit_note.issued", data=data)


def _disputed(number: str) -> Sent:
    data = events.objection_data(invoice_id=f"inv-{number}")
    return Sent(webhook_id=f"obj-{number}", type="objection.raised", data=data)


def _debtor_pays(number: str, amount: str) -> Callable[[KraviaSimulator], object]:
    def pay(kravia: KraviaSimulator) -> object:
        (case,) = cases_of(kravia, number)
        return kravia.debtor_pays(case.invoice_id, Decimal(amount), START.date())

    return pay


def _paid_out_and_paid_in_full(kravia: KraviaSimulator) -> None:
    kravia.pay_out(KRAVIA_CREDITOR_ID, START.date())
    _debtor_pays("30003", "2800.00")(kravia)


STORY = (
    Step(sent=(_overdue("30001", "1"), _overdue("30002", "1"), _overdue("30003", "2"))),
    Step(
        sent=(
            _paid("30001", "pay-1", "1000.00"),
            _credited("30002", "4800.00"),
            _overdue("30004", "3"),
            _disputed("30004"),
        )
    ),
    Step(sent=(_paid("30001", "pay-2", "500.00"),), life=_debtor_pays("30003", "2000.00")),
    Step(sent=(_paid("30001", "pay-3", "250.00"),), life=_paid_out_and_paid_in_full),
)


def cases_of(kravia: KraviaSimulator, number: str) -> list[Any]:
    """The cases that Kravia has of one invoice."""
    books = kravia.books.invoices.values()
    return [case for case in books if case.accounting_invoice_id == f"inv-{number}"]


def witness(kravia: KraviaSimulator) -> None:
    """Let something else change at Kravia: a row of the feed with a later stamp."""
    kravia.preload(
        creditor_id=KRAVIA_CREDITOR_ID,
        invoice_no=f"9{len(kravia.books.invoices)}",
        invoice_date=START.date(),
        original_amount=Decimal(1),
        debtor_number="another",
    )


def neighbours(kravia: KraviaSimulator, ledger: LedgerSimulator) -> Document:
    """What Kravia and the ledger have in their books, but for ids and times."""
    invoices = kravia.books.invoices
    told = Counter(
        (told.type, str(told.data["claim"] and told.data["claim"]["invoice_id"]))  # type: ignore[index]  # a document
        for told in ledger.told
    )
    return {
        "registers": sorted(
            str(invoices[call.invoice_ids[0]].accounting_invoice_id)
            for call in kravia.books.registers
        ),
        "doubled": len(kravia.books.duplicates),
        "cases": {
            case.accounting_invoice_id: (
                case.status,
                str(case.remaining),
                [(p.accounting_payment_id, str(p.amount), p.is_credit_note) for p in case.payments],
            )
            for case in sorted(invoices.values(), key=lambda case: case.invoice_no)
            if not case.preloaded
        },
        "told": {" ".join(key): count for key, count in sorted(told.items())},
        "told otherwise under one id": ledger.conflicts,
    }
