"""One creditor walked from its secrets to Kravia, the mirror, the ledger and the guards.

Reads only. Every step says what was found and, where it is not in order, what to do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from clients.errors import AuthenticationError, ClientError, NotFoundError, ProtocolError
from clients.kravia.wire import SearchPage
from gateway.domain.oslo import OSLO, oslo_date
from gateway.domain.rates_reach import AHEAD_DAYS, days_left, first_gaps, told
from gateway.ledgers.ledger import Check
from gateway.operations.arguments import Arguments, creditor_of
from gateway.operations.creditor import Creditor, PayoutModel
from gateway.operations.desk_pages import creditor_row
from gateway.operations.discretion import own_words
from gateway.operations.gateway import Gateway
from gateway.operations.paging import Document
from gateway.storage import mirror, progress

Verdict = Literal["ok", "not ok", "cannot tell"]

CLOCK_OFF_SECONDS = 120
"""As the poller sees it: decisions count days, doubts count seconds."""

_FIRST_ROWS = 20
"""Rows of the feed asked for: enough to meet one of the creditor's own where it has any."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing looked at; ``do`` says what to do unless it is ok."""

    step: str
    verdict: Verdict
    found: str
    do: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    """What the database says of the creditor."""

    row: Document
    feed: mirror.Feed
    cases: int
    last_event_at: datetime | None
    told_at: datetime | None
    stuck: int
    notified_at: datetime | None
    registers_today: int


async def check(gateway: Gateway, arguments: Arguments, _actor: str) -> Document:
    """Walk the creditor; what cannot be reached is a step that is not ok, never the end."""
    creditor_id = creditor_of(gateway, arguments)
    creditor = gateway.creditors[creditor_id]
    now = gateway.clock()
    stored = await gateway.database.read(
        lambda connection: _stored(connection, gateway, creditor_id, now)
    )
    page, kravia_problem = await _ask_kravia(gateway, creditor)
    ledger, ledger_problem = await _ask_ledger(gateway, creditor_id)
    skew = None if page is None or page.server_date is None else page.server_date - now
    steps = [
        _secrets(creditor),
        *_kravia(creditor, page, kravia_problem, skew, stored),
        _mirror(gateway, stored, now),
        *_ledger(gateway, creditor, ledger, ledger_problem, stored),
        Step(step="money back", verdict="ok", found=_money_back(gateway, creditor)),
        _notify(creditor, stored),
        *_guards(creditor, stored),
        _rates(gateway, now),
    ]
    return {
        **stored.row,
        "kravia_answers": page is not None,
        "clock_ahead_seconds": None if skew is None else skew / timedelta(seconds=1),
        **({} if ledger is None else _ledger_fields(ledger)),
        "money_back": _money_back(gateway, creditor),
        "reached": kravia_problem is None and ledger_problem is None,
        "clean": all(step.verdict != "not ok" for step in steps),
        "steps": [asdict(step) for step in steps],
    }


def _stored(
    connection: sa.Connection, gateway: Gateway, creditor_id: str, now: datetime
) -> _Stored:
    statuses = progress.mirrored_by_status(connection, creditor_id)
    return _Stored(
        row=creditor_row(connection, gateway, creditor_id, now),
        feed=mirror.get_feed(connection, creditor_id),
        cases=sum(each.cases for each in statuses),
        last_event_at=progress.last_event_at(connection, creditor_id),
        told_at=progress.last_told_at(connection, creditor_id, "ledger."),
        stuck=progress.stuck_count(connection, creditor_id, "ledger."),
        notified_at=progress.last_told_at(connection, creditor_id, "notify."),
        registers_today=progress.registers_on(connection, creditor_id, oslo_date(now)),
    )


async def _ask_kravia(
    gateway: Gateway, creditor: Creditor
) -> tuple[SearchPage | None, ClientError | None]:
    try:
        page = await gateway.kravia.search(
            updated_after=None, creditor_id=creditor.kravia_creditor_id, skip=0, top=_FIRST_ROWS
        )
    except ClientError as error:
        return None, error
    return page, None


async def _ask_ledger(
    gateway: Gateway, creditor_id: str
) -> tuple[Check | None, ClientError | None]:
    ledger = gateway.ledgers.get(creditor_id)
    if ledger is None or ledger.source is None:
        return None, None
    try:
        return await ledger.source.check(), None
    except ClientError as error:
        return None, error


def _ledger_fields(found: Check) -> Document:
    return {
        "ledger_answers": True,
        "ledger_name": found.name,
        "ledger_faults": list(found.faults),
        "ledger_cannot_tell": list(found.cannot_tell),
    }


def _secrets(creditor: Creditor) -> Step:
    count = creditor.webhook_secret_count
    if count:
        told_ = f"{count} webhook secret{'' if count == 1 else 's'}, well formed"
        return Step(step="webhook secrets", verdict="ok", found=told_)
    return Step(
        step="webhook secrets",
        verdict="cannot tell",
        found="this shell does not have them",
        do="ask a running server, which does not start without: serve, then the same again",
    )


def _kravia(
    creditor: Creditor,
    page: SearchPage | None,
    problem: ClientError | None,
    skew: timedelta | None,
    stored: _Stored,
) -> Iterator[Step]:
    name = "Kravia answers"
    if page is None:
        advice = _advice(problem)
        said = "nothing came back" if problem is None else own_words(problem)
        yield Step(step=name, verdict="not ok", found=said, do=advice)
        unknown = "Kravia was not reached"
        yield Step(step="Kravia's creditor", verdict="cannot tell", found=unknown, do=advice)
        return
    yield Step(step=name, verdict="ok", found="address, token and the feed's form are right")
    yield _clock(skew)
    name, number = "Kravia's creditor", creditor.kravia_creditor_id
    owners = {row.creditorId for row in page.rows}
    if stored.cases or number in owners:
        told_ = f"{number}: {stored.cases} cases in the mirror"
        yield Step(step=name, verdict="ok", found=told_)
        return
    seen = f"no case of {number} yet" + (", though others' came" if owners - {None} else "")
    do = "compare kravia_creditor_id with Kravia's portal, and register the first case there"
    yield Step(step=name, verdict="cannot tell", found=seen, do=do)


def _advice(problem: ClientError | None) -> str:
    match problem:
        case AuthenticationError():
            return "check kravia.token, and [auth] of the file that kravia.assumptions names"
        case NotFoundError() | ProtocolError():
            return "check kravia.base_url, and look closer with: check-config --live"
        case _:
            return "check kravia.base_url and the network, or try again later"


def _clock(skew: timedelta | None) -> Step:
    if skew is None:
        return Step(
            step="clocks",
            verdict="cannot tell",
            found="Kravia's answer has no date",
            do="see that this machine's time is synchronised: timedatectl status",
        )
    seconds = skew / timedelta(seconds=1)
    is_off = abs(seconds) >= CLOCK_OFF_SECONDS
    return Step(
        step="clocks",
        verdict="not ok" if is_off else "ok",
        found=f"Kravia's is {seconds:+.0f} s from ours",
        do="mend this machine's time: timedatectl status" if is_off else None,
    )


def _mirror(gateway: Gateway, stored: _Stored, now: datetime) -> Step:
    feed = stored.feed
    far = f"{stored.cases} cases, read up to {feed.watermark or 'nothing'}"
    if feed.completed_at is None or feed.polled_at is None:
        do = "let serve run: nothing is registered before the feed is read to its end"
        return Step(step="mirror", verdict="not ok", found=f"not complete: {far}", do=do)
    age = now - feed.polled_at
    if age > timedelta(seconds=gateway.pace.mirror_max_age_seconds):
        return Step(
            step="mirror",
            verdict="not ok",
            found=f"complete, but last read {_when(feed.polled_at)}",
            do="see that serve runs, and what alerts list says of the feed",
        )
    return Step(step="mirror", verdict="ok", found=f"complete: {far}")


def _ledger(
    gateway: Gateway,
    creditor: Creditor,
    found: Check | None,
    problem: ClientError | None,
    stored: _Stored,
) -> Iterator[Step]:
    if creditor.ledger_kind == "webhook":
        yield _pushed(creditor, stored)
        yield _told(stored)
        return
    if problem is not None:
        do = "check base_url, whose books (organization_id, company), and the ledger's secret"
        told_ = f"the ledger did not answer: {problem}"
        yield Step(step="ledger answers", verdict="not ok", found=told_, do=do)
        return
    if found is None:
        has_key = creditor.creditor_id in gateway.ledgers
        told_ = "it cannot be asked" if has_key else "this shell does not have its key"
        do = "ask a running server: serve, then the same again"
        yield Step(step="ledger answers", verdict="cannot tell", found=told_, do=do)
        return
    if found.faults:
        do = "correct the ledger's settings, or what the ledger says"
        told_ = "; ".join(found.faults)
        yield Step(step="ledger answers", verdict="not ok", found=told_, do=do)
    else:
        yield Step(step="ledger answers", verdict="ok", found=f"as {found.name}")
    for each in found.cannot_tell:
        yield Step(step="ledger cannot tell", verdict="cannot tell", found=each)


def _money_back(gateway: Gateway, creditor: Creditor) -> str:
    """Say who books what Kravia pays out, as the settings have it."""
    ledger = gateway.ledgers.get(creditor.creditor_id)
    match creditor.payout_model:
        case PayoutModel.KID:
            return "kid: Kravia pays with the invoice's KID, so the bank's file books it; we do not"
        case PayoutModel.UNKNOWN:
            return "unknown: a person books it; each payment and settlement is told, or is a task"
        case PayoutModel.BATCH if ledger is not None and ledger.bookings is not None:
            return f"batch: {ledger.bookings.where}"
        case PayoutModel.BATCH:
            return "batch: the ledger is told of each settlement and books it itself"


def _pushed(creditor: Creditor, stored: _Stored) -> Step:
    if stored.last_event_at is not None:
        told_ = f"last event {_when(stored.last_event_at)}"
        return Step(step="ledger sends", verdict="ok", found=told_)
    return Step(
        step="ledger sends",
        verdict="cannot tell",
        found="nothing has come yet",
        do=f"send-test-webhook FILE --creditor {creditor.creditor_id}",
    )


def _told(stored: _Stored) -> Step:
    name = "ledger is told"
    if stored.stuck:
        do = "outbox list --state parked says why"
        told_ = f"{stored.stuck} messages to it wait for a person"
        return Step(step=name, verdict="not ok", found=told_, do=do)
    if stored.told_at is None:
        do = "the first decision is told; in observe mode nothing is"
        return Step(step=name, verdict="cannot tell", found="it was never told anything", do=do)
    return Step(step=name, verdict="ok", found=f"last told {_when(stored.told_at)}")


def _notify(creditor: Creditor, stored: _Stored) -> Step:
    if not creditor.has_notify:
        do = f"set [creditors.{creditor.creditor_id}.notify], or look at alerts list every day"
        return Step(step="notify", verdict="cannot tell", found="not set", do=do)
    if stored.notified_at is None:
        do = "the first alert or decision is sent there; see outbox list"
        return Step(step="notify", verdict="cannot tell", found="nothing was sent yet", do=do)
    return Step(step="notify", verdict="ok", found=f"last sent {_when(stored.notified_at)}")


def _guards(creditor: Creditor, stored: _Stored) -> Iterator[Step]:
    paused = stored.row["paused"]
    yield Step(
        step="mode",
        verdict="not ok" if paused else "ok",
        found=f"{stored.row['mode']}{f', paused: {paused}' if paused else ''}",
        do="resume, when the reason is gone" if paused else None,
    )
    yield Step(
        step="notice",
        verdict="ok",
        found=f"Kravia starts with the {creditor.entry_level}; the notice is"
        f" {creditor.policy.notice_by.value}'s",
    )
    first = creditor.first_cases_need_approval
    approval = stored.row["approval"]
    yield Step(
        step="guards",
        verdict="ok",
        found=f"approval {approval}{f', the first {first} by a person' if first else ''};"
        f" {stored.registers_today} of {creditor.register_max_per_day} registers today",
    )


def _rates(gateway: Gateway, now: datetime) -> Step:
    today = oslo_date(now)
    gaps = first_gaps(gateway.rules, today)
    first = min((gap for gap in gaps.values() if gap is not None), default=None)
    if first is None or days_left(first, today) > AHEAD_DAYS:
        return Step(step="rates", verdict="ok", found=told(gaps))
    return Step(
        step="rates",
        verdict="not ok",
        found=f"{told(gaps)}: {days_left(first, today)} days left of the {AHEAD_DAYS} to see ahead",
        do="enter the next half-year's figures: docs/rates.md",
    )


def _when(at: datetime) -> str:
    return f"{at.astimezone(OSLO):%-d %b %Y %H:%M}"
