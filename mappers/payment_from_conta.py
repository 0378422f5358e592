"""A payment as Conta has it, as what of it falls on one invoice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clients.conta.wire import PartialPayment
from clients.conta.wire import Payment as ContaPayment
from gateway.domain.invoice import Payment


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """One (bank receipt, invoice).

    ``payment.id`` is Conta's id of the part, unique over all invoices; ``conta_payment_id`` that of
    the whole payment, which our POST answered if it is ours. ``from_kravia`` is money Conta's own
    link booked: never to be told to Kravia.
    """

    payment: Payment
    conta_payment_id: int
    from_kravia: bool
    by_ocr: bool


def payment_from_conta(
    payment: ContaPayment, *, invoice_id: int, currency: str
) -> tuple[Receipt, ...]:
    """Return the parts of a payment that fall on the invoice, usually one.

    Left out are parts on other invoices, without a day or an amount above zero, and what Conta says
    is no payment (``NOT_PAYMENT``): the drop they made stays unexplained and goes to a person.
    """
    if payment.paymentType == "NOT_PAYMENT":
        return ()
    receipts = []
    for number, part in enumerate(payment.partialPayments):
        amount = _amount(part, currency)
        if part.invoiceId not in _own(payment, invoice_id) or part.date is None or amount <= 0:
            continue
        part_id = str(part.id) if part.id is not None else f"{payment.id}-{number}"
        receipts.append(_receipt(payment, part_id, part.date, amount))
    return tuple(receipts)


def _own(payment: ContaPayment, invoice_id: int) -> set[int | None]:
    """A part that names no invoice is this one's, unless there are several."""
    return {invoice_id} if payment.isMultiPayment else {invoice_id, None}


def _amount(part: PartialPayment, currency: str) -> Decimal:
    """Return the amount in the invoice's currency; ``amount`` itself is in NOK."""
    if currency != "NOK" and part.amountForeignCurrency is not None:
        return part.amountForeignCurrency
    return part.amount or Decimal(0)


def _receipt(payment: ContaPayment, part_id: str, on: date, amount: Decimal) -> Receipt:
    return Receipt(
        payment=Payment(id=part_id, paid_on=on, amount=amount),
        conta_payment_id=payment.id,
        from_kravia=payment.isFromKravia is True,
        by_ocr=payment.paymentType == "OCR_CREMUL",
    )
