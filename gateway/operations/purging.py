"""Removes what is past its time, by the rows of ``config/retention.toml``, a batch at a time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Final

import sqlalchemy as sa

from gateway.domain.oslo import oslo_date, start_of_day
from gateway.domain.retention import Kept, RetentionRow, Then
from gateway.operations.arguments import Arguments, creditor_of, needed_reason
from gateway.operations.errors import OperationError
from gateway.operations.forgetting import forget_claims, pseudonym_of
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import claims, retained
from gateway.storage.desk import record_action
from gateway.storage.retained import Past, RowKey, Whose
from gateway.storage.tables import message
from outbox.table import UNSETTLED

BATCH_MAX: Final = 200
"""Things removed in one step: some 20 ms of the writer's time, so live work waits for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a purge has come: the row, by its place in the settings, and the last thing."""

    row: int = 0
    after: RowKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a purge; ``following`` is None at the end of the last row."""

    following: Place | None
    row: RetentionRow | None = None
    removed: int = 0


async def purge_some(
    gateway: Gateway, place: Place, today: date, whose: Whose, now: datetime
) -> Step:
    """Remove the next batch of what is past its time on the Oslo day ``today``."""
    if place.row >= len(gateway.retention):
        return Step(following=None)
    row = gateway.retention[place.row]
    before = start_of_day(row.is_over_before(today))
    found, after = await gateway.database.read(
        lambda connection: retained.past(connection, row, before, whose, place.after, BATCH_MAX)
    )
    removed = 0
    for creditor_id in sorted({each.creditor_id for each in found}):
        some = [each for each in found if each.creditor_id == creditor_id]
        removed += await gateway.database.write(
            partial(_remove, gateway, row, some, before, now), scope=creditor_id
        )
    if after is not None:
        following: Place | None = Place(row=place.row, after=after)
    elif place.row + 1 < len(gateway.retention):
        following = Place(row=place.row + 1)
    else:
        following = None
    return Step(following=following, row=row, removed=removed)


def _remove(
    gateway: Gateway,
    row: RetentionRow,
    some: Sequence[Past],
    before: datetime,
    now: datetime,
    connection: sa.Connection,
) -> int:
    """Remove what is past its time still: it may have been changed since it was found."""
    still = retained.past_of(connection, row, before, [each.row_key for each in some])
    row_keys = [each.row_key for each in some if each.row_key in still]
    if row.what is Kept.CLAIM:
        row_keys = [each for each in row_keys if not _is_under_way(connection, each)]
    if row.then is Then.DELETE:
        retained.delete(connection, row.what, row_keys)
    elif row.what is Kept.EVENT:
        retained.empty_events(connection, gateway.seal, [key[0] for key in row_keys], now)
    else:
        found = [claims.by_seq(connection, int(key[0])) for key in row_keys]
        forget_claims(connection, gateway, [each for each in found if each is not None], now)
    return len(row_keys)


def _is_under_way(connection: sa.Connection, row_key: RowKey) -> bool:
    """Whether a message of the claim is not over: parked or in doubt, it needs the claim."""
    found = claims.by_seq(connection, int(row_key[0]))
    return found is not None and has_unsettled(connection, [found.claim_id])


def has_unsettled(connection: sa.Connection, claim_ids: Sequence[str]) -> bool:
    """Whether anything that is to be told of these claims is not over."""
    query = sa.select(sa.literal(1)).where(UNSETTLED, message.c.subject.in_(claim_ids)).limit(1)
    return connection.execute(query.select_from(message)).first() is not None


async def plan(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
    """Count what is past its time today, row by row; changes nothing."""
    today, whose = oslo_date(gateway.clock()), _whose(gateway, arguments)
    items: list[Document] = []
    for row in gateway.retention:
        kept_from = row.is_over_before(today)
        before = start_of_day(kept_from)
        count = await gateway.database.read(
            partial(retained.count_past, row=row, before=before, whose=whose)
        )
        items.append(
            {
                "what": row.what.value,
                "state": row.state,
                "then": row.then.value,
                "months": row.months,
                "count_from": row.count_from.value,
                "before": kept_from.isoformat(),
                "count": count,
                "source": row.source,
                "reason": row.reason,
            }
        )
    return {"items": items, "next": None}


async def purge(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """One step of a purge that a person orders; ``after`` goes on with it."""
    whose, now = _whose(gateway, arguments), gateway.clock()
    place = _place_of(arguments.get("after"))
    if place == Place():
        subject = whose.creditor_id or "all"
        if whose.creditor_id is not None and whose.debtor_number is not None:
            pseudonym = pseudonym_of(gateway, whose.creditor_id, whose.debtor_number)
            subject = f"{whose.creditor_id}/{pseudonym}"
        await note(gateway, actor, subject, needed_reason(arguments), now)
    step = await purge_some(gateway, place, oslo_date(now), whose, now)
    following = step.following
    return {
        "removed": _counted(step),
        "next": None if following is None else json.dumps([following.row, following.after]),
    }


async def note(gateway: Gateway, actor: str, subject: str, reason: str, now: datetime) -> None:
    """Write a purge into the audit."""
    await gateway.database.write(
        lambda connection: record_action(
            connection,
            actor=actor,
            action="privacy.purge",
            subject=subject,
            reason=reason,
            now=now,
        )
    )


def _counted(step: Step) -> dict[str, int]:
    counted: Counter[str] = Counter()
    if step.row is not None and step.removed:
        counted[told(step.row)] += step.removed
    return dict(counted)


def told(row: RetentionRow) -> str:
    """A row in three words."""
    return f"{row.what} {row.state} {row.then}"


def _whose(gateway: Gateway, arguments: Arguments) -> Whose:
    debtor = arguments.get("debtor")
    if arguments.get("creditor") is None:
        if debtor is not None:
            raise OperationError(
                "creditor is missing: a debtor is one of a creditor's", kind="invalid"
            )
        return Whose()
    return Whose(
        creditor_id=creditor_of(gateway, arguments),
        debtor_number=None if debtor is None else str(debtor),
    )


def _place_of(after: object) -> Place:
    if after is None:
        return Place()
    try:
        row, row_key = json.loads(str(after))
        return Place(row=int(row), after=None if row_key is None else tuple(row_key))
    except (ValueError, TypeError) as error:
        raise OperationError("after is no cursor of privacy purge", kind="invalid") from error
