"""Seals what lies in the database with the key that seals now: by itself, or as a person orders it.

Goes along every sealed column in the order of its primary key, a page at a time. A value is put in
the place of the one it was made from only while that is still there, so a newer one is never lost.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import sqlalchemy as sa
import structlog

from gateway.operations.arguments import Arguments, needed_reason
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import sealed_values
from gateway.storage.desk import record_action
from gateway.storage.errors import SealError
from gateway.storage.seal import PLAIN_ID
from gateway.storage.sealed_values import SEALED, RowKey, SealedColumn, SealedRow

logger = structlog.get_logger(__name__)

PAGE_ROWS: Final = 2_000
"""Heads of values looked at in one read: a few milliseconds."""

BATCH_MAX: Final = 200
"""Values sealed anew in one step: some 10 ms of the writer's time, so live work waits for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a walk has come: the column, by its place in ``SEALED``, and the last row."""

    column: int = 0
    after: RowKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the walk; ``following`` is None at the end of the last column."""

    following: Place | None
    looked_at: int = 0
    resealed: int = 0
    left: Mapping[str, int] = field(default_factory=dict)  # key id -> values that stay with it


async def reseal_some(gateway: Gateway, place: Place) -> Step:
    """Look at the next page of values and seal anew what another key sealed."""
    of = SEALED[place.column]
    rows = await gateway.database.read(
        lambda connection: sealed_values.rows_after(connection, of, place.after, PAGE_ROWS)
    )
    stale = [row for row in rows if row.key_id != gateway.seal.key_id][:BATCH_MAX]
    if len(stale) == BATCH_MAX:  # the rest of the page is looked at in the next step
        rows = rows[: rows.index(stale[-1]) + 1]
        at_end = False
    else:
        at_end = len(rows) < PAGE_ROWS
    resealed, left = await _reseal(gateway, of, stale) if stale else (0, {})
    if not at_end:
        following: Place | None = Place(column=place.column, after=rows[-1].row_key)
    elif place.column + 1 < len(SEALED):
        following = Place(column=place.column + 1)
    else:
        following = None
    return Step(following=following, looked_at=len(rows), resealed=resealed, left=left)


async def _reseal(
    gateway: Gateway, of: SealedColumn, stale: list[SealedRow]
) -> tuple[int, dict[str, int]]:
    """Seal ``stale`` values anew; gives how many, and by key those that cannot be opened."""
    found = await gateway.database.read(
        lambda connection: sealed_values.values_of(connection, of, stale)
    )
    seal = gateway.seal
    fresh: dict[str, list[tuple[RowKey, bytes, bytes]]] = {}
    left: dict[str, int] = {}
    for row, before in found:
        try:
            after = seal.seal(seal.open(before))
        except SealError as error:
            left[row.key_id] = left.get(row.key_id, 0) + 1
            logger.error("seal.failed", creditor_id=row.creditor_id, advice=f"{of.name}: {error}")  # noqa: TRY400 - says enough
        else:
            fresh.setdefault(row.creditor_id, []).append((row.row_key, before, after))
    done = await asyncio.gather(
        *(
            gateway.database.write(partial(_put_anew, of, values), scope=creditor_id)
            for creditor_id, values in fresh.items()
        )
    )
    return sum(done), left


def _put_anew(
    of: SealedColumn, values: list[tuple[RowKey, bytes, bytes]], connection: sa.Connection
) -> int:
    return sealed_values.put_anew(connection, of, values)


async def finish_walk(gateway: Gateway, left: Mapping[str, int]) -> None:
    """Forget the keys that a whole walk, from the first column to the last, has not met."""
    kept = {gateway.seal.key_id, *left}
    await gateway.database.write(lambda connection: sealed_values.forget_keys_but(connection, kept))


async def rotate(gateway: Gateway, arguments: Arguments, actor: str) -> Document:
    """One step of sealing everything with the key that seals now; ``after`` goes on with it."""
    if gateway.seal.key_id == PLAIN_ID:
        raise OperationError(
            "seal.keys names no key to seal with: make one with kravia-gateway seal new-key FILE,"
            " name it in the settings and start the gateway again",
            kind="refused",
        )
    place, left = _place_of(arguments.get("after"))
    if place == Place():
        reason, now = needed_reason(arguments), gateway.clock()

        def note(connection: sa.Connection) -> None:
            record_action(
                connection,
                actor=actor,
                action="seal.rotate",
                subject=gateway.seal.key_id,
                reason=reason,
                now=now,
            )

        await gateway.database.write(note)
    step = await reseal_some(gateway, place)
    for key_id, count in step.left.items():
        left[key_id] = left.get(key_id, 0) + count
    following = step.following
    if following is None:
        await finish_walk(gateway, left)
    after = (
        None
        if following is None
        else json.dumps([following.column, following.after, left], separators=(",", ":"))
    )
    return {
        "key_id": gateway.seal.key_id,
        "looked_at": step.looked_at,
        "resealed": step.resealed,
        "unopened": sum(step.left.values()),
        "next": after,
    }


async def status(gateway: Gateway, _arguments: Arguments, _actor: str) -> Document:
    """Which key seals, which open, and how many values need which; looks at every value's head."""
    rows: list[Document] = []
    needed: set[str] = set()
    for of in SEALED:
        counted = await gateway.database.read(partial(sealed_values.count_by_key, of=of))
        rows += [
            {"column": of.name, "key_id": key_id, "values": count}
            for key_id, count in sorted(counted.items())
        ]
        needed |= counted.keys()
    key_id = gateway.seal.key_id
    return {
        "key_id": None if key_id == PLAIN_ID else key_id,
        "key_ids": sorted(gateway.seal.key_ids),
        "not_needed": sorted(gateway.seal.key_ids - needed - {key_id}),
        "items": rows,
        "next": None,
    }


def _place_of(after: object) -> tuple[Place, dict[str, int]]:
    """Where a walk goes on that a person ordered, and what it has left behind so far."""
    if after is None:
        return Place(), {}
    try:
        column, row_key, left = json.loads(str(after))
        place = Place(column=int(column), after=None if row_key is None else tuple(row_key))
        SEALED[place.column]
    except (ValueError, TypeError, IndexError) as error:
        raise OperationError("after is no cursor of seal rotate", kind="invalid") from error
    return place, dict(left)
