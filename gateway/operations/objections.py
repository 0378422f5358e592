"""The debtor disputes a claim: nothing new is registered for it until the dispute is over.

========== ==========================================================================
raised     frozen; an unsent register is taken back; decision reject (INK-12)
answered   held for the days of INK-13, then review
withdrawn  unfrozen and decided again; the same objection never freezes it twice
upheld     closed as withdrawn; where Kravia has the claim, a task to call it off there
========== ==========================================================================

An objection to a part only (``amount``) does not freeze the rest: it is for a person (INK-14).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa

from gateway.domain.claim import LIVE_AT_AGENCY, ClaimState, CloseReason
from gateway.domain.invoice import Invoice, Objection, ObjectionOutcome
from gateway.operations import hand_over
from gateway.operations.case_actions import act_or_ask
from gateway.operations.gateway import Gateway
from gateway.operations.messages import Kind
from gateway.operations.snapshot import store_facts
from gateway.storage import claims
from gateway.storage.claims import Claim
from outbox.instants import to_ms


def raise_objection(
    connection: sa.Connection, gateway: Gateway, claim: Claim, raised: Objection, now: datetime
) -> Claim:
    """Freeze the claim; the caller decides the debtor's claims again."""
    if claim.state is ClaimState.CLOSED:
        return claim
    if claim.state is ClaimState.SENDING:
        claim = hand_over.take_back(connection, claim, "an objection", now) or claim
    if claim.state in LIVE_AT_AGENCY:
        text = f"the debtor objected on {raised.raised_on}: tell Kravia in its portal"
        act_or_ask(connection, gateway, claim, Kind.OBJECTION, text, now)
    invoice = replace(claim.invoice(gateway.seal), objection=raised)
    claim = store_facts(connection, gateway, claim, invoice, now)
    if raised.amount is not None:
        return claim
    return claims.change(connection, claim, now, frozen_on=raised.raised_on.isoformat())


def resolve_objection(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    resolved_on: date,
    outcome: ObjectionOutcome,
    now: datetime,
) -> Claim:
    """End the dispute; the caller decides the debtor's claims again."""
    invoice = claim.invoice(gateway.seal)
    known = invoice.objection or Objection(raised_on=claim.frozen_on or resolved_on)
    ended = replace(known, resolved_on=resolved_on, outcome=outcome)
    claim = store_facts(connection, gateway, claim, replace(invoice, objection=ended), now)
    claim = claims.change(connection, claim, now, frozen_on=None)
    if outcome is not ObjectionOutcome.UPHELD or claim.state is ClaimState.CLOSED:
        return claim
    if claim.state in LIVE_AT_AGENCY:
        text = "the objection was upheld: withdraw the claim in Kravia's portal, or credit it"
        act_or_ask(connection, gateway, claim, Kind.WITHDRAW, text, now)
        return claims.change(connection, claim, now, withdrawn_at=to_ms(now), problem=text)
    return hand_over.close(connection, gateway, claim, CloseReason.WITHDRAWN, now)


def follow_snapshot(
    connection: sa.Connection, gateway: Gateway, claim: Claim, before: Invoice | None, now: datetime
) -> Claim:
    """Act on what a snapshot says of an objection.

    One that says nothing ends none; one that repeats an objection whose end we know renews none.
    """
    invoice = claim.invoice(gateway.seal)
    told, known = invoice.objection, before.objection if before is not None else None
    if known is not None and (told is None or _is_repeated(told, known)):
        return store_facts(connection, gateway, claim, replace(invoice, objection=known), now)
    if told is None or told == known:
        return claim
    if told.outcome is None:
        return raise_objection(connection, gateway, claim, told, now)
    resolved_on = told.resolved_on or told.raised_on
    return resolve_objection(connection, gateway, claim, resolved_on, told.outcome, now)


def _is_repeated(told: Objection, known: Objection) -> bool:
    return told.outcome is None and known.outcome is not None and told.raised_on == known.raised_on
