"""How far a creditor has come: what was taken in, told, counted and mirrored; for reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.domain.eligibility.hand_over import MAYBE_THERE
from gateway.storage.tables import claim, event, message, mirror, register_count
from outbox.instants import from_ms
from outbox.message import MessageState
from outbox.table import UNSETTLED


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredStatus:
    """Cases at Kravia with one status word, and how many of them are claims of ours."""

    status: str | None
    cases: int
    ours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MirroredCase:
    """A case at Kravia that is no claim of ours; no personal data."""

    kravia_invoice_id: str
    invoice_number: str | None
    status: str | None
    last_updated: str


_OF_OURS = sa.and_(
    claim.c.creditor_id == mirror.c.creditor_id,
    claim.c.kravia_invoice_id == mirror.c.kravia_invoice_id,
)


def mirrored_by_status(connection: sa.Connection, creditor_id: str) -> tuple[MirroredStatus, ...]:
    """Count the mirror by Kravia's own words, the commonest first."""
    cases = sa.func.count()
    query = (
        sa.select(mirror.c.status, cases, sa.func.count(claim.c.claim_id))
        .select_from(mirror.outerjoin(claim, _OF_OURS))
        .where(mirror.c.creditor_id == creditor_id)
        .group_by(mirror.c.status)
        .order_by(cases.desc(), mirror.c.status)
    )
    return tuple(
        MirroredStatus(status=status, cases=count, ours=ours)
        for status, count, ours in connection.execute(query)
    )


def cases_not_ours(
    connection: sa.Connection, creditor_id: str, *, since: str | None
) -> tuple[MirroredCase, ...]:
    """Cases at Kravia that are no claim of ours, newest first; ``since`` is a stamp's beginning."""
    query = (
        sa.select(
            mirror.c.kravia_invoice_id,
            mirror.c.invoice_number,
            mirror.c.status,
            mirror.c.last_updated,
        )
        .select_from(mirror.outerjoin(claim, _OF_OURS))
        .where(mirror.c.creditor_id == creditor_id, claim.c.claim_id.is_(None))
        .order_by(mirror.c.last_updated.desc())
    )
    if since is not None:
        query = query.where(mirror.c.last_updated >= since)
    return tuple(MirroredCase(**row) for row in connection.execute(query).mappings())


def claims_not_sent_by_us(connection: sa.Connection, creditor_id: str) -> tuple[str, ...]:
    """Ids of claims that are at Kravia though no register of ours was ever sent."""
    sent = sa.exists(
        sa.select(sa.literal(1)).where(
            message.c.subject == claim.c.claim_id, message.c.sent_at.is_not(None)
        )
    )
    query = (
        sa.select(claim.c.claim_id)
        .where(claim.c.creditor_id == creditor_id, claim.c.kravia_invoice_id.is_not(None), ~sent)
        .order_by(claim.c.seq)
    )
    return tuple(connection.execute(query).scalars())


def reviews_of_matches(connection: sa.Connection, creditor_id: str) -> int:
    """How many claims wait for a person because a case at Kravia only resembles them."""
    query = sa.select(sa.func.count()).where(
        claim.c.creditor_id == creditor_id,
        claim.c.state == ClaimState.REVIEW.value,
        claim.c.decision.contains(f'"{MAYBE_THERE.key}"', autoescape=True),
    )
    return int(connection.execute(query).scalar_one())


def claim_ids_in(
    connection: sa.Connection, creditor_id: str, *states: ClaimState
) -> tuple[str, ...]:
    """Ids of the creditor's claims in these states, oldest first."""
    query = (
        sa.select(claim.c.claim_id)
        .where(
            claim.c.creditor_id == creditor_id,
            claim.c.state.in_([state.value for state in states]),
        )
        .order_by(claim.c.seq)
    )
    return tuple(connection.execute(query).scalars())


def last_told_at(connection: sa.Connection, creditor_id: str, place: str) -> datetime | None:
    """When a message of a kind that begins so was last delivered."""
    query = sa.select(sa.func.max(message.c.settled_at)).where(
        message.c.scope == creditor_id,
        message.c.kind.startswith(place, autoescape=True),
        message.c.state == MessageState.DELIVERED.value,
    )
    at = connection.execute(query).scalar()
    return None if at is None else from_ms(at)


def stuck_count(connection: sa.Connection, creditor_id: str, place: str) -> int:
    """How many messages of a kind that begins so wait for a person, or are in doubt."""
    stuck = [MessageState.PARKED.value, MessageState.IN_DOUBT.value]
    query = sa.select(sa.func.count()).where(
        UNSETTLED,
        message.c.scope == creditor_id,
        message.c.state.in_(stuck),
        message.c.kind.startswith(place, autoescape=True),
    )
    return int(connection.execute(query).scalar_one())


def last_event_at(connection: sa.Connection, creditor_id: str) -> datetime | None:
    """When the creditor's ledger last sent something, or was last found to have news."""
    query = sa.select(sa.func.max(event.c.received_at)).where(event.c.creditor_id == creditor_id)
    at = connection.execute(query).scalar()
    return None if at is None else from_ms(at)


def registers_on(connection: sa.Connection, creditor_id: str, day: date) -> int:
    """How many registers the day's cap has counted."""
    query = sa.select(register_count.c["count"]).where(
        register_count.c.creditor_id == creditor_id, register_count.c.day == day.isoformat()
    )
    return int(connection.execute(query).scalar() or 0)
