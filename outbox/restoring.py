"""What becomes of messages when their table comes back from a copy.

The copy holds messages as unsent that the original may have sent afterwards. One whose effect must
not happen twice is therefore *in doubt*, as of the moment of the restore, and is looked up at the
receiver like any other doubt. Any other is harmless to repeat and simply goes.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from outbox.instants import to_ms
from outbox.message import MessageState
from outbox.table import UNSETTLED


def doubt_unsettled(
    connection: sa.Connection,
    table: sa.Table,
    *,
    now: datetime,
    theirs: datetime,
    why: str,
    keep_prefix: str,
) -> int:
    """Put every doubtful message that is not over in doubt, as if sent ``now``; gives how many.

    ``theirs`` is now by the receivers' clock, at the latest it may be.

    A parked one whose reason begins with ``keep_prefix`` is a doubt already, left to a person: it
    stays with its reason, and only the moment after which a witness counts moves.
    """
    at = to_ms(now)
    doubtful = sa.and_(UNSETTLED, table.c.doubtful == 1)
    kept = sa.and_(
        table.c.state == MessageState.PARKED.value,
        sa.func.coalesce(table.c.last_error, "").startswith(keep_prefix, autoescape=True),
    )
    as_sent = {"sent_at": at, "sent_at_theirs": to_ms(theirs), "sent_fence": table.c.fence}
    moved = connection.execute(
        sa.update(table)
        .where(doubtful, ~kept)
        .values(
            state=MessageState.IN_DOUBT.value,
            due_at=at,
            lease_until=None,
            last_error=why,
            **as_sent,
        )
    ).rowcount
    return (
        moved + connection.execute(sa.update(table).where(doubtful, kept).values(as_sent)).rowcount
    )
