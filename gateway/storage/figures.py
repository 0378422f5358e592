"""What all claims come to: counts, money and ages, each from an index that holds it all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.domain.money import from_minor
from gateway.storage.tables import claim, collected, event, register_count
from gateway.storage.visibility import of_creditors
from outbox.instants import to_ms

AGE_DAYS: Final = (7, 30, 90)
"""A week, a month, a quarter: the age an open claim has at most; the rest is older."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heap:
    """Claims of one state and currency: how many, open principal, principal sent to Kravia.

    ``younger`` counts those that came within the last days, one count for each of ``AGE_DAYS``.
    """

    state: str
    currency: str
    claims: int
    outstanding: Decimal
    registered: Decimal
    younger: tuple[int, ...]


def heaps(
    connection: sa.Connection, creditors: frozenset[str] | None, now: datetime
) -> tuple[Heap, ...]:
    """Every claim in one heap, and each creditor's heaps apart; one walk along ``claim_money``."""
    since = [to_ms(now - timedelta(days=days)) for days in AGE_DAYS]
    query = sa.select(
        claim.c.creditor_id,
        claim.c.state,
        claim.c.currency,
        sa.func.count(),
        sa.func.sum(claim.c.outstanding_minor),
        sa.func.coalesce(sa.func.sum(claim.c.registered_minor), 0),
        *(sa.func.sum(sa.case((claim.c.created_at >= start, 1), else_=0)) for start in since),
    ).group_by(claim.c.creditor_id, claim.c.state, claim.c.currency)
    return tuple(
        Heap(
            state=state,
            currency=currency,
            claims=count,
            outstanding=from_minor(int(outstanding)),
            registered=from_minor(int(registered)),
            younger=tuple(int(each) for each in younger),
        )
        for _creditor, state, currency, count, outstanding, registered, *younger in (
            connection.execute(of_creditors(query, claim.c.creditor_id, creditors))
        )
    )


def claims_in(
    connection: sa.Connection, creditors: frozenset[str] | None, state: ClaimState
) -> int:
    """How many claims are in a state; few in one that waits for a person."""
    query = sa.select(sa.func.count()).select_from(claim).where(claim.c.state == state.value)
    return int(connection.execute(of_creditors(query, claim.c.creditor_id, creditors)).scalar_one())


def money_collected(
    connection: sa.Connection, creditors: frozenset[str] | None, currencies: frozenset[str]
) -> Mapping[str, Decimal]:
    """What debtors paid Kravia, by the currency of the claim; reversed payments left out.

    ``currencies`` are those of all these claims: with one alone no claim need be looked up.
    """
    total = sa.func.coalesce(sa.func.sum(collected.c.amount_minor), 0)
    if len(currencies) <= 1:
        query = sa.select(total).where(collected.c.reversed == 0)
        found = connection.execute(of_creditors(query, collected.c.creditor_id, creditors))
        amount = from_minor(int(found.scalar_one()))
        return dict.fromkeys(currencies, amount)
    by_currency = (
        sa.select(claim.c.currency, total)
        .select_from(collected.join(claim, claim.c.claim_id == collected.c.claim_id))
        .where(collected.c.reversed == 0)
        .group_by(claim.c.currency)
    )
    rows = connection.execute(of_creditors(by_currency, collected.c.creditor_id, creditors))
    return {currency: from_minor(int(amount)) for currency, amount in rows}


def registers_by_day(
    connection: sa.Connection, creditors: frozenset[str] | None, since: date
) -> Mapping[date, int]:
    """Registers let through the send gate on each Oslo day from ``since``; days without are out."""
    query = (
        sa.select(register_count.c.day, sa.func.sum(register_count.c["count"]))
        .where(register_count.c.day >= since.isoformat())
        .group_by(register_count.c.day)
    )
    rows = connection.execute(of_creditors(query, register_count.c.creditor_id, creditors))
    return {date.fromisoformat(day): int(count) for day, count in rows}


def events_rejected(connection: sa.Connection, creditors: frozenset[str] | None) -> int:
    """Events that were not valid and wait for repair."""
    query = (
        sa.select(sa.func.count())
        .select_from(event)
        .where(sa.text("outcome <> 'recorded'"), event.c.outcome == "rejected")
    )
    found = connection.execute(of_creditors(query, event.c.creditor_id, creditors))
    return int(found.scalar_one())
