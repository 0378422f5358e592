"""Replays: what would be run again, the order to do it, how far it is, and its end.

::

    plan (dry run) ──> start ──> freezing ──> running ──> done
                                     '───────────'──────> cancelled

``start`` only writes the order down. ``gateway.workers.replaying`` freezes the set and works it
off; whatever process opens the database next goes on where the last one was.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

import sqlalchemy as sa

from gateway.operations.arguments import Arguments, needed, query_of, reason_of
from gateway.operations.errors import OperationError
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document, page
from gateway.operations.replay_order import filter_of, rate_of
from gateway.operations.replay_set import LeftOut, count_messages, members
from gateway.storage import replay_filter, replays
from gateway.storage.desk import record_action
from gateway.storage.replay_filter import Filter, Matched
from gateway.storage.replays import NewReplay, Replay, ReplayState

PLAN_STRETCH: Final = 5_000
"""Rows looked at in one read: some 20 ms, so that no read holds the log back."""

SAMPLE_ITEMS: Final = 10
"""Enough to see whether the filter means what was meant."""


async def plan(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
    """Count what the filter matches, by type and state, with the first few; changes nothing."""
    wanted = filter_of(gateway, arguments)
    newest = await gateway.database.read(
        lambda connection: replay_filter.last_seq(connection, wanted.what)
    )
    by_kind: Counter[tuple[str, str]] = Counter()
    left_out: Counter[str] = Counter()
    sample: list[Matched] = []
    for above in range(0, newest, PLAN_STRETCH):
        through = min(above + PLAN_STRETCH, newest)
        look = partial(_looked, gateway=gateway, wanted=wanted, above=above, through=through)
        taken, missing, some = await gateway.database.read(
            partial(look, newest=newest, is_counted=len(sample) >= SAMPLE_ITEMS)
        )
        by_kind.update(taken)
        left_out.update({why.value: count for why, count in missing.items()})
        sample += some[: SAMPLE_ITEMS - len(sample)]
    return {
        "filter": wanted.to_json(),
        "count": by_kind.total(),
        "by_type": [
            {"type": type_, "state": state, "count": count}
            for (type_, state), count in sorted(by_kind.items())
        ],
        "left_out": [
            {"why": why, "count": count} for why, count in sorted(left_out.items()) if count
        ],
        "sample": [_item(wanted, each) for each in sample],
    }


def _looked(
    connection: sa.Connection,
    *,
    gateway: Gateway,
    wanted: Filter,
    above: int,
    through: int,
    newest: int,
    is_counted: bool,
) -> tuple[Counter[tuple[str, str]], Counter[LeftOut], list[Matched]]:
    """A stretch by type and state, and what is left out; its rows where a sample is wanted.

    The database counts messages itself, which takes a tenth of the time.
    """
    if is_counted and wanted.what is replay_filter.What.MESSAGES:
        counts = count_messages(connection, gateway, wanted, above=above, through=through)
        return *counts, []
    found = members(connection, gateway, wanted, above=above, through=through, newest=newest)
    return Counter((each.type, each.state) for each in found.taken), found.left_out, found.taken


def start(
    connection: sa.Connection, gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """Order a replay of what is there now. One at a time, so that their order is theirs."""
    wanted, rate = filter_of(gateway, arguments), rate_of(arguments)
    running = replays.unfinished(connection)
    if running is not None:
        raise OperationError(
            f"{running.replay_id} is not over: wait for it (replay resume {running.replay_id}) or"
            f" end it (replay cancel {running.replay_id})",
            kind="refused",
        )
    new = NewReplay(
        replay_id=gateway.new_id("rpl_"),
        filter=wanted,
        rate_per_second=rate,
        actor=actor,
        reason=reason_of(arguments),
        through_seq=replay_filter.last_seq(connection, wanted.what),
    )
    replays.begin(connection, new, now)
    _audit(connection, "replays.start", new.replay_id, new.reason, wanted, actor, now)
    gateway.wake.replaying.set()
    return _shown(connection, _found(connection, new.replay_id))


def cancel(
    connection: sa.Connection, _gateway: Gateway, arguments: Arguments, actor: str, now: datetime
) -> Document:
    """End a replay: nothing of its set is begun any more; messages it has queued still go out."""
    order = _found(connection, needed(arguments, "replay_id"))
    if not replays.end(connection, order.seq, ReplayState.CANCELLED, now):
        raise OperationError(f"{order.replay_id} is {order.state} already", kind="refused")
    reason = reason_of(arguments)
    _audit(connection, "replays.cancel", order.replay_id, reason, order.filter, actor, now)
    return _shown(connection, _found(connection, order.replay_id))


def show(connection: sa.Connection, arguments: Arguments) -> Document:
    """One replay: what was ordered, how far it is, and what came of its items."""
    return _shown(connection, _found(connection, needed(arguments, "replay_id")))


def list_(connection: sa.Connection, gateway: Gateway, arguments: Arguments) -> Document:
    """Replays, newest first."""
    query = query_of(gateway, arguments)

    def fetch(_creditor_id: str | None) -> Sequence[Replay]:
        return replays.listing(connection, limit=query.limit, after=query.after)

    return page(query, fetch, lambda row: row.seq, lambda row: _shown(connection, row))


def _found(connection: sa.Connection, replay_id: str) -> Replay:
    order = replays.get(connection, replay_id)
    if order is None:
        raise OperationError(
            f"there is no replay {replay_id}; list them with: replay list", kind="not_found"
        )
    return order


def _shown(connection: sa.Connection, order: Replay) -> Document:
    outcomes = replays.counts(connection, order.seq)
    return {
        "replay_id": order.replay_id,
        "what": order.what.value,
        "state": order.state.value,
        "items": order.items,
        "done": sum(outcomes.values()),
        "outcomes": outcomes,
        "rate_per_second": order.rate_per_second,
        "filter": order.filter.to_json(),
        "actor": order.actor,
        "reason": order.reason,
        "started_at": order.started_at.isoformat(),
        "ended_at": None if order.ended_at is None else order.ended_at.isoformat(),
    }


def _item(wanted: Filter, found: Matched) -> Document:
    """One of the set as a dry run shows it: no content, and no words of others."""
    name = "event_id" if wanted.what is replay_filter.What.EVENTS else "message_id"
    return {
        name: found.item_id,
        "creditor_id": found.creditor_id,
        "type": found.type,
        "state": found.state,
        "at": found.at.isoformat(),
    }


def _audit(
    connection: sa.Connection,
    action: str,
    replay_id: str,
    reason: str,
    wanted: Filter,
    actor: str,
    now: datetime,
) -> None:
    """Who, why, and which set; the text of an error that was searched for may be a remote's."""
    told = wanted.to_json()
    if "error" in told:
        told["error"] = "…"
    record_action(
        connection,
        actor=actor,
        action=action,
        subject=replay_id,
        reason=f"{reason or 'no reason given'} {json.dumps(told, ensure_ascii=False)}",
        now=now,
    )
