"""Takes a debtor out of claims that are over; the bookkeeping facts stay under a pseudonym."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from gateway.domain.erasure import ERASED, without_person
from gateway.operations.gateway import Gateway
from gateway.storage import differences, facts, retained
from gateway.storage.claims import Claim
from gateway.storage.tables import (
    alert,
    bank_line,
    bank_line_part,
    claim,
    ledger_invoice,
    mirror,
    task,
)
from outbox.instants import to_ms

_PSEUDONYM_DIGITS: Final = 12
"""Hex digits: 48 bits, so that a million debtors do not meet."""


def pseudonym_of(gateway: Gateway, creditor_id: str, debtor_number: str) -> str:
    """What stands for a debtor once erased: the same every time, and nothing without our key."""
    token = gateway.seal.token(f"erased|{creditor_id}|{debtor_number}")
    return f"E-{token[:_PSEUDONYM_DIGITS]}"


def forget_claims(
    connection: sa.Connection, gateway: Gateway, found: Sequence[Claim], now: datetime
) -> None:
    """Forget the debtor of each claim; the caller has seen that nothing of them is under way."""
    for each in found:
        pseudonym = pseudonym_of(gateway, each.creditor_id, each.debtor_number)
        _forget_facts(connection, gateway, each, pseudonym, now)
        _forget_beside(connection, gateway, each, pseudonym)
    retained.delete_settled_messages(connection, [each.claim_id for each in found])


def _forget_facts(
    connection: sa.Connection, gateway: Gateway, each: Claim, pseudonym: str, now: datetime
) -> None:
    invoice = without_person(each.invoice(gateway.seal), pseudonym)
    document = facts.dump(replace(invoice, id=each.invoice_id))
    connection.execute(
        sa.update(claim)
        .where(claim.c.claim_id == each.claim_id)
        .values(
            debtor_number=pseudonym,
            sealed_facts=gateway.seal.seal(document),
            # Both hashes were over a person's data, and could be tried against a guess of it.
            facts_hash=facts.fingerprint(document),
            snapshot_hash=facts.fingerprint(document),
            identity_hash=None,
            organization_token="",
            name_token="",
            kid_token="",
            decision=None,
            requested_fields=None,
            problem=None,
            decide_on=None,
            forgotten_at=to_ms(now),
        )
    )


def _forget_beside(
    connection: sa.Connection, gateway: Gateway, each: Claim, pseudonym: str
) -> None:
    lines = connection.execute(
        sa.select(bank_line.c.seq)
        .join(bank_line_part, bank_line_part.c.line_seq == bank_line.c.seq)
        .where(bank_line_part.c.claim_id == each.claim_id)
    ).scalars()
    retained.empty_lines(connection, gateway.seal, [*lines])
    connection.execute(
        sa.update(task).where(task.c.claim_id == each.claim_id).values(text=ERASED, done_note=None)
    )
    connection.execute(
        sa.delete(ledger_invoice).where(
            ledger_invoice.c.creditor_id == each.creditor_id,
            ledger_invoice.c.invoice_id == each.invoice_id,
        )
    )
    differences.forget_of_invoice(connection, each.creditor_id, each.invoice_id)
    about = (each.debtor_number, each.claim_id, each.invoice_id)
    connection.execute(
        sa.delete(alert).where(alert.c.creditor_id == each.creditor_id, alert.c.about.in_(about))
    )
    if each.kravia_invoice_id is not None:
        connection.execute(
            sa.update(mirror)
            .where(
                mirror.c.creditor_id == each.creditor_id,
                mirror.c.kravia_invoice_id == each.kravia_invoice_id,
            )
            .values(debtor_number=pseudonym)
        )
