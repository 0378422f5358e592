"""What a person says of a line of the bank, and a payment told by hand."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from decimal import Decimal
from typing import Final

import sqlalchemy as sa

from gateway.domain.bank_line import BankLine
from gateway.domain.oslo import oslo_date
from gateway.operations.arguments import Arguments, creditor_of, day_of, needed, needed_reason
from gateway.operations.bank_line_pages import found_line, line_rows
from gateway.operations.bank_lines import (
    decide_all,
    enter,
    new_line,
    settle,
)
from gateway.operations.bank_matching import Share, Waiting, shared
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.operations.receive_money import PAYOUT_OR_DIRECT, reverse_payment
from gateway.storage import bank_lines, claims, receipts
from gateway.storage.bank_lines import LineState, Source, StoredLine
from gateway.storage.claims import Claim
from gateway.storage.desk import finish_tasks_about, record_action
from gateway.storage.receipts import ReceiptKind, ReceiptState

_AMOUNT: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")


def register(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Take in a payment that a person knows of; the same one again changes nothing."""
    creditor_id = creditor_of(gateway, arguments)
    claim = claim_named(connection, creditor_id, needed(arguments, "invoice"))
    amount, on = _amount(needed(arguments, "amount")), day_of(gateway, arguments)
    if on > oslo_date(now):
        raise OperationError("on must not be after today: it has not been paid", kind="invalid")
    reference = str(arguments.get("reference") or "")
    seed = f"hand|{creditor_id}|{claim.invoice_id}|{on}|{amount:.2f}|{reference}"
    identity = hashlib.sha256(seed.encode()).hexdigest()
    known = bank_lines.by_identity(connection, creditor_id, identity)
    if known is not None:
        return {**line_rows(connection, [known])[0], "outcome": "known"}
    kid = claim.invoice(gateway.seal).kid
    line = BankLine(
        identity=identity,
        place=reference or "by hand",
        account="",
        on=on,
        amount=amount,
        currency=claim.currency,
        kids=(kid,) if kid else (),
        payer_account=_text(arguments, "payer_account"),
        text=_text(arguments, "text"),
    )
    new = new_line(gateway, creditor_id, Source.HAND, None, line)
    stored = bank_lines.add(connection, gateway.seal, new, LineState.UNMATCHED, None, now)
    found = _twin_of(connection, stored, claim) or shared(connection, line, (claim,))
    debtors = settle(connection, gateway, stored, found, now)
    decide_all(connection, gateway, creditor_id, debtors, now)
    _audit(connection, actor, "payments.register", stored.line_id, arguments, now)
    return {**_row(connection, stored), "outcome": "new"}


def match(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """A person says whose a line is: one invoice, or several with an amount for each."""
    stored = _open_line(connection, arguments)
    reason = needed_reason(arguments)
    named = _named(arguments)
    found = [(claim_named(connection, stored.creditor_id, name), amount) for name, amount in named]
    if len({claim.claim_id for claim, _ in found}) != len(found):
        raise OperationError("an invoice is named twice", kind="invalid")
    for claim, _ in found:
        if claim.currency != stored.currency:
            raise OperationError(
                f"invoice {claim.invoice_number} is in {claim.currency}, the line in"
                f" {stored.currency}: book it in the ledger, then dismiss the line",
                kind="refused",
            )
    if stored.is_return:
        debtors = _match_return(connection, gateway, stored, found, arguments, now)
    else:
        debtors = enter(connection, gateway, stored, _shares(stored, found), now)
    _end_by_person(connection, stored, actor, now)
    decide_all(connection, gateway, stored.creditor_id, debtors, now)
    _audit(connection, actor, "payments.match", stored.line_id, arguments, now, reason)
    return _row(connection, stored)


def dismiss(
    connection: sa.Connection, _gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """A person says that a line is no claim's, or is told already: it stays unmatched."""
    stored = _open_line(connection, arguments)
    reason = needed_reason(arguments)
    bank_lines.end(connection, stored, LineState.UNMATCHED, reason, by=(actor, now))
    finish_tasks_about(connection, stored.creditor_id, bank_lines.WHOSE, stored.line_id, now)
    _audit(connection, actor, "payments.dismiss", stored.line_id, arguments, now, reason)
    return _row(connection, stored)


def claim_named(connection: sa.Connection, creditor_id: str, name: str) -> Claim:
    """The claim of an invoice, by the ledger's id or else by its number."""
    by_id = claims.find(connection, creditor_id, name)
    if by_id is not None:
        return by_id
    by_number = claims.of_number(connection, creditor_id, name)
    if len(by_number) > 1:
        ids = ", ".join(claim.invoice_id for claim in by_number)
        raise OperationError(f"several invoices have number {name}: name one of {ids}")
    if not by_number:
        raise OperationError(
            f"no claim of {creditor_id} is on an invoice {name}; look with: claims list --creditor"
            f" {creditor_id}",
            kind="not_found",
        )
    return by_number[0]


def _twin_of(connection: sa.Connection, stored: StoredLine, claim: Claim) -> Waiting | None:
    """What a file told already is not to be counted again: the day may differ a little."""
    known = bank_lines.near_of_claim(connection, claim.claim_id, stored.on, stored.amount)
    if not known:
        return None
    return Waiting(
        why=f"the bank told a payment of the same amount on {known[0].on}, {known[0].line_id}:"
        " dismiss this if it is the same, match it if it is another",
        claims=(claim,),
    )


def _match_return(
    connection: sa.Connection,
    gateway: Gateway,
    stored: StoredLine,
    found: list[tuple[Claim, Decimal | None]],
    arguments: Arguments,
    now: datetime,
) -> frozenset[str]:
    """Reverse the payment that the bank took back: the one named, or the only one that fits."""
    if len(found) != 1:
        raise OperationError("money that was taken back is one invoice's", kind="invalid")
    ((claim, _),) = found
    wanted = arguments.get("payment")
    fitting = [
        receipt
        for receipt in receipts.of_claim(connection, claim.claim_id)
        if receipt.kind is ReceiptKind.PAYMENT
        and receipt.state not in {ReceiptState.REVERSED, ReceiptState.TOLD_BY_BANK}
        and (receipt.receipt_id == wanted if wanted else receipt.amount == stored.amount)
    ]
    if len(fitting) != 1:
        raise OperationError(
            f"invoice {claim.invoice_number} has {len(fitting)} payments that it may take back:"
            f" name one with --payment; claims show {claim.claim_id} lists them"
        )
    payment_id = fitting[0].receipt_id
    reverse_payment(connection, gateway, claim, payment_id, now, now)
    for part in bank_lines.parts_of_claim(connection, claim.claim_id):
        if part.payment_id == payment_id and not part.is_return:
            bank_lines.returned(connection, part)
    amount = fitting[0].amount
    bank_lines.add_part(
        connection, stored, claim.claim_id, amount, told_as=payment_id, is_entered=False
    )
    bank_lines.end(connection, stored, LineState.MATCHED, None)
    return frozenset({claim.debtor_number})


def _shares(stored: StoredLine, found: list[tuple[Claim, Decimal | None]]) -> tuple[Share, ...]:
    if len(found) == 1 and found[0][1] is None:
        return (Share(claim=found[0][0], amount=stored.amount),)
    told = [(claim, amount) for claim, amount in found if amount]
    if len(told) != len(found) or sum(amount for _, amount in told) != stored.amount:
        raise OperationError(
            f"the amounts must add up to {stored.amount}: name each as INVOICE=AMOUNT",
            kind="invalid",
        )
    return tuple(Share(claim=claim, amount=amount) for claim, amount in told)


def _named(arguments: Arguments) -> list[tuple[str, Decimal | None]]:
    """``INVOICE`` or ``INVOICE=AMOUNT``, once for each invoice."""
    invoices = arguments.get("invoices")
    if not isinstance(invoices, list) or not invoices:
        raise OperationError("invoices is missing: name at least one", kind="invalid")
    named: list[tuple[str, Decimal | None]] = []
    for each in invoices:
        name, equals, amount = str(each).rpartition("=")
        named.append((name, _amount(amount)) if equals else (str(each), None))
    return named


def _open_line(connection: sa.Connection, arguments: Arguments) -> StoredLine:
    """The line named, which must not have claims yet."""
    stored = found_line(connection, arguments)
    if stored.state is LineState.MATCHED:
        raise OperationError(
            f"{stored.line_id} is matched already; see: payments show {stored.line_id}"
        )
    if bank_lines.parts_of_line(connection, stored.seq):
        raise OperationError(
            f"the claims of {stored.line_id} are known; only whose money it is is not: answer its"
            f" task ({PAYOUT_OR_DIRECT}) with tasks done"
        )
    return stored


def _end_by_person(
    connection: sa.Connection, stored: StoredLine, actor: str, now: datetime
) -> None:
    after = bank_lines.get(connection, stored.line_id)
    if after is not None:
        bank_lines.end(connection, after, after.state, after.reason, by=(actor, now))
    finish_tasks_about(connection, stored.creditor_id, bank_lines.WHOSE, stored.line_id, now)


def _amount(text: str) -> Decimal:
    if not _AMOUNT.fullmatch(text) or not Decimal(text):
        raise OperationError(
            f'"{text}" must be an amount such as 2250.00, more than 0', kind="invalid"
        )
    return round(Decimal(text), 2)


def _text(arguments: Arguments, name: str) -> str | None:
    value = arguments.get(name)
    return str(value) if value else None


def _row(connection: sa.Connection, stored: StoredLine) -> Document:
    after = bank_lines.get(connection, stored.line_id)
    return line_rows(connection, [after or stored])[0]


def _audit(
    connection: sa.Connection,
    actor: str,
    action: str,
    line_id: str,
    arguments: Arguments,
    now: datetime,
    reason: str | None = None,
) -> None:
    record_action(
        connection,
        actor=actor,
        action=action,
        subject=line_id,
        reason=reason if reason is not None else str(arguments.get("reason") or ""),
        now=now,
    )
