"""What a person may do with a claim: approve, hold, release, withdraw. Each is audited."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.domain.decision import Outcome
from gateway.domain.oslo import oslo_date
from gateway.operations import hand_over
from gateway.operations.arguments import Arguments, needed, needed_reason
from gateway.operations.decide import (
    OPEN_TO_DECISION,
    approvable,
    decide_debtor,
    decision_for,
    match_in_mirror,
)
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.intake import withdraw as withdraw_claim
from gateway.operations.paging import Document
from gateway.storage import claims
from gateway.storage.claims import Claim
from gateway.storage.desk import record_action
from outbox.instants import to_ms

Act = Callable[[sa.Connection, Gateway, Claim, datetime], Claim]


def approve(connection: sa.Connection, gateway: Gateway, claim: Claim, now: datetime) -> Claim:
    """Let a claim in review go, or one that only the creditor's own policy holds.

    No person's word answers a hold or a reject of the law, nor another person's hold.
    """
    waits = claim.state is ClaimState.REVIEW or (
        claim.state is ClaimState.HELD and not claim.held_by_person
    )
    if not waits:
        raise OperationError(
            f"{claim.claim_id} is {claim.state}, not in review; see: claims show {claim.claim_id}",
            kind="refused",
        )
    invoice = claim.invoice(gateway.seal)
    creditor = gateway.creditors[claim.creditor_id]
    found = match_in_mirror(connection, creditor, claim, invoice)
    decision = decision_for(connection, gateway, claim, invoice, found, oslo_date(now))
    if decision.outcome is not Outcome.FORWARD and not approvable(decision):
        why = decision.reasons[0].says.in_language(gateway.language)
        raise OperationError(
            f"{claim.claim_id} may not go today: {why} See: claims show {claim.claim_id}",
            kind="refused",
        )
    return claims.change(connection, claim, now, approved_at=to_ms(now))


def hold(connection: sa.Connection, _gateway: Gateway, claim: Claim, now: datetime) -> Claim:
    """Keep a claim from going until it is released."""
    if claim.state is ClaimState.SENDING:
        taken = hand_over.take_back(connection, claim, "held by a person", now)
        if taken is None:
            raise OperationError(
                f"{claim.claim_id} may already be at Kravia; to call it off:"
                f" claims withdraw {claim.claim_id}",
                kind="refused",
            )
        claim = taken
    if claim.state not in OPEN_TO_DECISION:
        raise OperationError(
            f"{claim.claim_id} is {claim.state}: it can no longer be held; to call it off:"
            f" claims withdraw {claim.claim_id}",
            kind="refused",
        )
    return claims.change(connection, claim, now, held_by_person=1, approved_at=None)


def release(
    connection: sa.Connection,
    _gateway: Gateway,
    claim: Claim,
    now: datetime,
) -> Claim:
    """End a person's hold; the rules decide again."""
    if not claim.held_by_person:
        raise OperationError(
            f"{claim.claim_id} is {claim.state}, and not held by a person; what stands in its way:"
            f" claims show {claim.claim_id}",
            kind="refused",
        )
    return claims.change(connection, claim, now, held_by_person=0)


def withdraw(connection: sa.Connection, gateway: Gateway, claim: Claim, now: datetime) -> Claim:
    """The creditor wants no collection of this claim any more."""
    if claim.state is ClaimState.CLOSED:
        raise OperationError(
            f"{claim.claim_id} is closed already; see: claims show {claim.claim_id}",
            kind="refused",
        )
    return withdraw_claim(connection, gateway, claim, now)


ACTS: dict[str, Act] = {
    "claims.approve": approve,
    "claims.hold": hold,
    "claims.release": release,
    "claims.withdraw": withdraw,
}


def note(
    connection: sa.Connection, _gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Write down what a person knows of a claim; it changes nothing and is never changed."""
    claim_id, text = needed(arguments, "claim_id"), needed_reason(arguments)
    if claims.get(connection, claim_id) is None:
        raise OperationError(
            f"there is no claim {claim_id}; list them with: claims list", kind="not_found"
        )
    record_action(
        connection, actor=actor, action="claims.note", subject=claim_id, reason=text, now=now
    )
    return {"claim_id": claim_id, "note": text}


def act(
    connection: sa.Connection,
    gateway: Gateway,
    name: str,
    claim_id: str,
    *,
    reason: str,
    actor: str,
    now: datetime,
) -> Claim:
    """Do one of ``ACTS``, decide the debtor's claims again, and write it down."""
    claim = claims.get(connection, claim_id)
    if claim is None:
        raise OperationError(
            f"there is no claim {claim_id}; list them with: claims list", kind="not_found"
        )
    if claim.creditor_id not in gateway.creditors:
        raise OperationError(f"creditor {claim.creditor_id} is not in the settings", kind="refused")
    ACTS[name](connection, gateway, claim, now)
    decide_debtor(connection, gateway, claim.creditor_id, claim.debtor_number, now)
    record_action(connection, actor=actor, action=name, subject=claim_id, reason=reason, now=now)
    after = claims.get(connection, claim_id)
    return after or claim
