"""What the mirror found on the first day, and how the gateway's decisions fare beside people's.

While the gateway observes, people go on as before: what they register shows in Kravia's feed. A
claim they registered is adopted; what the gateway had decided of it before stands on the claim.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Final, cast

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.domain.eligibility.decide import decide
from gateway.domain.matching import SameCase
from gateway.domain.oslo import oslo_date
from gateway.domain.standing import Standing
from gateway.operations.arguments import Arguments, creditor_of
from gateway.operations.decide import match_in_mirror
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document, Query
from gateway.storage import claims, mirror, progress
from gateway.storage.claims import Claim
from mappers.decision_to_json import decision_to_json

AGREE: Final = "agree"
GATEWAY_ONLY: Final = "gateway_only"
PEOPLE_ONLY: Final = "people_only"
UNKNOWN: Final = "unknown_to_gateway"
KINDS: Final = (PEOPLE_ONLY, GATEWAY_ONLY, UNKNOWN, AGREE)
"""How a case or claim came out; what people should look at first."""

_FORWARD: Final = "forward"


def mirror_found(connection: sa.Connection, gateway: Gateway, arguments: Arguments) -> Document:
    """Count what Kravia has of a creditor, by its own words, and what became of it here."""
    creditor_id = creditor_of(gateway, arguments)
    feed = mirror.get_feed(connection, creditor_id)
    statuses = progress.mirrored_by_status(connection, creditor_id)
    cases, ours = sum(each.cases for each in statuses), sum(each.ours for each in statuses)
    return {
        "creditor_id": creditor_id,
        "complete": feed.completed_at is not None,
        "polled_at": feed.polled_at.isoformat() if feed.polled_at else None,
        "read_up_to": feed.watermark,
        "cases": cases,
        "matched": ours,
        "adopted": len(progress.claims_not_sent_by_us(connection, creditor_id)),
        "to_review": progress.reviews_of_matches(connection, creditor_id),
        "not_ours": cases - ours,
        "by_status": [
            {
                "status": each.status,
                "meaning": gateway.assumptions.meaning(each.status),
                "cases": each.cases,
                "ours": each.ours,
            }
            for each in statuses
        ],
    }


def compare(connection: sa.Connection, gateway: Gateway, arguments: Arguments) -> Document:
    """Put what the gateway would have sent beside what people registered; changes nothing."""
    creditor_id = creditor_of(gateway, arguments)
    since = _day(arguments)
    limit = Query(arguments).limit
    items = [
        *_of_people(connection, gateway, creditor_id, since),
        *_not_ours(connection, gateway, creditor_id, since),
    ]
    there = {item["claim_id"] for item in items}
    items += [
        item
        for item in _of_gateway(connection, creditor_id, since)
        if item["claim_id"] not in there
    ]
    counts = Counter(str(item["kind"]) for item in items)
    items.sort(key=lambda item: KINDS.index(str(item["kind"])))
    undecided = (ClaimState.HELD, ClaimState.REVIEW, ClaimState.REJECTED)
    kept_back = {
        state.value: len(progress.claim_ids_in(connection, creditor_id, state))
        for state in undecided
    }
    return {
        "creditor_id": creditor_id,
        "mode": "observe" if gateway.creditors[creditor_id].observe else "live",
        "since": since.isoformat() if since else None,
        "counts": {kind: counts[kind] for kind in KINDS},
        "kept_back": kept_back,
        "items": items[:limit],
        "left_out": max(0, len(items) - limit),
    }


def _of_people(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, since: date | None
) -> Iterator[Document]:
    """Claims that people registered: what the gateway said of each."""
    for claim_id in progress.claims_not_sent_by_us(connection, creditor_id):
        claim = claims.get(connection, claim_id)
        if claim is None:
            continue
        seen_on = None if claim.registered_at is None else oslo_date(claim.registered_at)
        if since is not None and (seen_on is None or seen_on < since):
            continue
        said = _said(gateway, claim, seen_on or oslo_date(claim.created_at))
        agrees = said["decision"] == _FORWARD
        yield _item(claim, AGREE if agrees else PEOPLE_ONLY, said, seen_on)


def _said(gateway: Gateway, claim: Claim, on: date) -> Document:
    """What was decided before people acted; else what the rules say of that day's claim."""
    if claim.decision is not None:
        found: Document = json.loads(claim.decision)
        return {**found, "on": str(claim.decided_on)}
    decision = decide(
        claim.invoice(gateway.seal),
        standing=Standing(creditor_id=claim.creditor_id, frozen_on=claim.frozen_on),
        rules=gateway.rules,
        policy=gateway.creditors[claim.creditor_id].policy,
        today=on,
    )
    return {**decision_to_json(decision, claim.invoice_id), "on": on.isoformat()}


def _of_gateway(
    connection: sa.Connection, creditor_id: str, since: date | None
) -> Iterator[Document]:
    """Claims that would have gone, and that nobody has registered."""
    states = (ClaimState.READY, ClaimState.SENDING, ClaimState.REVIEW)
    for claim_id in progress.claim_ids_in(connection, creditor_id, *states):
        claim = claims.get(connection, claim_id)
        if claim is None or claim.decision is None or claim.decided_on is None:
            continue
        said = json.loads(claim.decision)
        if said["decision"] == _FORWARD and (since is None or claim.decided_on >= since):
            yield _item(claim, GATEWAY_ONLY, said, claim.decided_on)


def _not_ours(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, since: date | None
) -> Iterator[Document]:
    """Cases at Kravia that are no claim of ours: one the gateway keeps back, or none it knows."""
    stamp = since.isoformat() if since else None
    for case in progress.cases_not_ours(connection, creditor_id, since=stamp):
        seen_on = date.fromisoformat(case.last_updated[: len("2026-11-24")])
        claim = _kept_back(connection, gateway, creditor_id, case)
        if claim is not None:
            said = _said(gateway, claim, seen_on)
            kind = AGREE if said["decision"] == _FORWARD else PEOPLE_ONLY
            told = _item(claim, kind, said, seen_on)
            yield {
                **told,
                "kravia_invoice_id": case.kravia_invoice_id,
                "kravia_status": case.status,
            }
            continue
        yield {
            "kind": UNKNOWN,
            "claim_id": None,
            "invoice_number": case.invoice_number,
            "kravia_invoice_id": case.kravia_invoice_id,
            "kravia_status": case.status,
            "decision": None,
            "on": seen_on.isoformat(),
            "rules": [],
            "reason": None,
        }


def _kept_back(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, case: progress.MirroredCase
) -> Claim | None:
    """The claim whose case this is, though nothing has made the gateway decide it again yet."""
    for claim in claims.of_number(connection, creditor_id, case.invoice_number or ""):
        if claim.kravia_invoice_id is None:
            invoice = claim.invoice(gateway.seal)
            found = match_in_mirror(connection, gateway.creditors[creditor_id], claim, invoice)
            if isinstance(found, SameCase) and found.kravia_invoice_id == case.kravia_invoice_id:
                return claim
    return None


def _item(claim: Claim, kind: str, said: Document, on: date | None) -> Document:
    reasons = cast("list[Document]", said["reasons"])
    return {
        "kind": kind,
        "claim_id": claim.claim_id,
        "invoice_number": claim.invoice_number,
        "kravia_invoice_id": claim.kravia_invoice_id,
        "kravia_status": claim.kravia_status,
        "decision": said["decision"],
        "on": None if on is None else on.isoformat(),
        "rules": [reason["rule"] for reason in reasons],
        "reason": reasons[0]["message"] if reasons else None,
    }


def _day(arguments: Arguments) -> date | None:
    text = arguments.get("since")
    if text is None:
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        why = f"since must be a day like 2026-11-24, not {text}"
        raise OperationError(why, kind="invalid") from error
