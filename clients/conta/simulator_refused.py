"""How the simulated Conta refuses: by Conta's exception names, in Conta's error objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from clients.conta.simulator_books import Books, SimulatedInvoice, SimulatedPayment

NAMES_BY_STATUS = {
    400: "RestRequestException",
    401: "ApiGatewayRestRequestException",
    403: "OrgAccessDeniedException",
    404: "NotFoundIdModelStorageToolException",
    405: "UrlMethodNotFoundException",
    409: "InUseIdModelStorageException",
    413: "PostRequestTooLargeException",
    422: "CustomException",
    500: "OrgReadOnlyModeException",
    503: "SystemException",
}
"""The exception that stands for a status where nothing more precise is said."""


@dataclass(slots=True, kw_only=True)
class Refused(Exception):  # noqa: N818  an answer, not an error of the simulator
    """The call is answered with this status and error object."""

    status: int
    name: str
    properties: Mapping[str, object] = field(default_factory=dict)
    fields: Sequence[str] = ()


def error_object(
    status: int, name: str, properties: Mapping[str, object], fields: Sequence[str]
) -> dict[str, object]:
    """Word a refusal as Conta does: ``category``, ``name``, ``messages`` and its facts."""
    messages = {"EN": f"Simulated: {name}"}
    if name == "InputOpException":
        errors = [
            {"type": "propertyCondition", "id": "required", "property": {"path": path}}
            for path in fields
        ]
        return {"category": "INPUT", "name": name, "input": {}, "errors": errors}
    if status == 422:  # noqa: PLR2004 - HTTP's own number
        words = {**messages, "NO": f"Simulert: {name}"}
        return {"category": "CUSTOM", "name": name, "messages": words, "properties": properties}
    category = "SYSTEM" if name == "SystemException" else "API"
    return {"category": category, "name": name, "messages": messages, **properties}


def check_period(books: Books, day: date, bank_account_id: int | None) -> None:
    """Refuse a day on which nothing can be booked any more."""
    periods = books.periods
    if periods.starts_on is not None and day < periods.starts_on:
        raise _business(
            "CannotCreateTransactionBeforeStartDateException", regnskapStartDate=periods.starts_on
        )
    if day.year in periods.locked_years:
        years = sorted(periods.locked_years)
        raise _business("AccountingYearIsLockedException", lockedAccountingYears=years)
    for number, (first, last) in enumerate(periods.vat_settled, start=1):
        if first <= day <= last:
            raise _business(
                "VatPeriodIsAlreadySettledException",
                vatSettlementId=number,
                fromDate=first,
                toDate=last,
                fromMonth=f"{first:%m}",
                toMonth=f"{last:%m}",
            )
    until = periods.reconciled.get(bank_account_id or 0)
    if until is not None and day <= until:
        raise _business(
            "BookkeepingAccountReconciledForPeriodException",
            bookkeepingAccountNo="1920",
            date=until,
            dateInEnglish=f"{until:%d.%m.%Y}",
            dateInNorwegian=f"{until:%d.%m.%Y}",
        )


def check_payment(
    books: Books, invoice: SimulatedInvoice, amount: Decimal, on: date, bank_account_id: int | None
) -> None:
    """Refuse a payment as Conta does."""
    if invoice.currency != "NOK":
        raise _business(
            "NotPossibleToRegisterRegularPaymentsForInvoicesWithForeignCurrenciesException"
        )
    if on > books.today:
        raise _business("PaymentDateInFutureException", today=books.today, dateProvided=on)
    check_period(books, on, bank_account_id)
    if amount > invoice.remaining:
        if invoice.kravia_status == "ACTIVE":
            raise _business(
                "AmountGreaterThanRemainingOnKraviaException",
                amount=amount,
                remainingOnKravia=invoice.remaining,
            )
        raise _business(
            "AmountGreaterThanRemainingOnInvoiceException",
            amount=amount,
            remainingOnInvoice=invoice.remaining,
        )


def check_removal(books: Books, payment: SimulatedPayment) -> None:
    """Refuse to delete a payment as Conta does."""
    _check_in_use(books, payment.id)
    if payment.deleted:
        raise _business(
            "TransactionAlreadyResetException",
            transactionId=payment.transaction_id,
            resetByTransactionId=payment.transaction_id + 1,
        )
    if any(
        books.invoices[part.invoice_id].status == "WRITTEN_OFF_AS_LOSS" for part in payment.parts
    ):
        raise _business("InvoiceIsClosedWithLossException")
    check_period(books, payment.on, payment.bank_account_id)


def check_credit(
    books: Books, invoice: SimulatedInvoice, on: date, *, remove_payments: bool
) -> None:
    """Refuse to credit an invoice as Conta does."""
    _check_in_use(books, invoice.id)
    if invoice.invoice_type == "CREDIT":
        raise _business("CannotCreditCreditNotesException")
    if invoice.status == "WRITTEN_OFF_AS_LOSS":
        raise _business("InvoiceIsClosedWithLossException")
    payments = list(books.payments_of(invoice.id))
    if any(payment.from_kravia for payment in payments):
        raise _business("InvoiceOnKraviaHasPaymentsException")
    if payments and not remove_payments:
        raise _business("InvoiceHasPaymentsException")
    if not payments and invoice.remaining < invoice.total:
        raise _business(
            "InvoiceSumRemainingLessThanSumTotalException",
            sumTotal=invoice.total,
            sumRemaining=invoice.remaining,
        )
    check_period(books, on, invoice.bank_account_id)


def _check_in_use(books: Books, number: int) -> None:
    if number in books.in_use:
        raise Refused(status=409, name=NAMES_BY_STATUS[409])


def _business(name: str, **properties: object) -> Refused:
    return Refused(status=422, name=name, properties=properties)
