"""Conta's refusals by name, as sentences a bookkeeper can act on.

The names are those of the 422 lists of creating and deleting a payment and of crediting an invoice,
and of the common refusals, in Conta's OpenAPI (``components.schemas.*Exception``, PascalCase on
the wire).
"""

from __future__ import annotations

from collections.abc import Mapping

PERIOD_LOCKS = frozenset(
    {
        "AccountingYearIsLockedException",
        "BookkeepingAccountReconciledForPeriodException",
        "CannotCreateTransactionBeforeStartDateException",
        "VatPeriodIsAlreadySettledException",
    }
)
"""Refusals of a day, not of the booking: on a later day it may go."""

AUTHENTICATION_NAMES = frozenset(
    {
        "AccessToolException",
        "ApiGatewayRestRequestException",
        "AuthenticationToolException",
        "BlockedAuthenticationToolException",
        "EmailAddressNotConfirmedAuthenticationToolException",
        "MissingSSORolesAuthenticationToolException",
        "UserHasPolicyToOrgAccessToolException",
    }
)
"""Refusals of who asks, some of which Conta answers with status 500."""

_CREDIT_FIRST = "The invoice cannot be credited as it stands:"

SENTENCES: Mapping[str, str] = {
    # The day is closed.
    "AccountingYearIsLockedException": "The accounting year of that date is locked in Conta. Open"
    " the year, or book it on the first open day.",
    "BookkeepingAccountReconciledForPeriodException": "The bank account is reconciled for that date"
    " in Conta. Undo the reconciliation, or book it on the first open day.",
    "CannotCreateTransactionBeforeStartDateException": "The date is before the accounting in Conta"
    " starts. Book it on the start date or later.",
    "VatPeriodIsAlreadySettledException": "The VAT period of that date is settled in Conta. Reopen"
    " the period, or book it on the first open day.",
    # The payment does not fit the invoice.
    "AmountGreaterThanRemainingOnInvoiceException": "The amount is more than what remains of the"
    " invoice in Conta. Look whether the payment is booked already, and book the rest by hand.",
    "AmountGreaterThanRemainingOnKraviaException": "The amount is more than what Conta's own link"
    " to Kravia says remains. Someone sent this invoice to Kravia from Conta: find out which case"
    " is the right one.",
    "PaymentsFromKraviaCannotBeBeforeInvoiceHasBeenSentToKraviaException": "The payment is dated"
    " before the day on which Conta's own link sent the invoice to Kravia. Correct the date.",
    "PaymentDateInFutureException": "Conta books no payment dated in the future. Book it on the"
    " day itself.",
    "CannotProcessPaymentInvoiceInForeignCurrencyException": "The invoice is in a foreign currency;"
    " Conta wants its payment registered by hand.",
    "NotPossibleToRegisterRegularPaymentsForInvoicesWithForeignCurrenciesException": "The invoice"
    " is in a foreign currency; Conta wants its payment registered by hand.",
    "CannotCreateManualTransactionsUsingInvoicesWithForeignCurrenciesException": "The invoice is in"
    " a foreign currency; Conta wants it booked by hand.",
    "InvoiceDoesNotBelongToCustomerException": "The invoice belongs to another customer in Conta."
    " Look at both before booking.",
    "InvoiceCanNotBeClosedWithLossException": "Conta cannot close the invoice with a loss. Look at"
    " the invoice in Conta.",
    "BookkeepingAccountNotActiveException": "The bookkeeping account is not active in Conta."
    " Activate it, or choose another bank account for this creditor.",
    "BookkeepingAccountNoNotAllowedException": "The bookkeeping account may not be used for this in"
    " Conta. Choose another bank account for this creditor.",
    "TransactionNotFoundException": "Conta does not find the transaction. Look at the invoice's"
    " payments in Conta.",
    # A payment that cannot be taken back.
    "InvoiceIsClosedWithLossException": "The invoice is written off as a loss in Conta. Reverse the"
    " write-off first.",
    "TransactionAlreadyResetException": "The booking is reversed in Conta already. There is nothing"
    " to do.",
    "TransactionShouldBeRemovedBeforeDeletePaymentException": "The payment is part of a bank"
    " transaction in Conta. Remove it there first.",
    "WrongInvoiceTypeException": "Conta does this for ordinary invoices only, and this is none.",
    # An invoice that cannot be credited.
    "InvoiceHasPaymentsException": f"{_CREDIT_FIRST} it has payments. Remove them, or credit only"
    " the rest by hand.",
    "InvoiceOnKraviaHasPaymentsException": f"{_CREDIT_FIRST} Kravia has paid on it through Conta's"
    " own link. Withdraw it from Kravia there, then credit by hand.",
    "InvoiceSumRemainingLessThanSumTotalException": f"{_CREDIT_FIRST} less than its total remains."
    " Credit the rest by hand.",
    "InvoiceCanNotBeCreditedException": f"{_CREDIT_FIRST} look at it in Conta.",
    "CannotCreditCreditNotesException": "A credit note cannot be credited.",
    "InvoiceHasManualTransactionOnRegnskapException": f"{_CREDIT_FIRST} it is booked by hand in the"
    " accounts. Remove that booking first.",
    "CurrentInvoiceCannotHaveAnOldCreditNoteException": f"{_CREDIT_FIRST} the credit note may not"
    " come from another system.",
    "InvoiceIsMoreThanThreeYearsOldException": f"{_CREDIT_FIRST} it is more than three years old.",
    "NoPaymentsException": "There are no payments to remove.",
    # Who asks, and what is asked for.
    "ApiGatewayRestRequestException": "Conta does not accept the API key. Make a new one in Conta's"
    " settings and put it into ours.",
    "LoginRequiredException": "Conta does not accept the API key. Make a new one in Conta's"
    " settings and put it into ours.",
    "OrgAccessDeniedException": "The user behind the API key has no access to this organisation in"
    " Conta. Check organization_id, or make the key as a user who has access.",
    "OrgBlockedException": "Conta has blocked the organisation. Settle that with Conta.",
    "UserBlockedException": "Conta has blocked the user behind the API key. Settle that with"
    " Conta.",
    "SubscriptionPlanException": "The organisation's plan at Conta does not include this. Change"
    " the plan, or do it by hand.",
    "NotFoundIdModelStorageToolException": "Conta knows no such thing: it was deleted, or belongs"
    " to another organisation.",
    "UrlNotFoundException": "Conta knows no such address. Check the ledger's base_url.",
    "UrlMethodNotFoundException": "Conta knows no such call at this address. Check the ledger's"
    " base_url.",
    "InUseIdModelStorageException": "Something in Conta still uses this, so it cannot be changed or"
    " removed. Look at it in Conta.",
    "InputOpException": "Conta does not accept the values sent.",
    "RestRequestException": "Conta does not understand the request.",
    "PostRequestTooLargeException": "The request is larger than Conta takes.",
    # Not now.
    "MaintenanceException": "Conta is down for maintenance.",
    "OrgReadOnlyModeException": "Conta has put the organisation into read-only mode for now.",
}
