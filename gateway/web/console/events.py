"""*Events*: what came in; one that could not be handled is looked at, corrected and sent again."""

from __future__ import annotations

from base64 import b64decode
from typing import Final

from aiohttp import web

from gateway.operations.errors import OperationError
from gateway.operations.repair import REPAIRABLE
from gateway.operations.rights import Scope
from gateway.schema.webhooks import EVENT_TYPES
from gateway.web.console.lists import CREDITOR, Column, Filter, Listing, list_page
from gateway.web.console.reader import phrase
from gateway.web.console.visit import Document, Route, Visit

LISTING: Final = Listing(
    operation="events.list",
    caption=phrase("Events"),
    columns=(
        Column(title=phrase("Event"), value="type", kind="id", link="event"),
        Column(title=phrase("Creditor"), value="creditor_id"),
        Column(title=phrase("Came in"), value="received_at", kind="instant"),
        Column(title=phrase("Outcome"), value="outcome", kind="word"),
        Column(title=phrase("Problem"), value="problem"),
    ),
    nothing=phrase(
        "No event came in yet. Point the invoicing system's webhook at this gateway, and try it"
        " with: kravia-gateway send-test-webhook"
    ),
    filters=(
        CREDITOR,
        Filter(
            name="outcome",
            title=phrase("Outcome"),
            choices=(
                "rejected",
                "waiting",
                "conflict",
                "stale",
                "ignored",
                "repaired",
                "handled",
                "recorded",
            ),
        ),
        Filter(name="type", title=phrase("Type"), choices=EVENT_TYPES),
    ),
    orders=(),
    file_name="events",
)


async def index(visit: Visit) -> web.StreamResponse:
    """The list, newest first."""
    return await list_page(visit, LISTING, "events.html")


async def show(visit: Visit) -> web.StreamResponse:
    """One event, without its body."""
    return await _page(visit)


async def act(visit: Visit) -> web.StreamResponse:
    """Look at its body, which is personal data; or send the corrected one in its place."""
    event_id, action = visit.part("event_id"), visit.form.get("action", "")
    reason = visit.form.get("reason", "").strip()
    try:
        match action:
            case "body":
                told = await visit.ask("events.body", event_id=event_id, reason=reason)
                body = b64decode(told["body_base64"]).decode("utf-8", "replace")
                return await _page(visit, body=body)
            case "repair":
                done = await visit.ask(
                    "events.repair",
                    event_id=event_id,
                    body=visit.form.get("body", ""),
                    reason=reason,
                )
            case _:
                visit.refuse(phrase("Choose what to do with the event."))
    except OperationError as error:
        if error.kind == "not_found":
            raise
        return await _page(visit, error, body=visit.form.get("body"))
    return visit.go(visit.place("event", event_id=done["event_id"]) or "", repairs=event_id)


async def _page(
    visit: Visit, error: OperationError | None = None, body: str | None = None
) -> web.StreamResponse:
    found = await visit.ask("events.show", event_id=visit.part("event_id"))
    values: Document = {
        "event": found,
        "body": body,
        "is_repairable": found["outcome"] in REPAIRABLE,
        "is_repair": bool(visit.query("repairs")),
        "reason": visit.form.get("reason", ""),
    }
    if error is not None:
        return visit.refused("event.html", error, **values)
    return visit.page("event.html", **values)


ROUTES: Final = (
    Route("GET", "/events", index, name="events"),
    Route("GET", "/events/{event_id}", show, name="event"),
    Route("POST", "/events/{event_id}", act, scope=Scope.OPERATE),
)
