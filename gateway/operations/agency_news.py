"""What Kravia tells of its cases becomes states of claims and messages to the ledger (commit 5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from clients.kravia.wire import DetailPayment, InvoiceDetails, Settlement
from gateway.domain.claim import ClaimState, CloseReason
from gateway.domain.money import from_minor, to_minor
from gateway.operations import hand_over
from gateway.operations.gateway import Gateway
from gateway.operations.messages import alert, tell, tell_creditor
from gateway.operations.receive_money import PAYOUT_OR_DIRECT
from gateway.storage import claims, mirror, receipts, settlements
from gateway.storage.claims import Claim
from gateway.storage.desk import NewAlert, finish_tasks
from gateway.storage.mirror import MirrorRow
from gateway.storage.receipts import ReceiptState
from gateway.storage.settlements import Collected
from mappers.status_from_kravia import Ended, UnknownStatus, status_from_kravia
from outbox.instants import to_ms

Line = tuple[str, Decimal, Decimal | None]
"""A settlement line: Kravia's invoice id, amount, principal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """One changed case: its feed row as the mirror keeps it, its details if it is ours."""

    row: MirrorRow
    details: InvoiceDetails | None


def take_news(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    news: tuple[News, ...],
    now: datetime,
) -> None:
    """Write the mirror, and act on the cases that are claims of ours."""
    for item in news:
        mirror.put(connection, creditor_id, item.row, now)
        claim = claims.by_kravia_id(connection, creditor_id, item.row.kravia_invoice_id)
        if claim is not None and item.details is not None:
            _take_details(connection, gateway, claim, item.details, now)


def take_details(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    details: InvoiceDetails,
    now: datetime,
) -> None:
    """Act on a case's details that were read for themselves, without a change in the feed."""
    claim = claims.by_kravia_id(connection, creditor_id, details.invoiceId)
    if claim is not None:
        _take_details(connection, gateway, claim, details, now)


def take_settlement(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    told: Settlement,
    now: datetime,
) -> bool:
    """Keep a settlement and tell the ledger once; ``False`` if it is known."""
    lines = [(line.invoiceId, line.amount, line.capital) for line in told.lines]
    new = settlements.add_settlement(
        connection,
        creditor_id=creditor_id,
        settlement_id=told.settlementId,
        paid_on=told.date,
        amount=told.amount,
        currency=told.currencyCode,
        lines=lines,
        now=now,
    )
    if not new:
        return False
    own: dict[str, object] = {
        "settlement_id": told.settlementId,
        "amount": _money(told.amount),
        "currency": told.currencyCode,
        "paid_on": told.date.isoformat() if told.date else None,
        "lines": [_line(connection, creditor_id, line) for line in lines],
    }
    tell_creditor(connection, gateway, creditor_id, "settlement.received", own, now)
    _recognise_payouts(connection, creditor_id, lines, now)
    return True


def _take_details(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    details: InvoiceDetails,
    now: datetime,
) -> None:
    claim = claims.change(connection, claim, now, details_at=to_ms(now))
    _take_payments(connection, gateway, claim, details.payments or (), now)
    if claim.state is ClaimState.CLOSED or details.status == claim.kravia_status:
        return
    claim = claims.change(connection, claim, now, kravia_status=details.status)
    own = {"status": claim.state.value, "kravia_status": details.status, "at": now.isoformat()}
    meaning = status_from_kravia(details.status, details.closingReason, gateway.assumptions)
    if isinstance(meaning, Ended):
        own["status"] = ClaimState.CLOSED.value
    tell(connection, gateway, claim, "claim.status_changed", own, now)
    if isinstance(meaning, Ended):
        reason = meaning.reason
        if claim.withdrawn_at is not None and reason is CloseReason.CLOSED_BY_AGENCY:
            reason = CloseReason.WITHDRAWN
        hand_over.close(connection, gateway, claim, reason, now)
        finish_tasks(connection, claim.claim_id, "withdraw", now)
    elif isinstance(meaning, UnknownStatus):
        _unknown_status(connection, gateway, claim, meaning.word, now)


def _unknown_status(
    connection: sa.Connection, gateway: Gateway, claim: Claim, word: str, now: datetime
) -> None:
    text = f"Kravia's status word {word!r} has no meaning in the assumptions: kept as it is"
    claims.change(connection, claim, now, problem=text)
    new = NewAlert(
        creditor_id=claim.creditor_id,
        kind="unknown_status",
        about=word,
        text=text,
        command="add the word under [status_words] in your kravia.toml, then restart serve",
    )
    alert(connection, gateway, new, now)


def _take_payments(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    payments: tuple[DetailPayment, ...],
    now: datetime,
) -> None:
    """Tell the ledger what Kravia collected, and took back, once each; our own reports are not."""
    ours = {receipt.receipt_id for receipt in receipts.of_claim(connection, claim.claim_id)}
    known = settlements.collected_of(connection, claim.claim_id)
    for payment in payments:
        if payment.isCreditNote or payment.AccountingPaymentId in ours:
            continue
        own = {
            "payment_id": payment.paymentId,
            "amount": _money(payment.amount),
            "currency": claim.currency,
            "paid_on": payment.date.isoformat(),
            "principal": None if payment.capital is None else _money(payment.capital),
        }
        before = known.get(payment.paymentId)
        if before is None:
            kept = Collected(
                payment_id=payment.paymentId,
                paid_on=payment.date,
                amount=payment.amount,
                principal=payment.capital,
                reversed=payment.reversed,
            )
            settlements.add_collected(connection, claim, kept, now)
            tell(connection, gateway, claim, "payment.collected", own, now)
        if payment.reversed and (before is None or not before.reversed):
            settlements.set_reversed(connection, claim.creditor_id, payment.paymentId)
            tell(connection, gateway, claim, "payment.collected_reversed", own, now)


def _recognise_payouts(
    connection: sa.Connection, creditor_id: str, lines: list[Line], now: datetime
) -> None:
    """Receipts that waited for a person are pay-outs once a settlement line says so."""
    for kravia_id in dict.fromkeys(line[0] for line in lines):
        claim = claims.by_kravia_id(connection, creditor_id, kravia_id)
        if claim is None:
            continue
        for receipt in receipts.of_claim(connection, claim.claim_id):
            if receipt.state is ReceiptState.AMBIGUOUS and settlements.consume_line(
                connection, claim, receipt.amount, receipt.receipt_id
            ):
                receipts.set_state(connection, receipt.seq, ReceiptState.PAYOUT)
                finish_tasks(connection, claim.claim_id, PAYOUT_OR_DIRECT, now, receipt.receipt_id)


def _line(connection: sa.Connection, creditor_id: str, line: Line) -> dict[str, object]:
    kravia_id, amount, principal = line
    claim = claims.by_kravia_id(connection, creditor_id, kravia_id)
    return {
        "kravia_invoice_id": kravia_id,
        "invoice_id": None if claim is None else claim.invoice_id,
        "amount": _money(amount),
        "principal": None if principal is None else _money(principal),
    }


def _money(amount: Decimal) -> str:
    return str(from_minor(to_minor(amount)))
