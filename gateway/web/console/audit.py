"""*Audit*: what people and programs did, and why."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.web.console.lists import Column, Filter, Listing, list_page
from gateway.web.console.reader import phrase
from gateway.web.console.visit import Route, Visit

LISTING: Final = Listing(
    operation="audit.list",
    caption=phrase("Audit"),
    columns=(
        Column(title=phrase("When"), value="at", kind="instant"),
        Column(title=phrase("Who"), value="actor"),
        Column(title=phrase("What"), value="action"),
        Column(title=phrase("Of what"), value="subject"),
        Column(title=phrase("Reason"), value="reason"),
    ),
    nothing=phrase("Nobody has done anything yet. Whatever people change is written down here."),
    filters=(
        Filter(name="actor", title=phrase("Who")),
        Filter(name="action", title=phrase("What")),
        Filter(name="subject", title=phrase("Of what")),
        Filter(name="since", title=phrase("From this day"), kind="date"),
        Filter(name="until", title=phrase("Through this day"), kind="date"),
    ),
    orders=(),
    file_name="audit",
)


async def index(visit: Visit) -> web.StreamResponse:
    """The list, newest first."""
    return await list_page(visit, LISTING, "audit.html")


ROUTES: Final = (Route("GET", "/audit", index, name="audit"),)
