"""Whether this database is a copy, and since when it is the one that is served from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from gateway.storage.tables import copy_mark, feed
from outbox.instants import from_ms, to_ms
from outbox.prepared import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMark:
    """``copied_at``: the state of affairs in the file; ``restored_at`` None: not served yet."""

    copied_at: datetime
    restored_at: datetime | None


_NEWEST: Final = Prepared(
    sa.select(copy_mark.c.copied_at, copy_mark.c.restored_at)
    .order_by(copy_mark.c.seq.desc())
    .limit(1)
)


def newest(connection: sa.Connection) -> CopyMark | None:
    """The last time this database came from a copy; None if it never did."""
    row = _NEWEST.first(connection)
    if row is None:
        return None
    copied_at, restored_at = row
    return CopyMark(
        copied_at=from_ms(copied_at),
        restored_at=None if restored_at is None else from_ms(restored_at),
    )


def mark_copy(connection: sa.Connection, copied_at: datetime) -> None:
    """Say of this file that it is a copy, unless it says so already."""
    mark = newest(connection)
    if mark is None or mark.restored_at is not None:
        connection.execute(sa.insert(copy_mark).values(copied_at=to_ms(copied_at)))


def mark_restored(connection: sa.Connection, now: datetime) -> None:
    """Say that what the copy holds as unsent is in doubt now."""
    connection.execute(
        sa.update(copy_mark).where(copy_mark.c.restored_at.is_(None)).values(restored_at=to_ms(now))
    )


def forget_completeness(connection: sa.Connection) -> None:
    """No mirror counts as complete before its feed is read on from the copy's watermark."""
    connection.execute(sa.update(feed).values(completed_at=None, polled_at=None))
