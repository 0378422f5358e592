"""Bugs to plant, one seam of the shipped code each: a test that finds none of them tests nothing.

Each is a mistake that somebody could make, or has made. What catches which is in
``docs/reliability.md``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from clients.errors import InDoubtError, NotSentError
from gateway import app_loops
from gateway.domain.matching import NoMatch
from gateway.operations import (
    agency_news,
    decide,
    doubts,
    intake,
    messages,
    receive_money,
    send_gate,
    whose_payment,
)
from gateway.operations.receive_money import Origin
from gateway.storage import inbox, receipts, settlements
from gateway.storage.database import Database
from gateway.storage.inbox import Recorded
from gateway.workers import feed, polling, runner
from gateway.workers.delivery import Delivery
from outbox import store
from outbox.dispatcher import Dispatcher
from outbox.message import Delivered
from outbox.prepared import Prepared
from outbox.table import UNSETTLED
from tests.seeds.planting import Seam, Tooth

_GATE = "connection gateway message now"
_FAILED = "self message error"
_going_on: set[asyncio.Task[Any]] = set()


def _always(value: Any) -> Callable[[Any], Any]:
    return lambda _was: lambda *_args, **_named: value


_YES = _always(True)  # noqa: FBT003 - it is what the seam answers
_NO = _always(False)  # noqa: FBT003 - as above


def _does_nothing(_was: Any) -> Any:
    async def nothing(*_args: Any, **_named: Any) -> None:
        """Leave it."""

    return nothing


def _answered_at_once(was: Any) -> Any:
    async def record(database: Database, seal: Any, event: Any) -> Recorded:
        task = asyncio.create_task(was(database, seal, event))
        _going_on.add(task)
        task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        return Recorded(event_id=event.event_id, outcome="recorded", problem=None)

    return record


def _kept_again(_was: Any) -> Any:
    statement: str = inbox._INSERT
    return statement.replace(
        "VALUES (?, ?, ?,",
        "VALUES (?, ?, (SELECT ?3 || CASE WHEN EXISTS"
        " (SELECT 1 FROM event WHERE webhook_id = ?3) THEN '-again' ELSE '' END),",
    )


def _doubt_is_not_sent(was: Any) -> Any:
    async def failed(self: Delivery, message: Any, error: Any) -> Any:
        read = NotSentError(str(error)) if isinstance(error, InDoubtError) else error
        return await was(self, message, read)

    return failed


def _newest_first(_was: Any) -> Any:
    def promotion(table: sa.Table) -> Prepared:
        following = sa.select(sa.func.max(table.c.seq)).where(
            table.c.key == sa.bindparam("of_key"), UNSETTLED
        )
        oldest = table.c.seq == following.correlate(None).scalar_subquery()
        return Prepared(sa.update(table).where(oldest).values(head=1))

    return promotion


def _until_woken(was: Any) -> Any:
    async def first_of(stop: asyncio.Event, wake: asyncio.Event | None, seconds: float) -> None:
        await was(stop, wake, seconds if wake is None else 1e9)

    return first_of


def _by_difference(_was: Any) -> Any:
    def is_turn(last: datetime | None, now: datetime, every: Any) -> bool:
        return last is None or now >= last + every

    return is_turn


def _without_lane(was: Any) -> Any:
    def add(
        connection: Any, gateway: Any, claim: Any, kind: Any, document: Any, now: Any, *more: Any
    ) -> Any:
        return was(connection, gateway, claim, kind, document, now, None, *more[1:])

    return add


def _from_the_end(was: Any) -> Any:
    return lambda watermark, overlap: was(watermark, overlap * 0)


TEETH = (
    Tooth(
        name="answered before it is kept",
        wrong="a webhook gets its 202 while its commit is still to come",
        seeds=(35, 36),
        seams=(
            Seam(
                owner=inbox,
                name="record",
                takes="database seal event",
                instead=_answered_at_once,
            ),
        ),
    ),
    Tooth(
        name="duplicates handled twice",
        wrong="a webhook id that is kept is kept again",
        seeds=(1, 2),
        seams=(Seam(owner=inbox, name="_INSERT", instead=_kept_again),),
    ),
    Tooth(
        name="sending not noted",
        wrong="a call goes out and no mark says so: after a crash it counts as never begun",
        seeds=(5, 15),
        seams=(
            Seam(
                owner=store,
                name="sending",
                takes="connection table message_id fence now theirs",
                instead=_YES,
            ),
        ),
    ),
    Tooth(
        name="doubt read as not sent",
        wrong="a call that nobody answered is sent again as if it had not left",
        seeds=(5, 7),
        seams=(Seam(owner=Delivery, name="_failed", takes=_FAILED, instead=_doubt_is_not_sent),),
    ),
    Tooth(
        name="retry without look-up",
        wrong="money in doubt is told again, and Kravia's list of payments is not asked before",
        seeds=(4, 5),
        seams=(
            Seam(owner=Delivery, name="_failed", takes=_FAILED, instead=_doubt_is_not_sent),
            Seam(
                owner=Delivery,
                name="_known_at_kravia",
                takes="self message claim kravia_invoice_id",
                instead=_does_nothing,
            ),
        ),
    ),
    Tooth(
        name="absence without a witness",
        wrong="what the feed does not show yet counts as absent",
        seeds=(5, 15),
        seams=(
            Seam(
                owner=doubts,
                name="witness_for",
                takes="connection gateway message",
                instead=_always(doubts.Witness(stamp=None, proves_absence=True)),
            ),
        ),
    ),
    Tooth(
        name="money adopted blindly",
        wrong="a payment in doubt counts as told once its case can be read",
        seeds=(3, 32),
        seams=(
            Seam(
                owner=doubts,
                name="_told",
                takes="gateway message details",
                instead=_always(Delivered()),
            ),
        ),
    ),
    Tooth(
        name="mirror not asked",
        wrong="a claim goes out though Kravia has had it since before the gateway came",
        seeds=(3, 5),
        seams=(
            Seam(
                owner=decide,
                name="match",
                takes="wanted candidates",
                instead=_always(NoMatch()),
            ),
        ),
    ),
    Tooth(
        name="gate not asked",
        wrong="a register goes out without a look at mirror, pause, news or facts",
        seeds=(37, 55),
        seams=(
            Seam(
                owner=send_gate,
                name="ask",
                takes=_GATE,
                instead=lambda _was: send_gate._being_sent,
            ),
        ),
    ),
    Tooth(
        name="feed without overlap",
        wrong="the next look begins at the last stamp, and rows that came late are passed over",
        seeds=(9, 57),
        seams=(
            Seam(
                owner=feed,
                name="first_position",
                takes="watermark overlap",
                instead=_from_the_end,
            ),
        ),
    ),
    Tooth(
        name="new claims' details not read",
        wrong="what happened at Kravia before a case was known to be ours is passed over",
        seeds=(3, 12),
        seams=(
            Seam(
                owner=feed,
                name="_read_unread",
                takes="gateway creditor now",
                instead=_does_nothing,
            ),
        ),
    ),
    Tooth(
        name="newest first",
        wrong="when a message is over, the newest of its key follows",
        seeds=(48, 54),
        seams=(Seam(owner=store, name="promotion", takes="table", instead=_newest_first),),
    ),
    Tooth(
        name="lanes ignored",
        wrong="two claims of one debtor are registered at the same time",
        seeds=(25, 80),
        seams=(
            Seam(
                owner=messages,
                name="_add_kravia",
                takes="connection gateway claim kind document now lane due_at",
                instead=_without_lane,
            ),
        ),
    ),
    Tooth(
        name="leases not taken back",
        wrong="what a process held as it died stays held",
        seeds=(4, 9),
        seams=(Seam(owner=Dispatcher, name="recover", takes="self now", instead=_does_nothing),),
    ),
    Tooth(
        name="wake-ups trusted",
        wrong="loops sleep until they are woken, though a wake-up may be lost",
        seeds=(9, 23),
        seams=(
            Seam(owner=runner, name="_first_of", takes="stop wake seconds", instead=_until_woken),
        ),
    ),
    Tooth(
        name="silenced by a clock",
        wrong="a clock that was ahead and is set back stops the polling until it catches up",
        seeds=(61,),
        seams=(
            Seam(owner=polling, name="is_turn", takes="last now every", instead=_by_difference),
        ),
    ),
    Tooth(
        name="settled without its hook",
        wrong="a message is over and its claim does not hear of it",
        seeds=(2, 4),
        seams=(
            Seam(
                owner=app_loops,
                name="after_settle",
                takes="connection gateway message outcome now",
                instead=_always(None),
            ),
        ),
    ),
    Tooth(
        name="pay-outs echoed",
        wrong="Kravia's own pay-out, booked at the ledger, is told to Kravia as the debtor's",
        seeds=(2, 3),
        seams=(
            Seam(
                owner=whose_payment,
                name="is_news",
                takes="connection claim order details",
                instead=_NO,
            ),
            Seam(
                owner=receive_money,
                name="_origin",
                takes="connection gateway claim incoming now",
                instead=_always(Origin.DEBTOR),
            ),
        ),
    ),
    Tooth(
        name="receipts counted twice",
        wrong="a payment that comes under a second webhook id is booked a second time",
        seeds=(2, 3),
        seams=(
            Seam(
                owner=receipts,
                name="of_claim",
                takes="connection claim_id",
                instead=_always(()),
            ),
        ),
    ),
    Tooth(
        name="collected told at each reading",
        wrong="a payment that Kravia collected is told again whenever the case is read",
        seeds=(3, 4),
        seams=(
            Seam(
                owner=settlements,
                name="collected_of",
                takes="connection claim_id",
                instead=_always({}),
            ),
            Seam(
                owner=settlements,
                name="add_collected",
                takes="connection claim payment now",
                instead=_always(None),
            ),
        ),
    ),
    Tooth(
        name="withdrawal forgotten",
        wrong="a claim that the creditor withdrew goes on",
        seeds=(5, 11),
        seams=(
            Seam(
                owner=intake,
                name="withdraw",
                takes="connection gateway claim now written_off",
                instead=_always(None),
            ),
        ),
    ),
    Tooth(
        name="status not followed",
        wrong="Kravia ends a case and the claim goes on here",
        seeds=(3, 4),
        seams=(
            Seam(
                owner=agency_news,
                name="_take_status",
                takes="connection gateway claim details now",
                instead=_always(None),
            ),
        ),
    ),
)
