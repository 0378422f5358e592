"""The audit as a list gives it: who did what to what, and when."""

from __future__ import annotations

import re
from collections.abc import Sequence
from operator import itemgetter
from typing import Final

import sqlalchemy as sa

from gateway.operations.errors import OperationError
from gateway.operations.moments import span_of
from gateway.operations.paging import Document, Query
from gateway.storage import audit_rows
from outbox.instants import from_ms

_ID: Final = re.compile(r"[a-z]{2,4}_[0-9a-z]+")
"""One of our ids, or its beginning. A creditor's id is none, and neither is "user kari"."""


def audit_list(connection: sa.Connection, query: Query) -> Document:
    """What people and programs did, newest first; every filter that is given must fit.

    ``subject`` is what it was done to, as a row says it; an id may be begun only. ``since`` and
    ``until`` are days, both included, or instants. Raises ``OperationError``.
    """
    since, until = span_of(query)
    subjects = _subjects(connection, query.text("subject"))
    before = None if query.after is None else audit_rows.place_of(connection, query.after)

    found = [
        row
        for each in subjects
        for row in audit_rows.listing(
            connection,
            {"actor": query.text("actor"), "action": query.text("action"), "subject": each},
            since=since,
            until=until,
            before=before,
            limit=query.limit,
        )
    ]
    found.sort(key=itemgetter("at", "seq"), reverse=True)
    taken = found[: query.limit]
    following = str(taken[-1]["seq"]) if len(taken) == query.limit else None
    return {"items": [_row(each) for each in taken], "next": following}


def _subjects(connection: sa.Connection, given: str | None) -> Sequence[str | None]:
    """The subjects that are meant: of an id, or its beginning, also those that say more of it."""
    if given is None or not _ID.fullmatch(given):
        return [given]
    like = audit_rows.subjects_of(connection, given)
    ids = {each.partition(" ")[0] for each in like}
    if given not in ids and len(ids) > 1:
        one, other, *_ = sorted(ids)
        raise OperationError(
            f"several ids begin with {given}, such as {one} and {other}: type more of it",
            kind="invalid",
        )
    whole = given if given in ids or not ids else ids.pop()
    return [each for each in like if each.partition(" ")[0] == whole]


def _row(row: sa.RowMapping) -> Document:
    return {
        "seq": row["seq"],
        "at": from_ms(row["at"]).isoformat(),
        "actor": row["actor"],
        "action": row["action"],
        "subject": row["subject"],
        "reason": row["reason"],
    }
