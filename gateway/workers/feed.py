"""Kravia's feed into the mirror, page by page; then details not read yet, then settlements."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
import structlog

from clients.errors import NotFoundError, ProtocolError
from clients.kravia.wire import InvoiceDetails, SearchRow, SettlementList
from gateway.domain.oslo import oslo_date
from gateway.operations import send_gate
from gateway.operations.agency_news import (
    SETTLEMENTS,
    UNREADABLE,
    could_not_take,
    take_details,
    take_settlement,
    unreadable_settlements,
)
from gateway.operations.creditor import Creditor
from gateway.operations.feed_paging import first_position, next_position
from gateway.operations.gateway import Gateway
from gateway.operations.unread_settlements import take_unread, unread_news
from gateway.storage import claims, mirror, settlements
from gateway.storage.desk import alert_stands, clear_alert
from gateway.storage.errors import StorageError
from gateway.storage.mirror import MirrorRow
from mappers.mirror_row_from_kravia import mirror_row_from_kravia

DETAILS_AT_ONCE = 5
"""Details read side by side: enough to keep a back-fill moving, few enough to go unnoticed."""

UNREAD_MAX = 200
"""Claims whose details are read for the first time in one poll; the next poll takes the rest."""

PAGES_MAX = 100_000
"""A feed that does not end within this many pages repeats itself: stop, say so, try again later."""

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PollReport:
    """What one poll of a creditor's feed did."""

    creditor_id: str
    pages: int
    rows: int
    changed: int
    settlements: int


async def read_feed(gateway: Gateway, creditor: Creditor, now: datetime) -> PollReport:
    """Read what changed since the last poll; raises ``clients.errors.ClientError``."""
    before = await gateway.database.read(
        lambda connection: mirror.get_feed(connection, creditor.creditor_id)
    )
    overlap = timedelta(minutes=gateway.pace.feed_overlap_minutes)
    position = first_position(before.watermark, overlap)
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
            partial(_advance, creditor_id=creditor.creditor_id, safe=following.after),
            scope=creditor.creditor_id,
        )
        position = following
    await gateway.database.write(
        partial(_finish, creditor_id=creditor.creditor_id, watermark=watermark, now=now),
        scope=creditor.creditor_id,
    )
    gateway.wake.deliver()
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
    """Act on the page's changed cases that are ours, then write its rows into the mirror.

    In that order: a row that stands in the mirror is not looked at again.
    """
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
    read = await asyncio.gather(
        *(_look_at(gateway, creditor, row, row.invoiceId in ours, limit, now) for row in changed)
    )
    mirrored = tuple(row for row in read if row is not None)
    await gateway.database.write(
        lambda connection: _put(connection, creditor.creditor_id, mirrored, now),
        scope=creditor.creditor_id,
    )
    gateway.wake.deliver()
    return len(mirrored)


def _put(
    connection: sa.Connection, creditor_id: str, rows: tuple[MirrorRow, ...], now: datetime
) -> None:
    """Write rows; a claim that was decided before one of them came may be that very case."""
    mirror.put(connection, creditor_id, rows, now)
    claims.decide_again_if_named(
        connection,
        creditor_id,
        (row.accounting_invoice_id for row in rows if row.accounting_invoice_id is not None),
        (row.invoice_number for row in rows if row.invoice_number is not None),
        oslo_date(now) - timedelta(days=1),
    )


def _fresh(
    connection: sa.Connection, creditor_id: str, stamps: dict[str, str]
) -> tuple[frozenset[str], frozenset[str]]:
    """Kravia ids the mirror does not hold as stamped, and which of them are claims of ours."""
    fresh = mirror.unseen(connection, creditor_id, stamps)
    ours = frozenset(
        key for key in fresh if claims.by_kravia_id(connection, creditor_id, key) is not None
    )
    return fresh, ours


async def _look_at(
    gateway: Gateway,
    creditor: Creditor,
    row: SearchRow,
    is_ours: bool,
    limit: asyncio.Semaphore,
    now: datetime,
) -> MirrorRow | None:
    """The row for the mirror; its details are read where it is ours, or tells too little.

    ``None``: it turns out to be another creditor's.
    """
    details: InvoiceDetails | None = None
    owner_is_told = row.creditorId is not None or gateway.assumptions.search.creditor_parameter
    if is_ours or not owner_is_told or not _is_recognisable(row):
        async with limit:
            details = await _details(gateway, creditor, row.invoiceId, now)
    if details is not None and details.creditorId not in (None, creditor.kravia_creditor_id):
        return None
    if is_ours and details is not None:
        await _take_details(gateway, creditor, details, now)
    return mirror_row_from_kravia(row, details)


async def _details(
    gateway: Gateway, creditor: Creditor, kravia_invoice_id: str, now: datetime
) -> InvoiceDetails | None:
    """A case's details; one that is gone or cannot be understood must not stop the feed."""
    try:
        return await gateway.kravia.details(kravia_invoice_id)
    except NotFoundError:
        return None  # gone between the feed and now; its row is all there is
    except ProtocolError as error:
        await _could_not(gateway, creditor, kravia_invoice_id, str(error), now)
        return None


async def _take_details(
    gateway: Gateway, creditor: Creditor, details: InvoiceDetails, now: datetime
) -> None:
    """Act on details in a commit of their own; a fault of ours must not stop the feed."""
    try:
        await gateway.database.write(
            partial(
                take_details,
                gateway=gateway,
                creditor_id=creditor.creditor_id,
                details=details,
                now=now,
            ),
            scope=creditor.creditor_id,
        )
    except StorageError:
        raise
    except Exception as error:
        logger.exception("details.failed", creditor_id=creditor.creditor_id)
        why = f"a fault of the gateway's ({type(error).__name__})"
        await _could_not(gateway, creditor, details.invoiceId, why, now)


async def _could_not(
    gateway: Gateway, creditor: Creditor, kravia_invoice_id: str, why: str, now: datetime
) -> None:
    await gateway.database.write(
        partial(
            could_not_take,
            gateway=gateway,
            creditor_id=creditor.creditor_id,
            kravia_invoice_id=kravia_invoice_id,
            why=why,
            now=now,
        ),
        scope=creditor.creditor_id,
    )


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
        details = await _details(gateway, creditor, key, now)
        if details is not None:
            await _take_details(gateway, creditor, details, now)


async def _take_settlements(gateway: Gateway, creditor: Creditor, now: datetime) -> int:
    try:
        told = await gateway.kravia.settlements(creditor.kravia_creditor_id)
    except ProtocolError as error:
        why = str(error)
        await gateway.database.write(
            lambda connection: unreadable_settlements(
                connection, gateway, creditor.creditor_id, why, now
            )
        )
        return 0
    await _readable_again(gateway, creditor.creditor_id)
    await _take_unread(gateway, creditor, told, now)
    unknown = await gateway.database.read(
        lambda connection: settlements.unknown_of(
            connection, creditor.creditor_id, (each.settlementId for each in told.read)
        )
    )
    new = 0
    for settlement in told.read:
        if settlement.settlementId not in unknown:
            continue
        new += await gateway.database.write(
            partial(
                take_settlement,
                gateway=gateway,
                creditor_id=creditor.creditor_id,
                told=settlement,
                now=now,
            ),
            scope=creditor.creditor_id,
        )
    if new:
        gateway.wake.deliver()
    return new


async def _take_unread(
    gateway: Gateway, creditor: Creditor, told: SettlementList, now: datetime
) -> None:
    """Leave what is not understood to a person; a poll without news costs no commit."""
    news = await gateway.database.read(
        lambda connection: unread_news(connection, creditor.creditor_id, told)
    )
    if news:
        await gateway.database.write(
            lambda connection: take_unread(connection, gateway, creditor.creditor_id, told, now)
        )


async def _readable_again(gateway: Gateway, creditor_id: str) -> None:
    """End the alert about settlements, where it stands: a poll without news costs no commit."""
    stands = await gateway.database.read(
        lambda connection: alert_stands(connection, creditor_id, SETTLEMENTS, UNREADABLE)
    )
    if stands:
        await gateway.database.write(
            lambda connection: clear_alert(connection, creditor_id, SETTLEMENTS, UNREADABLE)
        )
