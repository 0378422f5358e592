"""How the end of an alert's cause is seen, kind by kind.

Most causes end in a commit that clears the alert there and then. A person, a restart or a replay
may end one elsewhere; so each alert whose cause can be looked up is looked up again now and then.
Kinds that are not in ``STANDS`` are about a condition that one loop watches, and clears itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from gateway.domain.claim import ClaimState
from gateway.operations.alert_kinds import IN_DOUBT
from gateway.operations.gateway import Gateway
from gateway.operations.other_hands import CHANGED_TASK, UNKNOWN_LEDGER_STATUS
from gateway.storage import claims, events
from gateway.storage.desk import clear_alert, has_open_task
from gateway.storage.tables import alert
from gateway.storage.tables import message as table
from outbox import store
from outbox.instants import from_ms
from outbox.message import MessageState

LOOKED_AT_MAX: Final = 1_000
"""Alerts looked at in one go, some 20 ms; the next look goes on behind them."""

SEEN_AFTER: Final = timedelta(days=7)
"""How long an alert stays that tells of something past: whoever is on duty has read it by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingAlert:
    """An alert as stored."""

    seq: int
    creditor_id: str
    kind: str
    about: str
    raised_at: datetime


Stands = Callable[[sa.Connection, Gateway, StandingAlert, datetime], bool]


def _message_is(state: MessageState) -> Stands:
    def stands(
        connection: sa.Connection, _gateway: Gateway, raised: StandingAlert, _now: datetime
    ) -> bool:
        found = store.find(connection, table, raised.about)
        return found is not None and found.state is state

    return stands


def _event_is(outcome: str) -> Stands:
    def stands(
        connection: sa.Connection, _gateway: Gateway, raised: StandingAlert, _now: datetime
    ) -> bool:
        found = events.get(connection, raised.about)
        return found is not None and found.outcome == outcome

    return stands


def _claim_is_open(
    connection: sa.Connection, _gateway: Gateway, raised: StandingAlert, _now: datetime
) -> bool:
    claim = claims.get(connection, raised.about)
    return claim is not None and claim.state is not ClaimState.CLOSED


def _version_is_newest(
    connection: sa.Connection, _gateway: Gateway, raised: StandingAlert, _now: datetime
) -> bool:
    """Whether the ledger has sent no newer version than the one that came with two contents."""
    claim_id, _, version = raised.about.rpartition("/")
    claim = claims.get(connection, claim_id)
    if claim is None or claim.state is ClaimState.CLOSED:
        return False
    return claim.facts_version is None or str(claim.facts_version) == version


def _word_is_unknown(
    connection: sa.Connection, _gateway: Gateway, raised: StandingAlert, _now: datetime
) -> bool:
    """Whether a claim still has a status that the assumptions do not explain."""
    return claims.has_unread_status(connection, raised.creditor_id, raised.about)


def _ledger_word_is_unknown(
    connection: sa.Connection, _gateway: Gateway, raised: StandingAlert, _now: datetime
) -> bool:
    """Whether a claim is still in review, or at the agency with a task, for this word."""
    creditor_id, word = raised.creditor_id, raised.about
    return claims.has_word_in_review(connection, creditor_id, word) or has_open_task(
        connection, creditor_id, CHANGED_TASK, word
    )


def _is_news(
    _connection: sa.Connection, _gateway: Gateway, raised: StandingAlert, now: datetime
) -> bool:
    return now - raised.raised_at < SEEN_AFTER


STANDS: Final[Mapping[str, Stands]] = {
    IN_DOUBT: _message_is(MessageState.IN_DOUBT),
    "parked": _message_is(MessageState.PARKED),
    "event_failed": _event_is("rejected"),
    "event_waiting": _event_is("waiting"),
    "sent_by_ledger": _claim_is_open,
    "details": _claim_is_open,
    "version_conflict": _version_is_newest,
    "unknown_status": _word_is_unknown,
    UNKNOWN_LEDGER_STATUS: _ledger_word_is_unknown,
    "webhook_id_reused": _is_news,
}
"""By kind, whether the cause of an alert is still there."""


def standing_alerts(connection: sa.Connection, after: int) -> tuple[StandingAlert, ...]:
    """Alerts whose end can be looked up, oldest first, past the ``seq`` given as ``after``."""
    rows = connection.execute(
        sa.select(alert)
        .where(alert.c.seq > after, alert.c.kind.in_(sorted(STANDS)))
        .order_by(alert.c.seq)
        .limit(LOOKED_AT_MAX)
    )
    return tuple(
        StandingAlert(
            seq=row.seq,
            creditor_id=row.creditor_id,
            kind=row.kind,
            about=row.about,
            raised_at=from_ms(row.raised_at),
        )
        for row in rows
    )


def ended(
    connection: sa.Connection, gateway: Gateway, raised: tuple[StandingAlert, ...], now: datetime
) -> tuple[StandingAlert, ...]:
    """Those of the alerts whose cause is gone."""
    return tuple(each for each in raised if not STANDS[each.kind](connection, gateway, each, now))


def clear_ended(
    connection: sa.Connection, gateway: Gateway, raised: tuple[StandingAlert, ...], now: datetime
) -> int:
    """Forget alerts whose cause is gone, looked at once more in this commit; gives how many."""
    gone = ended(connection, gateway, raised, now)
    for each in gone:
        clear_alert(connection, each.creditor_id, each.kind, each.about)
    return len(gone)
