"""Which of what a filter matches is replayed, and why the rest is left out.

======================= ==========================================================================
event                   run through intake again; one that was repaired, as its corrected copy
message parked, pending the same message is sent again: its receiver never took it
told, delivered or      sent once more as a new webhook, to receivers of webhooks only
cancelled
to Kravia, delivered or never: Kravia has it, or its claim was decided again
cancelled
in doubt, being sent    never: it may have been applied, and only a look can tell
======================= ==========================================================================
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

import sqlalchemy as sa

from gateway.operations.gateway import Gateway
from gateway.operations.messages import Kind
from gateway.operations.repair import corrected_copies
from gateway.operations.tell import LEDGER
from gateway.storage import replay_filter
from gateway.storage.replay_filter import Filter, Matched, What
from gateway.storage.tables import QUARANTINE
from outbox.message import TERMINAL, MessageState

WEBHOOK_LEDGER = "webhook"
"""The kind of ledger that takes our webhooks. Others book, and a booking is never made twice."""


class LeftOut(StrEnum):
    """Why something that the filter matches is not replayed."""

    ON_ITS_WAY = "not handled or not tried yet: it goes by itself"
    UNKNOWN = "its outcome is unknown: doubts list"
    AT_KRAVIA = "Kravia has it"
    DECIDED_AGAIN = "its claim was decided again when it was cancelled"
    NOT_A_WEBHOOK = "its receiver takes no webhooks, so twice could be booked twice"
    NO_CREDITOR = "its creditor is not in the settings"


@dataclass(slots=True, kw_only=True)
class Members:
    """One stretch of a set: what is in it, by ``seq``, and what is not."""

    taken: list[Matched] = field(default_factory=list)
    left_out: Counter[LeftOut] = field(default_factory=Counter)


def members(
    connection: sa.Connection,
    gateway: Gateway,
    wanted: Filter,
    *,
    above: int,
    through: int,
    newest: int,
) -> Members:
    """What of the stretch ``above`` < seq <= ``through`` is replayed.

    Nothing behind ``newest`` is, though a corrected copy may lie behind the stretch.
    """
    found = Members()
    for matched in replay_filter.matched(connection, wanted, above=above, through=through):
        if wanted.what is What.MESSAGES:
            why = message_left_out(gateway, matched)
            taken: Matched | None = matched
        else:
            why = LeftOut.ON_ITS_WAY if matched.state == "recorded" else None
            taken = _as_corrected(connection, wanted, matched)
            if taken is not None and taken.seq > newest:
                why = LeftOut.ON_ITS_WAY
        if why is not None:
            found.left_out[why] += 1
        elif taken is not None:
            found.taken.append(taken)
    return found


def count_messages(
    connection: sa.Connection, gateway: Gateway, wanted: Filter, *, above: int, through: int
) -> tuple[Counter[tuple[str, str]], Counter[LeftOut]]:
    """As ``members``, of messages: how many are taken by type and state, and how many are not."""
    taken: Counter[tuple[str, str]] = Counter()
    left_out: Counter[LeftOut] = Counter()
    for one, count in replay_filter.heaps(connection, wanted, above=above, through=through):
        why = message_left_out(gateway, one)
        if why is None:
            taken[one.type, one.state] += count
        else:
            left_out[why] += count
    return taken, left_out


def _as_corrected(connection: sa.Connection, wanted: Filter, matched: Matched) -> Matched | None:
    """The corrected copy of a repaired event, or ``None`` where the filter matches that itself."""
    if matched.state != "repaired":
        return matched
    copies = corrected_copies(connection, matched.creditor_id, matched.item_id)
    for copy in copies:
        if replay_filter.matched(connection, wanted, above=copy.seq - 1, through=copy.seq):
            return None
    if not copies:
        return None
    last = copies[-1]
    return Matched(
        seq=last.seq,
        item_id=last.event_id,
        creditor_id=last.creditor_id,
        type=last.type,
        state=last.outcome,
        at=last.received_at,
    )


def message_left_out(gateway: Gateway, found: Matched) -> LeftOut | None:
    """Why a message cannot be replayed, or ``None``."""
    state = MessageState(found.state)
    error = found.error or ""
    if state is MessageState.LEASED or (state is MessageState.PENDING and not error):
        return LeftOut.ON_ITS_WAY
    if state is MessageState.IN_DOUBT or (
        state is MessageState.PARKED and error.startswith(QUARANTINE)
    ):
        return LeftOut.UNKNOWN
    if state not in TERMINAL:
        return None
    if found.type in tuple(Kind):
        is_there = state is MessageState.DELIVERED
        return LeftOut.AT_KRAVIA if is_there else LeftOut.DECIDED_AGAIN
    creditor = gateway.creditors.get(found.creditor_id)
    if creditor is None:
        return LeftOut.NO_CREDITOR
    if found.doubtful or (found.type.startswith(LEDGER) and creditor.ledger_kind != WEBHOOK_LEDGER):
        return LeftOut.NOT_A_WEBHOOK
    return None
