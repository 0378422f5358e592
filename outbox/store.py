"""What happens to messages, as functions of a connection; the caller owns the transaction.

::

    add ──> pending ── lease ──> leased ── settle ──> delivered | cancelled   (the key moves on)
               ^                    |         '-----> pending | in_doubt | parked
               |                    '--- expire ----> pending | in_doubt | parked (poison)
               '── resend (parked), resolve (in_doubt, parked) ──> also delivered, parked

Promises, each kept by one statement or one index: at most one head per key (a unique index); only
heads are leased; at most one leased message per lane; every lease raises the fence, and a settle
with an older fence changes nothing; a key moves on only in the transaction that settles its head.

Times are arguments. Nothing here commits, opens a connection or reads a clock.

Where several transactions write at once (PostgreSQL), the caller sees to it that no two ``lease``
or ``expire`` at the same time, and that no two add to or settle messages of one key; whatever else
meets is sorted out by the locks on the rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final

import sqlalchemy as sa

from outbox import statements
from outbox.instants import from_ms, to_ms
from outbox.message import (
    TERMINAL,
    Cancelled,
    Delivered,
    InDoubt,
    Message,
    MessageState,
    NewMessage,
    Outcome,
    Parked,
    Retry,
)
from outbox.statements import (
    choice,
    chosen,
    insertion,
    leasing,
    lines,
    message_columns,
    message_from_row,
    moving,
    promotion,
)
from outbox.table import LEASABLE, LEASED, SETTLED, UNSETTLED
from outbox.turns import CourseOf, Line, Waiting, open_course, share

CRASH_ATTEMPTS_MAX: Final = 3
"""Leases in a row that may end without an outcome before a message is parked: one may be a deploy,
two bad luck, but a payload that takes the process down with it must not do so for ever. Before the
last of them a message is leased with no other of its kind, so that it can only condemn itself."""


_WAITS: Final = "state IN ('pending', 'parked')"


class DuplicateMessageError(ValueError):
    """A message of this id was added before."""


def add(connection: sa.Connection, table: sa.Table, *messages: NewMessage, now: datetime) -> None:
    """Append messages in the given order; the first of a key with nothing unsettled is its head.

    ``DuplicateMessageError`` if a message id is taken; nothing else of the call may then be kept.
    """
    for message in messages:
        values = {
            "message_id": message.message_id,
            "scope": message.scope,
            "key": message.key,
            "lane": message.lane,
            "kind": message.kind,
            "subject": message.subject,
            "payload": message.payload,
            "trace": message.trace,
            "doubtful": int(message.doubtful),
            "due_at": to_ms(message.due_at),
            "created_at": to_ms(now),
            "of_key": message.key,
        }
        try:
            insertion(table).change(connection, **values)
        except sa.exc.IntegrityError as error:
            if "message_id" not in str(error.orig):
                raise
            raise DuplicateMessageError(f"message {message.message_id} exists") from error


def lease(
    connection: sa.Connection,
    table: sa.Table,
    *,
    now: datetime,
    until: datetime,
    limit: int,
    course_of: CourseOf = open_course,
    busy: Mapping[Line, int] = MappingProxyType({}),
) -> list[Message]:
    """Take up to ``limit`` heads that are due, line by line in turn, the longest due of each first.

    At most one is leased per lane, and at most one of those that may crash only once more. The
    attempt is counted and the fence raised here, before anything is sent, so that a crash in
    delivery leaves its trace. ``busy`` says how many of each line are being worked on already.
    """
    due = [each for each in waiting(connection, table) if each.due_at <= now]
    running = Counter(busy)
    leased: list[Message] = []
    # What a line leaves over of its share goes to the others in the next round. Siblings of one
    # lane are found together, and the first taken; the next round finds that lane busy.
    while due and len(leased) < limit:
        shares = share(due, limit - len(leased), course_of, running)
        for line, slots in shares:
            seqs, is_last = _choose(connection, table, line, now, slots)
            leased += _take(connection, table, seqs, now, until)
            running[line] += len(seqs)
            if is_last or not seqs:
                due = [each for each in due if each.line != line]
        if not shares:
            break
    return leased


def waiting(connection: sa.Connection, table: sa.Table) -> list[Waiting]:
    """Give every line with a head that is pending, and when its first is due."""
    return [
        Waiting(line=Line(scope, kind), due_at=from_ms(due_at))
        for scope, kind, due_at in lines(table).all(connection)
    ]


def _take(
    connection: sa.Connection,
    table: sa.Table,
    seqs: Sequence[int],
    now: datetime,
    until: datetime,
) -> list[Message]:
    """Lease the messages of these seqs, and give them in that order."""
    if not seqs:
        return []
    these = chosen(seqs)
    rows = leasing(table, len(these)).all(connection, **these, at=to_ms(now), until=to_ms(until))
    taken = {message.seq: message for message in map(message_from_row, rows)}
    return [taken[seq] for seq in seqs]


def _choose(
    connection: sa.Connection,
    table: sa.Table,
    line: Line,
    now: datetime,
    limit: int,
) -> tuple[list[int], bool]:
    """Give the seqs of due heads whose lane is free, one per lane, in order of ``due_at``.

    And whether the line has no more: fewer than ``limit`` were found.
    """
    found = choice(table).all(
        connection,
        of_scope=line.scope,
        of_kind=line.kind,
        now=to_ms(now),
        at_most=limit,
        suspect_from=CRASH_ATTEMPTS_MAX - 1,
    )
    taken: set[tuple[str, bool]] = set()
    seqs: list[int] = []
    for seq, lane, is_suspect in found:
        takes = {(lane, False)} if lane is not None else set()
        if is_suspect:
            takes.add(("", True))
        if not takes & taken:
            seqs.append(seq)
            taken |= takes
    return seqs, len(found) < limit


def sending(
    connection: sa.Connection,
    table: sa.Table,
    message_id: str,
    fence: int,
    *,
    now: datetime,
    theirs: datetime,
) -> bool:
    """Note, before the first byte, that the call goes out now; False if the lease was lost.

    ``theirs`` is now by the receiver's clock. A doubtful message is to be sent only after this is
    committed and was True.
    """
    marked = statements.sending(table).change(
        connection, of_message=message_id, of_fence=fence, at=to_ms(now), theirs=to_ms(theirs)
    )
    return marked == 1


def settle(
    connection: sa.Connection,
    table: sa.Table,
    message_id: str,
    fence: int,
    outcome: Outcome,
    *,
    now: datetime,
) -> bool:
    """Write what became of a lease; False if the lease is no longer held under this fence.

    ``Retry(counted=False)`` gives the attempt back, as if nothing had been tried.
    """
    changes = {**_changes(outcome, now), "of_fence": fence, "new_crashes": 0}
    return _move(connection, table, message_id, "state = 'leased' AND fence = :of_fence", changes)


def resolve(
    connection: sa.Connection,
    table: sa.Table,
    message_id: str,
    outcome: Delivered | Retry | InDoubt | Parked,
    now: datetime,
    *,
    by_person: bool = False,
) -> bool:
    """End a doubt (or a parked message's wait) with what was found out; False if it is in neither.

    ``Delivered``: the receiver has it. ``Retry``: proved absent, send again. ``Parked``: a person
    must look. ``InDoubt``: still unknown, look again at its ``at`` (from in doubt only). A message
    that crashed ``CRASH_ATTEMPTS_MAX`` times is parked instead of sent again, unless ``by_person``.
    """
    fits = "state IN ('in_doubt', 'parked')"
    changes = _changes(outcome, now)
    if isinstance(outcome, InDoubt):
        fits = "state = 'in_doubt'"
    elif isinstance(outcome, Retry) and by_person:
        changes["new_crashes"] = 0
    elif isinstance(outcome, Retry):
        reason = f"not at the receiver, but {_crashed(CRASH_ATTEMPTS_MAX)}"
        poison = {**_changes(Parked(reason=reason), now), "of_crashes": CRASH_ATTEMPTS_MAX}
        if _move(connection, table, message_id, f"{fits} AND crashes >= :of_crashes", poison):
            return True
    return _move(connection, table, message_id, fits, changes)


def resend(connection: sa.Connection, table: sa.Table, message_id: str, *, now: datetime) -> bool:
    """Send a parked or waiting message now, its attempts counted anew; False if it is neither.

    Whether an effect may happen twice is the caller's to know: what was ever in doubt goes through
    ``resolve`` instead.
    """
    update = (
        sa.update(table)
        .where(table.c.message_id == message_id, sa.text(_WAITS))
        .values(
            state=MessageState.PENDING.value,
            due_at=to_ms(now),
            attempts=0,
            crashes=0,
            first_attempt_at=None,
        )
    )
    return connection.execute(update).rowcount == 1


def hasten(
    connection: sa.Connection,
    table: sa.Table,
    *,
    scope: str,
    kind: str,
    error_prefix: str,
    now: datetime,
) -> int:
    """Make due now what waits because of an error that begins so, and is over; gives how many."""
    update = (
        sa.update(table)
        .where(
            LEASABLE,
            table.c.scope == scope,
            table.c.kind == kind,
            table.c.due_at > to_ms(now),
            table.c.last_error.startswith(error_prefix, autoescape=True),
        )
        .values(due_at=to_ms(now))
    )
    return connection.execute(update).rowcount


def cancel(
    connection: sa.Connection, table: sa.Table, message_id: str, *, reason: str, now: datetime
) -> bool:
    """Withdraw a pending or parked message; False if it is leased, in doubt, settled or unknown."""
    changes = _changes(Cancelled(reason=reason), now)
    return _move(connection, table, message_id, _WAITS, changes)


def expire(
    connection: sa.Connection,
    table: sa.Table,
    *,
    now: datetime,
    everything: bool,
    judged_at: datetime | None = None,
) -> list[Message]:
    """Take back leases that ran out (``everything``: all, when no other process can hold one).

    Leases are judged at ``judged_at`` (else ``now``), by the clock that ``until`` was of.

    Nobody knows whether a doubtful one that was being sent reached the receiver, so it goes in
    doubt. Any other is due again at once, or parked when this was its ``CRASH_ATTEMPTS_MAX``-th
    crash in a row. Gives the messages as they now stand, by ``seq``.
    """
    at = to_ms(now)
    crashes = table.c.crashes + 1
    # A mark of an earlier lease ended with an answer; only one of this lease is an open question.
    doubtful = sa.and_(
        table.c.doubtful == 1, table.c.sent_fence.is_not(None), table.c.sent_fence == table.c.fence
    )
    poison = crashes >= CRASH_ATTEMPTS_MAX
    lapsed = sa.select(table.c.seq).where(LEASED).with_for_update(skip_locked=True)
    if not everything:
        lapsed = lapsed.where(table.c.lease_until < to_ms(judged_at or now))
    update = (
        sa.update(table)
        .where(table.c.seq.in_(lapsed.correlate(None)))
        .values(
            state=sa.case(
                (doubtful, MessageState.IN_DOUBT.value),
                (poison, MessageState.PARKED.value),
                else_=MessageState.PENDING.value,
            ),
            crashes=crashes,
            due_at=at,
            lease_until=None,
            last_error=sa.case(
                (poison, _crashed(CRASH_ATTEMPTS_MAX)), else_="delivery was cut off"
            ),
        )
        .returning(*message_columns(table))
    )
    return sorted(
        (message_from_row(row) for row in connection.execute(update)), key=lambda m: m.seq
    )


def _crashed(times: int) -> str:
    return f"delivery was cut off {times} times in a row; it may be what stops the process"


def _changes(outcome: Outcome, now: datetime) -> dict[str, Any]:
    """Give the values of ``moving`` that an outcome stands for; None keeps what is stored."""
    changes: dict[str, Any] = {
        "new_due_at": None,
        "new_error": None,
        "new_result": None,
        "new_crashes": None,
        "given_back": 0,
        "new_head": None,
        "new_settled_at": None,
    }
    match outcome:
        case Delivered(result=result):
            changes |= {"new_state": MessageState.DELIVERED, "new_result": result}
        case Retry(at=at, error=error, counted=counted):
            changes |= {"new_state": MessageState.PENDING, "new_error": error}
            changes |= {"new_due_at": to_ms(at), "given_back": int(not counted)}
        case InDoubt(at=at, error=error):
            changes |= {"new_state": MessageState.IN_DOUBT, "new_error": error}
            changes |= {"new_due_at": to_ms(at)}
        case Parked(reason=reason):
            changes |= {"new_state": MessageState.PARKED, "new_error": reason}
        case Cancelled(reason=reason):
            changes |= {"new_state": MessageState.CANCELLED, "new_error": reason}
    if changes["new_state"] in TERMINAL:
        changes |= {"new_settled_at": to_ms(now), "new_head": 0}
    return changes


def _move(
    connection: sa.Connection,
    table: sa.Table,
    message_id: str,
    condition: str,
    changes: dict[str, Any],
) -> bool:
    """Change one message if ``condition`` holds, and let its key move on if that settles it."""
    values = {**changes, "of_message": message_id, "new_state": changes["new_state"].value}
    key = moving(table, condition).scalar(connection, **values)
    if key is None:
        return False
    if changes["new_state"] in TERMINAL:
        promotion(table).change(connection, of_key=key)
    return True


def find(connection: sa.Connection, table: sa.Table, message_id: str) -> Message | None:
    """Give the message of this id."""
    row = connection.execute(
        sa.select(*message_columns(table)).where(table.c.message_id == message_id)
    ).first()
    return None if row is None else message_from_row(row)


def find_by_seqs(connection: sa.Connection, table: sa.Table, seqs: Sequence[int]) -> list[Message]:
    """Give the messages of these ``seq``, in order; what is not there is left out."""
    query = sa.select(*message_columns(table)).where(table.c.seq.in_(seqs)).order_by(table.c.seq)
    return [message_from_row(row) for row in connection.execute(query)]


def listing(
    connection: sa.Connection,
    table: sa.Table,
    *,
    scope: str | None = None,
    state: MessageState | None = None,
    kind: str | None = None,
    subject: str | None = None,
    due_by: datetime | None = None,
    condition: sa.ColumnElement[bool] | sa.TextClause | None = None,
    limit: int,
    after: int | None = None,
    newest_first: bool = False,
) -> list[Message]:
    """Give up to ``limit`` messages by ``seq``, those past the ``seq`` given as ``after``.

    ``newest_first`` goes the other way, and past means below. ``due_by`` leaves out what is due
    later (for doubts: what is to be looked up later). ``condition`` repeats that of a partial index
    of the caller's.
    """
    wanted: list[sa.ColumnElement[bool] | sa.TextClause] = [
        column == value
        for column, value in (
            (table.c.scope, scope),
            (table.c.kind, kind),
            (table.c.subject, subject),
        )
        if value is not None
    ]
    if due_by is not None:
        wanted.append(table.c.due_at <= to_ms(due_by))
    if condition is not None:
        wanted.append(condition)
    if after is not None:
        wanted.append(table.c.seq < after if newest_first else table.c.seq > after)
    # The indexes have the state before the order: without one, a walk for each state is merged.
    by_state = subject is None and condition is None and (scope is not None or kind is not None)
    states = tuple(MessageState) if state is None and by_state else (state,)
    walks = [
        sa.select(*message_columns(table)).where(*wanted, *_in_state(table, each))
        for each in states
    ]
    query: sa.Select[Any] | sa.CompoundSelect[Any]
    query = walks[0] if len(walks) == 1 else sa.union_all(*walks)
    seq: sa.ColumnElement[int] = sa.literal_column("seq")
    query = query.order_by(seq.desc() if newest_first else seq).limit(limit)
    return [message_from_row(row) for row in connection.execute(query)]


def _in_state(
    table: sa.Table, state: MessageState | None
) -> tuple[sa.ColumnElement[bool] | sa.TextClause, ...]:
    """What holds in a state, as the indexes say it."""
    if state is None:
        return ()
    return table.c.state == state.value, SETTLED if state in TERMINAL else UNSETTLED


def counts(
    connection: sa.Connection, table: sa.Table, *, scope: str | None = None
) -> dict[MessageState, int]:
    """Count the unsettled messages by state; the settled are history and grow without end."""
    query = sa.select(table.c.state, sa.func.count()).where(UNSETTLED).group_by(table.c.state)
    if scope is not None:  # as an expression: else all that a scope ever had would be walked
        query = query.where(table.c.scope.concat("") == scope)
    found = {MessageState(state): count for state, count in connection.execute(query)}
    return {state: found.get(state, 0) for state in MessageState if state not in TERMINAL}


def count_in(
    connection: sa.Connection, table: sa.Table, state: MessageState, *, scope: str | None = None
) -> int:
    """Count those in a state, however many wait in others."""
    query = sa.select(sa.func.count()).select_from(table).where(table.c.state == state.value)
    condition = UNSETTLED if scope is None else table.c.scope == scope  # each has its index
    return int(connection.execute(query.where(condition)).scalar_one())


def next_due_at(connection: sa.Connection, table: sa.Table) -> datetime | None:
    """Give the instant at which the first pending head is due, or None when there is none."""
    return min((each.due_at for each in waiting(connection, table)), default=None)


def under_way(connection: sa.Connection, table: sa.Table, *, now: datetime, at_most: int) -> int:
    """Count what is being sent or could be now; stops counting at ``at_most``."""
    conditions = [LEASED] + [
        sa.and_(
            LEASABLE,
            table.c.scope == each.line.scope,
            table.c.kind == each.line.kind,
            table.c.due_at <= to_ms(now),
        )
        for each in waiting(connection, table)
        if each.due_at <= now
    ]
    total = 0
    for condition in conditions:
        some = sa.select(sa.literal(1)).select_from(table).where(condition).limit(at_most - total)
        counted = sa.select(sa.func.count()).select_from(some.subquery())
        total += connection.execute(counted).scalar_one()
        if total >= at_most:
            break
    return total
