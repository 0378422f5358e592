"""The last look before a payment is told: Kravia may have collected as much since its last news.

A pay-out that came to the ledger before we read that Kravia collected it looks like the debtor's
own. The case's details, read before each report, show what is new; then a person is asked.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from clients.kravia.wire import InvoiceDetails
from gateway.operations.agency_news import take_details
from gateway.operations.gateway import Gateway
from gateway.operations.messages import ReceiptOrder
from gateway.operations.receive_money import PAYOUT_OR_DIRECT, question
from gateway.operations.tell import ask_person
from gateway.storage import receipts, settlements
from gateway.storage.claims import Claim
from gateway.storage.receipts import ReceiptState


def is_news(
    connection: sa.Connection, claim: Claim, order: ReceiptOrder, details: InvoiceDetails
) -> bool:
    """Whether the case shows a collected payment of this amount that we do not know yet."""
    known = settlements.collected_of(connection, claim.claim_id)
    ours = {receipt.receipt_id for receipt in receipts.of_claim(connection, claim.claim_id)}
    return any(
        order.amount in {payment.amount, payment.capital}
        for payment in details.payments or ()
        if not payment.isCreditNote
        and not payment.reversed
        and payment.paymentId not in known
        and payment.AccountingPaymentId not in ours
    )


def ask_whose(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    message_id: str,
    details: InvoiceDetails,
    now: datetime,
) -> None:
    """Take the news in, and leave the payment to a person instead of telling it."""
    take_details(connection, gateway, claim.creditor_id, details, now)
    receipt = receipts.of_message(connection, message_id)
    if receipt is None or receipt.state is not ReceiptState.TO_REPORT:
        return
    receipts.set_state(connection, receipt.seq, ReceiptState.AMBIGUOUS)
    text = question(receipt.receipt_id)
    ask_person(connection, gateway, claim, PAYOUT_OR_DIRECT, text, now, receipt.receipt_id)


def is_to_report(connection: sa.Connection, message_id: str) -> bool:
    """Whether the message's payment is still to be told; one without a receipt is."""
    receipt = receipts.of_message(connection, message_id)
    return receipt is None or receipt.state is ReceiptState.TO_REPORT
