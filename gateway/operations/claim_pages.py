"""Claims and cases as lists and shows give them (contract §4). No personal data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.domain.money import from_minor
from gateway.domain.oslo import oslo_date
from gateway.domain.retention import retention_of
from gateway.operations.consolidation import consolidation_page
from gateway.operations.desk_pages import tasks_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.message_pages import message_row
from gateway.operations.messages import live_messages
from gateway.operations.paging import LIMIT_MAX, Document, Query, page
from gateway.storage import bookings, claims, receipts, settlements
from gateway.storage.claims import Claim
from gateway.storage.tables import claim
from gateway.storage.tables import message as table
from mappers.decision_in_language import decision_in_language
from outbox import store
from outbox.instants import from_ms


def claims_list(connection: sa.Connection, gateway: Gateway, query: Query) -> Document:
    """Claims, newest first unless asked otherwise."""
    conditions = {
        "state": query.choice("state", ClaimState),
        "debtor_number": query.text("debtor"),
        "invoice_number": query.text("invoice"),
    }

    def fetch(creditor_id: str | None) -> Sequence[Claim]:
        return claims.listing(
            connection,
            {"creditor_id": creditor_id, **conditions},
            limit=query.limit,
            after=query.after,
            newest_first=query.is_newest_first,
        )

    return page(
        query,
        fetch,
        lambda row: row.seq,
        lambda row: claim_row(connection, gateway, row),
        newest_first=query.is_newest_first,
    )


def claim_row(connection: sa.Connection, _gateway: Gateway, row: Claim) -> Document:
    """A claim's minimum fields; *problem* is its own, or its head message's."""
    live = live_messages(connection, row.claim_id)
    stuck = next(
        (f"{m.kind} is {m.state.value}: {m.last_error}" for m in live if m.last_error), None
    )
    return {
        "claim_id": row.claim_id,
        "case_id": row.case_id,
        "creditor_id": row.creditor_id,
        "invoice_id": row.invoice_id,
        "invoice_number": row.invoice_number,
        "debtor_number": row.debtor_number,
        "state": row.state.value,
        "close_reason": row.close_reason.value if row.close_reason else None,
        "frozen_on": row.frozen_on.isoformat() if row.frozen_on else None,
        "hold_until": row.hold_until.isoformat() if row.hold_until else None,
        "kravia_invoice_id": row.kravia_invoice_id,
        "kravia_status": row.kravia_status,
        "outstanding": str(row.outstanding),
        "currency": row.currency,
        "updated_at": row.updated_at.isoformat(),
        "problem": stuck or row.problem,
    }


def claim_show(connection: sa.Connection, gateway: Gateway, claim_id: str) -> Document:
    """A claim with its last decision, its money and its messages."""
    row = claims.get(connection, claim_id)
    if row is None:
        raise OperationError(
            f"there is no claim {claim_id}; list them with: claims list", kind="not_found"
        )
    return {
        **claim_row(connection, gateway, row),
        "registered": None if row.registered is None else str(row.registered),
        "registered_at": row.registered_at.isoformat() if row.registered_at else None,
        "approved_at": row.approved_at.isoformat() if row.approved_at else None,
        "held_by_person": row.held_by_person,
        "withdrawn_at": row.withdrawn_at.isoformat() if row.withdrawn_at else None,
        "keep_until": retention_of(row.issue_date).primary_until.isoformat(),
        "decision": _decision(connection, gateway, row),
        "receipts": [
            {
                "kind": receipt.kind.value,
                "receipt_id": receipt.receipt_id,
                "on": receipt.on.isoformat(),
                "amount": str(receipt.amount),
                "state": receipt.state.value,
            }
            for receipt in receipts.of_claim(connection, claim_id)
        ],
        "collected": [
            {
                "payment_id": payment.payment_id,
                "paid_on": payment.paid_on.isoformat(),
                "amount": str(payment.amount),
                "principal": None if payment.principal is None else str(payment.principal),
                "reversed": payment.reversed,
            }
            for payment in settlements.collected_of(connection, claim_id).values()
        ],
        "bookings": [
            {
                "settlement_id": each.settlement_id,
                "amount": str(each.amount),
                "settled_on": each.settled_on.isoformat(),
                "booked_on": each.booked_on.isoformat(),
                "payment_id": each.payment_id,
                "message_id": each.message_id,
            }
            for each in bookings.of_invoice(connection, row.creditor_id, row.invoice_id)
        ],
        "messages": [
            message_row(message)
            for message in store.listing(connection, table, subject=claim_id, limit=LIMIT_MAX)
        ],
        "tasks": tasks_of(connection, claim_id),
    }


def _decision(connection: sa.Connection, gateway: Gateway, row: Claim) -> Document | None:
    """The last decision in the language of the settings, and what goes with the claim today."""
    if row.decision is None:
        return None
    told = decision_in_language(json.loads(row.decision), gateway.language)
    on = oslo_date(gateway.clock())
    together = consolidation_page(connection, gateway, row, on, gateway.language)
    return {**told, "consolidation": together}


def cases_list(connection: sa.Connection, query: Query) -> Document:
    """Cases, newest first: one row for all claims of one creditor on one debtor."""

    def fetch(creditor_id: str | None) -> Sequence[list[Any]]:
        ids = connection.execute(_newest_of_each_case(query, creditor_id)).scalars().all()
        cases: dict[str, list[Any]] = {case_id: [] for case_id in ids}
        for row in connection.execute(_MEMBERS, {"of_cases": ids}):
            cases[row.case_id].append(row)
        return [*cases.values()]

    return page(query, fetch, lambda rows: max(row.seq for row in rows), _case_row)


_MEMBERS: Final = sa.select(
    claim.c.seq,
    claim.c.case_id,
    claim.c.creditor_id,
    claim.c.debtor_number,
    claim.c.state,
    claim.c.outstanding_minor,
    claim.c.currency,
    claim.c.updated_at,
).where(claim.c.case_id.in_(sa.bindparam("of_cases", expanding=True)))


def _case_row(rows: Sequence[Any]) -> Document:
    """A case's minimum fields, from its claims; of those that are closed nothing is outstanding."""
    open_ones = [row for row in rows if row.state != ClaimState.CLOSED.value]
    return {
        "case_id": rows[0].case_id,
        "creditor_id": rows[0].creditor_id,
        "debtor_number": rows[0].debtor_number,
        "claims": len(rows),
        "states": sorted({row.state for row in rows}),
        "outstanding": str(from_minor(sum(row.outstanding_minor for row in open_ones))),
        "currency": min(row.currency for row in rows),
        "updated_at": from_ms(max(row.updated_at for row in rows)).isoformat(),
    }


def _newest_of_each_case(query: Query, creditor_id: str | None) -> sa.Select[Any]:
    """The case ids of one page, by their newest claim: a walk back that passes by older ones."""
    newer = sa.alias(claim, "newer")
    of_the_same = sa.select(sa.literal(1)).where(
        newer.c.case_id == claim.c.case_id, newer.c.seq > claim.c.seq
    )
    statement = (
        sa.select(claim.c.case_id)
        .where(~sa.exists(of_the_same))
        .order_by(claim.c.seq.desc())
        .limit(query.limit)
    )
    if creditor_id is not None:
        statement = statement.where(claim.c.creditor_id == creditor_id)
    if query.after is not None:
        statement = statement.where(claim.c.seq < query.after)
    return statement


def case_show(connection: sa.Connection, gateway: Gateway, case_id: str) -> Document:
    """A case with its claims."""
    members = claims.of_case(connection, case_id)
    if not members:
        raise OperationError(
            f"there is no case {case_id}; list them with: cases list", kind="not_found"
        )
    return {
        "case_id": case_id,
        "creditor_id": members[0].creditor_id,
        "debtor_number": members[0].debtor_number,
        "claims": [claim_row(connection, gateway, member) for member in members],
        "consolidation": consolidation_page(
            connection, gateway, members[0], oslo_date(gateway.clock()), gateway.language
        ),
    }
