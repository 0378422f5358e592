"""The first opening of a database that came from a copy: what was sent since, nobody knows.

The copy is older than the world. Messages it holds as unsent may have been sent, claims it holds
as waiting may be at Kravia, and events answered with 202 after it are gone. So, in one commit:

- every message whose effect must not happen twice is in doubt as of now: the mirror adopts it, or
  proves its absence with a row later than this moment, or a person decides;
- every mirror is incomplete until its feed has been read on, from before where the copy had it;
- new registers are paused for all: a ledger that pushes must first send again what was lost, or a
  claim that was paid meanwhile would be collected. Adopting needs no register and goes on.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa

from gateway.domain.oslo import OSLO, oslo_date
from gateway.operations.gateway import Gateway
from gateway.operations.tell import alert
from gateway.storage import copy_marks
from gateway.storage.copy_marks import CopyMark
from gateway.storage.desk import ALL_CREDITORS, NewAlert, record_action, set_pause
from gateway.storage.tables import QUARANTINE
from gateway.storage.tables import message as table
from outbox.restoring import doubt_unsettled

ALERT = "restored"
"""The kind of alert that says so; it goes with the pause."""

_WHY = "restored from a copy: it may have been sent since"


def take_up(connection: sa.Connection, gateway: Gateway, now: datetime) -> int | None:
    """Do all that if the database is such a copy; gives how many messages are in doubt now."""
    mark = copy_marks.newest(connection)
    if mark is None or mark.restored_at is not None:
        return None
    doubted = doubt_unsettled(
        connection,
        table,
        now=now,
        theirs=gateway.remote_clock.latest(now),
        why=_WHY,
        keep_prefix=QUARANTINE,
    )
    copy_marks.forget_completeness(connection)
    copy_marks.mark_restored(connection, now)
    since = f"{mark.copied_at.astimezone(OSLO):%-d %b %Y %H:%M}"
    set_pause(connection, ALL_CREDITORS, f"restored from a copy of {since}; see alerts list", now)
    for creditor_id in gateway.creditors:
        new = NewAlert(
            creditor_id=creditor_id,
            kind=ALERT,
            about=mark.copied_at.isoformat(),
            text=f"restored from a copy of {since}, Oslo time: {_what_to_do(gateway, creditor_id)},"
            f" and look at doubts list ({doubted} to look up); then let registers go",
            command="kravia-gateway resume",
        )
        alert(connection, gateway, new, now)
    record_action(
        connection,
        actor="kravia-gateway",
        action="restored",
        subject=f"copy of {mark.copied_at.isoformat()}",
        reason=f"{doubted} messages put in doubt",
        now=now,
    )
    return doubted


def _what_to_do(gateway: Gateway, creditor_id: str) -> str:
    if gateway.creditors[creditor_id].ledger_kind == "webhook":
        return "have the ledger send again everything since then"
    return "its ledger is asked by itself"


def all_shown_at(mark: CopyMark | None, gateway: Gateway) -> datetime | None:
    """When what the original sent in its last moment must have shown in Kravia's feed.

    A mirror read earlier may lack it. ``None``: this database never came from a copy. ``mark`` is
    the newest.
    """
    if mark is None or mark.restored_at is None:
        return None
    return mark.restored_at + timedelta(seconds=gateway.pace.settle_window_seconds)


def may_be_known(connection: sa.Connection, on: date) -> bool:
    """Whether something of that day may have been told before the last restore."""
    mark = copy_marks.newest(connection)
    return mark is not None and mark.restored_at is not None and on <= oslo_date(mark.restored_at)
