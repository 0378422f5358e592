"""Kravia's feed into the mirror, page by page; then its settlements. One poll per creditor."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from clients.errors import ClientError, NotFoundError, ProtocolError
from clients.kravia.wire import InvoiceDetails, SearchRow
from gateway.operations import send_gate
from gateway.operations.agency_news import News, take_details, take_news, take_settlement
from gateway.operations.creditor import Creditor
from gateway.operations.feed_paging import first_position, next_position
from gateway.operations.gateway import Gateway
from gateway.operations.messages import alert
from gateway.storage import claims, mirror
from gateway.storage.desk import NewAlert, clear_alert
from mappers.mirror_row_from_kravia import mirror_row_from_kravia

DETAILS_AT_ONCE = 5
"""Details read side by side: enough to keep a back-fill moving, few enough to go unnoticed."""

UNREAD_MAX = 200
"""Claims whose details are read for the first time in one poll; the next poll takes the rest."""

PAGES_MAX = 100_000
"""A feed that does not end within this many pages repeats itself: stop, say so, try again later."""


CLOCK_OFF_SECONDS = 120
"""Far beyond what a synchronised clock and a slow answer make; below what shifts a day's decisions."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one poll of a creditor's feed did."""

    creditor_id: str
    pages: int
    rows: int
    changed: int
    settlements: int


class Poller:
    """Polls creditors, each by one task at a time; whoever comes second waits for the first."""

    def __init__(self, gateway: Gateway, every_seconds: float) -> None:
        self._gateway = gateway
        self._every = timedelta(seconds=every_seconds)
        self._locks = {creditor_id: asyncio.Lock() for creditor_id in gateway.creditors}
        self._next: dict[str, datetime] = {}

    async def poll(self, creditor_id: str, now: datetime) -> PollReport:
        """Read what changed since the last poll; raises ``clients.errors.ClientError``."""
        async with self._locks[creditor_id]:
            report = await _poll(self._gateway, self._gateway.creditors[creditor_id], now)
        logger.info("feed.polled", creditor_id=creditor_id, count=report.changed, size=report.rows)
        return report

    async def run_once(self, now: datetime) -> tuple[PollReport, ...]:
        """Poll every creditor that was hinted at or whose turn it is; a failure waits its turn."""
        gateway = self._gateway
        hinted = set(gateway.wake.hinted)
        gateway.wake.hinted.clear()
        due = [
            creditor_id
            for creditor_id in gateway.creditors
            if creditor_id in hinted or now >= self._next.get(creditor_id, now)
        ]
        reports = []
        for creditor_id in due:
            self._next[creditor_id] = now + self._every
            try:
                reports.append(await self.poll(creditor_id, now))
            except ClientError as error:
                await self._say(creditor_id, error, now)
            else:
                await gateway.database.write(
                    partial(clear_alert, creditor_id=creditor_id, kind="feed", about="unreachable")
                )
        await self._check_clock(now)
        return tuple(reports)

    async def _say(self, creditor_id: str, error: ClientError, now: datetime) -> None:
        logger.warning("feed.failed", creditor_id=creditor_id, error_type=type(error).__name__)
        new = NewAlert(
            creditor_id=creditor_id,
            kind="feed",
            about="unreachable",
            text=f"Kravia's feed cannot be read: {error}",
            command=f"kravia-gateway creditors check {creditor_id}",
        )
        gateway = self._gateway
        await gateway.database.write(partial(alert, gateway=gateway, new=new, now=now))

    async def _check_clock(self, now: datetime) -> None:
        """Decisions count days and doubts count seconds: a clock that is off must be mended."""
        ahead_seconds = self._gateway.remote_clock.ahead / timedelta(seconds=1)
        if abs(ahead_seconds) < CLOCK_OFF_SECONDS:
            return
        logger.error("clock.off", skew_seconds=round(ahead_seconds))
        for creditor_id in self._gateway.creditors:
            new = NewAlert(
                creditor_id=creditor_id,
                kind="clock",
                about="kravia",
                text=f"Kravia's clock is {ahead_seconds:+.0f} s from ours",
                command="timedatectl status",
            )
            gateway = self._gateway
            await gateway.database.write(partial(alert, gateway=gateway, new=new, now=now))


async def _poll(gateway: Gateway, creditor: Creditor, now: datetime) -> PollReport:
    before = await gateway.database.read(
        lambda connection: mirror.get_feed(connection, creditor.creditor_id)
    )
    overlap = timedelta(minutes=gateway.pace.feed_overlap_minutes)
    position = first_position(before.watermark, overlap, gateway.assumptions.time_zone)
    pages = rows = changed = 0
    watermark = before.watermark
    page_size = gateway.assumptions.search.page_size_rows
    while True:
        page = await gateway.kravia.search(
            updated_after=position.after,
            creditor_id=creditor.kravia_creditor_id,
            skip=position.skip,
            top=page_size,
        )
        ours = [row for row in page.rows if row.creditorId in (None, creditor.kravia_creditor_id)]
        stamps = [row.lastUpdatedTime for row in page.rows]
        following = next_position(position, stamps, page_size)
        watermark = max([watermark or "", *stamps]) or None
        changed += await _take_page(gateway, creditor, ours, now)
        pages += 1
        rows += len(page.rows)
        if following is None:
            break
        if pages >= PAGES_MAX:
            raise ProtocolError(f"the feed does not end after {pages} pages")
        await gateway.database.write(
            partial(_advance, creditor_id=creditor.creditor_id, safe=following.after)
        )
        position = following
    await gateway.database.write(
        partial(_finish, creditor_id=creditor.creditor_id, watermark=watermark, now=now)
    )
    gateway.wake.delivery.set()
    await _read_unread(gateway, creditor, now)
    told = await _take_settlements(gateway, creditor, now)
    return PollReport(
        creditor_id=creditor.creditor_id,
        pages=pages,
        rows=rows,
        changed=changed,
        settlements=told,
    )


def _advance(connection: sa.Connection, creditor_id: str, safe: str | None) -> None:
    """A page is written: the next poll need not begin before it. The watermark never goes back."""
    known = mirror.get_feed(connection, creditor_id).watermark
    if safe is not None and (known is None or safe > known):
        mirror.set_feed(connection, creditor_id, watermark=safe, ended_at=None)


def _finish(
    connection: sa.Connection, creditor_id: str, watermark: str | None, now: datetime
) -> None:
    """The mirror is whole and of now: registers that waited for it may ask the gate again."""
    mirror.set_feed(connection, creditor_id, watermark=watermark, ended_at=now)
    send_gate.open_for(connection, creditor_id, send_gate.MIRROR, now)


async def _take_page(
    gateway: Gateway, creditor: Creditor, rows: list[SearchRow], now: datetime
) -> int:
    """Write the page's changed rows and what they mean, in one commit."""
    latest = {row.invoiceId: row for row in rows}
    stamps = {key: row.lastUpdatedTime for key, row in latest.items()}
    if not stamps:
        return 0
    fresh, ours = await gateway.database.read(
        lambda connection: _fresh(connection, creditor.creditor_id, stamps)
    )
    changed = [latest[key] for key in stamps if key in fresh]
    if not changed:
        return 0
    limit = asyncio.Semaphore(DETAILS_AT_ONCE)
    news = await asyncio.gather(
        *(_read_news(gateway, row, row.invoiceId in ours, limit) for row in changed)
    )
    await gateway.database.write(
        lambda connection: take_news(connection, gateway, creditor.creditor_id, tuple(news), now)
    )
    gateway.wake.delivery.set()
    return len(changed)


def _fresh(
    connection: sa.Connection, creditor_id: str, stamps: dict[str, str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Kravia ids the mirror does not hold as stamped, and which of them are claims of ours."""
    fresh = mirror.unseen(connection, creditor_id, stamps)
    ours = frozenset(
        key for key in fresh if claims.by_kravia_id(connection, creditor_id, key) is not None
    )
    return fresh, ours


async def _read_news(
    gateway: Gateway, row: SearchRow, is_ours: bool, limit: asyncio.Semaphore
) -> News:
    """The row, with its details where they are needed: it is ours, or cannot be recognised."""
    details: InvoiceDetails | None = None
    if is_ours or not _is_recognisable(row):
        async with limit:
            try:
                details = await gateway.kravia.details(row.invoiceId)
            except NotFoundError:
                details = None  # gone between the feed and now; its row is all there is
    return News(row=mirror_row_from_kravia(row, details), details=details)


def _is_recognisable(row: SearchRow) -> bool:
    """Whether the feed itself tells enough to match a claim."""
    return row.accountingInvoiceId is not None or None not in (
        row.invoiceNo,
        row.invoiceDate,
        row.originalAmount,
        row.debtorNumber,
    )


async def _read_unread(gateway: Gateway, creditor: Creditor, now: datetime) -> None:
    """Details of claims that became ours after their row had come: adopted, or just registered."""
    keys = await gateway.database.read(
        lambda connection: claims.unread(connection, creditor.creditor_id, UNREAD_MAX)
    )
    for key in keys:
        try:
            details = await gateway.kravia.details(key)
        except NotFoundError:
            continue
        await gateway.database.write(
            partial(
                take_details,
                gateway=gateway,
                creditor_id=creditor.creditor_id,
                details=details,
                now=now,
            )
        )


async def _take_settlements(gateway: Gateway, creditor: Creditor, now: datetime) -> int:
    told = await gateway.kravia.settlements(creditor.kravia_creditor_id)
    new = 0
    for settlement in told:
        new += await gateway.database.write(
            partial(
                take_settlement,
                gateway=gateway,
                creditor_id=creditor.creditor_id,
                told=settlement,
                now=now,
            )
        )
    if new:
        gateway.wake.delivery.set()
    return new
