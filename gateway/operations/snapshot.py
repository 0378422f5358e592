"""What is known of an invoice: the first snapshot makes a claim, a newer one replaces it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gateway.domain.claim import LIVE_AT_AGENCY, ClaimState
from gateway.domain.invoice import Invoice
from gateway.domain.money import to_minor
from gateway.operations.gateway import Gateway
from gateway.operations.known_debtors import tokens_of
from gateway.storage import claims, facts
from gateway.storage.claims import Claim
from outbox.instants import to_ms


def new_claim(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    invoice: Invoice,
    facts_at: datetime,
    now: datetime,
) -> Claim:
    """A claim for an invoice first seen overdue; it joins the debtor's live case if any."""
    columns = _columns(gateway, invoice)
    return claims.insert(
        connection,
        {
            "claim_id": gateway.new_id("clm_"),
            "case_id": _live_case(connection, creditor_id, invoice) or gateway.new_id("cas_"),
            "creditor_id": creditor_id,
            "invoice_id": invoice.id,
            "state": ClaimState.RECEIVED.value,
            "facts_at": to_ms(facts_at),
            "created_at": to_ms(now),
            "updated_at": to_ms(now),
            "snapshot_hash": columns["facts_hash"],  # of the first snapshot, these are its facts
            **columns,
        },
    )


def take_snapshot(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    invoice: Invoice,
    facts_at: datetime,
    now: datetime,
) -> Claim:
    """Replace all facts by a newer snapshot of the ledger's, taken at ``facts_at``.

    A claim that turns out to be another debtor's joins that debtor's case, unless Kravia has it.
    """
    if claim.debtor_number != invoice.debtor.number and claim.state not in LIVE_AT_AGENCY:
        case_id = _live_case(connection, claim.creditor_id, invoice) or gateway.new_id("cas_")
        claim = claims.change(connection, claim, now, case_id=case_id)
    claim = store_facts(connection, gateway, claim, invoice, now)
    return claims.change(
        connection, claim, now, facts_at=to_ms(facts_at), snapshot_hash=snapshot_hash(invoice)
    )


def store_facts(
    connection: sa.Connection, gateway: Gateway, claim: Claim, invoice: Invoice, now: datetime
) -> Claim:
    """Write changed facts. A person's approval was of the old ones and ends with them."""
    columns = _columns(gateway, invoice)
    if columns["facts_hash"] == claim.facts_hash:
        return claim
    return claims.change(connection, claim, now, approved_at=None, **columns)


def snapshot_hash(invoice: Invoice) -> bytes:
    """Tells whether a snapshot comes again unchanged, whatever events did to the facts since."""
    return facts.fingerprint(facts.dump(invoice))


def _columns(gateway: Gateway, invoice: Invoice) -> dict[str, object]:
    document = facts.dump(invoice)
    debtor = invoice.debtor
    identity = "|".join(
        (
            debtor.name,
            debtor.organization_number or "",
            debtor.birth_date.isoformat() if debtor.birth_date else "",
        )
    )
    return {
        "invoice_number": invoice.number,
        "debtor_number": debtor.number,
        "issue_date": invoice.issue_date.isoformat(),
        "currency": invoice.currency,
        "outstanding_minor": to_minor(invoice.outstanding),
        "sealed_facts": gateway.seal.seal(document),
        "facts_version": invoice.version,
        "facts_hash": facts.fingerprint(document),
        "identity_hash": gateway.seal.token(identity),
        "forgotten_at": None,  # who was forgotten is told of anew
        **tokens_of(gateway.seal, invoice),
    }


def _live_case(connection: sa.Connection, creditor_id: str, invoice: Invoice) -> str | None:
    siblings = claims.of_debtor(connection, creditor_id, invoice.debtor.number)
    return next((c.case_id for c in siblings if c.state is not ClaimState.CLOSED), None)
