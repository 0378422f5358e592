"""Lines of the bank taken in: each once, and each ends matched, unmatched or waiting.

::

    line ── known: nothing ── else match ── receive_money, as a payment.received does ── decide

A plan does all of it in one transaction that is undone. Lines that no claim had are looked at again
when a claim with their KID comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from pydantic import TypeAdapter, ValidationError

from gateway.domain.bank_line import BankLine
from gateway.domain.invoice import Invoice
from gateway.domain.oslo import start_of_day
from gateway.operations.arguments import Arguments, creditor_of, needed, reason_of
from gateway.operations.bank_line_pages import line_rows
from gateway.operations.bank_matching import (
    Matched,
    Returned,
    Share,
    Unmatched,
    Waiting,
    match_line,
)
from gateway.operations.decide import decide_debtor
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.known_debtors import fill_tokens, kid_token
from gateway.operations.paging import Document
from gateway.operations.receive_money import (
    PAYOUT_OR_DIRECT,
    Incoming,
    receive_money,
    reverse_payment,
)
from gateway.operations.tell import ask_person
from gateway.schema.bank_line import BankLineModel
from gateway.storage import bank_lines, claims, receipts
from gateway.storage.bank_lines import WHOSE, LineState, NewLine, Source, StoredLine
from gateway.storage.claims import Claim
from gateway.storage.desk import record_action
from gateway.storage.receipts import ReceiptKind, ReceiptState
from mappers.bank_line_from_json import bank_line_from_json

LINES_MAX: Final = 200
"""Taken in one transaction: about a second at most, in which nobody else writes."""

CLAIMS_ASKED_MAX: Final = 5
"""Claims on which a waiting line is shown as a task; the line itself names no more."""

_LINES: Final[TypeAdapter[tuple[BankLineModel, ...]]] = TypeAdapter(tuple[BankLineModel, ...])


class _TriedOutError(Exception):
    """Undoes the transaction that lines were tried out in, and carries what came of them."""

    def __init__(self, items: list[Document]) -> None:
        super().__init__("tried out")
        self.items = items


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """Some lines of one file."""

    creditor_id: str
    source: Source
    file: str
    lines: tuple[BankLine, ...]


async def plan(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
    """Say where each line would end; changes nothing."""
    order = _order(gateway, arguments)
    await fill_tokens(gateway, order.creditor_id)
    now = gateway.clock()

    def try_out(connection: sa.Connection) -> None:
        raise _TriedOutError(_take_all(connection, gateway, order, now))

    try:
        await gateway.database.write(try_out)
    except _TriedOutError as tried:
        return {"items": tried.items}
    raise RuntimeError("what was tried out was not undone")


async def import_lines(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """Take some lines of a file in, in one commit; those taken before are only told."""
    order = _order(gateway, arguments)
    await fill_tokens(gateway, order.creditor_id)
    now = gateway.clock()

    def take(connection: sa.Connection) -> list[Document]:
        items = _take_all(connection, gateway, order, now)
        if any(item["outcome"] == "new" for item in items):
            record_action(
                connection,
                actor=actor,
                action="payments.import",
                subject=f"{order.source.value} {order.file[:12]}",
                reason=reason_of(arguments),
                now=now,
            )
        return items

    items = await gateway.database.write(take, scope=order.creditor_id)
    gateway.wake.deliver()
    return {"items": items}


def take_line(
    connection: sa.Connection, gateway: Gateway, new: NewLine, now: datetime
) -> tuple[StoredLine, frozenset[str]]:
    """Keep a line that is not kept yet, and act on it; gives the debtors to be decided again."""
    match = match_line(connection, gateway, new)
    stored = bank_lines.add(connection, gateway.seal, new, LineState.UNMATCHED, None, now)
    return stored, settle(connection, gateway, stored, match, now)


def settle(
    connection: sa.Connection,
    gateway: Gateway,
    stored: StoredLine,
    match: Matched | Returned | Unmatched | Waiting,
    now: datetime,
) -> frozenset[str]:
    """Write where a line ends and do what follows; gives the debtors to be decided again."""
    match match:
        case Unmatched(why=why):
            bank_lines.end(connection, stored, LineState.UNMATCHED, why)
            return frozenset()
        case Waiting(why=why, claims=concerned):
            wait(connection, gateway, stored, why, concerned, now)
            return frozenset()
        case Returned(line=before):
            return take_back(connection, gateway, stored, before, now)
        case Matched(shares=shares):
            return enter(connection, gateway, stored, shares, now)


def wait(
    connection: sa.Connection,
    gateway: Gateway,
    stored: StoredLine,
    why: str,
    concerned: Sequence[Claim],
    now: datetime,
) -> None:
    """Ask a person whose a line is, at each claim that it may be for."""
    bank_lines.end(connection, stored, LineState.WAITING, why)
    what = "was taken back" if stored.is_return else "came in"
    text = (
        f"{stored.amount} {stored.currency} {what} on {stored.on}, and {why}. Answer with payments"
        f" match {stored.line_id} INVOICE, or payments dismiss {stored.line_id}"
    )
    for claim in concerned[:CLAIMS_ASKED_MAX]:
        ask_person(connection, gateway, claim, WHOSE, text, now, stored.line_id)


def enter(
    connection: sa.Connection,
    gateway: Gateway,
    stored: StoredLine,
    shares: Sequence[Share],
    now: datetime,
) -> frozenset[str]:
    """Book a line on its claims, each share once, as a payment that the ledger tells."""
    line = stored.opened(gateway.seal)
    at = min(start_of_day(line.on), now)  # a snapshot of later that day may be net of it
    asked = False
    debtors = set()
    for share in shares:
        claim = share.claim
        debtors.add(claim.debtor_number)
        is_entered = share.told_as is None
        bank_lines.add_part(
            connection,
            stored,
            claim.claim_id,
            share.amount,
            told_as=share.told_as,
            is_entered=is_entered,
        )
        if is_entered:
            money = Incoming(
                kind=ReceiptKind.PAYMENT,
                receipt_id=stored.line_id,
                on=line.on,
                amount=share.amount,
                event_at=at,
                payer_account=line.payer_account,
                text=line.text,
            )
            receive_money(connection, gateway, claim, money, now)
            asked = asked or _is_asked(connection, claim.claim_id, stored.line_id)
    why = f"it may be Kravia's pay-out: answer its task ({PAYOUT_OR_DIRECT}) in tasks list"
    state = LineState.WAITING if asked else LineState.MATCHED
    bank_lines.end(connection, stored, state, why if asked else None)
    return frozenset(debtors)


def take_back(
    connection: sa.Connection,
    gateway: Gateway,
    stored: StoredLine,
    before: StoredLine,
    now: datetime,
) -> frozenset[str]:
    """Undo the payments of a line that the bank has taken back."""
    debtors = set()
    for part in bank_lines.parts_of_line(connection, before.seq):
        claim = claims.get(connection, part.claim_id)
        if claim is None or part.is_returned:
            continue
        debtors.add(claim.debtor_number)
        reverse_payment(connection, gateway, claim, part.payment_id, now, now)
        bank_lines.returned(connection, part)
        bank_lines.add_part(
            connection,
            stored,
            part.claim_id,
            part.amount,
            told_as=part.payment_id,
            is_entered=False,
        )
    bank_lines.end(connection, stored, LineState.MATCHED, None)
    return frozenset(debtors)


def follow_claim(
    connection: sa.Connection, gateway: Gateway, claim: Claim, invoice: Invoice, now: datetime
) -> None:
    """A claim has a KID that is new here: look again at lines that no claim had.

    One from before the invoice was issued cannot be for it alone: some payees give every invoice of
    a debtor the same KID.
    """
    token = kid_token(gateway.seal, invoice.kid)
    if not token:
        return
    for stored in bank_lines.of_kid(connection, claim.creditor_id, token):
        if stored.state is not LineState.UNMATCHED or stored.decided_by is not None:
            continue
        found = match_line(connection, gateway, as_new(gateway, stored))
        if isinstance(found, Matched) and stored.on < invoice.issue_date:
            why = f"it came before invoice {invoice.number} with its KID was issued"
            found = Waiting(why=why, claims=(claim,))
        settle(connection, gateway, stored, found, now)


def as_new(gateway: Gateway, stored: StoredLine) -> NewLine:
    """A line that is kept, as it came."""
    return NewLine(
        line_id=stored.line_id,
        creditor_id=stored.creditor_id,
        source=stored.source,
        file=stored.file,
        line=stored.opened(gateway.seal),
        kid_token=stored.kid_token,
    )


def new_line(
    gateway: Gateway, creditor_id: str, source: Source, file: str | None, line: BankLine
) -> NewLine:
    """A line as it comes in."""
    token = kid_token(gateway.seal, line.kids[0]) if len(line.kids) == 1 else None
    return NewLine(
        line_id=gateway.new_id("lin_"),
        creditor_id=creditor_id,
        source=source,
        file=file,
        line=line,
        kid_token=token or None,
    )


def decide_all(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    debtors: frozenset[str],
    now: datetime,
) -> None:
    """Decide the claims of debtors whose money moved."""
    for number in sorted(debtors):
        decide_debtor(connection, gateway, creditor_id, number, now)


def _take_all(
    connection: sa.Connection, gateway: Gateway, order: _Order, now: datetime
) -> list[Document]:
    debtors: frozenset[str] = frozenset()
    outcomes = []
    for line in order.lines:
        known = bank_lines.by_identity(connection, order.creditor_id, line.identity)
        if known is not None:
            outcomes.append((known.line_id, "known"))
            continue
        new = new_line(gateway, order.creditor_id, order.source, order.file, line)
        stored, concerned = take_line(connection, gateway, new, now)
        outcomes.append((stored.line_id, "new"))
        debtors |= concerned
    decide_all(connection, gateway, order.creditor_id, debtors, now)
    return [_told(connection, line_id, outcome) for line_id, outcome in outcomes]


def _told(connection: sa.Connection, line_id: str, outcome: str) -> Document:
    stored = bank_lines.get(connection, line_id)
    if stored is None:
        raise LookupError(line_id)
    return {**line_rows(connection, [stored])[0], "outcome": outcome}


def _is_asked(connection: sa.Connection, claim_id: str, line_id: str) -> bool:
    return any(
        each.receipt_id == line_id and each.state is ReceiptState.AMBIGUOUS
        for each in receipts.of_claim(connection, claim_id)
    )


def _order(gateway: Gateway, arguments: Arguments) -> _Order:
    try:
        models = _LINES.validate_python(arguments.get("lines"), strict=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise OperationError(f"lines.{where}: {first['msg']}", kind="invalid") from error
    if not 1 <= len(models) <= LINES_MAX:
        raise OperationError(f"lines must have 1 to {LINES_MAX} items", kind="invalid")
    source = needed(arguments, "source")
    if source not in {Source.OCR, Source.CAMT054}:
        raise OperationError("source must be ocr or camt054", kind="invalid")
    return _Order(
        creditor_id=creditor_of(gateway, arguments),
        source=Source(source),
        file=needed(arguments, "file"),
        lines=tuple(bank_line_from_json(model) for model in models),
    )
