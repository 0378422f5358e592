"""Settlements in Kravia's list that are not understood: a task with what came, never a guess.

What came is kept sealed, for it may hold personal data; ``settlements show --raw`` opens it. The
task ends by itself when the settlement is understood, or is no longer in the list of those not
booked: then somebody marked it in Kravia's portal.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from clients.kravia.wire import SettlementList, UnreadSettlement
from gateway.operations.gateway import Gateway
from gateway.storage import settlement_marks
from gateway.storage.desk import NewTask, add_task
from gateway.storage.settlement_marks import Unread

UNREAD: Final = "unread_settlement"
"""The kind of task about a settlement that is not understood."""


def about(unread: UnreadSettlement) -> str:
    """Its id; where not even that can be read, a name made of what came."""
    if unread.settlementId is not None:
        return unread.settlementId
    return f"unread-{hashlib.sha256(unread.raw).hexdigest()[:12]}"


def unread_news(connection: sa.Connection, creditor_id: str, told: SettlementList) -> bool:
    """Whether what is not understood is other than at the last poll."""
    known = settlement_marks.unread_of(connection, creditor_id)
    return known.keys() != {about(each) for each in told.unread}


def take_unread(
    connection: sa.Connection,
    gateway: Gateway,
    creditor_id: str,
    told: SettlementList,
    now: datetime,
) -> None:
    """Keep what is new and ask a person; end what is understood now, or gone."""
    known = settlement_marks.unread_of(connection, creditor_id)
    listed = {about(each): each for each in told.unread}
    for name in known.keys() - listed.keys():
        settlement_marks.forget_unread(connection, creditor_id, name)
        settlement_marks.finish_task(connection, creditor_id, UNREAD, name, "kravia-gateway", now)
    for name in listed.keys() - known.keys():
        unread = listed[name]
        kept = Unread(about=name, sealed_raw=gateway.seal.seal(unread.raw), why=unread.why)
        settlement_marks.keep_unread(connection, creditor_id, kept, now)
        new = NewTask(
            creditor_id=creditor_id,
            claim_id=None,
            kind=UNREAD,
            about=name,
            text=(
                f"Kravia's settlement {name} is not understood, so nothing of it is booked or told:"
                f" {unread.why}. Read it with: kravia-gateway settlements show {name} --raw. Then"
                " correct [settlements] in your kravia.toml and restart serve; or book it by hand"
                " and mark it in Kravia's portal, which ends this task"
            ),
        )
        if not add_task(connection, new, gateway.new_id("tsk_"), now):
            settlement_marks.reopen_task(connection, new, now)
