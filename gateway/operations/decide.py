"""Decide all of a debtor's claims, and let what is ready go together."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.domain.decision import Decision, Effect, Outcome
from gateway.domain.eligibility.decide import decide
from gateway.domain.eligibility.hand_over import (
    MAYBE_THERE,
    OTHER_DEBTOR,
    SAME_NUMBER,
    identity_doubtful,
)
from gateway.domain.eligibility.rulebook import OVERRIDABLE
from gateway.domain.invoice import Invoice
from gateway.domain.matching import Candidate, Match, SameCase, Unclear, Wanted, match
from gateway.domain.oslo import oslo_date
from gateway.domain.standing import Sibling, Standing
from gateway.domain.wording import Said
from gateway.operations import hand_over, other_hands
from gateway.operations.amount import amount_to_register
from gateway.operations.creditor import Creditor
from gateway.operations.gateway import Gateway
from gateway.operations.remembered import Asked
from gateway.operations.tell import tell
from gateway.storage import claims, mirror
from gateway.storage.claims import Claim
from mappers.decision_in_language import decision_in_language
from mappers.decision_to_json import decision_to_json
from mappers.said_to_json import said_to_json

OPEN_TO_DECISION = frozenset(
    {
        ClaimState.RECEIVED,
        ClaimState.HELD,
        ClaimState.REVIEW,
        ClaimState.REJECTED,
        ClaimState.READY,
    }
)
"""States in which facts, a day or a person's word may still change what becomes of a claim."""

_TOLD = {
    ClaimState.HELD: "claim.held",
    ClaimState.REVIEW: "claim.review_requested",
    ClaimState.REJECTED: "claim.rejected",
}


def decide_debtor(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    debtor_number: str,
    now: datetime,
) -> None:
    """Decide every undecided claim of the debtor from today's facts; queue what may go.

    Without the creditor's settings nothing is decided: its claims stay as they are.
    """
    creditor = gateway.creditors.get(creditor_id)
    if creditor is None:
        return
    known = claims.of_debtor(connection, creditor_id, debtor_number)
    decided: list[Claim] = []
    ready: list[Claim] = []
    for claim in known:
        if claim.state not in OPEN_TO_DECISION:
            decided.append(claim)
            continue
        after, is_ready = _decide_one(connection, gateway, creditor, claim, known, now)
        (ready if is_ready else decided).append(after)
    hand_over.send_ready(connection, gateway, creditor, ready, decided, now)


def decision_for(
    connection: sa.Connection,
    gateway: Gateway,
    claim: Claim,
    invoice: Invoice,
    found: Match,
    today: date,
) -> Decision:
    """What the rules say of the claim on ``today``, all its siblings considered.

    ``found`` is what ``match_in_mirror`` says of it.
    """
    known = claims.of_debtor(connection, claim.creditor_id, claim.debtor_number)
    return decision_among(gateway, claim, invoice, known, found, today)


def decision_among(
    gateway: Gateway,
    claim: Claim,
    invoice: Invoice,
    known: tuple[Claim, ...],
    found: Match,
    today: date,
) -> Decision:
    """As ``decision_for``, where all ``known`` claims of the debtor are at hand."""
    asked = _asked(gateway, claim, known, found, today)
    decision = gateway.remembered.find(claim.claim_id, asked)
    return decision or _decision(invoice, asked)


def _asked(
    gateway: Gateway, claim: Claim, known: tuple[Claim, ...], found: Match, today: date
) -> Asked:
    return Asked(
        facts_hash=claim.facts_hash,
        standing=standing_of(claim, known, found),
        rules=gateway.rules,
        policy=gateway.creditors[claim.creditor_id].policy,
        today=today,
    )


def _decision(invoice: Invoice, asked: Asked) -> Decision:
    return decide(
        invoice,
        standing=asked.standing,
        rules=asked.rules,
        policy=asked.policy,
        today=asked.today,
    )


def may_go(gateway: Gateway, claim: Claim, decision: Decision) -> bool:
    """Whether the claim may be handed over: the rules say so, or a person did where they leave it.

    A person's approval answers *review* and a hold of the creditor's own policy; it never answers
    another *hold*, nor *reject*.
    """
    if claim.held_by_person or claim.withdrawn_at is not None:
        return False
    if approvable(decision):
        return approval_stands(claim, decision)
    return decision.outcome is Outcome.FORWARD and (
        claim.approved_at is not None or not gateway.creditors[claim.creditor_id].approval_is_manual
    )


def approval_stands(claim: Claim, decision: Decision) -> bool:
    """Whether a person approved the claim and knew every reason for review there is now."""
    if claim.approved_at is None:
        return False
    seen = json.loads(claim.decision)["reasons"] if claim.decision else []
    known = {_question(reason["rule"], reason.get("says")) for reason in seen}
    return all(
        _question(reason.rule, said_to_json(reason.says)) in known
        for reason in decision.reasons
        if reason.effect is Effect.REVIEW or reason.rule in OVERRIDABLE
    )


def approvable(decision: Decision) -> bool:
    """Whether a person's word may let the claim go: a review, or a hold of mere policy."""
    if decision.outcome is Outcome.REVIEW:
        return True
    return decision.outcome is Outcome.HOLD and all(
        reason.rule in OVERRIDABLE for reason in decision.reasons
    )


def _question(rule: str, says: object) -> tuple[str, str]:
    """What a person answers: a rule, and which other case or debtor where one is named.

    Other messages may count days, and would be another question tomorrow.
    """
    return (rule, json.dumps(says, sort_keys=True) if rule == identity_doubtful.id else "")


def match_in_mirror(
    connection: sa.Connection, creditor: Creditor, claim: Claim, invoice: Invoice
) -> Match:
    """Look for the claim among what Kravia already has."""
    wanted = wanted_of(invoice, amount_to_register(creditor, invoice))
    rows = mirror.candidates(connection, creditor.creditor_id, wanted)
    return match(wanted, [row for row in rows if not _is_other_claim(connection, claim, row)])


def wanted_of(invoice: Invoice, amount: Decimal) -> Wanted:
    """The fields by which a case is recognised at Kravia."""
    return Wanted(
        invoice_id=invoice.id,
        invoice_number=invoice.number,
        invoice_date=invoice.issue_date,
        amount=amount,
        debtor_number=invoice.debtor.number,
    )


def _is_other_claim(connection: sa.Connection, claim: Claim, row: Candidate) -> bool:
    other = claims.by_kravia_id(connection, claim.creditor_id, row.kravia_invoice_id)
    return other is not None and other.claim_id != claim.claim_id


def _decide_one(
    connection: sa.Connection,
    gateway: Gateway,
    creditor: Creditor,
    claim: Claim,
    known: tuple[Claim, ...],
    now: datetime,
) -> tuple[Claim, bool]:
    """Decide one of the ``known`` claims of a debtor; gives it as it then is.

    And whether it is ready: then it is *sending* already, and its register is to be queued.
    """
    invoice = claim.invoice(gateway.seal)
    found = match_in_mirror(connection, creditor, claim, invoice)
    # What the ledger's own link runs is not ours to follow up, though Kravia has it.
    runs_elsewhere = other_hands.runs_elsewhere(invoice)
    if isinstance(found, SameCase) and claim.withdrawn_at is None and not runs_elsewhere:
        case_id = found.kravia_invoice_id
        return hand_over.adopt(connection, gateway, claim, invoice, case_id, now), False
    today = oslo_date(now)
    asked = _asked(gateway, claim, known, found, today)
    decision = _decision(invoice, asked)
    if decision.outcome is Outcome.FORWARD:
        gateway.remembered.keep(claim.claim_id, asked, decision)
    if claim.approved_at is not None and not approval_stands(claim, decision):
        claim = claims.change(connection, claim, now, approved_at=None)
    state, problem = _state_of(connection, gateway, claim, decision)
    told = decision_to_json(decision, claim.invoice_id, gateway.language)
    document = json.dumps(told)
    if claim.state not in (ClaimState.RECEIVED, state):
        claim = claims.change(connection, claim, now, state=ClaimState.RECEIVED)
    before = _gist(claim.decision, claim.problem)
    is_ready = state is ClaimState.READY
    claim = claims.change(
        connection,
        claim,
        now,
        # All that is ready is queued in this commit, so nobody ever sees it wait.
        ClaimState.READY if is_ready else None,
        state=ClaimState.SENDING if is_ready else state,
        decision=document,
        decided_on=today.isoformat(),
        hold_until=_text(decision.hold_until if state is ClaimState.HELD else None),
        decide_on=_text(_decide_again_on(decision, state, today)),
        problem=problem,
    )
    if _gist(document, problem) != before and state in _TOLD:
        reasons = decision_in_language(told, gateway.language)["reasons"]
        own = {"hold_until": _text(claim.hold_until), "reasons": reasons}
        tell(connection, gateway, claim, _TOLD[state], own, now)
    return _request_facts(connection, gateway, claim, decision, now), is_ready


def _state_of(
    connection: sa.Connection, gateway: Gateway, claim: Claim, decision: Decision
) -> tuple[ClaimState, str | None]:
    """Our state for a decision, and in a sentence what stands in the way."""
    creditor = gateway.creditors[claim.creditor_id]
    first = decision.reasons[0].says.in_language(gateway.language) if decision.reasons else None
    if decision.outcome is Outcome.REJECT:
        return ClaimState.REJECTED, first
    if claim.held_by_person:
        return ClaimState.HELD, "held by a person; let it go with: claims release"
    if claim.approved_at is not None and (
        approvable(decision) or decision.outcome is Outcome.FORWARD
    ):
        return ClaimState.READY, None
    if decision.outcome is Outcome.HOLD:
        return ClaimState.HELD, first
    if decision.outcome is Outcome.REVIEW:
        return ClaimState.REVIEW, first
    if creditor.approval_is_manual:
        return ClaimState.REVIEW, "this creditor approves every claim: claims approve"
    wanted = creditor.first_cases_need_approval
    if (
        wanted
        and claims.let_through_count(connection, claim.creditor_id, wanted) < wanted
        and not claims.case_was_approved(connection, claim.case_id)
    ):
        return ClaimState.REVIEW, f"the first {wanted} cases need approval: claims approve"
    return ClaimState.READY, None


def standing_of(claim: Claim, known: tuple[Claim, ...], found: Match) -> Standing:
    """What we know of the claim beside its facts; ``known`` are all claims of the debtor."""
    return Standing(
        creditor_id=claim.creditor_id,
        frozen_on=claim.frozen_on,
        at_agency=claim.kravia_invoice_id is not None,
        handed_over_on=oslo_date(claim.registered_at) if claim.registered_at else None,
        identity_conflict=_conflict(claim, known, found),
        siblings=tuple(
            Sibling(
                invoice_id=other.invoice_id,
                invoice_number=other.invoice_number,
                currency=other.currency,
                state=other.state,
                frozen=other.frozen_on is not None,
            )
            for other in known
            if other.claim_id != claim.claim_id
        ),
    )


def _conflict(claim: Claim, known: tuple[Claim, ...], found: Match) -> Said | None:
    """Why this may be another claim, or another debtor, than its number says."""
    if isinstance(found, Unclear):
        ids = ", ".join(candidate.kravia_invoice_id for candidate in found.candidates)
        return MAYBE_THERE(cases=ids, why=found.says)
    for other in known:
        if other.claim_id == claim.claim_id:
            continue
        if (other.invoice_number, other.issue_date) == (claim.invoice_number, claim.issue_date):
            return SAME_NUMBER(invoice_id=other.invoice_id)
        if other.identity_hash != claim.identity_hash:
            return OTHER_DEBTOR(debtor_number=claim.debtor_number, invoice_id=other.invoice_id)
    return None


def _decide_again_on(decision: Decision, state: ClaimState, today: date) -> date | None:
    """The next day on which time alone may change the decision."""
    if state not in (ClaimState.HELD, ClaimState.REVIEW):
        return None
    if state is ClaimState.HELD and decision.hold_until is not None:
        return decision.hold_until
    if any(reason.rule == "INK-34" for reason in decision.reasons):
        return today + timedelta(days=1)  # a rate row may be added any day
    last = decision.limitation_last_day
    if last is None or last < today or last == date.max:
        return None
    return last + timedelta(days=1)


def _gist(document: str | None, problem: str | None) -> tuple[object, ...]:
    """What a reader would call another decision: not the day, an amount or a count of days."""
    if document is None:
        return ()
    decision = json.loads(document)
    reasons = decision["reasons"]
    own = None if any(reason["message"] == problem for reason in reasons) else problem
    rules = tuple(reason["rule"] for reason in reasons)
    return (decision["decision"], decision["hold_until"], rules, own)


def _request_facts(
    connection: sa.Connection, gateway: Gateway, claim: Claim, decision: Decision, now: datetime
) -> Claim:
    """Ask the ledger once for each set of facts that the agency needs and that it did not tell."""
    fields = [field for reason in decision.reasons for field in reason.fields]
    needed = json.dumps(fields) if fields else None
    if needed == claim.requested_fields:
        return claim
    claim = claims.change(connection, claim, now, requested_fields=needed)
    if fields:
        tell(connection, gateway, claim, "claim.facts_requested", {"fields": fields}, now)
    return claim


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
