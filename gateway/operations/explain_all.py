"""What is decided of every open claim as of a day: one page of claims for ``explain --all``."""

from __future__ import annotations

import sqlalchemy as sa

from gateway.operations import walk
from gateway.operations.arguments import Arguments, day_of, language_of
from gateway.operations.gateway import Gateway
from gateway.operations.paging import LIMIT_MAX, Document, Query
from mappers.decision_in_language import decision_in_language
from mappers.decision_to_json import decision_to_json


def explain_page(connection: sa.Connection, gateway: Gateway, arguments: Arguments) -> Document:
    """Decisions of one page of claims as ``explain`` gives them, with the day each may go.

    At most ``limit`` claims; there may be fewer and still a ``next``, for a page is of debtors.
    """
    on, language = day_of(gateway, arguments), language_of(gateway, arguments)
    limit = Query({"limit": arguments.get("limit", LIMIT_MAX)}).limit
    found, following = walk.step(
        connection,
        gateway=gateway,
        creditors=walk.creditors_of(gateway, arguments),
        after=walk.Cursor.read(arguments),
        on=on,
        debtors=min(walk.PAGE_DEBTORS, limit),
    )
    if len(found) > limit:
        last, _ = found[limit - 1]
        found = found[:limit]
        following = walk.Cursor(
            creditor_id=last.creditor_id, debtor_number=last.debtor_number, seq=last.seq
        )
    items = []
    for claim, seen in found:
        decision = decision_to_json(seen.now, claim.invoice_id)
        row: Document = {
            "creditor_id": claim.creditor_id,
            "claim_id": claim.claim_id,
            "invoice_number": claim.invoice_number,
            "debtor_number": claim.debtor_number,
            "state": claim.state.value,
            **decision_in_language(decision, language),
            "eligible_on": seen.eligible_on.isoformat() if seen.eligible_on else None,
            "then": seen.then.outcome.value,
        }
        items.append(row)
    return {"items": items, "next": str(following) if following else None}
