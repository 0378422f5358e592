"""Which events or messages a replay is about, as a condition on their tables.

Whatever the size of the tables, they are read in stretches of ``seq``, never whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Self

import sqlalchemy as sa

from gateway.storage.tables import QUARANTINE, event, message
from outbox.instants import from_ms, to_ms


class What(StrEnum):
    """What is run again."""

    EVENTS = "events"
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """All conditions must hold; ``None`` asks for nothing.

    ``since`` and ``until`` (not included) bound when an event was received or a message queued;
    ``state`` is an event's outcome or a message's state, ``type`` an event's type or a message's
    kind, and ``error`` a part of its problem or last error, in small or capital letters.
    """

    what: What
    creditor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    state: str | None = None
    type: str | None = None
    error: str | None = None

    def to_json(self) -> dict[str, str]:
        """What was asked for, without what was not."""
        found = {
            "what": self.what.value,
            "creditor": self.creditor,
            "since": None if self.since is None else self.since.isoformat(),
            "until": None if self.until is None else self.until.isoformat(),
            "state": self.state,
            "type": self.type,
            "error": self.error,
        }
        return {name: value for name, value in found.items() if value is not None}

    @classmethod
    def from_json(cls, document: Mapping[str, str]) -> Self:
        """Read what ``to_json`` wrote."""
        since, until = document.get("since"), document.get("until")
        return cls(
            what=What(document["what"]),
            creditor=document.get("creditor"),
            since=None if since is None else datetime.fromisoformat(since),
            until=None if until is None else datetime.fromisoformat(until),
            state=document.get("state"),
            type=document.get("type"),
            error=document.get("error"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """One event or message that a filter matches, without its content."""

    seq: int
    item_id: str
    creditor_id: str
    type: str
    state: str
    at: datetime
    error: str | None = None
    doubtful: bool = False


_EVENT: Final = {
    "seq": event.c.seq,
    "item_id": event.c.event_id,
    "creditor": event.c.creditor_id,
    "type": event.c.type,
    "state": event.c.outcome,
    "at": event.c.received_at,
    "error": event.c.problem,
}
_MESSAGE: Final = {
    "seq": message.c.seq,
    "item_id": message.c.message_id,
    "creditor": message.c.scope,
    "type": message.c.kind,
    "state": message.c.state,
    "at": message.c.created_at,
    "error": message.c.last_error,
    "doubtful": message.c.doubtful,
}
_COLUMNS: Final[Mapping[What, Mapping[str, sa.Column[Any]]]] = {
    What.EVENTS: _EVENT,
    What.MESSAGES: _MESSAGE,
}


def last_seq(connection: sa.Connection, what: What) -> int:
    """The ``seq`` of the newest event or message; 0 where there is none."""
    query = sa.select(sa.func.max(_COLUMNS[what]["seq"]))
    found: int | None = connection.execute(query).scalar()
    return found or 0


def matched(
    connection: sa.Connection, wanted: Filter, *, above: int, through: int
) -> tuple[Matched, ...]:
    """What the filter matches in a stretch: ``above`` < seq <= ``through``, in that order."""
    columns = _COLUMNS[wanted.what]
    seq = columns["seq"]
    query = (
        sa.select(*(column.label(f"its_{name}") for name, column in columns.items()))
        .where(seq > above, seq <= through, *_conditions(wanted, columns))
        .order_by(seq)
    )
    return tuple(
        Matched(
            seq=row.its_seq,
            item_id=row.its_item_id,
            creditor_id=row.its_creditor,
            type=row.its_type,
            state=row.its_state,
            at=from_ms(row.its_at),
            error=row.its_error,
            doubtful=bool(getattr(row, "its_doubtful", 0)),
        )
        for row in connection.execute(query)
    )


def heaps(
    connection: sa.Connection, wanted: Filter, *, above: int, through: int
) -> tuple[tuple[Matched, int], ...]:
    """Messages of a stretch that differ in nothing a replay looks at: one of each, and how many.

    Of its ``error`` only the beginning is told, and ``at`` is the oldest's.
    """
    columns = _COLUMNS[What.MESSAGES]
    seq, error = columns["seq"], sa.func.substr(columns["error"], 1, len(QUARANTINE))
    alike: tuple[sa.ColumnElement[Any], ...] = (
        *(columns[name] for name in ("creditor", "type", "state", "doubtful")),
        error,
    )
    rows: Iterable[Any] = connection.execute(
        sa.select(*alike, sa.func.min(seq), sa.func.min(columns["at"]), sa.func.count())
        .where(seq > above, seq <= through, *_conditions(wanted, columns))
        .group_by(sa.text("1, 2, 3, 4, 5"))
    )
    return tuple(
        (
            Matched(
                seq=first,
                item_id="",
                creditor_id=creditor,
                type=kind,
                state=state,
                at=from_ms(at),
                error=begin,
                doubtful=bool(doubtful),
            ),
            count,
        )
        for creditor, kind, state, doubtful, begin, first, at, count in rows
    )


def _conditions(
    wanted: Filter, columns: Mapping[str, sa.Column[Any]]
) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    for name in ("creditor", "state", "type"):
        value = getattr(wanted, name)
        if value is not None:
            conditions.append(columns[name] == value)
    if wanted.since is not None:
        conditions.append(columns["at"] >= to_ms(wanted.since))
    if wanted.until is not None:
        conditions.append(columns["at"] < to_ms(wanted.until))
    if wanted.error is not None:
        conditions.append(columns["error"].icontains(wanted.error, autoescape=True))
    return conditions
