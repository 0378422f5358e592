"""All outstanding claims on one debtor as one picture: what goes together on a day, and why not."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from gateway.domain.agency_fees import agency_fee
from gateway.domain.consolidation import Consolidation, Member, consolidate
from gateway.domain.decision import Outcome
from gateway.domain.wording import Language
from gateway.operations.decide import OPEN_TO_DECISION, decision_among, match_in_mirror, may_go
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import claims
from gateway.storage.claims import Claim
from mappers.agency_fee_to_json import agency_fee_to_json
from mappers.consolidation_to_json import consolidation_to_json


def consolidation_of(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, debtor_number: str, on: date
) -> Consolidation:
    """Decide every open claim of the debtor as of ``on``; changes nothing.

    The creditor must be in the settings.
    """
    known = claims.of_debtor(connection, creditor_id, debtor_number)
    members = [_member(connection, gateway, claim, known, on) for claim in known]
    return consolidate(members, merge_key=f"{creditor_id}/{debtor_number}", on=on)


def consolidation_page(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    on: date,
    language: Language,
) -> Document | None:
    """The picture as JSON, with the most the agency may charge for what goes together."""
    creditor = gateway.creditors.get(claim.creditor_id)
    if creditor is None:
        return None
    found = consolidation_of(connection, gateway, claim.creditor_id, claim.debtor_number, on)
    fee = None
    if found.together and found.together[0].currency == "NOK":
        fee = agency_fee(
            found.principal,
            kind=claim.invoice(gateway.seal).debtor.kind,
            vat_liable=creditor.policy.vat_liable,
            paid_on=on,
            rules=gateway.rules,
        )
    return {**consolidation_to_json(found, language), "agency_fee": agency_fee_to_json(fee)}


def _member(
    connection: sa.Connection, gateway: Gateway, claim: Claim, known: tuple[Claim, ...], on: date
) -> Member:
    outcome: Outcome | None = None
    hold_until: date | None = None
    rules: tuple[str, ...] = ()
    if claim.state in OPEN_TO_DECISION:
        invoice = claim.invoice(gateway.seal)
        found = match_in_mirror(connection, gateway.creditors[claim.creditor_id], claim, invoice)
        decision = decision_among(gateway, claim, invoice, known, found, on)
        goes = may_go(gateway, claim, decision)
        waits = decision.outcome is Outcome.FORWARD and not goes
        outcome = Outcome.FORWARD if goes else Outcome.REVIEW if waits else decision.outcome
        hold_until = decision.hold_until
        rules = tuple(reason.rule for reason in decision.reasons)
    return Member(
        invoice_id=claim.invoice_id,
        invoice_number=claim.invoice_number,
        outstanding=claim.outstanding,
        currency=claim.currency,
        state=claim.state,
        outcome=outcome,
        hold_until=hold_until,
        rules=rules,
        frozen=claim.frozen_on is not None,
        held_by_person=claim.held_by_person,
    )
