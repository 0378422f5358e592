"""One sweep of a ledger that pushes nothing: what is new is recorded as webhooks are.

::

    list unpaid ── changed lines ─┐
    lines that left the list ─────┤
    payments newly entered ───────┼── read whole ── compare ── events + reading in one commit
    debtors changed ──────────────┤
    nightly: all not read since ──┘

Nothing but commits carries a sweep: one that is killed is repeated from its beginning, reads again
what it had not recorded, and records nothing twice. Only overdue invoices are ever read whole.

What one sweep of 100,000 unpaid invoices costs in Conta's calls: 200 for the list (500 lines a
page), one a page of payments entered and of customers changed since the day before the last whole
sweep, and one for each such customer with open claims; then 4 for each invoice that changed (5 if
it left the list), at most ``READS_MAX`` of them: so at most about 10,200, and about 210 when
nothing happened. What is left is read by the next sweep, which follows at once. Each night every
open overdue invoice is read whole, since objections and the fate of letters show nowhere else:
4 or 5 calls each, under the same bound: 5,000 overdue ones are some 20,000 calls, in three sweeps.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from clients.errors import AuthenticationError, ClientError, TemporaryError
from gateway.domain.oslo import OSLO, oslo_date, start_of_day
from gateway.ledgers.ledger import Absent, LedgerSource, Listed
from gateway.operations.gateway import Gateway
from gateway.operations.ledger_news import (
    Look,
    alert_unusable,
    opened,
    read_and_record,
    record_absent,
)
from gateway.operations.tell import alert
from gateway.storage import ledger_readings
from gateway.storage.desk import NewAlert, clear_alert
from gateway.storage.errors import StorageError
from gateway.storage.ledger_readings import Reading

READS_MAX = 2_000
"""Invoices read whole in one sweep: some minutes of calls, so a night has room for 100,000."""

READS_AT_ONCE = 4
"""No rate limit of Conta's is documented, so we stay modest."""

NIGHT_BEGINS = time(4)
"""Oslo time: after the ledger's own nightly work, before the bank's files, never in a lost hour."""

DELETED_SHARE_MAX = 0.5
DELETED_ALLOWED = 10
"""More deletions in one sweep than the larger of these are not believed: a key may have lost sight
of the invoices."""

DELETIONS = "ledger_deletions"
"""The kind of alert about more deletions than are believed."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepReport:
    """What one sweep did. ``left`` invoices are still to be read; the next sweep does."""

    creditor_id: str
    listed: int
    read: int
    recorded: Counter[str]
    left: int


def night_of(now: datetime) -> datetime:
    """The latest instant at which a night's full reading began."""
    today = oslo_date(now)
    begun = now.astimezone(OSLO).time() >= NIGHT_BEGINS
    return start_of_day(today if begun else today - timedelta(days=1), NIGHT_BEGINS)


async def sweep(
    gateway: Gateway, creditor_id: str, source: LedgerSource, now: datetime
) -> SweepReport:
    """Sweep one ledger once. Raises ``clients.errors.ClientError`` when it cannot be asked."""
    swept_at = await gateway.database.read(
        lambda connection: ledger_readings.swept_at(connection, creditor_id)
    )
    since = oslo_date(swept_at or now) - timedelta(days=1)
    plan = _Plan()
    listed = await _compare_list(gateway, creditor_id, source, plan, now)
    await _hear_of_payments(gateway, creditor_id, source, plan, since)
    await _hear_of_debtors(gateway, creditor_id, source, plan, since)
    urgent = len(plan.looks)
    night = night_of(now)
    unread = await gateway.database.read(
        lambda connection: ledger_readings.unread_since(
            connection, creditor_id, night, READS_MAX + 1
        )
    )
    for invoice_id in unread:
        plan.add(invoice_id)
    looks = dict(list(plan.looks.items())[:READS_MAX])
    recorded = await _read_all(gateway, creditor_id, source, looks)
    if urgent <= READS_MAX:
        await gateway.database.write(
            lambda connection: ledger_readings.set_swept(connection, creditor_id, now),
            scope=creditor_id,
        )
    return SweepReport(
        creditor_id=creditor_id,
        listed=listed,
        read=len(looks),
        recorded=recorded,
        left=len(plan.looks) - len(looks),
    )


@dataclass(slots=True)
class _Plan:
    """What to read whole, in the order it was found to be needed, each invoice once."""

    looks: dict[str, Look] = field(default_factory=dict)
    lines: dict[str, Listed] = field(default_factory=dict)  # of what was ever read

    def add(self, invoice_id: str, look: Look | None = None) -> None:
        """Plan a reading; the line of the list goes with it where there is one."""
        if invoice_id not in self.looks:
            self.looks[invoice_id] = look or Look(listed=self.lines.get(invoice_id))


async def _compare_list(
    gateway: Gateway, creditor_id: str, source: LedgerSource, plan: _Plan, now: datetime
) -> int:
    """Plan what changed in the list and what left it; returns how many lines it had."""
    seen: set[str] = set()
    async for lines in source.unpaid():
        ids = [line.invoice_id for line in lines]
        known = await gateway.database.read(
            partial(ledger_readings.some, creditor_id=creditor_id, invoice_ids=ids)
        )
        seen.update(ids)
        for line in lines:
            before = known.get(line.invoice_id)
            if before is not None:
                plan.lines[line.invoice_id] = line
            if needs_reading(line, before, now):
                plan.add(line.invoice_id, Look(listed=line))
    before_listed = await gateway.database.read(
        lambda connection: ledger_readings.listed_ids(connection, creditor_id)
    )
    for invoice_id in sorted(before_listed - seen):
        plan.add(invoice_id, Look(has_left_the_list=True))
    return len(seen)


def needs_reading(line: Listed, before: Reading | None, now: datetime) -> bool:
    """Whether a line tells of something new: newly overdue, or a known one that changed."""
    if before is None:
        return line.is_overdue(oslo_date(now))
    return before.row_hash != line.fingerprint or not before.is_listed


async def _hear_of_payments(
    gateway: Gateway, creditor_id: str, source: LedgerSource, plan: _Plan, since: date
) -> None:
    """Plan the known invoices on which payments were entered: also those that are over."""
    entered: dict[str, set[str]] = {}
    async for payments in source.entered_payments(since):
        for payment in payments:
            entered.setdefault(payment.invoice_id, set()).add(payment.payment_id)
    known = await gateway.database.read(
        partial(ledger_readings.some, creditor_id=creditor_id, invoice_ids=entered)
    )
    for invoice_id, before in known.items():
        ids = frozenset(entered[invoice_id])
        if ids <= before.payment_ids:
            continue
        planned = plan.looks.get(invoice_id) or Look(listed=plan.lines.get(invoice_id))
        plan.looks[invoice_id] = replace(planned, payment_ids=ids)


async def _hear_of_debtors(
    gateway: Gateway, creditor_id: str, source: LedgerSource, plan: _Plan, since: date
) -> None:
    """Plan the open invoices of debtors that differ from what was recorded of them."""
    async for numbers in source.changed_debtors(since):
        readings = await gateway.database.read(
            partial(ledger_readings.of_debtors, creditor_id=creditor_id, debtor_numbers=numbers)
        )
        for number in sorted({r.debtor_number for r in readings if r.debtor_number}):
            debtor = await source.fetch_debtor(number)
            for reading in readings:
                known = opened(gateway, reading)
                if reading.debtor_number == number and known and known.debtor != debtor:
                    plan.add(reading.invoice_id)


async def _read_all(
    gateway: Gateway,
    creditor_id: str,
    source: LedgerSource,
    looks: dict[str, Look],
) -> Counter[str]:
    """Read and record a few at a time; absent ones last, so that their number can be doubted."""
    recorded: Counter[str] = Counter()
    absent: list[str] = []
    waiting = list(looks.items())
    for at in range(0, len(waiting), READS_AT_ONCE):
        results = await asyncio.gather(
            *(
                _read_one(gateway, creditor_id, source, invoice_id, look)
                for invoice_id, look in waiting[at : at + READS_AT_ONCE]
            ),
            return_exceptions=True,
        )
        for result, (invoice_id, _) in zip(results, waiting[at:], strict=False):
            if isinstance(result, BaseException):
                raise result
            if result is None:
                absent.append(invoice_id)
            else:
                recorded.update(result)
    recorded.update(await _take_absent(gateway, creditor_id, absent, gateway.clock()))
    return recorded


async def _read_one(
    gateway: Gateway,
    creditor_id: str,
    source: LedgerSource,
    invoice_id: str,
    look: Look,
) -> tuple[str, ...] | None:
    """Return the types recorded, None for an absent invoice.

    What is wrong with one invoice alone is told, and the next sweep tries it again.
    """
    now = gateway.clock()  # a sweep takes minutes; what is recorded is ordered by when it was read
    try:
        fetched, types = await read_and_record(gateway, creditor_id, source, invoice_id, look, now)
    except (StorageError, TemporaryError, AuthenticationError):
        raise
    except Exception as error:
        if not isinstance(error, ClientError):
            logger.exception("ledger.failed", creditor_id=creditor_id, invoice_id=invoice_id)
        why = str(error) if isinstance(error, ClientError) else type(error).__name__

        def tell(connection: sa.Connection) -> None:
            alert_unusable(connection, gateway, creditor_id, invoice_id, why, now)
            ledger_readings.read_again(connection, creditor_id, invoice_id)

        await gateway.database.write(tell, scope=creditor_id)
        return ()
    return None if isinstance(fetched, Absent) else types


async def _take_absent(
    gateway: Gateway, creditor_id: str, absent: list[str], now: datetime
) -> list[str]:
    """Call off the collection of deleted invoices, unless there are too many to be believed."""
    if not absent:
        return []
    known = await gateway.database.read(
        lambda connection: len(ledger_readings.listed_ids(connection, creditor_id))
    )
    too_many = len(absent) > max(DELETED_ALLOWED, DELETED_SHARE_MAX * known)

    def take(connection: sa.Connection) -> list[str]:
        if too_many:
            alert(connection, gateway, _unbelieved(creditor_id, len(absent)), now)
            return []
        clear_alert(connection, creditor_id, DELETIONS, "unbelieved")
        types: list[str] = []
        for invoice_id in absent:
            types += record_absent(connection, gateway, creditor_id, invoice_id, now)
        return types

    types = await gateway.database.write(take, scope=creditor_id)
    if types:
        gateway.wake.intake.set()
    return types


def _unbelieved(creditor_id: str, count: int) -> NewAlert:
    return NewAlert(
        creditor_id=creditor_id,
        kind=DELETIONS,
        about="unbelieved",
        text=f"{count} invoices at once are no longer in the ledger: nothing was called off; does"
        " the key still see them all?",
        command=f"kravia-gateway creditors check {creditor_id}",
    )
