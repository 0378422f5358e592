"""Rows of the audit as somebody looks for them: by who, what, of what and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import sqlalchemy as sa

from gateway.storage.tables import audit
from outbox.instants import to_ms

SUBJECTS_MAX: Final = 100
"""Of one id; a message is adopted or moved a few times in its life."""

_BEHIND: Final = "~"
"""Sorts behind every character of our ids."""

Place = tuple[int, int]
"""Where a row stands in the list: its instant in milliseconds, and its seq."""

_KEY: Final = (audit.c.at, audit.c.seq)


def place_of(connection: sa.Connection, seq: int) -> Place:
    """The place of a row; of one that is not there, that of the row before it in the chain."""
    row = connection.execute(
        sa.select(*_KEY).where(audit.c.seq <= seq).order_by(audit.c.seq.desc()).limit(1)
    ).first()
    return (0, 0) if row is None else (row.at, row.seq)


def subjects_of(connection: sa.Connection, begun: str) -> Sequence[str]:
    """The subjects that begin so, in order: "msg_1", and "msg_1 = 4711" which says more."""
    like = sa.select(audit.c.subject).distinct().order_by(audit.c.subject)
    like = like.where(audit.c.subject >= begun, audit.c.subject < f"{begun}{_BEHIND}")
    return connection.execute(like.limit(SUBJECTS_MAX)).scalars().all()


def listing(
    connection: sa.Connection,
    of: Mapping[str, str | None],
    *,
    since: datetime | None,
    until: datetime | None,
    before: Place | None,
    limit: int,
) -> Sequence[sa.RowMapping]:
    """Rows whose columns are as ``of`` says, newest first; ``until`` and ``before`` are left out.

    Each filter alone, and actor with action, walk along an index of their own. Of a subject there
    are few rows, of which the rest is looked at one by one.
    """
    statement = sa.select(audit).order_by(*(each.desc() for each in _KEY)).limit(limit)
    given = {name: value for name, value in of.items() if value is not None}
    statement = statement.where(*(audit.c[name] == value for name, value in given.items()))
    if since is not None:
        statement = statement.where(audit.c.at >= to_ms(since))
    if until is not None:
        statement = statement.where(audit.c.at < to_ms(until))
    if before is not None:
        statement = statement.where(sa.tuple_(*_KEY) < sa.tuple_(*map(sa.literal, before)))
    return connection.execute(statement).mappings().all()
