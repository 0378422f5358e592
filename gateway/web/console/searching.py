"""Search: a claim by what somebody has at hand.

It is sent as a form, not as an address: a KID or an organisation number of a sole proprietorship
tells of a person, and addresses end up in histories and logs.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.operations.errors import OperationError
from gateway.web.console.reader import phrase
from gateway.web.console.visit import Route, Visit


async def show(visit: Visit) -> web.StreamResponse:
    """The empty form; also where a change of language leads after a search."""
    return visit.page("search.html", found=None, text="")


async def search(visit: Visit) -> web.StreamResponse:
    """What was found; one claim alone is shown itself."""
    text = visit.form.get("text", "").strip()
    try:
        if not text:
            visit.refuse(phrase("Type what to search for."))
        found = await visit.ask("search", text=text)
    except OperationError as error:
        return visit.refused("search.html", error, found=None, text=text)
    if len(found["items"]) == 1:
        return visit.go(visit.place("claim", claim_id=found["items"][0]["claim_id"]) or "")
    return visit.page("search.html", found=found, text=text)


ROUTES: Final = (
    Route("GET", "/search", show, name="search"),
    Route("POST", "/search", search),
)
