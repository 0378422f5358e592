"""*Alerts*: what stands and needs somebody, each with the command that mends it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.web.console.lists import CREDITOR, Column, Listing, list_page
from gateway.web.console.reader import phrase
from gateway.web.console.visit import Route, Visit

LISTING: Final = Listing(
    operation="alerts.list",
    caption=phrase("Alerts"),
    columns=(
        Column(title=phrase("Since"), value="raised_at", kind="instant"),
        Column(title=phrase("Kind"), value="kind"),
        Column(title=phrase("Creditor"), value="creditor_id"),
        Column(title=phrase("What"), value="message"),
        Column(title=phrase("The command that mends it"), value="command", kind="command"),
    ),
    nothing=phrase("Nothing is wrong. An alert goes by itself once what it tells of is mended."),
    filters=(CREDITOR,),
    orders=(),
    file_name="alerts",
)


async def index(visit: Visit) -> web.StreamResponse:
    """The list, newest first."""
    return await list_page(visit, LISTING, "alerts.html")


ROUTES: Final = (Route("GET", "/alerts", index, name="alerts"),)
