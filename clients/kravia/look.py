"""A first look at a live Kravia: reading calls only, answers kept whole for ``inspection``."""

from __future__ import annotations

from collections.abc import Iterable

from clients.errors import NotFoundError
from clients.exchange import Response
from clients.kravia import protocol
from clients.kravia.client import KraviaClient
from clients.kravia.shapes import Look, content_of, text_at

PAGES_MAX = 10
"""Pages of the feed looked at: enough rows to see every field, few enough to go unnoticed."""

DETAILS_MAX = 5
"""Cases read whole; the newest ones, which look most like those to come."""


async def look(client: KraviaClient, creditor_id: int) -> Look:
    """Ask what ``inspection`` judges by; raises what reads raise (``ClientError``)."""
    assumptions = client.assumptions
    size = assumptions.search.page_size_rows
    fields = assumptions.search.fields

    async def search(after: str | None, skip: int = 0, top: int = size) -> Response:
        request = protocol.build_search(
            assumptions, updated_after=after, creditor_id=creditor_id, skip=skip, top=top
        )
        return await client.answer(request)

    pages: list[Response] = []
    rows: list[object] = []
    last: str | None = None
    beyond = None
    while len(pages) < PAGES_MAX:
        page = await search(last)
        found = content_of(page, list).rows
        stamps = [stamp for row in found if (stamp := text_at(row, fields["lastUpdatedTime"]))]
        pages.append(page)
        rows += found
        if 0 < len(found) < size and beyond is None:
            beyond = await search(last, skip=len(found), top=1)
        newest = max(stamps, default=None)
        if len(found) < size or newest is None or newest == last:
            last = newest or last
            break
        last = newest
    return Look(
        pages=tuple(pages),
        again=await search(last) if last is not None else None,
        beyond=beyond,
        details=await _details(client, rows, creditor_id),
        settlements=await _settlements(client, creditor_id),
    )


async def _details(
    client: KraviaClient, rows: Iterable[object], creditor_id: int
) -> tuple[Response, ...]:
    fields = client.assumptions.search.fields
    ours = [
        invoice_id
        for row in rows
        if (invoice_id := text_at(row, fields["invoiceId"]))
        and text_at(row, fields["creditorId"]) in {None, str(creditor_id)}
    ]
    answers = []
    for invoice_id in list(dict.fromkeys(reversed(ours)))[:DETAILS_MAX]:
        try:
            answers.append(await client.answer(protocol.build_details(invoice_id)))
        except NotFoundError:
            continue  # gone since the feed told of it
    return tuple(answers)


async def _settlements(client: KraviaClient, creditor_id: int) -> Response | None:
    request = protocol.build_settlements(client.assumptions, creditor_id=creditor_id)
    try:
        return await client.answer(request)
    except NotFoundError:
        return None
