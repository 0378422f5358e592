"""A settlement's parts as a ledger books them: amount, account, invoice, department and project."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import sqlalchemy as sa

from gateway.domain.settlement_parts import Part, ToldLine, shares
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import claims, settlement_marks, settlements
from gateway.storage.claims import Claim

WORDS: Final = {
    Part.PRINCIPAL: "principal",
    Part.INTEREST: "interest",
    Part.FEES: "fees",
    Part.COSTS: "Kravia's costs",
    Part.VAT: "VAT on Kravia's costs",
    Part.UNEXPLAINED: "what Kravia does not explain",
}
"""What a person calls each part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One part of a pay-out, positive where it came, negative where Kravia kept it.

    ``line`` is its line's place from 1; that, ids, department and project are None of what belongs
    to the whole pay-out, ``invoice_id`` also where the case is no claim of ours. ``account`` is
    None where none is set.
    """

    part: Part
    amount: Decimal
    currency: str
    account: str | None
    line: int | None = None
    kravia_invoice_id: str | None = None
    invoice_id: str | None = None
    invoice_number: str | None = None
    department: str | None = None
    project: str | None = None


def entries(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, settlement_id: str
) -> tuple[Entry, ...]:
    """Take a kept settlement apart; the entries add up to its amount."""
    kept = settlement_marks.get(connection, creditor_id, settlement_id)
    if kept is None:
        return ()
    lines = settlements.lines_of(connection, creditor_id, settlement_id)
    told = [
        ToldLine(
            amount=line.amount,
            principal=line.principal,
            interest=line.interest,
            fees=line.fees,
        )
        for line in lines
    ]
    creditor = gateway.creditors.get(creditor_id)
    found: list[Entry] = []
    for share in shares(kept.amount, told, costs=kept.costs, vat=kept.vat):
        case = None if share.line is None else lines[share.line - 1].kravia_invoice_id
        claim = None if case is None else claims.by_kravia_id(connection, creditor_id, case)
        account = None if creditor is None else creditor.accounts.of(share.part)
        entry = Entry(
            part=share.part,
            amount=share.amount,
            currency=kept.currency,
            account=account,
            line=share.line,
            kravia_invoice_id=case,
        )
        found.append(entry if claim is None else _of_claim(gateway, entry, claim))
    return tuple(found)


def _of_claim(gateway: Gateway, entry: Entry, claim: Claim) -> Entry:
    invoice = claim.invoice(gateway.seal)
    return Entry(
        part=entry.part,
        amount=entry.amount,
        currency=entry.currency,
        account=entry.account,
        line=entry.line,
        kravia_invoice_id=entry.kravia_invoice_id,
        invoice_id=claim.invoice_id,
        invoice_number=claim.invoice_number,
        department=invoice.department,
        project=invoice.project,
    )


def entry_text(entry: Entry) -> str:
    """Say what a part is and of what: words of ours and ids, no name."""
    return f"{WORDS[entry.part]}{_of(entry)}"


def sentence(creditor_id: str, entry: Entry) -> str:
    """Say what to book where; ids, accounts and amounts only."""
    if entry.account is not None:
        where = f" on account {entry.account}"
    elif entry.part is Part.UNEXPLAINED:
        where = " (ask Kravia what it is)"
    else:
        where = f" (no account set: creditors.{creditor_id}.accounts.{entry.part.value})"
    kept = "" if entry.amount > 0 or entry.part is Part.UNEXPLAINED else ", which Kravia kept,"
    carried = "".join(
        f", {name} {value}"
        for name, value in (("department", entry.department), ("project", entry.project))
        if value is not None
    )
    amount = abs(entry.amount) if kept else entry.amount
    return f"{entry_text(entry)} {amount}{kept}{where}{carried}"


def _of(entry: Entry) -> str:
    if entry.invoice_number is not None:
        return f" of invoice {entry.invoice_number}"
    return "" if entry.kravia_invoice_id is None else f" of case {entry.kravia_invoice_id}"


def entry_row(entry: Entry) -> Document:
    """An entry as webhooks and ``settlements show`` give it."""
    return {
        "part": entry.part.value,
        "amount": str(entry.amount),
        "currency": entry.currency,
        "account": entry.account,
        "line": entry.line,
        "kravia_invoice_id": entry.kravia_invoice_id,
        "invoice_id": entry.invoice_id,
        "department": entry.department,
        "project": entry.project,
    }
