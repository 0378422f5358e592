"""What Kravia tells of its cases becomes states of claims and messages to the ledger (commit 5)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import sqlalchemy as sa

from clients.kravia.wire import DetailPayment, InvoiceDetails, Settlement
from gateway.domain.claim import ClaimState, CloseReason
from gateway.domain.money import from_minor, to_minor
from gateway.domain.reconciliation.books import Entry
from gateway.operations import hand_over
from gateway.operations.book_settlement import book_settlement
from gateway.operations.case_actions import finish_done
from gateway.operations.gateway import Gateway
from gateway.operations.mark_booked import books_itself, mark_if_booked
from gateway.operations.receive_money import PAYOUT_OR_DIRECT
from gateway.operations.settlement_entries import entries, entry_row
from gateway.operations.tell import alert, ask_person, tell, tell_creditor
from gateway.storage import bank_lines, claims, receipts, settlements
from gateway.storage.claims import Claim
from gateway.storage.desk import NewAlert, clear_alert, finish_tasks
from gateway.storage.receipts import ReceiptState
from gateway.storage.reconciliation import entries_to_text
from gateway.storage.settlements import Collected, NewLine, NewSettlement
from mappers.status_from_kravia import Ended, UnknownStatus, status_from_kravia
from outbox.instants import to_ms


def take_details(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    details: InvoiceDetails,
    now: datetime,
) -> None:
    """Act on a case's details, if the case is a claim of ours."""
    claim = claims.by_kravia_id(connection, creditor_id, details.invoiceId)
    if claim is None:
        return
    clear_alert(connection, creditor_id, "details", claim.claim_id)
    claim = claims.change(connection, claim, now, details_at=to_ms(now), **_money_of(details))
    _take_payments(connection, gateway, claim, details.payments or (), now)
    finish_done(connection, gateway, claim, details, now)
    _take_status(connection, gateway, claim, details, now)


def _money_of(details: InvoiceDetails) -> dict[str, object]:
    """What the details say of money, kept beside the claim to be compared with our books."""
    entries = None
    if details.payments is not None:
        entries = entries_to_text(
            Entry(
                payment_id=each.paymentId,
                our_id=each.AccountingPaymentId,
                amount=to_minor(each.amount),
                is_credit_note=each.isCreditNote,
                is_reversed=each.reversed,
            )
            for each in details.payments
        )
    remaining = details.remainingCapital
    return {
        "remaining_minor": None if remaining is None else to_minor(remaining),
        "agency_entries": entries,
    }


def could_not_take(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    kravia_invoice_id: str,
    why: str,
    now: datetime,
) -> None:
    """Details of a case of ours cannot be read or taken: say so, and try again at each poll."""
    claim = claims.by_kravia_id(connection, creditor_id, kravia_invoice_id)
    if claim is None:
        return
    claims.change(connection, claim, now, details_at=None)
    new = NewAlert(
        creditor_id=creditor_id,
        kind="details",
        about=claim.claim_id,
        text=f"what Kravia tells of case {kravia_invoice_id} cannot be taken in: {why}",
        command=f"kravia-gateway claims show {claim.claim_id}",
    )
    alert(connection, gateway, new, now)


def take_settlement(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    told: Settlement,
    now: datetime,
) -> bool:
    """Keep a settlement, tell the ledger once or book it there; ``False`` if it is known."""
    new = NewSettlement(
        creditor_id=creditor_id,
        settlement_id=told.settlementId,
        paid_on=told.date,
        amount=told.amount,
        currency=told.currencyCode,
        costs=told.costs,
        vat=told.costsVat,
        lines=tuple(
            NewLine(
                kravia_invoice_id=line.invoiceId,
                amount=line.amount,
                principal=line.capital,
                interest=line.interest,
                fees=line.fees,
            )
            for line in told.lines
        ),
    )
    if not settlements.add_settlement(connection, new, now):
        return False
    own: dict[str, object] = {
        "settlement_id": told.settlementId,
        "amount": _money(told.amount),
        "currency": told.currencyCode,
        "paid_on": told.date.isoformat() if told.date else None,
        "lines": [_line(connection, creditor_id, line) for line in new.lines],
        "entries": [
            entry_row(each) for each in entries(connection, gateway, creditor_id, told.settlementId)
        ],
    }
    tell_creditor(connection, gateway, creditor_id, "settlement.received", own, now)
    if not books_itself(gateway, creditor_id):
        _recognise_payouts(connection, creditor_id, new.lines, now)
    book_settlement(connection, gateway, creditor_id, told, now)
    mark_if_booked(connection, gateway, creditor_id, told.settlementId, now)
    return True


SETTLEMENTS = "settlements"
UNREADABLE = "unreadable"
"""Kind and subject of the alert about settlements that cannot be understood."""


def unreadable_settlements(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, why: str, now: datetime
) -> None:
    """Kravia's list of settlements cannot be understood: nothing of it is booked or told."""
    new = NewAlert(
        creditor_id=creditor_id,
        kind=SETTLEMENTS,
        about=UNREADABLE,
        text=f"Kravia's settlements cannot be read, so none is booked or told: {why}",
        command="correct [settlements] in your kravia.toml, then restart serve",
    )
    alert(connection, gateway, new, now)


def _take_status(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    details: InvoiceDetails,
    now: datetime,
) -> None:
    """Follow Kravia's status; the word itself is kept whatever it means."""
    meaning = status_from_kravia(details.status, details.closingReason, gateway.assumptions)
    ends = isinstance(meaning, Ended) and claim.state is not ClaimState.CLOSED
    changed = details.status != claim.kravia_status
    if changed:
        claim = claims.change(connection, claim, now, kravia_status=details.status)
    if changed or ends:
        state = ClaimState.CLOSED if ends else claim.state
        own = {"status": state.value, "kravia_status": details.status, "at": now.isoformat()}
        tell(connection, gateway, claim, "claim.status_changed", own, now)
    if isinstance(meaning, UnknownStatus):
        _unknown_status(connection, gateway, claim, meaning.word, now)
        return
    clear_alert(connection, claim.creditor_id, "unknown_status", details.status or "")
    if (claim.problem or "").startswith(UNKNOWN):
        claim = claims.change(connection, claim, now, problem=None)
    if isinstance(meaning, Ended) and ends:
        reason = meaning.reason
        if claim.withdrawn_at is not None and reason is CloseReason.CLOSED_BY_AGENCY:
            reason = CloseReason.WITHDRAWN
        hand_over.close(connection, gateway, claim, reason, now)
        finish_tasks(connection, claim.claim_id, {"withdraw"}, now)
    elif not isinstance(meaning, Ended) and changed and claim.state is ClaimState.CLOSED:
        text = f"Kravia says {details.status!r} of a claim that was closed: look at it there"
        ask_person(connection, gateway, claim, "reopened_at_kravia", text, now)


UNKNOWN = "Kravia's status word "
"""How the problem of a claim begins whose status nobody has given a meaning."""


def _unknown_status(
    connection: sa.Connection, gateway: Gateway, claim: Claim, word: str, now: datetime
) -> None:
    """Show and alert the word, and read the case at each poll until the assumptions know it."""
    text = f"{UNKNOWN}{word!r} has no meaning in the assumptions: kept as it is"
    claims.change(connection, claim, now, problem=text, details_at=None)
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
            settlements.set_reversed(connection, claim.claim_id, payment.paymentId)
            tell(connection, gateway, claim, "payment.collected_reversed", own, now)


def _recognise_payouts(
    connection: sa.Connection, creditor_id: str, lines: tuple[NewLine, ...], now: datetime
) -> None:
    """Receipts that came before their settlement take its lines now.

    First those known as pay-outs by other signs, then those that wait for a person's answer: what
    a line says ends the question.
    """
    for kravia_id in dict.fromkeys(line.kravia_invoice_id for line in lines):
        claim = claims.by_kravia_id(connection, creditor_id, kravia_id)
        if claim is None:
            continue
        known = receipts.of_claim(connection, claim.claim_id)
        linked = settlements.receipts_with_line(connection, claim)
        for receipt in known:
            if receipt.state is ReceiptState.PAYOUT and receipt.receipt_id not in linked:
                settlements.consume_line(connection, claim, receipt.amount, receipt.receipt_id)
        for receipt in known:
            if receipt.state is ReceiptState.AMBIGUOUS and settlements.consume_line(
                connection, claim, receipt.amount, receipt.receipt_id
            ):
                receipts.set_state(connection, receipt.seq, ReceiptState.PAYOUT)
                bank_lines.answered(connection, receipt.receipt_id)
                finish_tasks(
                    connection, claim.claim_id, {PAYOUT_OR_DIRECT}, now, receipt.receipt_id
                )


def _line(connection: sa.Connection, creditor_id: str, line: NewLine) -> dict[str, object]:
    claim = claims.by_kravia_id(connection, creditor_id, line.kravia_invoice_id)
    return {
        "kravia_invoice_id": line.kravia_invoice_id,
        "invoice_id": None if claim is None else claim.invoice_id,
        "amount": _money(line.amount),
        "principal": None if line.principal is None else _money(line.principal),
        "interest": None if line.interest is None else _money(line.interest),
        "fees": None if line.fees is None else _money(line.fees),
    }


def _money(amount: Decimal) -> str:
    return str(from_minor(to_minor(amount)))
