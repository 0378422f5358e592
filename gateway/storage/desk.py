"""What lies before people: tasks, alerts, pauses, and the audit of what they did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy as sa

from gateway.storage import audit_chain
from gateway.storage.insertion import insertion_once
from gateway.storage.tables import alert, audit, pause, register_count, task
from gateway.storage.visibility import of_creditors
from outbox.columns import WHOLE
from outbox.instants import from_ms, to_ms
from outbox.prepared import Prepared

ALL_CREDITORS = "*"
"""The creditor id under which a pause of everything is stored, and an alert about all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTask:
    """Something a person must do elsewhere; ``claim_id``, ``kind`` and ``about`` occur once."""

    creditor_id: str
    claim_id: str | None
    kind: str
    about: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlert:
    """Something a person should know; ``command`` is what mends it."""

    creditor_id: str
    kind: str
    about: str
    text: str
    command: str


def add_task(connection: sa.Connection, new: NewTask, task_id: str, now: datetime) -> bool:
    """Add a task; ``False`` if it is already there, open or done."""
    return _once(
        connection,
        task,
        {
            "task_id": task_id,
            "creditor_id": new.creditor_id,
            "claim_id": new.claim_id,
            "kind": new.kind,
            "about": new.about,
            "text": new.text,
            "created_at": to_ms(now),
        },
        ("creditor_id", "claim_id", "kind", "about"),
    )


def done(connection: sa.Connection, task_id: str, actor: str, note: str, now: datetime) -> bool:
    """Mark a task done; ``False`` if there is no such open task."""
    result = connection.execute(
        sa.update(task)
        .where(task.c.task_id == task_id, task.c.done_at.is_(None))
        .values(done_at=to_ms(now), done_by=actor, done_note=note)
    )
    return result.rowcount == 1


def has_open_task(connection: sa.Connection, creditor_id: str, kind: str, word: str) -> bool:
    """Whether a person is still asked for something of this kind in which this word stands."""
    found = connection.execute(
        sa.select(sa.literal(1))
        .where(
            task.c.done_at.is_(None),
            task.c.creditor_id == creditor_id,
            task.c.kind == kind,
            task.c.text.contains(word, autoescape=True),
        )
        .limit(1)
    )
    return found.first() is not None


def finish_tasks(
    connection: sa.Connection,
    claim_id: str,
    kinds: Iterable[str],
    now: datetime,
    about: str | None = None,
) -> None:
    """Close open tasks of a claim that have become needless by themselves."""
    query = sa.update(task).where(
        task.c.claim_id == claim_id, task.c.kind.in_(sorted(kinds)), task.c.done_at.is_(None)
    )
    if about is not None:
        query = query.where(task.c.about == about)
    connection.execute(
        query.values(done_at=to_ms(now), done_by="kravia-gateway", done_note="done by itself")
    )


def finish_tasks_about(
    connection: sa.Connection, creditor_id: str, kind: str, about: str, now: datetime
) -> None:
    """Close open tasks about one thing that stand at several claims."""
    connection.execute(
        sa.update(task)
        .where(
            sa.text("done_at IS NULL"),
            task.c.creditor_id == creditor_id,
            task.c.kind == kind,
            task.c.about == about,
        )
        .values(done_at=to_ms(now), done_by="kravia-gateway", done_note="done by itself")
    )


def raise_alert(connection: sa.Connection, new: NewAlert, now: datetime) -> bool:
    """Raise an alert; ``False`` if the same one was raised before."""
    return _once(
        connection,
        alert,
        {
            "creditor_id": new.creditor_id,
            "kind": new.kind,
            "about": new.about,
            "text": new.text,
            "command": new.command,
            "raised_at": to_ms(now),
        },
        ("creditor_id", "kind", "about"),
    )


def untold_alerts(connection: sa.Connection, limit: int) -> tuple[NewAlert, ...]:
    """Alerts that ``notify`` was not told of yet, oldest first."""
    rows = connection.execute(
        sa.select(alert).where(sa.text("told_at IS NULL")).order_by(alert.c.seq).limit(limit)
    )
    return tuple(
        NewAlert(
            creditor_id=row.creditor_id,
            kind=row.kind,
            about=row.about,
            text=row.text,
            command=row.command,
        )
        for row in rows
    )


def alert_was_told(connection: sa.Connection, told: NewAlert, now: datetime) -> None:
    """``notify`` is told of this alert, or there is none to tell."""
    connection.execute(
        sa.update(alert)
        .where(
            alert.c.creditor_id == told.creditor_id,
            alert.c.kind == told.kind,
            alert.c.about == told.about,
        )
        .values(told_at=to_ms(now))
    )


def alert_stands(connection: sa.Connection, creditor_id: str, kind: str, about: str) -> bool:
    """Whether this alert is raised and its cause not known to be gone."""
    found = _STANDS.first(connection, of_creditor=creditor_id, of_kind=kind, of_about=about)
    return found is not None


def alerts_of(connection: sa.Connection, kinds: Iterable[str]) -> frozenset[tuple[str, str, str]]:
    """(creditor, kind, about) of every alert of these kinds that stands."""
    rows = connection.execute(
        sa.select(alert.c.creditor_id, alert.c.kind, alert.c.about).where(
            alert.c.kind.in_(sorted(kinds))
        )
    )
    return frozenset((row.creditor_id, row.kind, row.about) for row in rows)


_THIS_ALERT: Final = sa.and_(
    alert.c.creditor_id == sa.bindparam("of_creditor"),
    alert.c.kind == sa.bindparam("of_kind"),
    alert.c.about == sa.bindparam("of_about"),
)
# Every delivery asks for these.
_STANDS: Final = Prepared(sa.select(sa.literal(1)).select_from(alert).where(_THIS_ALERT))
_CLEAR: Final = Prepared(sa.delete(alert).where(_THIS_ALERT))
_CLEAR_ABOUT_DELIVERY: Final = Prepared(
    sa.delete(alert).where(
        alert.c.creditor_id == sa.bindparam("of_creditor"),
        sa.or_(
            sa.and_(alert.c.kind == "parked", alert.c.about == sa.bindparam("of_message")),
            sa.and_(alert.c.kind == "refused", alert.c.about == sa.bindparam("of_place")),
            sa.and_(alert.c.kind == "gone", alert.c.about == sa.bindparam("of_place")),
        ),
    )
)


def clear_alert(connection: sa.Connection, creditor_id: str, kind: str, about: str) -> None:
    """Forget an alert whose cause is gone, so that it can be raised anew."""
    _CLEAR.change(connection, of_creditor=creditor_id, of_kind=kind, of_about=about)


def clear_alerts_of_delivery(
    connection: sa.Connection, creditor_id: str, message_id: str, place: str
) -> None:
    """Forget that a message was parked, and that the place it went to refused or left.

    A call went through: if it is refused again later, say so again.
    """
    _CLEAR_ABOUT_DELIVERY.change(
        connection, of_creditor=creditor_id, of_message=message_id, of_place=place
    )


def clear_alerts_of_kind(connection: sa.Connection, kind: str) -> None:
    """Forget all alerts of a kind, of every creditor: their one cause is gone."""
    connection.execute(sa.delete(alert).where(alert.c.kind == kind))


def alerts_standing(connection: sa.Connection, creditors: frozenset[str] | None) -> int:
    """How many alerts stand about these creditors, or about any and all."""
    query = sa.select(sa.func.count()).select_from(alert)
    found = connection.execute(of_creditors(query, alert.c.creditor_id, creditors))
    return int(found.scalar_one())


def open_tasks(connection: sa.Connection, creditors: frozenset[str] | None) -> int:
    """How many tasks wait for a person, of these creditors or of all."""
    query = sa.select(sa.func.count()).select_from(task).where(sa.text("done_at IS NULL"))
    found = connection.execute(of_creditors(query, task.c.creditor_id, creditors))
    return int(found.scalar_one())


def set_pause(connection: sa.Connection, creditor_id: str, reason: str, now: datetime) -> bool:
    """Stop new registers of a creditor or of ``ALL_CREDITORS``; ``False`` if they were stopped."""
    return _once(
        connection,
        pause,
        {"creditor_id": creditor_id, "paused_at": to_ms(now), "reason": reason},
        ("creditor_id",),
    )


def lift_pause(connection: sa.Connection, creditor_id: str) -> bool:
    """Let registers go again; ``False`` if they were not stopped."""
    result = connection.execute(sa.delete(pause).where(pause.c.creditor_id == creditor_id))
    return result.rowcount == 1


_PAUSE_REASON: Final = Prepared(
    sa.select(pause.c.reason).where(
        sa.or_(
            pause.c.creditor_id == sa.bindparam("of_creditor"),
            pause.c.creditor_id == ALL_CREDITORS,
        )
    )
)


def pause_reason(connection: sa.Connection, creditor_id: str) -> str | None:
    """Why new registers of the creditor are stopped, or ``None``."""
    reason: str | None = _PAUSE_REASON.scalar(connection, of_creditor=creditor_id)
    return reason


_IS_COUNTED: Final = Prepared(
    sa.select(sa.literal(1))
    .select_from(register_count)
    .where(
        register_count.c.creditor_id == sa.bindparam("of_creditor"),
        register_count.c.day == sa.bindparam("of_day"),
    )
)
_COUNT: Final = Prepared(
    sa.update(register_count)
    .where(
        register_count.c.creditor_id == sa.bindparam("of_creditor"),
        register_count.c.day == sa.bindparam("of_day"),
        register_count.c["count"] < sa.bindparam("at_most", type_=WHOLE),
    )
    .values(count=register_count.c["count"] + 1)
)


def count_register(connection: sa.Connection, creditor_id: str, day: date, limit: int) -> bool:
    """Count one more register of the day; ``False``, uncounted, if ``limit`` is reached."""
    of = {"of_creditor": creditor_id, "of_day": day.isoformat()}
    if _COUNT.change(connection, **of, at_most=limit):
        return True
    # The limit is reached, or it is the first of its day.
    if _IS_COUNTED.first(connection, **of) is not None:
        return False
    first = {"creditor_id": creditor_id, "day": day.isoformat(), "count": 0}
    connection.execute(insertion_once(connection, register_count), first)
    return bool(_COUNT.change(connection, **of, at_most=limit))


def record_action(
    connection: sa.Connection,
    *,
    actor: str,
    action: str,
    subject: str,
    reason: str | None,
    now: datetime,
) -> None:
    """Write one line of audit: who did what to which id, and why; no personal data.

    It is chained to the line before it (``audit_chain``).
    """
    audit_chain.append(
        connection,
        {
            "at": to_ms(now),
            "actor": actor,
            "action": action,
            "subject": subject,
            "reason": reason,
        },
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One line of audit."""

    at: datetime
    actor: str
    action: str
    subject: str
    reason: str | None


def actions_on(
    connection: sa.Connection, subjects: Iterable[str], limit: int
) -> tuple[Action, ...]:
    """What people did to any of these ids, newest first."""
    rows = connection.execute(
        sa.select(audit)
        .where(audit.c.subject.in_(sorted(subjects)))
        .order_by(audit.c.seq.desc())
        .limit(limit)
    )
    return tuple(
        Action(
            at=from_ms(row.at),
            actor=row.actor,
            action=row.action,
            subject=row.subject,
            reason=row.reason,
        )
        for row in rows
    )


def _once(
    connection: sa.Connection,
    table: sa.Table,
    values: dict[str, object],
    unique: tuple[str, ...],
) -> bool:
    already = sa.select(sa.literal(1)).where(*(table.c[name] == values[name] for name in unique))
    if connection.execute(already).first() is not None:
        return False
    connection.execute(sa.insert(table).values(**values))
    return True
