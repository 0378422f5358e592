"""Whether this database is a copy, and since when it is the one that is served from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gateway.storage.tables import copy_mark, feed
from outbox.instants import from_ms, to_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMark:
    """``copied_at``: the state of affairs in the file; ``restored_at`` None: not served yet."""

    copied_at: datetime
    restored_at: datetime | None


def newest(connection: sa.Connection) -> CopyMark | None:
    """The last time this database came from a copy; None if it never did."""
    last = sa.select(sa.func.max(copy_mark.c.seq)).scalar_subquery()
    row = connection.execute(sa.select(copy_mark).where(copy_mark.c.seq == last)).first()
    if row is None:
        return None
    restored_at = None if row.restored_at is None else from_ms(row.restored_at)
    return CopyMark(copied_at=from_ms(row.copied_at), restored_at=restored_at)


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
