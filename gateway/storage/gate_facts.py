"""All that the send gate asks beside the claim and the mirror's rows, in one statement.

It is asked for every register, and on PostgreSQL each statement is a round trip.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from gateway.storage.bank_lines import WHOSE
from gateway.storage.claims import Claim
from gateway.storage.copy_marks import CopyMark
from gateway.storage.desk import ALL_CREDITORS
from gateway.storage.mirror import Feed
from gateway.storage.tables import copy_mark, event, feed, message, pause, task
from outbox.instants import from_ms
from outbox.prepared import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class GateFacts:
    """``is_awaited``: an event about the invoice is recorded and not read yet. ``paused``: why.

    ``is_asked``: a person is asked whether money that came in is for the claim.
    ``copy_mark``: the last time this database came from a copy. ``sent_at``: when a register of the
    claim, of whatever message, was last being sent.
    """

    is_awaited: bool
    is_asked: bool
    paused: str | None
    feed: Feed
    copy_mark: CopyMark | None
    sent_at: datetime | None


_CREDITOR: Final[sa.BindParameter[str]] = sa.bindparam("of_creditor")

_AWAITED: Final = sa.exists(
    # As an expression, for the planner to read the short index of what is unread instead.
    sa.select(sa.literal_column("1"))
    .select_from(event)
    .where(
        sa.text("outcome = 'recorded'"),
        event.c.creditor_id.concat("") == _CREDITOR,
        event.c.invoice_id == sa.bindparam("of_invoice"),
    )
)
_ASKED: Final = sa.exists(
    sa.select(sa.literal_column("1"))
    .select_from(task)
    .where(
        task.c.claim_id == sa.bindparam("of_claim"),
        task.c.kind == WHOSE,
        task.c.done_at.is_(None),
    )
)
_PAUSED: Final = (
    sa.select(pause.c.reason)
    .where(sa.or_(pause.c.creditor_id == _CREDITOR, pause.c.creditor_id == ALL_CREDITORS))
    .order_by(pause.c.creditor_id)
    .limit(1)
    .scalar_subquery()
)
_SENT_AT: Final = (
    sa.select(sa.func.max(message.c.sent_at))
    .where(message.c.subject == sa.bindparam("of_claim"), message.c.kind == sa.bindparam("of_kind"))
    .scalar_subquery()
)


def _of_feed(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    return sa.select(column).where(feed.c.creditor_id == _CREDITOR).scalar_subquery()


def _of_newest_copy(column: sa.Column[Any]) -> sa.ScalarSelect[Any]:
    newest = sa.select(sa.func.max(copy_mark.c.seq)).scalar_subquery()
    return sa.select(column).where(copy_mark.c.seq == newest).scalar_subquery()


_FACTS: Final = Prepared(
    sa.select(
        sa.case((_AWAITED, 1), else_=0),
        sa.case((_ASKED, 1), else_=0),
        _PAUSED,
        _of_feed(feed.c.watermark),
        _of_feed(feed.c.completed_at),
        _of_feed(feed.c.polled_at),
        _of_newest_copy(copy_mark.c.copied_at),
        _of_newest_copy(copy_mark.c.restored_at),
        _SENT_AT,
    )
)


def gate_facts(connection: sa.Connection, claim: Claim, kind: str) -> GateFacts:
    """Read them; ``kind`` is that of the register's message."""
    (row,) = _FACTS.all(
        connection,
        of_creditor=claim.creditor_id,
        of_invoice=claim.invoice_id,
        of_claim=claim.claim_id,
        of_kind=kind,
    )
    awaited, asked, paused, watermark, completed, polled, copied_at, restored_at, sent_at = row
    return GateFacts(
        is_awaited=bool(awaited),
        is_asked=bool(asked),
        paused=paused,
        feed=Feed(
            watermark=watermark,
            completed_at=_instant(completed),
            polled_at=_instant(polled),
        ),
        copy_mark=None
        if copied_at is None
        else CopyMark(copied_at=from_ms(copied_at), restored_at=_instant(restored_at)),
        sent_at=_instant(sent_at),
    )


def _instant(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_ms(milliseconds)
