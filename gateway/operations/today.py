"""The desk's first page: what there is, what waits for a person, what it comes to, who answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, cast

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.domain.oslo import oslo_date
from gateway.operations.arguments import Arguments
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import figures
from gateway.storage.desk import alerts_standing, open_tasks, pause_reason
from gateway.storage.figures import AGE_DAYS, Heap
from gateway.storage.tables import QUARANTINED
from gateway.storage.tables import message as table
from outbox import store
from outbox.depth import unknown
from outbox.message import MessageState

THROUGHPUT_DAYS: Final = 28
"""Four weeks: a month's run shows, and each weekday four times."""


async def today(gateway: Gateway, _arguments: Arguments, _actor: str) -> Document:
    """Counts, sums and health, of the creditors that may be seen.

    What waits is as it is now. ``claims``, ``money`` and ``ages`` are of every claim, as they were
    at ``as_of``; all four are ``None`` while a large database is counted for the first time.
    """
    now = gateway.clock()
    counted = await gateway.recount.soon(
        ("today", gateway.visible),
        lambda: gateway.database.read(
            lambda connection: _of_all_claims(connection, gateway.visible, now)
        ),
    )
    whole = dict.fromkeys(("as_of", "claims", "money", "ages")) if counted is None else counted
    waiting = await gateway.database.read(lambda connection: _waiting(connection, gateway, now))
    return {**cast("Document", whole), **waiting, "remotes": _remotes(gateway)}


def _of_all_claims(
    connection: sa.Connection, visible: frozenset[str] | None, now: datetime
) -> Document:
    heaps = figures.heaps(connection, visible, now)
    by_state: Counter[str] = Counter()
    for heap in heaps:
        by_state[heap.state] += heap.claims
    return {
        "as_of": now.isoformat(),
        "claims": {state.value: by_state[state.value] for state in ClaimState},
        "money": _money(connection, visible, heaps),
        "ages": _ages(heaps),
    }


def _waiting(connection: sa.Connection, gateway: Gateway, now: datetime) -> Document:
    visible = gateway.visible
    return {
        "waits": {
            "review": figures.claims_in(connection, visible, ClaimState.REVIEW),
            **_messages_waiting(connection, visible),
            "tasks": open_tasks(connection, visible),
            "alerts": alerts_standing(connection, visible),
            "rejected_events": figures.events_rejected(connection, visible),
        },
        "throughput": _throughput(connection, visible, now),
        "paused": [
            {"creditor_id": name, "reason": reason}
            for name in sorted(gateway.creditors)
            if (reason := pause_reason(connection, name)) is not None
        ],
    }


def _messages_waiting(connection: sa.Connection, visible: frozenset[str] | None) -> dict[str, int]:
    """Messages that a person must see to: their effect unknown, or not sent any more."""
    found: Counter[str] = Counter()
    for scope in (None,) if visible is None else sorted(visible):
        quarantined: sa.ColumnElement[bool] | sa.TextClause = QUARANTINED
        if scope is not None:  # as an expression: few are in quarantine, a creditor has many more
            quarantined = sa.and_(QUARANTINED, table.c.scope.concat("") == scope)
        unknown_count = unknown(connection, table, quarantined).count
        in_doubt, parked = (
            store.count_in(connection, table, state, scope=scope)
            for state in (MessageState.IN_DOUBT, MessageState.PARKED)
        )
        found["in_doubt"] += in_doubt + unknown_count
        found["parked"] += parked - unknown_count
    return dict(found) or {"in_doubt": 0, "parked": 0}


def _money(
    connection: sa.Connection, visible: frozenset[str] | None, heaps: Sequence[Heap]
) -> list[Document]:
    """By currency: sent to Kravia, paid to Kravia, and still open there."""
    currencies = frozenset(heap.currency for heap in heaps)
    collected = figures.money_collected(connection, visible, currencies)
    rows: list[Document] = []
    for currency in sorted(currencies):
        own = [heap for heap in heaps if heap.currency == currency]
        at_kravia = [heap.outstanding for heap in own if heap.state == ClaimState.ACTIVE.value]
        rows.append(
            {
                "currency": currency,
                "claimed": str(sum((heap.registered for heap in own), Decimal("0.00"))),
                "collected": str(collected.get(currency, Decimal("0.00"))),
                "outstanding": str(sum(at_kravia, Decimal("0.00"))),
            }
        )
    return rows


def _ages(heaps: Sequence[Heap]) -> list[Document]:
    """Open claims by how many days they have been here at most; None for older."""
    open_ones = [heap for heap in heaps if heap.state != ClaimState.CLOSED.value]
    within = [sum(heap.younger[at] for heap in open_ones) for at in range(len(AGE_DAYS))]
    within.append(sum(heap.claims for heap in open_ones))
    return [
        {"days_at_most": days, "claims": count - below}
        for days, count, below in zip((*AGE_DAYS, None), within, (0, *within), strict=False)
    ]


def _throughput(
    connection: sa.Connection, visible: frozenset[str] | None, now: datetime
) -> list[Document]:
    last = oslo_date(now)
    days = [last - timedelta(days=ago) for ago in reversed(range(THROUGHPUT_DAYS))]
    counts = figures.registers_by_day(connection, visible, days[0])
    return [{"day": day.isoformat(), "registered": counts.get(day, 0)} for day in days]


def _remotes(gateway: Gateway) -> list[Document]:
    """Kravia and the systems of creditors that may be seen, as far as this process has called."""
    met = gateway.reach.met()
    return [
        {
            "system": remote.system,
            "creditor_id": remote.creditor_id,
            "silent_since": None if silence is None else silence.since.isoformat(),
        }
        for remote, silence in sorted(
            met.items(), key=lambda each: (each[0].creditor_id or "", each[0].system)
        )
        if gateway.visible is None
        or remote.creditor_id is None
        or remote.creditor_id in gateway.visible
    ]
