"""Who each creditor was when it was last served, and what is still alive of it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from gateway.domain.claim import ClaimState, CloseReason
from gateway.domain.creditor_identity import Alive, Identity
from gateway.storage.tables import claim, known_creditor, message
from outbox.instants import to_ms
from outbox.table import UNSETTLED


def remembered(connection: sa.Connection) -> dict[str, Identity]:
    """Every creditor that was ever served, by id."""
    return {
        row.creditor_id: Identity(
            kravia_creditor_id=row.kravia_creditor_id,
            ledger_kind=row.ledger_kind,
            ledger_account=row.ledger_account,
        )
        for row in connection.execute(sa.select(known_creditor))
    }


def remember(
    connection: sa.Connection, creditor_id: str, identity: Identity, now: datetime
) -> None:
    """Write who the creditor is from now on."""
    values = {
        "kravia_creditor_id": identity.kravia_creditor_id,
        "ledger_kind": identity.ledger_kind,
        "ledger_account": identity.ledger_account,
        "known_at": to_ms(now),
    }
    here = sa.update(known_creditor).where(known_creditor.c.creditor_id == creditor_id)
    if connection.execute(here.values(values)).rowcount == 0:
        connection.execute(sa.insert(known_creditor).values(creditor_id=creditor_id, **values))


def alive(connection: sa.Connection) -> dict[str, Alive]:
    """Claims that are not closed and messages that are not over, by creditor; none is left out."""
    open_claims: dict[str, int] = dict(
        connection.execute(
            sa.select(claim.c.creditor_id, sa.func.count())
            .where(claim.c.state != ClaimState.CLOSED.value)
            .group_by(claim.c.creditor_id)
        ).all()
    )
    waiting: dict[str, int] = dict(
        connection.execute(
            sa.select(message.c.scope, sa.func.count()).where(UNSETTLED).group_by(message.c.scope)
        ).all()
    )
    return {
        name: Alive(claims=open_claims.get(name, 0), messages=waiting.get(name, 0))
        for name in sorted(open_claims.keys() | waiting.keys())
    }


def cases_at_agency(connection: sa.Connection, creditor_id: str) -> tuple[str, ...]:
    """Kravia's ids of the creditor's claims that are not closed, oldest claim first."""
    query = (
        sa.select(claim.c.kravia_invoice_id)
        .where(
            claim.c.creditor_id == creditor_id,
            claim.c.state != ClaimState.CLOSED.value,
            claim.c.kravia_invoice_id.is_not(None),
        )
        .order_by(claim.c.seq)
    )
    return tuple(connection.execute(query).scalars())


def close_all(connection: sa.Connection, creditor_id: str, problem: str, now: datetime) -> int:
    """Close every claim of the creditor as withdrawn, from whatever state; gives how many."""
    return connection.execute(
        sa.update(claim)
        .where(claim.c.creditor_id == creditor_id, claim.c.state != ClaimState.CLOSED.value)
        .values(
            state=ClaimState.CLOSED.value,
            close_reason=CloseReason.WITHDRAWN.value,
            hold_until=None,
            decide_on=None,
            problem=problem,
            updated_at=to_ms(now),
        )
    ).rowcount
